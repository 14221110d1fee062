// Steps of one world through MdpEnvironment, against a plain loop on the map.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "apps/bench/bench.hpp"
#include "envs/grid_world/world.hpp"
#include "rl/environment.hpp"

namespace rl::bench {

namespace {

constexpr std::size_t kActions = 4096;  // drawn before the clock starts

std::vector<Action> drawn_actions() {
  Rng rng(1);
  std::vector<Action> actions(kActions);
  for (Action& a : actions) a = rng.index(5);
  return actions;
}

Problem open_grid(int n, double slip) {
  GridWorld world;
  world.map = open_map(n, n);
  world.rules.slip = slip;
  world.rules.slip_kind = SlipKind::perpendicular;
  return grid_problem(world);
}

void step_library(benchmark::State& state, int n, double slip) {
  const std::vector<Action> actions = drawn_actions();
  MdpEnvironment environment(open_grid(n, slip).model);
  Rng rng(2);
  environment.reset(rng);
  double sum = 0;
  while (state.KeepRunning())
    for (const Action a : actions) sum += environment.step(a, rng).reward;
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kActions));
}

/// Moves by arithmetic: what a person writes for one world.
void step_plain(benchmark::State& state, int n, double slip) {
  constexpr std::array<int, 5> kRow = {-1, 0, 1, 0, 0};
  constexpr std::array<int, 5> kCol = {0, 1, 0, -1, 0};
  const std::vector<Action> actions = drawn_actions();
  Rng rng(2);
  int row = 0;
  int col = 0;
  double sum = 0;
  while (state.KeepRunning())
    for (const Action chosen : actions) {
      int a = chosen;
      if (slip > 0 && a < 4) {
        const double u = rng.uniform();
        if (u < slip) a = (a + (u < slip / 2 ? 1 : 3)) % 4;
      }
      const int aimed_row = row + kRow[static_cast<std::size_t>(a)];
      const int aimed_col = col + kCol[static_cast<std::size_t>(a)];
      row = std::clamp(aimed_row, 0, n - 1);
      col = std::clamp(aimed_col, 0, n - 1);
      if (row != aimed_row || col != aimed_col)
        sum -= 1;
      else if (row == n - 1 && col == n - 1)
        sum += 1;
    }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kActions));
}

}  // namespace

std::vector<Work> stepping() {
  std::vector<Work> works;
  for (const int n : {8, 100})
    for (const double slip : {0.0, 0.2})
      works.push_back({.name = fmt::format("step {0}x{0}{1}", n, slip > 0 ? " slippery" : ""),
                       .unit = "M/s",
                       .library = [=](benchmark::State& state) { step_library(state, n, slip); },
                       .yardstick = [=](benchmark::State& state) { step_plain(state, n, slip); }});
  return works;
}

}  // namespace rl::bench
