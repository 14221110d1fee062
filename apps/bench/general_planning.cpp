// Planning large models of any kind by blocks, with a certificate, against plain value iteration
// swept over the same tables.
#include <benchmark/benchmark.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/block_value_iteration.hpp"
#include "apps/bench/bench.hpp"
#include "envs/grid_world/world.hpp"
#include "rl/random.hpp"

namespace rl::bench {

namespace {

using MakeModel = std::function<FiniteMdp()>;

FiniteMdp table_of_slippery_grid() { return slippery_grid({.n = 1000}, WorldContext{}).model; }

/// 4 actions that each lead to 3 random states: it mixes well, and no block of states has few
/// neighbours.
FiniteMdp random_graph(State n) {
  Rng rng(1);
  return FiniteMdp(n, 4, [&rng, n](State, Action, std::vector<Outcome>& row) {
    const double reward = rng.uniform();
    for (const double probability : {0.5, 0.25, 0.25})
      row.push_back({probability, reward, rng.index(n)});
  });
}

/// Planned to 1e-6, the certificate included.
BlockValueIteration planned_by_blocks(const FiniteMdp& model, double gamma) {
  BlockValueIteration planner(model, gamma);
  while (planner.advance()) {
  }
  if (!(planner.progress().error_bound <= 1e-6)) throw std::runtime_error("not certified");
  return planner;
}

Work::Loop solve_by_blocks(const MakeModel& make, double gamma) {
  return [make, gamma](benchmark::State& state) {
    const FiniteMdp model = make();
    while (state.KeepRunning())
      benchmark::DoNotOptimize(planned_by_blocks(model, gamma).values().data());
    state.SetItemsProcessed(state.iterations());
  };
}

/// A sweep is measured, and taken as often as plain value iteration needs to promise 1e-6.
Work::Loop sweeps_of_table(const MakeModel& make, double gamma, int sweeps) {
  return [make, gamma, sweeps](benchmark::State& state) {
    const FiniteMdp model = make();
    StateValues v = StateValues::Zero(model.num_states());
    StateValues next = v;
    while (state.KeepRunning()) {
      benchmark::DoNotOptimize(sweep_synchronously(model, Greedy{}, gamma, v, next));
      v.swap(next);
    }
    state.counters["items_per_second"] = benchmark::Counter(
        static_cast<double>(state.iterations()) / sweeps, benchmark::Counter::kIsRate);
  };
}

Work::Loop solve_plainly(const MakeModel& make, double gamma) {
  return [make, gamma](benchmark::State& state) {
    const FiniteMdp model = make();
    while (state.KeepRunning())
      benchmark::DoNotOptimize(value_iteration(model, gamma, {.tolerance = 1e-6}).v.data());
    state.SetItemsProcessed(state.iterations());
  };
}

}  // namespace

std::vector<Work> general_planning() {
  std::vector<Work> works = {{.name = "table of 10^6 cells, certified 1e-6, gamma 0.99",
                              .unit = "s",
                              .library = solve_by_blocks(table_of_slippery_grid, 0.99),
                              .yardstick = sweeps_of_table(table_of_slippery_grid, 0.99, 1834),
                              .floor = Floor{15, true}},
                             {.name = "table of 10^6 cells, certified 1e-6, gamma 0.999",
                              .unit = "s",
                              .library = solve_by_blocks(table_of_slippery_grid, 0.999),
                              .yardstick = sweeps_of_table(table_of_slippery_grid, 0.999, 20'715),
                              .floor = Floor{30, true}}};
  for (const State n : {5'000, 200'000})
    works.push_back({.name = "random graph of " + std::to_string(n) + " states, gamma 0.99",
                     .unit = "ms",
                     .library = solve_by_blocks([n] { return random_graph(n); }, 0.99),
                     .yardstick = solve_plainly([n] { return random_graph(n); }, 0.99),
                     .floor = Floor{1 / 1.2, true}});
  return works;
}

}  // namespace rl::bench
