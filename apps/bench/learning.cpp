// Learners on the cliff (S&B Example 6.6): typed, through the registry, and as a plain loop; and a
// table that keeps its maxima beside one that is searched.
#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "apps/bench/bench.hpp"
#include "envs/cliff_walking.hpp"
#include "rl/registry.hpp"

namespace rl::bench {

namespace {

constexpr std::int64_t kSteps = 1'000'000;

Problem cliff() { return cliff_walking({}, WorldContext{}); }

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

/// One learner's part of the figure: the reward sums of 500 episodes, added up over 50 runs.
template <class L>
double sum_of_rewards(const Problem& problem) {
  struct {
    double sum = 0;
    bool on_episode(const EpisodeStats& e) {
      sum += e.reward_sum;
      return true;
    }
  } rewards;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Runner runner(MdpEnvironment(problem.model), L(problem, {.alpha = 0.5}), Streams(seed));
    runner.run({.episodes = 500}, rewards);
  }
  return rewards.sum;
}

void example_6_6(benchmark::State& state) {
  const Problem problem = cliff();
  while (state.KeepRunning())
    benchmark::DoNotOptimize(sum_of_rewards<Sarsa>(problem) + sum_of_rewards<QLearning>(problem));
}

/// 100 states; each of 16 actions leads to one drawn state and pays a drawn reward.
Problem sixteen_actions() {
  Rng rng(1);
  return {.name = "sixteen_actions",
          .model = FiniteMdp(100, 16,
                             [&rng](State, Action, std::vector<Outcome>& row) {
                               const double reward = rng.uniform();
                               row.push_back({1, reward, rng.index(100)});
                             }),
          .gamma = 0.9};
}

template <class Table>
void with_table(benchmark::State& state) {
  const Problem problem = sixteen_actions();
  while (state.KeepRunning()) {
    Runner runner(MdpEnvironment(problem.model),
                  TdControl<QLearningBootstrap, OneStep, Table>(
                      Table(QTable(problem.model)), DiscountedTarget(problem), {.alpha = 0.5}),
                  Streams(1));
    runner.run({.steps = kSteps});
    benchmark::DoNotOptimize(runner.learner().q().value(0, 0));
  }
  state.SetItemsProcessed(state.iterations() * kSteps);
}

}  // namespace

std::vector<Work> learning() {
  return {{.name = "Q-learning on the cliff, typed",
           .unit = "M/s",
           .library = typed,
           .yardstick = plain,
           .floor = Floor{100}},
          {.name = "Q-learning on the cliff, by name; beside typed",
           .unit = "M/s",
           .library = through_registry,
           .yardstick = typed,
           .floor = Floor{0.9, true}},
          {.name = "Q-learning, 16 actions; beside a searched table",
           .unit = "M/s",
           .library = with_table<GreedyQTable>,
           .yardstick = with_table<QTable>,
           .floor = Floor{2, true}},
          {.name = "Example 6.6, 50 runs, Sarsa and Q-learning",
           .unit = "ms",
           .library = example_6_6,
           .floor = Floor{18}}};
}

}  // namespace rl::bench
