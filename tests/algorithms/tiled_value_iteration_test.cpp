#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "tests/algorithms/random_grid.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"
#include "tests/rl/instruction_sets.hpp"

namespace rl::test {

namespace {

using tests::error_of;

Plan planned(const GridModel& grid, double gamma, const TiledOptions& options = {}) {
  return solve(TiledValueIteration(grid, gamma, options));
}

/// A grid of one class of free cells, the target in the last one.
GridDescription open_cells(int rows, int cols) {
  GridDescription grid{.rows = rows, .cols = cols};
  grid.cells.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), 0);
  grid.cells.back() = 1;
  grid.classes = {{.reward = 0}, {.reward = 1}};
  grid.r_boundary = -1;
  grid.actions = cross_moves(true, false, 0);
  return grid;
}

bool same_bytes(const StateValues& x, const StateValues& y) {
  return x.size() == y.size() &&
         std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.size()) * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("tiled value iteration: by hand, gamma^d / (1 - gamma) at d steps from a target") {
  const double gamma = 0.9;
  const Plan plan = planned(GridModel(open_cells(30, 70)), gamma);
  CHECK(plan.converged);
  for (const auto& [row, col] :
       {std::pair{0, 0}, {29, 69}, {29, 68}, {23, 63}, {24, 64}, {5, 66}}) {
    const int steps = std::max(0, (29 - row) + (69 - col) - 1);
    CHECK(plan.v[row * 70 + col] ==
          doctest::Approx(std::pow(gamma, steps) / (1 - gamma)).epsilon(1e-6));
  }
}

TEST_CASE("tiled value iteration: no bound of 1,000 random grids is below the error") {
  int violated = 0;
  int unconverged = 0;
  for (int i = 0; i < 1000; ++i) {
    Rng rng = Rng(61).split(static_cast<std::uint64_t>(i));
    const GridModel grid = random_cross_grid(rng, 1 + rng.index(8), 2 + rng.index(6));
    const double gammas[] = {0.3, 0.5, 0.9, 0.99, 0.999};
    const double gamma = gammas[rng.index(5)];
    const double tolerance =
        std::max(std::pow(10, -8 * rng.uniform()), 2 * least_tolerance_of_tiles(grid, gamma));
    TiledValueIteration planner(grid, gamma, {.tolerance = tolerance});
    const bool stopped_early = rng.flip(0.3);
    for (int k = 0; planner.advance() && !(stopped_early && k == 3); ++k) {
    }
    const Plan plan = planner.plan();
    unconverged += plan.converged || stopped_early ? 0 : 1;
    const FiniteMdp table = table_of(grid);
    const Exact exact = optimum_in_long_double(table, static_cast<long double>(gamma));
    violated += largest_error(table, plan.v, exact) <= plan.error_bound.value() ? 0 : 1;
    violated += plan.converged && plan.error_bound > tolerance ? 1 : 0;
  }
  CHECK(violated == 0);
  CHECK(unconverged == 0);
}

TEST_CASE("tiled value iteration: agrees with plain value iteration around the edges of tiles") {
  for (const int rows : {1, 23, 24, 25, 48, 49})
    for (const int cols : {1, 63, 64, 65, 66, 129, 192}) {
      if (rows * cols < 2) continue;
      CAPTURE(rows);
      CAPTURE(cols);
      Rng rng = Rng(5).split(static_cast<std::uint64_t>(1000 * rows + cols));
      const GridModel grid = random_cross_grid(rng, rows, cols);
      const Plan tiled = planned(grid, 0.9);
      const Plan plain = value_iteration(table_of(grid), 0.9, {.tolerance = 1e-8});
      REQUIRE(tiled.converged);
      CHECK((tiled.v - plain.v).lpNorm<Eigen::Infinity>() <=
            *tiled.error_bound + *plain.error_bound);
    }
}

TEST_CASE("tiled value iteration: open country, where tiles have no exceptions") {
  for (const bool to_any : {false, true})
    for (const double slip : {0.0, 0.2, 2.0 / 3, 0.75}) {
      GridDescription grid = open_cells(100, 200);
      Rng rng(3);
      for (std::uint8_t& cell : grid.cells)
        if (cell == 0 && rng.flip(0.2)) cell = 2;
      grid.classes.push_back({.reward = -1});
      grid.actions = cross_moves(true, to_any, slip);
      const GridModel model(grid);
      const Plan tiled = planned(model, 0.95);
      const Plan plain = value_iteration(table_of(model), 0.95, {.tolerance = 1e-8});
      CHECK(tiled.converged);
      CHECK((tiled.v - plain.v).lpNorm<Eigen::Infinity>() <=
            *tiled.error_bound + *plain.error_bound);
    }
}

TEST_CASE("tiled value iteration: a grid has any number of classes of cells") {
  for (const int classes : {5, 256}) {
    GridDescription grid = open_cells(60, 150);
    Rng rng(17);
    for (int k = 2; k < classes; ++k)
      grid.classes.push_back({.reward = -rng.uniform(), .terminal = k == 4});
    for (std::uint8_t& cell : grid.cells)
      if (cell == 0 && rng.flip(0.5)) cell = static_cast<std::uint8_t>(rng.index(classes));
    grid.actions = cross_moves(true, false, 0.2);
    const GridModel model(grid);
    const Plan tiled = planned(model, 0.9);
    const Plan plain = value_iteration(table_of(model), 0.9, {.tolerance = 1e-8});
    CHECK(tiled.converged);
    CHECK((tiled.v - plain.v).lpNorm<Eigen::Infinity>() <= *tiled.error_bound + *plain.error_bound);
  }
}

TEST_CASE("tiled value iteration: a grid of one column is the same as one of one row") {
  GridDescription row = open_cells(1, 5000);
  Rng rng(19);
  for (std::uint8_t& cell : row.cells)
    if (cell == 0 && rng.flip(0.2)) cell = 2;
  row.classes.push_back({.reward = -1});
  GridDescription column = row;
  std::swap(column.rows, column.cols);
  const Plan plan = planned(GridModel(row), 0.9);
  CHECK(plan.converged);
  CHECK(same_bytes(planned(GridModel(column), 0.9).v, plan.v));
}

TEST_CASE("tiled value iteration: values that are shown, copied and handed over are the same") {
  Rng rng(23);
  for (const auto& [rows, cols] : {std::pair{60, 100}, {100, 60}, {230, 101}}) {
    TiledValueIteration planner(random_cross_grid(rng, rows, cols), 0.9);
    const StateValues before = planner.values();
    while (planner.advance()) {
    }
    const StateValues shown = planner.values();
    CHECK_FALSE(same_bytes(before, shown));
    CHECK(same_bytes(planner.plan().v, shown));
    CHECK(same_bytes(std::move(planner).plan().v, shown));
  }
}

TEST_CASE(
    "tiled value iteration: the bytes depend on no instruction set and no number of threads") {
  Rng rng(11);
  const GridModel grid = random_cross_grid(rng, 150, 300);
  const Plan first = planned(grid, 0.99);
  tests::with_each_instruction_set(
      [&](InstructionSet) { CHECK(same_bytes(planned(grid, 0.99).v, first.v)); });
  for (const std::int64_t threads : {2, 3})
    CHECK(same_bytes(planned(grid, 0.99, {.threads = threads}).v, first.v));
  CHECK(first.v.array().isFinite().all());
}

TEST_CASE("tiled value iteration: a copy goes on as the original does") {
  Rng rng(12);
  const GridModel grid = random_cross_grid(rng, 60, 100);
  TiledValueIteration planner(grid, 0.99);
  planner.advance();
  TiledValueIteration copy = planner;
  while (planner.advance()) {
  }
  CHECK_FALSE(copy.progress().error_bound.has_value());
  while (copy.advance()) {
  }
  CHECK(same_bytes(copy.values(), planner.values()));
  CHECK(planner.plan().error_bound == copy.plan().error_bound);
}

TEST_CASE("tiled value iteration: a limit stops it unconverged, with a bound that holds") {
  const GridModel grid(open_cells(50, 50));
  const Plan plan = planned(grid, 0.99, {.max_sweeps = 1});
  CHECK_FALSE(plan.converged);
  const Plan exact = value_iteration(grid, 0.99, {.tolerance = 1e-9});
  CHECK((plan.v - exact.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound);
  CHECK(*plan.error_bound > 1e-6);
}

TEST_CASE("tiled value iteration: refuses, with the reason, what it cannot certify or plan") {
  const GridModel grid(open_cells(5, 5));
  const auto refused = [](const GridModel& model, double gamma, double tolerance = 1e-6) {
    return error_of([&] { TiledValueIteration(model, gamma, {.tolerance = tolerance}); });
  };
  CHECK(refused(grid, 1) == "gamma = 1 is not between 0 and 1");
  CHECK(refused(grid, 0) == "gamma = 0 is not between 0 and 1");
  const std::string rounding = refused(grid, 0.99, 1e-15);
  CHECK(rounding.starts_with("tolerance = 1e-15 is below what rounding leaves to be certified"));
  CHECK_NOTHROW(planned(grid, 0.99, {.tolerance = 2.001 * least_tolerance_of_tiles(grid, 0.99)}));

  GridDescription windy = open_cells(5, 5);
  windy.wind = {0, 0, 1, 0, 0};
  CHECK(refused(GridModel(windy), 0.9) == "wind blows further than to the next cell");
  GridDescription diagonal = open_cells(5, 5);
  diagonal.actions.push_back({{1, 1, 1}});
  CHECK(refused(GridModel(diagonal), 0.9).starts_with("its actions are not the moves"));
  GridDescription lopsided = open_cells(5, 5);
  lopsided.actions[0] = {{-1, 0, 0.8}, {0, 1, 0.2}};
  CHECK(refused(GridModel(lopsided), 0.9).starts_with("its actions are not the moves"));
  GridDescription costly = open_cells(5, 5);
  costly.classes.push_back({.reward = -7, .blocks = true, .is_wall = true, .terminal = true});
  CHECK(refused(GridModel(costly), 0.9) ==
        "some blocked cells cost another reward than the boundary");
}

}  // namespace rl::test
