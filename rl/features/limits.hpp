#pragma once
/// \file
/// How large a feature map may be. Sizes are counted before anything of that size is made.
#include <cmath>
#include <cstddef>
#include <span>

namespace rl {

/// The number as a size. Throws std::invalid_argument where it is more than a map may have.
std::size_t checked_size(double num_features);

/// n_1 n_2 ..., as a number that cannot overflow.
inline double product(std::span<const int> n) {
  double result = 1;
  for (const int n_j : n) result *= n_j;
  return result;
}

}  // namespace rl
