#pragma once
/// \file
/// 2^t of two numbers at once, by + - * / in a fixed order: equal bits from any compiler and on any
/// processor.
///
///     2^t = 2^n e^r,   n = t to the nearest integer,   r = (t - n) ln 2,   |r| <= ln(2) / 2
///     e^r = (E + O) / (E - O),   E = 30240 + 3360 r^2 + 30 r^4,   O = 15120 r + 420 r^3 + r^5
///
/// the Pade approximant [5 / 5], whose relative error is r^11 5! 5! / (10! 11!) <= 7.8 * 2^-53.
/// Rounding adds: of r 0.7, of E + O and E - O 2.7 and 2.2, of the quotient 1 times 2^-53. Together
/// at most kExp2Error.
#include <cstdint>
#include <numbers>

namespace rl {

/// An operation on it acts on each of the two, in one instruction where there is one (GCC, clang).
using TwoDoubles = double __attribute__((vector_size(16)));

/// Largest relative error of exp2_of_two.
inline constexpr double kExp2Error = 15 * 0x1.0p-53;

/// 2^t for -1022 <= t <= 1023; for other t, any number or none.
inline TwoDoubles exp2_of_two(TwoDoubles t) {
  using TwoIntegers = std::int64_t __attribute__((vector_size(16)));
  // Numbers of this size are integers: adding it rounds t, and leaves n + 1023, which is the
  // exponent of 2^n as a double stores it, in the low bits of the sum.
  const TwoDoubles rounder = TwoDoubles{} + (0x1.8p52 + 1023);
  const TwoDoubles shifted = t + rounder;
  const TwoDoubles r = (t - (shifted - rounder)) * std::numbers::ln2;
  const TwoDoubles r2 = r * r;
  const TwoDoubles even = (r2 * 30 + 3360) * r2 + 30240;
  const TwoDoubles odd = ((r2 + 420) * r2 + 15120) * r;
  const auto power = reinterpret_cast<TwoDoubles>(reinterpret_cast<TwoIntegers>(shifted) << 52);
  return (even + odd) / (even - odd) * power;
}

}  // namespace rl
