// Learning from preferences: soft backups, Bradley-Terry, all responses of a language, sampling.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/response_sampling.hpp"
#include "algorithms/preference/response_tree.hpp"
#include "apps/bench/bench.hpp"
#include "apps/rlhf/efficiency.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/grid_world/world.hpp"
#include "envs/token_world.hpp"

namespace rl::bench {

namespace {

// ---- soft value iteration -----------------------------------------------------------------------

constexpr int kSide = 200;

/// Sweeps of a rule on the slippery grid; a row is a pair (s, a).
template <class Rule>
void sweep_rows(benchmark::State& state, const Rule& rule) {
  const FiniteMdp model = slippery_grid({.n = kSide}, WorldContext{}).model;
  StateValues v = StateValues::Zero(model.num_states());
  StateValues next = v;
  while (state.KeepRunning()) {
    sweep_synchronously(model, rule, 0.99, v, next);
    v.swap(next);
  }
  state.SetItemsProcessed(state.iterations() * model.num_states() * model.num_actions());
}

void soft_sweep(benchmark::State& state) {
  const FiniteMdp model = slippery_grid({.n = kSide}, WorldContext{}).model;
  sweep_rows(state, Soft(uniform_policy(model), 0.5));
}
void greedy_sweep(benchmark::State& state) { sweep_rows(state, Greedy{}); }

// ---- Bradley-Terry ------------------------------------------------------------------------------

void newton(benchmark::State& state) {
  constexpr Eigen::Index kPairs = 20'000;
  constexpr Eigen::Index kFeatures = 125;
  Rng rng(1);
  SegmentComparisons data;
  data.differences.resize(kPairs, kFeatures);
  for (double& x : data.differences.reshaped()) x = rng.normal();
  Eigen::VectorXd w(kFeatures);
  for (double& x : w) x = rng.normal() / 5;
  data.labels.resize(kPairs);
  const Eigen::VectorXd p = preference_probabilities(w, data.differences);
  for (Eigen::Index i = 0; i < kPairs; ++i) data.labels[i] = rng.flip(p[i]) ? 1 : 0;
  while (state.KeepRunning())
    benchmark::DoNotOptimize(logistic_regression(data, {.l2 = 0.3}).weights.data());
  state.SetItemsProcessed(state.iterations());
}

// ---- all responses ------------------------------------------------------------------------------

/// 960,800 responses to one prompt, and the uniform policy of bigrams.
struct Language {
  Problem problem = token_world({.vocabulary = 8, .max_length = 7, .prompts = 1});
  ResponseTree tree{problem.model};
  Contexts bigrams;
  TablePolicy policy;
  Language()
      : bigrams(by_features(problem.model, problem.features->values, problem.features->count)),
        policy(problem.model, bigrams) {}
};

void exact_gradient(benchmark::State& state) {
  const Language language;
  const PolicyRows rows = language.policy.rows();
  std::vector<double> g(rows.log_pi.size());
  while (state.KeepRunning()) benchmark::DoNotOptimize(language.tree.gradient(rows, rows, 0.1, g));
  state.SetItemsProcessed(state.iterations());
}

// ---- sampling -----------------------------------------------------------------------------------

constexpr Action kVocabulary = 32;
constexpr int kLength = 16;

/// ln pi of random bigrams, [V x V].
std::vector<double> random_preferences() {
  Rng rng(2);
  std::vector<double> h(static_cast<std::size_t>(kVocabulary) * kVocabulary);
  for (double& x : h) x = rng.normal();
  return h;
}

std::vector<double> log_probabilities_of(std::vector<double> h) {
  for (auto row = h.begin(); row != h.end(); row += kVocabulary) {
    double sum = 0;
    for (auto x = row; x != row + kVocabulary; ++x) sum += std::exp(*x);
    for (auto x = row; x != row + kVocabulary; ++x) *x -= std::log(sum);
  }
  return h;
}

void sample_from_tables(benchmark::State& state) {
  const ResponseSampler sampler(log_probabilities_of(random_preferences()),
                                bigram_contexts(1, kVocabulary), kLength);
  Rng rng(3);
  std::vector<Action> tokens(kLength);
  while (state.KeepRunning()) benchmark::DoNotOptimize(sampler.sample(0, rng, tokens));
  state.SetItemsProcessed(state.iterations());
}

void sample_by_preferences(benchmark::State& state) {
  const std::vector<double> h = random_preferences();
  const TokenContexts contexts = bigram_contexts(1, kVocabulary);
  Rng rng(3);
  std::vector<Action> tokens(kLength);
  std::vector<double> scratch;
  while (state.KeepRunning())
    benchmark::DoNotOptimize(sample_by_softmax(h, contexts, 0, rng, tokens, scratch));
  state.SetItemsProcessed(state.iterations());
}

// ---- the experiment -----------------------------------------------------------------------------

/// 10 seeds x 6 sizes x 5 methods on MFRL's grid, two threads: seconds on the clock.
std::optional<double> efficiency_seconds(const std::function<bool()>& interrupted) {
  if (interrupted()) return std::nullopt;
  apps::EfficiencyExperiment experiment{.problem = mfrl_5x5()};
  experiment.annotators = {AnnotatorKind::return_};
  const auto begin = std::chrono::steady_clock::now();
  apps::run_efficiency(experiment, {.threads = 2});
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

std::vector<Work> preference() {
  return {
      {.name = "soft sweep 200x200 (yardstick: greedy)",
       .unit = "ns/row",
       .library = soft_sweep,
       .yardstick = greedy_sweep,
       .floor = Floor{8}},
      {.name = "Bradley-Terry 20,000 x 125", .unit = "s", .library = newton, .floor = Floor{0.2}},
      {.name = "gradient over 960,800 responses",
       .unit = "ms",
       .library = exact_gradient,
       .floor = Floor{8}},
      {.name = "responses from tables, V = 32, T = 16",
       .unit = "M/s",
       .library = sample_from_tables,
       .floor = Floor{4}},
      {.name = "responses by softmax, V = 32, T = 16",
       .unit = "M/s",
       .library = sample_by_preferences,
       .floor = Floor{0.5}},
      {.name = "preference efficiency, 300 fits on 2 threads",
       .unit = "s",
       .number = efficiency_seconds,
       .floor = Floor{3}},
  };
}

}  // namespace rl::bench
