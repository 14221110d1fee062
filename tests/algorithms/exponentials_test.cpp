#include "algorithms/dynamic_programming/exponentials.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "rl/random.hpp"

namespace rl::test {

namespace {

double exp2_of(double t) { return exp2_of_two(TwoDoubles{t, t})[0]; }

/// The relative error beside long double's own 2^t, in units of 2^-53.
double exp2_error(double t) {
  const long double exact = std::exp2(static_cast<long double>(t));
  const long double error = (static_cast<long double>(exp2_of(t)) - exact) / exact;
  return static_cast<double>(std::abs(error) * 0x1.0p53L);
}

constexpr double kBoundInUnits = kExp2Error * 0x1.0p53;

}  // namespace

TEST_CASE("exp2: whole powers are exact, from the least normal number to the largest power") {
  int off = 0;
  for (int n = -1022; n <= 1023; ++n) off += exp2_of(n) == std::ldexp(1.0, n) ? 0 : 1;
  CHECK(off == 0);
  CHECK(exp2_of(-0.0) == 1);
}

TEST_CASE("exp2: over the whole range the error is at most the stated one") {
  double largest = 0;
  // Midway between integers r is largest; near them, and near 0, are the other ends.
  for (int n = -1022; n < 1023; ++n)
    for (const double part : {0x1.0p-52, 0x1.0p-30, 0.25, 0.4999, 0.5, 0.5001, 0.75, 1 - 0x1.0p-30})
      largest = std::max(largest, exp2_error(n + part));
  Rng rng(51);
  for (int i = 0; i < 300'000; ++i) {
    largest = std::max(largest, exp2_error(rng.uniform(-1022, 1023)));
    largest = std::max(largest, exp2_error(rng.uniform(-1, 1)));
    largest = std::max(largest, exp2_error(std::exp(-50 * rng.uniform())));
  }
  CHECK(largest <= kBoundInUnits);
  // The approximant's own error at r = ln(2) / 2 is 7.76 units: the bound is no idle number.
  CHECK(largest >= 7);
}

TEST_CASE("exp2: it is std::exp2 within the bound and that function's unit in the last place") {
  Rng rng(52);
  int off = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double t = rng.uniform(-1022, 1023);
    const double other = std::exp2(t);
    off += std::abs(exp2_of(t) - other) <= (kExp2Error + 0x1.0p-52) * other ? 0 : 1;
  }
  CHECK(off == 0);
}

TEST_CASE("exp2: each of the two is computed by itself, whatever the other is") {
  Rng rng(53);
  const double others[] = {0, -1e300, 1e300, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()};
  int off = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double t = rng.uniform(-1022, 1023);
    const auto bits = std::bit_cast<std::uint64_t>(exp2_of(t));
    for (const double other : others) {
      off += std::bit_cast<std::uint64_t>(exp2_of_two(TwoDoubles{t, other})[0]) == bits ? 0 : 1;
      off += std::bit_cast<std::uint64_t>(exp2_of_two(TwoDoubles{other, t})[1]) == bits ? 0 : 1;
    }
  }
  CHECK(off == 0);
}

TEST_CASE("exp2: these bits come from every compiler and processor") {
  // By rational arithmetic of the formula, each operation rounded to the nearest double.
  CHECK(exp2_of(0.49) == 0x1.6789b30a54593p0);
  CHECK(exp2_of(-0.3) == 0x1.9fdf8bcce533ep-1);
  CHECK(exp2_of(10.7) == 0x1.9fdf8bcce533ap10);
  CHECK(exp2_of(-1000.4) == 0x1.8406003b2aec8p-1001);
}

}  // namespace rl::test
