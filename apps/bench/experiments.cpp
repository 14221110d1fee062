// What `rlbook compare` does besides its output: learners x seeds, judged and summed up.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "algorithms/truth.hpp"
#include "apps/bench/bench.hpp"
#include "envs/control.hpp"
#include "envs/grid_world/presets.hpp"
#include "rl/experiment/experiment.hpp"
#include "rl/experiment/summary.hpp"
#include "rl/registry.hpp"

namespace rl::bench {

namespace {

const TruthFunction kExactly = [](const Problem& problem, const FiniteMdp& model) {
  return exact_truth(problem, model);
};

/// 3 learners x 30 seeds x 20,000 steps on MFRL's grid.
Experiment three_learners(int threads) {
  Experiment experiment;
  for (const char* name : {"q_learning", "sarsa", "expected_sarsa"})
    experiment.contenders.push_back({.algorithm = &registry().algorithm(name)});
  const Problem world = mfrl_5x5();
  experiment.worlds.push_back(
      {.name = world.name, .make = [world](std::uint64_t) { return world; }});
  for (std::uint64_t seed = 0; seed < 30; ++seed) experiment.seeds.push_back(seed);
  experiment.budget = {.steps = 20'000};
  experiment.threads = threads;
  experiment.truth = kExactly;
  return experiment;
}

void compare(benchmark::State& state) {
  const Experiment experiment = three_learners(1);
  while (state.KeepRunning()) {
    const rl::Summary summary = summarize(experiment, run_experiment(experiment));
    benchmark::DoNotOptimize(summary.rows.data());
  }
}

double seconds_to_run(const Experiment& experiment) {
  const auto begin = std::chrono::steady_clock::now();
  run_experiment(experiment);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// A2C in 16 worlds at once, 8 seeds of 20,000 steps on the cart-pole, judged once.
Experiment a2c_on_seeds(int threads) {
  Experiment experiment;
  experiment.contenders.push_back({.algorithm = &registry().algorithm("a2c")});
  const Problem world = cart_pole({}, WorldContext{});
  experiment.worlds.push_back(
      {.name = world.name, .make = [world](std::uint64_t) { return world; }});
  for (std::uint64_t seed = 0; seed < 8; ++seed) experiment.seeds.push_back(seed);
  experiment.budget = {.steps = 20'000};
  experiment.eval_every = 20'000;
  experiment.truth = kExactly;
  experiment.threads = threads;
  return experiment;
}

/// Best time with one thread over best time with two, by turns.
std::optional<double> speedup_of_two_threads(Experiment (*with)(int threads),
                                             const std::function<bool()>& interrupted) {
  constexpr int kTurns = 15;
  double one = std::numeric_limits<double>::infinity();
  double two = one;
  const Experiment alone = with(1);
  const Experiment shared = with(2);
  for (int turn = 0; turn < kTurns; ++turn) {
    if (interrupted()) return std::nullopt;
    one = std::min(one, seconds_to_run(alone));
    two = std::min(two, seconds_to_run(shared));
  }
  return one / two;
}

Work threads_row(const char* name, Experiment (*with)(int threads)) {
  return {.name = name,
          .unit = "x",
          .number =
              [with](const std::function<bool()>& interrupted) {
                return speedup_of_two_threads(with, interrupted);
              },
          .floor = Floor{1.8}};
}

}  // namespace

std::vector<Work> experiments() {
  return {{.name = "compare, 3 learners x 30 seeds x 20,000 steps",
           .unit = "s",
           .library = compare,
           .floor = Floor{0.05}},
          threads_row("compare, elapsed time, 2 threads beside 1", three_learners),
          threads_row("A2C, 8 seeds x 16 worlds, elapsed time, 2 threads beside 1", a2c_on_seeds)};
}

}  // namespace rl::bench
