#pragma once
/// \file
/// Coarse coding (S&B 9.5.3): overlapping receptive fields; a feature is 1 inside its field. With
/// coordinates scaled to [0, 1], field i is the interval, circle or ball
///
///     ||x - c^i|| < radius.
#include <cstdint>

#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

enum class Placement : int { grid, random };

struct CoarseOptions : BoundedOptions {
  std::vector<int> fields = {10};
  double radius = 0.2;
  Placement placement = Placement::grid;
  std::int64_t seed = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("fields", fields,
      "on a grid: centers from bound to bound, for all columns or for each; at random: how many",
      Range{1, 1e6});
    v("radius", radius, "of a field, where every coordinate runs from 0 to 1", Range{1e-6, 100});
    v("placement", placement, "where centers lie", {"grid", "random"});
    v("seed", seed, "of centers that are drawn", Range{0, 9e18});
  }
};
Bases make_bases(const CoarseOptions& options, const Space& space);

}  // namespace rl
