#include "rl/grid_model.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "tests/errors.hpp"

namespace rl::test {

namespace {

using tests::error_of;

/// S . T over . # . : moves right and left, the target ends.
GridDescription two_by_three() {
  return {.rows = 2,
          .cols = 3,
          .cells = {0, 0, 1, 0, 2, 0},
          .classes = {{.reward = -1, .bump_reward = -3},
                      {.reward = 5, .terminal = true},
                      {.reward = -2, .blocks = true, .is_wall = true, .terminal = true}},
          .r_boundary = -10,
          .actions = {{{0, 1, 1}}, {{0, -1, 0.75}, {1, 0, 0.25}}}};
}

}  // namespace

TEST_CASE("grid model: rows by hand") {
  const GridModel grid(two_by_three());
  CHECK(grid.num_states() == 6);
  CHECK(grid.num_actions() == 2);
  CHECK(grid.terminal(2));
  CHECK(grid.terminal(4));
  CHECK(grid.largest_reward() == 13);
  const std::vector<double> v = {1, 2, 4, 8, 16, 32};
  const auto q = [&](State s, Action a) {
    const GridModel::Row row = grid.row(s, a);
    return std::pair(row.reward, row.expectation(v.data()));
  };
  CHECK(q(0, 0) == std::pair(-1.0, 2.0));
  CHECK(q(1, 0) == std::pair(5.0, 4.0));
  CHECK(q(5, 0) == std::pair(-13.0, 32.0));                                  // the edge
  CHECK(q(3, 0) == std::pair(-5.0, 8.0));                                    // the wall
  CHECK(q(0, 1) == std::pair(0.75 * -13 + 0.25 * -1, 0.75 * 1 + 0.25 * 8));  // edge, or down
  CHECK(q(1, 1) == std::pair(0.75 * -1 + 0.25 * -5, 0.75 * 1 + 0.25 * 2));   // left, or the wall
}

TEST_CASE("grid model: outcomes that lead to the same state and pay the same are one") {
  GridDescription grid = two_by_three();
  grid.actions = {{{0, 1, 0.5}, {-1, 0, 0.5}}};
  const std::vector<Outcome> row = GridModel(grid).outcomes(5, 0);  // the edge, or the target above
  REQUIRE(row.size() == 2);
  grid.actions = {{{0, 1, 0.5}, {1, 0, 0.5}}};
  const std::vector<Outcome> corner = GridModel(grid).outcomes(5, 0);
  REQUIRE(corner.size() == 1);
  CHECK(corner[0].probability == 1);
  CHECK(corner[0].next == 5);
  CHECK(GridModel(grid).outcomes(2, 0).empty());
}

TEST_CASE("grid model: starts are alike; without any, all that is not terminal") {
  const GridModel grid(two_by_three());
  std::vector<std::pair<State, double>> starts;
  const auto note = [&](State s, double p) { starts.emplace_back(s, p); };
  grid.for_each_start(note);
  CHECK(starts ==
        std::vector<std::pair<State, double>>{{0, 0.25}, {1, 0.25}, {3, 0.25}, {5, 0.25}});
  starts.clear();
  grid.with_starts({5, 0}).for_each_start(note);
  CHECK(starts == std::vector<std::pair<State, double>>{{5, 0.5}, {0, 0.5}});
  CHECK(error_of([&] { (void)grid.with_starts({2}); }) == "no episode can start in state 2");
  CHECK(error_of([&] { (void)grid.with_starts({6}); }) == "no episode can start in state 6");
}

TEST_CASE("grid model: refuses what is no grid, naming it") {
  const auto error = [](auto&& change) {
    GridDescription grid = two_by_three();
    change(grid);
    return error_of([&] { GridModel{grid}; });
  };
  CHECK(error([](GridDescription& g) { g.rows = 3; }) == "a grid of 3 x 3 cells, but 6 are given");
  CHECK(error([](GridDescription& g) {
          g.rows = g.cols = 50'000;
        }).starts_with("a grid of 50000 x 50000 cells: at least 1 and at most 2147483647"));
  CHECK(error([](GridDescription& g) { g.cells[1] = 7; }) == "a cell of class 7, but 3 are given");
  CHECK(error([](GridDescription& g) {
          g.classes[0].reward = std::numeric_limits<double>::infinity();
        }).starts_with("a reward of inf is not"));
  CHECK(error([](GridDescription& g) {
          g.r_boundary = std::numeric_limits<double>::quiet_NaN();
        }).starts_with("a reward of nan is not"));
  CHECK(error([](GridDescription& g) { g.actions[0][0].probability = 0.9; }) ==
        "the moves of an action have 0.9 in all, not 1");
  CHECK(error([](GridDescription& g) { g.actions[1][0].probability = 1.5; }) ==
        "probability 1.5 is not in [0, 1]");
  CHECK(error([](GridDescription& g) { g.actions.clear(); }) == "a grid without actions");
  CHECK(error([](GridDescription& g) { g.classes[0].terminal = true; }) ==
        "a grid of which every cell is terminal");
  CHECK(error([](GridDescription& g) { g.wind = {1}; }) ==
        "wind of 1 numbers for a grid of 3 columns");
}

}  // namespace rl::test
