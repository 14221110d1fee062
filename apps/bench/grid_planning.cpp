// Planning grids of a million cells and more, with a certificate, against plain vectorised sweeps.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"
#include "apps/bench/bench.hpp"
#include "apps/bench/instructions.hpp"
#include "apps/bench/plain_grid.hpp"
#include "envs/grid_world/world.hpp"

namespace rl::bench {

namespace {

GridModel slippery(int n) {
  return *slippery_grid({.n = n},
                        {.memory_limit = std::uint64_t{8} << 30, .model = ModelForm::matrix_free})
              .grid;
}

/// Planned to 1e-6, the certificate included.
TiledValueIteration planned(const GridModel& grid, double gamma, std::int64_t threads = 1) {
  TiledValueIteration planner(grid, gamma, {.threads = threads});
  while (planner.advance()) {
  }
  if (!(planner.progress().error_bound <= 1e-6)) throw std::runtime_error("not certified");
  return planner;
}

Work::Loop plan_grid(int n, double gamma, InstructionSet set) {
  return [n, gamma, set](benchmark::State& state) {
    const WithInstructions instructions(set);
    const GridModel grid = slippery(n);
    while (state.KeepRunning()) benchmark::DoNotOptimize(planned(grid, gamma).plan().v.data());
    state.SetItemsProcessed(state.iterations() * std::int64_t{n} * n);
  };
}

/// A sweep is measured, and taken as often as plain value iteration needs to promise 1e-6.
Work::Loop plain_sweeps(int n, double gamma, int sweeps, InstructionSet set) {
  return [n, gamma, sweeps, set](benchmark::State& state) {
    const WithInstructions instructions(set);
    const GridModel model = slippery(n);
    const GridDescription& grid = model.description();
    std::vector<double> rewards;
    for (const std::uint8_t k : grid.cells) rewards.push_back(grid.classes[k].reward);
    PlainGrid plain(n, rewards, gamma);
    while (state.KeepRunning()) benchmark::DoNotOptimize(plain.sweep());
    const double cells = static_cast<double>(state.iterations()) * n * n;
    state.counters["items_per_second"] =
        benchmark::Counter(cells / sweeps, benchmark::Counter::kIsRate);
  };
}

std::optional<double> backups_a_state(double gamma) {
  return planned(slippery(1000), gamma).backups_per_state();
}

double seconds_of(const GridModel& grid, std::int64_t threads) {
  const auto begin = std::chrono::steady_clock::now();
  planned(grid, 0.999, threads);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Elapsed time, the best of a few rounds in turn.
std::optional<double> speedup_of_threads(const std::function<bool()>& interrupted) {
  const GridModel grid = slippery(1000);
  double one = seconds_of(grid, 1);
  double two = seconds_of(grid, 2);
  for (int round = 0; round < 4; ++round) {
    if (interrupted()) return std::nullopt;
    one = std::min(one, seconds_of(grid, 1));
    two = std::min(two, seconds_of(grid, 2));
  }
  return one / two;
}

/// `sweeps`: what plain value iteration needs. Where 512 bits take two passes AVX-512 can reach no
/// more than AVX2.
Work million_cells(InstructionSet set, double gamma, int sweeps, Floor avx2, Floor avx512) {
  return {
      .name = fmt::format("grid of 10^6 cells, certified 1e-6, gamma {}, {}", gamma, name_of(set)),
      .unit = "ns/cell",
      .library = plan_grid(1000, gamma, set),
      .yardstick = plain_sweeps(1000, gamma, sweeps, set),
      .floor = set == InstructionSet::avx512 ? avx512 : avx2};
}

}  // namespace

std::vector<Work> grid_planning() {
  std::vector<Work> works;
  const std::vector<InstructionSet> sets = available_instruction_sets();
  for (const InstructionSet set : sets) {
    if (set == InstructionSet::baseline && sets.size() > 1) continue;
    works.push_back(million_cells(set, 0.99, 1834, {40, true}, {75, true}));
    works.push_back(million_cells(set, 0.999, 20'715, {75, true}, {150, true}));
  }
  const std::vector<Work> others = {
      {.name = "grid of 10^6 cells, gamma 0.99, backups of a cell",
       .unit = "backups",
       .number = [](const std::function<bool()>&) { return backups_a_state(0.99); },
       .floor = Floor{80}},
      {.name = "grid of 10^6 cells, gamma 0.999, backups of a cell",
       .unit = "backups",
       .number = [](const std::function<bool()>&) { return backups_a_state(0.999); },
       .floor = Floor{520}},
      {.name = "grid of 10^6 cells, gamma 0.999, elapsed time, 2 threads beside 1",
       .unit = "x",
       .number = speedup_of_threads,
       .floor = Floor{1.3}},
      {.name = "grid of 10^7 cells, certified 1e-6, gamma 0.99",
       .unit = "ns/cell",
       .library = plan_grid(3162, 0.99, sets.back()),
       .floor = Floor{20}},
  };
  works.insert(works.end(), others.begin(), others.end());
  return works;
}

std::optional<double> peak_memory_of_grid(int n) {
  return peak_memory_of([n] { planned(slippery(n), 0.99); });
}

}  // namespace rl::bench
