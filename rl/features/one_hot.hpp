#pragma once
/// \file
/// One feature for each whole number that a coordinate can be: with it, a linear method is a table.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// For each column low .. high. A number outside has no feature; others are rounded.
struct OneHotOptions : BoundedOptions {};
Bases make_bases(const OneHotOptions& options, const Space& space);

}  // namespace rl
