// Learners with features: tile coding on the mountain car, and linear TD with precomputed features.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "algorithms/td_prediction.hpp"
#include "algorithms/temporal_difference.hpp"
#include "apps/bench/bench.hpp"
#include "envs/control.hpp"
#include "envs/random_walk.hpp"
#include "rl/linear.hpp"

namespace rl::bench {

namespace {

constexpr std::int64_t kCarSteps = 500'000;

/// Semi-gradient Sarsa in the typed world of S&B Example 10.1.
void car_with(benchmark::State& state, const char* features) {
  using CarSarsa = TdControl<SarsaBootstrap, OneStep, LinearActionValues<Point>>;
  const Problem problem = mountain_car({}, WorldContext{});
  while (state.KeepRunning()) {
    Runner runner(
        MountainCar(),
        CarSarsa(problem, {.alpha = 0.5 / 8, .epsilon = 0.0, .values = {{.features = features}}}),
        Streams(1));
    runner.run({.steps = kCarSteps});
    benchmark::DoNotOptimize(runner.episodes());
  }
  state.SetItemsProcessed(state.iterations() * kCarSteps);
}

void car_dense(benchmark::State& state) { car_with(state, "tiles:tilings=8,bins=8"); }
void car_hashed(benchmark::State& state) { car_with(state, "tiles:tilings=8,bins=8,memory=4096"); }

/// Linear TD: updates from transitions that are given, 16 cosines a state.
void linear_td(benchmark::State& state) {
  constexpr std::int64_t kUpdates = 1'000'000;
  const Problem problem = random_walk(
      {.n = 1000, .left = -1, .right = 1, .start = 500, .max_jump = 100}, WorldContext{});
  TdPrediction<OneStep, LinearValues<State>> td(
      problem, {.alpha = 1e-3, .values = {.features = "fourier:order=15"}});
  Rng rng(1);
  std::vector<Transition<State>> transitions;
  constexpr std::size_t kTransitions = 4096;
  for (std::size_t i = 0; i < kTransitions; ++i)
    transitions.push_back({1 + rng.index(1000), 0, 0, 1 + rng.index(1000), false});
  while (state.KeepRunning())
    for (std::int64_t i = 0; i < kUpdates; ++i)
      td.learn(transitions[static_cast<std::size_t>(i) % kTransitions]);
  benchmark::DoNotOptimize(td.v().parameters().data());
  state.SetItemsProcessed(state.iterations() * kUpdates);
}

/// The same by hand: rows of 16 numbers and one loop for each line of the formula.
void plain_linear_td(benchmark::State& state) {
  constexpr std::int64_t kUpdates = 1'000'000;
  constexpr std::size_t kFeatures = 16;
  constexpr std::size_t kStates = 1000;
  constexpr std::size_t kTransitions = 4096;
  std::vector<double> phi(kStates * kFeatures);
  for (std::size_t s = 0; s < kStates; ++s)
    for (std::size_t k = 0; k < kFeatures; ++k)
      phi[s * kFeatures + k] =
          std::cos(3.141592653589793 * static_cast<double>(k * s) / (kStates - 1.0));
  Rng rng(1);
  std::vector<std::size_t> from, to;
  for (std::size_t i = 0; i < kTransitions; ++i) {
    from.push_back(index(rng.index(kStates)));
    to.push_back(index(rng.index(kStates)));
  }
  double w[kFeatures] = {};
  while (state.KeepRunning())
    for (std::int64_t i = 0; i < kUpdates; ++i) {
      const double* x = &phi[from[static_cast<std::size_t>(i) % kTransitions] * kFeatures];
      const double* next = &phi[to[static_cast<std::size_t>(i) % kTransitions] * kFeatures];
      double v = 0;
      double v_next = 0;
      for (std::size_t k = 0; k < kFeatures; ++k) {
        v += w[k] * x[k];
        v_next += w[k] * next[k];
      }
      const double step = 1e-3 * (v_next - v);
      for (std::size_t k = 0; k < kFeatures; ++k) w[k] += step * x[k];
    }
  benchmark::DoNotOptimize(&w[0]);
  state.SetItemsProcessed(state.iterations() * kUpdates);
}

}  // namespace

std::vector<Work> approximation() {
  return {{.name = "Sarsa on the mountain car, 8 tilings",
           .unit = "M/s",
           .library = car_dense,
           .floor = Floor{18}},
          {.name = "Sarsa on the mountain car, 8 tilings hashed into 4096",
           .unit = "M/s",
           .library = car_hashed,
           .floor = Floor{12}},
          {.name = "linear TD, 16 features",
           .unit = "M/s",
           .library = linear_td,
           .yardstick = plain_linear_td,
           .floor = Floor{50}}};
}

}  // namespace rl::bench
