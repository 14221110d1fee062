#include "envs/four_rooms.hpp"

#include <doctest/doctest.h>

#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Action;
using tests::probability_of;

namespace four_rooms_test {

namespace {

constexpr Action kUpAction = 0, kDownAction = 1, kLeftAction = 2, kRightAction = 3;

}  // namespace

TEST_CASE("four rooms: 104 cells, the goal is number 62, starts are the 103 others") {
  const rl::Problem p = rl::four_rooms({}, {});
  CHECK(p.model.num_states() == 104);
  CHECK(p.model.terminal(62));
  const std::vector<double> start = tests::start_of(p.model);
  CHECK(start[62] == 0);
  CHECK(start[0] == doctest::Approx(1.0 / 103));
  CHECK(p.gamma == 0.9);
  CHECK(p.picture.panels[0].state[13 * 7 + 9] == 62);
}

TEST_CASE("four rooms: 2/3 the chosen direction, 1/9 each other, walls keep one where one is") {
  const rl::Problem p = rl::four_rooms({}, {});
  // The corner (1, 1) is state 0; its right neighbour 1; below it 10 (each row has 5 + 5 cells).
  CHECK(probability_of(p.model, 0, kRightAction, {1, 0}) == doctest::Approx(2.0 / 3));
  CHECK(probability_of(p.model, 0, kRightAction, {10, 0}) == doctest::Approx(1.0 / 9));
  CHECK(probability_of(p.model, 0, kRightAction, {0, 0}) == doctest::Approx(2.0 / 9));
  CHECK(probability_of(p.model, 0, kUpAction, {0, 0}) == doctest::Approx(7.0 / 9));
  // (8, 9), below the goal: up enters it for 1. The rows above hold 68 cells and (8, 1) .. (8, 5),
  // (8, 7), (8, 8) come first.
  CHECK(probability_of(p.model, 70, kUpAction, {62, 1}) == doctest::Approx(2.0 / 3));
  CHECK(probability_of(p.model, 70, kLeftAction, {62, 1}) == doctest::Approx(1.0 / 9));
  CHECK(probability_of(p.model, 70, kDownAction, {80, 0}) == doctest::Approx(2.0 / 3));
}

TEST_CASE("four rooms: another goal moves the end; a wall cannot be one") {
  const rl::Problem p = rl::four_rooms({.goal_row = 8, .goal_col = 9}, {});
  CHECK(p.model.terminal(70));
  CHECK_FALSE(p.model.terminal(62));
  CHECK(tests::error_of([] { rl::four_rooms({.goal_row = 6, .goal_col = 6}, {}); }) ==
        "options 'goal_row' and 'goal_col': (6, 6) is a wall");
}

}  // namespace four_rooms_test
