#include "rl/space.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "rl/state.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using tests::contains;
using tests::error_of;

TEST_CASE("space: a point in it passes, also on its bounds and where nothing bounds it") {
  const rl::Space space = {{"x", -1, 2}, {"y"}};
  rl::check_in_space({-1, 1e300}, space, "test");
  rl::check_in_space({2, -1e300}, space, "test");
}

TEST_CASE("space: what lies outside is named with its value and the bounds") {
  const rl::Space space = {{"x", -1, 2}, {"y"}};
  const auto error = [&](const rl::Point& x) {
    return error_of([&] { rl::check_in_space(x, space, "test"); });
  };
  CHECK(error({2.5, 0}) == "test: x = 2.5 is no number from -1 to 2");
  CHECK(error({tests::kNan, 0}) == "test: x = nan is no number from -1 to 2");
  CHECK(error({0, tests::kInfinity}) == "test: y = inf is no number from -inf to inf");
  CHECK(error({0}) == "test: needs 2 numbers, not 1");
}

TEST_CASE("point: more than 8 numbers are refused") {
  const std::vector<double> nine(9);
  CHECK(contains(error_of([&] { rl::Point{std::span(nine)}; }), "at most 8"));
  CHECK(rl::Point(std::span(nine).first(8)).size() == 8);
}

TEST_CASE("point: saved and loaded to the bit") {
  const rl::Point x = {0.1, -0.0, 3};
  rl::Point y;
  rl::load_state(rl::save_state(x), y);
  CHECK(y == x);
}

TEST_CASE("space: a point as text has its coordinates' names and no minus before 0") {
  CHECK(rl::coordinates_text({-0.0, 0.123456}, {{"x"}, {"v"}}) == "x = 0, v = 0.1235");
}
