#pragma once
/// \file
/// State aggregation at several scales at once: grids of 1, 2, 4, ... bins a coordinate. What is
/// learned in a large bin serves until the small ones know better.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

struct PyramidOptions : BoundedOptions {
  int levels = 3;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("levels", levels, "grids; each has twice as many bins a coordinate as the one before",
      Range{1, 24});
  }
};
Bases make_bases(const PyramidOptions& options, const Space& space);

}  // namespace rl
