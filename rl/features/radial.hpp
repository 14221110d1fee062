#pragma once
/// \file
/// Radial basis functions (S&B 9.5.5): Gaussian bumps on a grid of centers,
///
///     phi_i(x) = exp(-sum_j (x_j - c^i_j)^2 / (2 sigma_j^2)),   sigma_j = width times the distance
///                                                               of neighboring centers on axis j
///
/// and, where normalized, divided by their sum.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

struct RadialOptions : BoundedOptions {
  std::vector<int> centers = {5};
  std::vector<double> width = {1};
  bool normalized = false;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("centers", centers, "centers from bound to bound, for all columns or for each",
      Range{1, 1000});
    v("width", width, "sigma in distances of neighboring centers, for all columns or for each",
      Range{1e-3, 1e3});
    v("normalized", normalized, "features sum to 1");
  }
};
Bases make_bases(const RadialOptions& options, const Space& space);

}  // namespace rl
