#pragma once
/// \file
/// Points on a grid between the bounds of some axes: n_j numbers on axis j from the lower to the
/// upper bound, the middle where n_j is 1; the first axis outermost.
#include <string>
#include <vector>

#include "rl/features/axes.hpp"

namespace rl {

/// In the scale from 0 to 1.
inline double grid_number(std::size_t k, int n) {
  return n == 1 ? 0.5 : static_cast<double>(k) / (n - 1);
}

/// "x = 0.5, v = 0" of a point in the scale from 0 to 1: [axes].
std::string point_text(const std::vector<Axis>& axes, const std::vector<double>& u);

}  // namespace rl
