#include "envs/grid_world/matrix_free.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl::test {

namespace {

using tests::error_of;

/// Any map, moves and rules that need nothing beside a cell's class.
GridWorld random_grid_world(Rng& rng) {
  GridWorld world;
  const int rows = 1 + rng.index(6);
  const int cols = 2 + rng.index(6);
  world.map = open_map(rows, cols);
  world.map.types.push_back({'c', CellKind::free, 0.5});
  world.map.types.push_back({'w', CellKind::wall, -4.0});
  for (std::uint8_t& cell : world.map.cells)
    if (rng.flip(0.5)) cell = static_cast<std::uint8_t>(1 + rng.index(6));
  world.map.cells[0] = 0;
  world.map.cells.back() = 2;
  const int counts[] = {4, 5, 8, 9};
  world.moves = standard_moves(counts[rng.index(4)]);
  GridRules& rules = world.rules;
  rules.r_boundary = -1 - rng.uniform();
  rules.r_forbidden = -2;
  rules.slip = rng.flip(0.5) ? 0 : 0.3;
  rules.slip_kind = static_cast<SlipKind>(rng.index(2));
  rules.forbidden = static_cast<ForbiddenRule>(rng.index(3));  // not restart
  rules.target_terminates = rng.flip(0.5);
  rules.bump_from_forbidden = static_cast<BumpRule>(rng.index(2));
  rules.start = StartRule::every_marked;
  if (rng.flip(0.5)) {
    for (int col = 0; col < cols; ++col) rules.wind.push_back(rng.index(3));
    rules.wind[0] = 1;
    rules.stochastic_wind = rng.flip(0.5);
  }
  return world;
}

}  // namespace

TEST_CASE("matrix-free grid: the rows of 500 random worlds are those of their tables") {
  for (int i = 0; i < 500; ++i) {
    CAPTURE(i);
    Rng rng = Rng(17).split(static_cast<std::uint64_t>(i));
    const GridWorld world = random_grid_world(rng);
    const FiniteMdp table = grid_model(world);
    const GridModel grid = matrix_free_grid(world);
    REQUIRE(grid.num_states() == table.num_states());
    REQUIRE(grid.num_actions() == table.num_actions());
    StateValues v = StateValues::Zero(grid.num_states());
    for (double& x : v) x = rng.uniform();
    double worst = 0;
    int different = 0;
    for (State s = 0; s < grid.num_states(); ++s) {
      different += grid.terminal(s) == table.terminal(s) ? 0 : 1;
      if (table.terminal(s)) continue;
      for (Action a = 0; a < grid.num_actions(); ++a) {
        const auto x = grid.row(s, a);
        const auto y = table.row(s, a);
        worst = std::max({worst, std::abs(x.reward - y.reward),
                          std::abs(x.expectation(v.data()) - y.expectation(v.data()))});
        different += grid.outcomes(s, a).size() == table.outcomes(s, a).size() ? 0 : 1;
      }
    }
    CHECK(different == 0);
    CHECK(worst <= 40 * 0x1.0p-53 * grid.largest_reward());  // the same sums in other orders
    double starts = 0;
    grid.for_each_start([&](State s, double p) { starts += p * static_cast<double>(s + 1); });
    table.for_each_start([&](State s, double p) { starts -= p * static_cast<double>(s + 1); });
    CHECK(std::abs(starts) < 1e-12);
  }
}

TEST_CASE("matrix-free grid: what needs more than a class is named") {
  GridWorld world;
  world.map = open_map(3, 3);
  CHECK_FALSE(why_not_matrix_free(world).has_value());
  GridWorld other = world;
  other.teleports = {{1, 2, 10}};
  CHECK(error_of([&] { matrix_free_grid(other); }) == "from some cells one is carried elsewhere");
  other = world;
  other.rules.forbidden = ForbiddenRule::restart;
  CHECK(why_not_matrix_free(other) == "forbidden cells send to the start");
  other = world;
  other.number_blocked_cells = false;
  CHECK(why_not_matrix_free(other) == "cells that nobody enters are no states");
}

TEST_CASE("matrix-free grid: a problem has a table, a grid, or both, as the context asks") {
  GridWorld world;
  world.map = open_map(3, 3);
  CHECK(grid_problem(world).has_table());
  CHECK(grid_problem(world).grid.has_value());
  const Problem bare = grid_problem(world, {.model = ModelForm::matrix_free});
  CHECK_FALSE(bare.has_table());
  CHECK(bare.num_states() == 9);
  CHECK(bare.num_actions() == 5);
  CHECK(grid_problem(world, {.model = ModelForm::automatic}).has_table());
  world.map = open_map(101, 100);
  CHECK_FALSE(grid_problem(world, {.model = ModelForm::automatic}).has_table());
  world.teleports = {{1, 2, 10}};
  CHECK(grid_problem(world, {.model = ModelForm::automatic}).has_table());
  CHECK(error_of([&] { grid_problem(world, {.model = ModelForm::matrix_free}); }) ==
        "this grid needs a table of its rows: from some cells one is carried elsewhere");
}

}  // namespace rl::test
