#include "rl/schedule.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "tests/numbers.hpp"

using rl::Range;
using rl::Schedule;
using tests::kInfinity;
using tests::kNan;

TEST_CASE("schedule: a number is the schedule that never changes") {
  const Schedule x = 0.25;
  CHECK(x.kind == Schedule::Kind::constant);
  CHECK(x(0) == 0.25);
  CHECK(x(1'000'000'000'000) == 0.25);
}

TEST_CASE("schedule: linear goes from its first to its last value and stays there") {
  const Schedule x = Schedule::linear(1, 0.5, 4);
  // 1 - 0.5 k / 4
  const std::vector<double> expected = {1, 0.875, 0.75, 0.625, 0.5, 0.5};
  for (std::size_t k = 0; k < expected.size(); ++k)
    CHECK(x(static_cast<std::int64_t>(k)) == expected[k]);
  CHECK(Schedule::linear(0, 0.3, 3)(3) == 0.3);  // to the bit
}

TEST_CASE("schedule: exponential decays by its rate down to its floor") {
  const Schedule x = Schedule::exponential(1, 0.5, 0.2);
  CHECK(x(0) == 1);
  CHECK(x(1) == 0.5);
  CHECK(x(2) == 0.25);
  CHECK(x(3) == 0.2);
  CHECK(x(100'000) == 0.2);
  CHECK(Schedule::exponential(1, 0.5)(3) == 0.125);
}

TEST_CASE("schedule: harmonic is c / (1 + k / n), so that n = 1 gives sample averages") {
  const Schedule x = Schedule::harmonic(1);
  CHECK(x(0) == 1);
  CHECK(x(1) == 0.5);
  CHECK(x(2) == 1.0 / 3);
  const Schedule slow = Schedule::harmonic(0.5, 10);
  CHECK(slow(0) == 0.5);
  CHECK(slow(10) == 0.25);
}

TEST_CASE("schedule: the clock is part of the value") {
  const Schedule x = Schedule::harmonic(1).on(Schedule::Clock::visits);
  CHECK(x.clock == Schedule::Clock::visits);
  CHECK(x(1) == 0.5);
  CHECK(Schedule(0.1).clock == Schedule::Clock::updates);
  CHECK_FALSE(x == Schedule::harmonic(1));
  CHECK(x == Schedule::harmonic(1).on(Schedule::Clock::visits));
}

TEST_CASE("range: NaN lies in no range, its ends lie in it") {
  const Range range{0, 1};
  CHECK(range.holds(0));
  CHECK(range.holds(1));
  CHECK_FALSE(range.holds(-1e-300));
  CHECK_FALSE(range.holds(kNan));
  CHECK_FALSE(Range{}.holds(kNan));
  CHECK(Range{}.holds(-1e300));
}

TEST_CASE("schedule: it lies in a range only with all its values and sane parameters") {
  const Range range{0, 1};
  CHECK(Schedule(0.5).holds(range));
  CHECK_FALSE(Schedule(1.5).holds(range));
  CHECK_FALSE(Schedule(kNan).holds({}));
  CHECK_FALSE(Schedule(kInfinity).holds({}));
  CHECK(Schedule::linear(1, 0, 10).holds(range));
  CHECK_FALSE(Schedule::linear(1, -0.1, 10).holds(range));
  CHECK_FALSE(Schedule::linear(1.1, 0, 10).holds(range));
  CHECK_FALSE(Schedule::linear(1, 0, 0).holds(range));
  CHECK_FALSE(Schedule::linear(1, 0, kInfinity).holds(range));
  CHECK_FALSE(Schedule::linear(1, 0, kNan).holds(range));
  CHECK_FALSE(Schedule::linear(1, kInfinity, 10).holds({}));
  CHECK(Schedule::exponential(1, 0.9).holds(range));
  CHECK_FALSE(Schedule::exponential(0.1, 1.1).holds(range));
  CHECK_FALSE(Schedule::exponential(1, -0.5).holds(range));
  CHECK_FALSE(Schedule::exponential(1, 0.9, 2).holds(range));
  CHECK(Schedule::harmonic(1, 10).holds(range));
  CHECK_FALSE(Schedule::harmonic(1, 0).holds(range));
  CHECK_FALSE(Schedule::harmonic(2, 10).holds(range));
}

TEST_CASE("schedule: a harmonic one falls out of every range that excludes zero") {
  // c / (1 + k / n) falls below any positive number.
  CHECK_FALSE(Schedule::harmonic(1).holds({0.1, 1}));
  CHECK(Schedule::harmonic(1).holds({0, 1}));
}
