#pragma once
/// \file
/// Numbers that are none.
#include <limits>

namespace tests {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace tests
