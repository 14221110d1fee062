#pragma once
/// \file
/// A coordinate as a feature: as it is, or scaled by its bounds.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// One feature for each column.
struct NumericOptions : BoundedOptions {
  Scale scale = Scale::raw;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("scale", scale, "coordinates as they are, from 0 to 1, or from -1 to 1",
      {"raw", "unit", "symmetric"});
  }
};
Bases make_bases(const NumericOptions& options, const Space& space);

}  // namespace rl
