#pragma once
/// \file
/// Numbers as a world keeps them that computes in double and stores float32.

namespace rl {

/// The nearest number that a float32 holds. Through a volatile, since gcc 12 at -O2 drops
/// conversions to float and back where it joins two of them to one instruction.
inline double as_float32(double x) {
  const volatile float stored = static_cast<float>(x);
  return static_cast<double>(stored);
}

}  // namespace rl
