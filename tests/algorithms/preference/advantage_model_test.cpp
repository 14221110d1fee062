#include "algorithms/preference/advantage_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "envs/grid_world/presets.hpp"
#include "rl/plan.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

/// States 0 and 1 and an end; actions: stay, go on, end. Action 2 is not available in state 0.
FiniteMdp small_chain() {
  MdpFacts facts;
  facts.terminal = {2};
  return FiniteMdp(
      3, 3,
      [](State s, Action a, std::vector<Outcome>& row) {
        if (a == 2 && s == 0) return;
        row.push_back({1, a == 1 ? -1.0 : 0.0, a == 0 ? s : a == 1 ? 1 - s : 2});
      },
      facts);
}

SegmentPair single_steps(State s, Action a, Action b, double preference) {
  const auto step = [s](Action taken) {
    Segment segment;
    segment.states = {s, taken == 0 ? s : taken == 1 ? 1 - s : 2};
    segment.actions = {taken};
    return segment;
  };
  SegmentPair pair;
  pair.first = step(a);
  pair.second = step(b);
  pair.preference = preference;
  return pair;
}

RewardFitOptions with_ridge(double l2) {
  RewardFitOptions options;
  options.loss.l2 = l2;
  return options;
}

}  // namespace

TEST_CASE("advantage model: two actions are apart by the log of their wins' ratio") {
  const FiniteMdp model = small_chain();
  // In state 0 action 1 wins 3 of 4 times, in state 1 action 2 wins 1 of 5.
  std::vector<SegmentPair> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back(single_steps(0, 1, 0, i < 3 ? 1 : 0));
  for (int i = 0; i < 5; ++i) pairs.push_back(single_steps(1, 0, 2, i < 4 ? 1 : 0));
  const AdvantageModel fitted = fit_advantages(model, pairs, with_ridge(1e-10));
  const QTable& A = fitted.advantages;
  CHECK(fitted.fit.converged);
  CHECK(A(0, 1) - A(0, 0) == doctest::Approx(std::log(3.0)).epsilon(1e-8));
  CHECK(A(1, 0) - A(1, 2) == doctest::Approx(std::log(4.0)).epsilon(1e-8));
  // The ridge draws each pair of numbers to a mean of 0.
  CHECK(A(0, 1) + A(0, 0) == doctest::Approx(0).scale(1));
  CHECK(A(1, 1) == 0);  // never shown
  CHECK(A(0, 2) == kUnavailable);
  CHECK(A(2, 0) == 0);

  const TabularPolicy policy = greedy_policy(model, fitted);
  CHECK(policy.probability(0, 1) == 1);
  CHECK(policy.probability(1, 0) == 1);
}

TEST_CASE("advantage model: rationality divides the log-odds") {
  const FiniteMdp model = small_chain();
  std::vector<SegmentPair> pairs;
  for (int i = 0; i < 4; ++i) pairs.push_back(single_steps(0, 1, 0, i < 3 ? 1 : 0));
  RewardFitOptions options = with_ridge(1e-10);
  options.loss.rationality = 2;
  const QTable A = fit_advantages(model, pairs, options).advantages;
  CHECK(A(0, 1) - A(0, 0) == doctest::Approx(std::log(3.0) / 2).epsilon(1e-8));
}

TEST_CASE("advantage model: in a state that no pair tells about, all available actions are alike") {
  const FiniteMdp model = small_chain();
  const std::vector<SegmentPair> pairs = {single_steps(1, 0, 1, 1)};
  const TabularPolicy policy = greedy_policy(model, fit_advantages(model, pairs, with_ridge(0.1)));
  CHECK(policy.probability(0, 0) == 0.5);
  CHECK(policy.probability(0, 1) == 0.5);
  CHECK(policy.probability(0, 2) == 0);
}

TEST_CASE("advantage model: it is the regression of a reward of pairs, number by number") {
  const Problem problem = mfrl_5x5();
  const SegmentSampler sampler(problem.model, uniform_policy(problem.model));
  std::vector<SegmentPair> pairs = sample_pairs(60, sampler, Rng(3).split("pairs"));
  annotate(Annotator({.rationality = 2}), pairs, Rng(3).split("labels"));
  RewardFitOptions options = with_ridge(0.3);
  options.discount = 0.9;
  const AdvantageModel advantages = fit_advantages(problem.model, pairs, options);
  const LinearRewardFit reward = fit_linear_reward(pair_features(problem.model), pairs, options);
  CHECK(advantages.fit.weights == reward.fit.weights);
  for (State s = 0; s < problem.model.num_states(); ++s)
    for (Action a = 0; a < problem.model.num_actions(); ++a)
      CHECK(advantages.advantages(s, a) == reward.reward(s, a, s));
}

TEST_CASE(
    "advantage model: an annotator's exact probabilities tell the optimal advantages up to one "
    "constant, and so the optimal policy") {
  const Problem problem = mfrl_5x5();
  const FiniteMdp& model = problem.model;
  const QTable exact = optimal_advantages(model, problem.gamma);
  const AnnotatorOptions asked{
      .annotator = AnnotatorKind::regret, .rationality = 0.5, .soft_labels = true};
  const SegmentSampler sampler(model, uniform_policy(model), {.fragment_length = 3});
  std::vector<SegmentPair> pairs = sample_pairs(1000, sampler, Rng(8).split("pairs"));
  annotate(Annotator(asked, exact), pairs, Rng(8).split("labels"));
  RewardFitOptions options = with_ridge(1e-9);
  options.loss.rationality = asked.rationality;
  const AdvantageModel fitted = fit_advantages(model, pairs, options);
  const double constant = fitted.advantages(0, 0) - exact(0, 0);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      CHECK(fitted.advantages(s, a) - exact(s, a) == doctest::Approx(constant).epsilon(1e-5));
  CHECK(greedy_policy(model, fitted.advantages, 1e-5) == greedy_policy(model, exact, 1e-5));
}

TEST_CASE(
    "advantage model: planned with as if they were rewards, optimal advantages lead to the same "
    "policy; rewards acted on as if they were advantages do not") {
  // A*(s, a) = r(s, a) + gamma E v*(s') - v*(s) is the reward plus a potential's difference.
  const Problem problem = mfrl_5x5();
  const FiniteMdp& model = problem.model;
  const QTable exact = optimal_advantages(model, problem.gamma);
  const TabularPolicy optimal = greedy_policy(model, exact, 1e-7);
  RewardTable as_rewards(model.num_states(), model.num_actions());
  QTable as_advantages(model);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      as_rewards(s, a) = exact(s, a);
      as_advantages(s, a) = model.row(s, a).reward;
    }
  const FiniteMdp shaped = with_reward_table(model, as_rewards);
  const Plan plan = value_iteration(shaped, problem.gamma, {.tolerance = 1e-10});
  CHECK(plan.v.lpNorm<Eigen::Infinity>() < 1e-8);  // no regret is the most that can be had
  CHECK(greedy_policy(shaped, action_values(shaped, plan.v, problem.gamma), 1e-7) == optimal);
  CHECK(greedy_policy(model, as_advantages, 1e-7) != optimal);
}

TEST_CASE(
    "advantage model: a segment's advantage is discounted from its first step, and an end is "
    "worth nothing") {
  const FiniteMdp model = small_chain();
  SegmentRewards fit;
  fit.weights = Eigen::VectorXd::LinSpaced(9, 1, 9);
  const AdvantageModel advantages = advantages_of(model, fit);
  Segment segment;
  segment.states = {0, 1, 2, 2};
  segment.actions = {1, 2, 0};
  // A(0, 1) + A(1, 2) / 2 + 0
  CHECK(segment_advantage(advantages, segment, 0.5) == 2 + 6 / 2.0);
  CHECK(segment_advantage(advantages, segment) == 8);
}

TEST_CASE("advantage model: what cannot be is refused") {
  const FiniteMdp model = small_chain();
  std::vector<SegmentPair> pairs = {single_steps(1, 0, 1, 1), single_steps(0, 1, 2, 1)};
  CHECK(tests::error_of([&] { fit_advantages(model, pairs, with_ridge(1)); }) ==
        "advantage model: pair 1: action 2 is not available in state 0");
  pairs[1].second.actions = {3};
  CHECK(tests::error_of([&] { fit_advantages(model, pairs, with_ridge(1)); }) ==
        "advantage model: pair 1: action 3 is not available in state 0");
  pairs.resize(1);
  pairs[0].second.states.push_back(0);
  pairs[0].second.actions.push_back(0);
  CHECK(tests::contains(tests::error_of([&] { fit_advantages(model, pairs, with_ridge(1)); }),
                        "pair 0: segments of 1 and 2 steps"));
  SegmentRewards fit;
  fit.weights = Eigen::VectorXd::Zero(8);
  CHECK(tests::error_of([&] { advantages_of(model, fit); }) ==
        "advantage model: 8 weights in a world of 9 pairs (s, a)");
}

}  // namespace rl
