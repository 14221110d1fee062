#include "rl/coordinates.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/algorithms/learners.hpp"

using rl::State;

namespace coordinates_test {
namespace {

std::vector<double> point(const rl::StateCoordinates& all, State s) {
  const auto x = all.of(s);
  return {x.begin(), x.end()};
}

}  // namespace

TEST_CASE("coordinates: a cell of a grid is its row and column, counted from 0") {
  const rl::StateCoordinates x = rl::coordinates_of(tests::world("mfrl_5x5"));
  REQUIRE(x.space.size() == 2);
  CHECK(x.space[0].name == "row");
  CHECK(x.space[1].name == "col");
  CHECK((x.space[0].low == 0 && x.space[0].high == 4));
  CHECK(point(x, 17) == std::vector<double>{3, 2});  // s18, the target
}

TEST_CASE("coordinates: a picture of one row has columns only, and ends do not count") {
  const rl::StateCoordinates x = rl::coordinates_of(tests::world("random_walk_19"));
  REQUIRE(x.space.size() == 1);
  CHECK(x.space[0].name == "col");
  CHECK((x.space[0].low == 1 && x.space[0].high == 19));
  CHECK(point(x, 7) == std::vector<double>{7});
}

TEST_CASE("coordinates: several panels are told apart") {
  const rl::StateCoordinates x = rl::coordinates_of(tests::world("blackjack"));
  REQUIRE(x.space.size() == 3);
  CHECK(x.space[0].name == "panel");
  CHECK(x.space[0].high == 1);
}

TEST_CASE("coordinates: where no picture shows all states they are numbers") {
  const rl::Problem p{
      .name = "line",
      .model = rl::FiniteMdp(3, 1,
                             [](State s, rl::Action, std::vector<rl::Outcome>& row) {
                               row.push_back({1, 0, s + 1});
                             },
                             {.terminal = {2}})};
  const rl::StateCoordinates x = rl::coordinates_of(p);
  REQUIRE(x.space.size() == 1);
  CHECK(x.space[0].name == "state");
  CHECK(point(x, 1) == std::vector<double>{1});
}

TEST_CASE("coordinates: those of a pair end with the action's number") {
  const rl::StateCoordinates states = rl::coordinates_of(tests::world("mfrl_2x2"));
  const rl::StateCoordinates pairs = rl::pair_coordinates(states, 4, 5);
  REQUIRE(pairs.space.size() == 3);
  CHECK(pairs.space[2].name == "action");
  CHECK(pairs.space[2].high == 4);
  CHECK(point(pairs, 2 * 5 + 3) == std::vector<double>{1, 0, 3});
}

}  // namespace coordinates_test
