#include "envs/windy_grid.hpp"

#include <doctest/doctest.h>

#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Action;
using rl::State;
using tests::Move;
using tests::move_of;
using tests::probability_of;

namespace {

constexpr Action kUpAction = 0, kDownAction = 1, kLeftAction = 2, kRightAction = 3,
                 kUpRightAction = 5, kDownRightAction = 7, kStayAction = 8;

State at(int row, int col) { return 10 * row + col; }

}  // namespace

TEST_CASE("windy grid: the wind of the column that is left pushes up together with the move") {
  const rl::Problem p = rl::windy_grid({}, {});
  CHECK(p.model.num_states() == 70);
  CHECK(p.model.num_actions() == 4);
  CHECK(move_of(p.model, at(3, 0), kRightAction) == Move{at(3, 1), -1});  // wind 0
  CHECK(move_of(p.model, at(3, 3), kRightAction) == Move{at(2, 4), -1});  // wind 1
  CHECK(move_of(p.model, at(5, 6), kRightAction) == Move{at(3, 7), -1});  // wind 2: the goal
  CHECK(move_of(p.model, at(5, 6), kDownAction) == Move{at(4, 6), -1});   // 5 + 1 - 2
  CHECK(move_of(p.model, at(5, 6), kUpAction) == Move{at(2, 6), -1});     // 5 - 1 - 2
  CHECK(p.model.terminal(at(3, 7)));
  CHECK(tests::start_of(p.model)[static_cast<std::size_t>(at(3, 0))] == 1);
  CHECK(p.gamma == 1);
}

TEST_CASE("windy grid: at an edge each coordinate is clipped by itself") {
  const rl::Problem p = rl::windy_grid({.actions = 9}, {});
  CHECK(move_of(p.model, at(0, 6), kRightAction) == Move{at(0, 7), -1});
  CHECK(move_of(p.model, at(1, 6), kLeftAction) == Move{at(0, 5), -1});
  CHECK(move_of(p.model, at(0, 2), kUpRightAction) == Move{at(0, 3), -1});
  CHECK(move_of(p.model, at(2, 9), kDownRightAction) == Move{at(3, 9), -1});
  CHECK(move_of(p.model, at(4, 3), kStayAction) == Move{at(3, 3), -1});  // the wind alone
  CHECK(move_of(p.model, at(4, 0), kStayAction) == Move{at(4, 0), -1});
}

TEST_CASE("windy grid: stochastic wind is one less, the same or one more only where it blows") {
  const rl::Problem p = rl::windy_grid({.stochastic_wind = true}, {});
  const double third = 1.0 / 3;
  for (const int row : {4, 3, 2})  // right from (4, 3), wind 0, 1, 2
    CHECK(probability_of(p.model, at(4, 3), kRightAction, {at(row, 4), -1}) ==
          doctest::Approx(third));
  for (const int row : {4, 3, 2})  // right from (5, 6), wind 1, 2, 3
    CHECK(probability_of(p.model, at(5, 6), kRightAction, {at(row, 7), -1}) ==
          doctest::Approx(third));
  CHECK(move_of(p.model, at(4, 2), kRightAction) == Move{at(4, 3), -1});
  // Up from (1, 3): winds 0, 1, 2 aim at rows 0, -1, -2: one outcome.
  CHECK(move_of(p.model, at(1, 3), kUpAction) == Move{at(0, 3), -1});
}

TEST_CASE("windy grid: kings have eight moves; other numbers than 4, 8, 9 are refused") {
  CHECK(rl::windy_grid(rl::windy_grid_kings(), {}).model.num_actions() == 8);
  CHECK(tests::error_of([] { rl::windy_grid({.actions = 5}, {}); }) ==
        "option 'actions': 5 is not one of 4, 8, 9");
}
