// Q-learning on the cliff (S&B Example 6.6): typed, through the registry, and as a plain loop.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/temporal_difference.hpp"
#include "apps/bench/bench.hpp"
#include "envs/all.hpp"
#include "rl/registry.hpp"

namespace rl::bench {

namespace {

constexpr std::int64_t kSteps = 1'000'000;

const Registry& registry() {
  static const Registry all = [] {
    Registry r;
    add_worlds(r);
    add_algorithms(r);
    return r;
  }();
  return all;
}

Problem cliff() { return registry().world("cliff_walking").make(nullptr, WorldContext{}); }

void typed(benchmark::State& state) {
  const Problem problem = cliff();
  while (state.KeepRunning()) {
    Runner runner(MdpEnvironment(problem.model), QLearning(problem, {.alpha = 0.5}), Streams(1));
    runner.run({.steps = kSteps});
    benchmark::DoNotOptimize(runner.episodes());
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
}

void through_registry(benchmark::State& state) {
  const Problem problem = cliff();
  while (state.KeepRunning()) {
    AnyRunner runner =
        registry().algorithm("q_learning").make_learner(problem, {{"alpha", 0.5}}, Streams(1));
    runner.run({.steps = kSteps});
    benchmark::DoNotOptimize(runner.episodes());
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
}

/// The cliff by arithmetic and a vector of doubles, with random ties.
void plain(benchmark::State& state) {
  constexpr int kRows = 4;
  constexpr int kCols = 12;
  constexpr int kStart = 36;
  constexpr int kGoal = 47;
  while (state.KeepRunning()) {
    std::vector<double> q(std::size_t{kRows} * kCols * 4, 0);
    Rng rng(1);
    int s = kStart;
    for (std::int64_t t = 0; t < kSteps; ++t) {
      double* row = &q[static_cast<std::size_t>(s) * 4];
      int a = 0;
      if (rng.uniform() < 0.1) {
        a = rng.index(4);
      } else {
        double best = row[0];
        for (int i = 1; i < 4; ++i) best = row[i] > best ? row[i] : best;
        int ties = 0;
        for (int i = 0; i < 4; ++i)
          if (row[i] == best) {
            ++ties;
            a = i;
          }
        if (ties > 1)
          for (int i = 0, k = rng.index(ties); i < 4; ++i)
            if (row[i] == best && k-- == 0) a = i;
      }
      int r = s / kCols;
      int c = s % kCols;
      if (a == 0) r = r > 0 ? r - 1 : 0;
      if (a == 1) c = c < kCols - 1 ? c + 1 : c;
      if (a == 2) r = r < kRows - 1 ? r + 1 : r;
      if (a == 3) c = c > 0 ? c - 1 : 0;
      int next = r * kCols + c;
      double reward = -1;
      if (r == 3 && c > 0 && c < 11) {
        reward = -100;
        next = kStart;
      }
      double value = 0;
      if (next != kGoal) {
        const double* ahead = &q[static_cast<std::size_t>(next) * 4];
        value = ahead[0];
        for (int i = 1; i < 4; ++i) value = ahead[i] > value ? ahead[i] : value;
      }
      row[a] += 0.5 * (reward + value - row[a]);
      s = next == kGoal ? kStart : next;
    }
    benchmark::DoNotOptimize(q.data());
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
}

}  // namespace

std::vector<Work> learning() {
  return {
      {.name = "Q-learning on the cliff, typed", .unit = "M/s", .library = typed, .plain = plain},
      {.name = "Q-learning on the cliff, by name",
       .unit = "M/s",
       .library = through_registry,
       .plain = plain}};
}

}  // namespace rl::bench
