#include "apps/bench/size_curve.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/block_value_iteration.hpp"
#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"
#include "apps/bench/plain_grid.hpp"
#include "envs/grid_world/world.hpp"

namespace rl::bench {

namespace {

constexpr double kCurveGamma = 0.99;
/// Until plain value iteration promises an error of 1e-6, counted on all sizes up to 10^6 cells.
constexpr double kPlainSweeps = 1834;
constexpr std::uint64_t kMemory = std::uint64_t{8} << 30;

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Shortest of a few times.
template <class F>
double best_seconds(int times, F&& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < times; ++i) {
    const double begin = thread_seconds();
    work();
    best = std::min(best, thread_seconds() - begin);
  }
  return best;
}

GridModel grid_of(int n) {
  return *slippery_grid({.n = n}, {.memory_limit = kMemory, .model = ModelForm::matrix_free}).grid;
}

double tiles(int n) {
  const GridModel grid = grid_of(n);
  return best_seconds(n > 3000 ? 1 : 3, [&] {
    TiledValueIteration planner(grid, kCurveGamma);
    while (planner.advance()) {
    }
  });
}

double blocks(int n) {
  const Problem problem = slippery_grid({.n = n}, {.memory_limit = kMemory});
  return best_seconds(n > 3000 ? 1 : 3, [&] {
    BlockValueIteration planner(problem.model, kCurveGamma);
    while (planner.advance()) {
    }
  });
}

double plain_stencil(int n) {
  const GridModel grid = grid_of(n);
  std::vector<double> rewards;
  for (const std::uint8_t k : grid.description().cells)
    rewards.push_back(grid.description().classes[k].reward);
  PlainGrid plain(n, rewards, kCurveGamma);
  return kPlainSweeps * best_seconds(5, [&] { plain.sweep(); });
}

double plain_table(int n) {
  const Problem problem = slippery_grid({.n = n}, {.memory_limit = kMemory});
  StateValues v = StateValues::Zero(problem.model.num_states());
  StateValues next = v;
  return kPlainSweeps * best_seconds(3, [&] {
           sweep_synchronously(problem.model, Greedy{}, kCurveGamma, v, next);
           v.swap(next);
         });
}

struct Way {
  const char* name;
  double (*seconds)(int n);
  int largest;  // n that it is measured for: memory, or minutes
};

constexpr Way kWays[] = {
    {"value iteration, table", plain_table, 3162},
    {"block value iteration, table", blocks, 3162},
    {"value iteration, stencil", plain_stencil, 3162},
    {"tiled value iteration", tiles, 10'000},
};

}  // namespace

std::optional<LineChart> cost_against_size(const std::function<bool()>& interrupted) {
  LineChart chart{.title = "Planning the slippery grid to a certified 1e-6",
                  .x_label = "cells",
                  .y_label = "CPU time a cell, ns",
                  .log_x = true,
                  .log_y = true};
  for (const Way& way : kWays) {
    ChartSeries series{.name = way.name};
    for (const int n : {32, 100, 316, 1000, 3162, 10'000}) {
      if (n > way.largest) break;
      if (interrupted()) return std::nullopt;
      const double cells = static_cast<double>(n) * n;
      series.x.push_back(cells);
      series.y.push_back(1e9 * way.seconds(n) / cells);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace rl::bench
