#pragma once
/// \file
/// The Fourier basis (S&B 9.5.2; Konidaris, Osentoski and Thomas 2011): with coordinates scaled to
/// [0, 1],
///
///     phi_i(x) = cos(pi c^i.x),   each c^i_j in 0 .. order, first axis outermost
///
/// and, where steps are scaled, alpha_i = alpha / ||c^i|| (alpha for c = 0).
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

struct FourierOptions : BoundedOptions {
  static constexpr int kMostOrder = 255;
  int order = 3;
  int limited = 0;
  bool scale_steps = false;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("order", order, "largest number in c", Range{0, kMostOrder});
    v("limited", limited, "at most so many numbers of c differ from 0; 0: no limit",
      Range{0, static_cast<double>(kMostAxes)});
    v("scale_steps", scale_steps, "divide the step size of a feature by the length of its c");
  }
};
Bases make_bases(const FourierOptions& options, const Space& space);

}  // namespace rl
