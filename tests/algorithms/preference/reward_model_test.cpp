#include "algorithms/preference/reward_model.hpp"

#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/token_world.hpp"
#include "rl/plan.hpp"
#include "rl/with_rewards.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

namespace rl {
namespace {

using tests::error_of;

std::vector<Feature> phi_of(const RewardFeatures& features, State s, Action a, State next) {
  std::vector<Feature> phi;
  features.fill(s, a, next, phi);
  return phi;
}

/// One feature, which every step has.
RewardFeatures step_counter() {
  RewardFeatures features;
  features.name = "steps";
  features.names = {"step"};
  features.fill = [](State, Action, State, std::vector<Feature>& phi) { phi.push_back({0, 1}); };
  return features;
}

Segment walked(std::vector<State> states) {
  Segment segment;
  segment.actions.assign(states.size() - 1, 0);
  segment.states = std::move(states);
  return segment;
}

SegmentPair compared(std::vector<State> first, std::vector<State> second, double preference) {
  SegmentPair pair;
  pair.first = walked(std::move(first));
  pair.second = walked(std::move(second));
  pair.preference = preference;
  return pair;
}

std::vector<SegmentPair> labelled_pairs(const FiniteMdp& model, std::size_t n, double rationality,
                                        const Rng& root, int threads = 1) {
  const SegmentSampler sampler(model, uniform_policy(model));
  auto pairs = sample_pairs(n, sampler, root.split("pairs"), threads);
  annotate(Annotator(AnnotatorOptions{.rationality = rationality}), pairs, root.split("labels"));
  return pairs;
}

TabularPolicy best_policy_in(const FiniteMdp& model, double gamma) {
  const Plan plan = value_iteration(model, gamma);
  return greedy_policy(model, action_values(model, plan.v, gamma));
}

Problem small_language() {
  return token_world({.vocabulary = 3, .max_length = 3, .prompts = 2}, {.rng = Rng(4)});
}

const RewardFeatures& rich_of(const Problem& problem) {
  return *std::find_if(problem.reward_features.begin(), problem.reward_features.end(),
                       [](const RewardFeatures& f) { return f.name == "rich"; });
}

/// Some policy that prefers no two actions alike.
TabularPolicy uneven_policy(const FiniteMdp& model) {
  TabularPolicy policy = uniform_policy(model);
  Rng rng(21);
  for (State s = 0; s < model.num_states(); ++s) {
    double sum = 0;
    for (double& p : policy.row(s)) sum += p *= 0.2 + rng.uniform();
    for (double& p : policy.row(s)) p = sum > 0 ? p / sum : 0;
  }
  return policy;
}

RewardEnsemble random_ensemble(const RewardFeatures& features, Eigen::Index members, Rng rng) {
  RewardEnsemble ensemble{features,
                          Eigen::MatrixXd(members, static_cast<Eigen::Index>(features.count()))};
  for (double& w : ensemble.weights.reshaped()) w = rng.normal();
  return ensemble;
}

std::vector<RewardTable> tables_of(const FiniteMdp& model, const RewardEnsemble& ensemble) {
  std::vector<RewardTable> tables;
  for (Eigen::Index k = 0; k < ensemble.num_members(); ++k)
    tables.push_back(reward_table(model, ensemble.member(k)));
  return tables;
}

/// The members' r(s, a) of a world with one state, two actions.
RewardTable two_rewards(double first, double second) {
  RewardTable table(1, 2);
  table << first, second;
  return table;
}

}  // namespace

// ---- features -----------------------------------------------------------------------------------

TEST_CASE("reward features: the next state, and a bump for an action that moves elsewhere") {
  const FiniteMdp grid = mfrl_5x5().model;  // up, right, down, left, stay
  const RewardFeatures features = next_state_features(grid);
  CHECK(features.name == "next_state");
  CHECK(features.count() == 26);
  CHECK(features.names[25] == "bump");
  using Phi = std::vector<Feature>;
  CHECK(phi_of(features, 0, 1, 1) == Phi{{1, 1}});
  CHECK(phi_of(features, 0, 0, 0) == Phi{{0, 1}, {25, 1}});  // into the wall
  CHECK(phi_of(features, 0, 4, 0) == Phi{{0, 1}});           // to stay is no bump
  CHECK(error_of([&] { phi_of(features, 0, 5, 0); }) ==
        "reward features: action 5 from state 0 to 0 in a world of 25 states and 5 actions");
}

TEST_CASE("reward features: pairs are tables; padding after an end has no features") {
  const FiniteMdp walk = tests::random_walk(4);  // 0 and 3 are terminal
  using Phi = std::vector<Feature>;
  CHECK(pair_features(tests::ring(3)).count() == 6);
  CHECK(phi_of(pair_features(tests::ring(3)), 2, 1, 1) == Phi{{5, 1}});
  CHECK(phi_of(pair_features(walk), 3, 0, 3).empty());
  CHECK(phi_of(next_state_features(walk), 3, 0, 3).empty());
  CHECK(phi_of(next_state_features(walk), 2, 0, 3) == Phi{{3, 1}});
}

TEST_CASE("reward model: a segment's features are discounted from its own first step") {
  const RewardFeatures features = next_state_features(tests::ring(3));
  const Eigen::VectorXd phi = segment_features(features, walked({0, 1, 2, 1}), 0.5);
  CHECK(phi[0] == 0);
  CHECK(phi[1] == 1.25);
  CHECK(phi[2] == 0.5);
  CHECK(error_of([&] {
          segment_features(features, {{0, 1}, {0, 0}});
        }) == "reward model: a segment of 2 states and 2 actions");
}

TEST_CASE("trap: per-segment discounting: both segments of every pair begin at weight one") {
  const RewardFeatures features = next_state_features(tests::ring(3));
  const std::vector<SegmentPair> pairs = {compared({0, 1, 2}, {2, 0, 1}, 1),
                                          compared({1, 2, 0}, {0, 1, 2}, 0.25)};
  const SegmentComparisons data = comparisons(features, pairs, 0.5, std::vector{0.0, 0.3});
  for (Eigen::Index i = 0; i < 2; ++i) CHECK(data.sums.row(i).head(3).sum() == 3);  // 1.5 each
  CHECK(data.differences(0, 0) == -1);
  CHECK(data.differences(0, 1) == 0.5);
  CHECK(data.differences(0, 2) == 0.5);
  CHECK(data.labels[1] == 0.25);
  CHECK(data.margins[1] == 0.3);

  // A model's log-odds are those of its discounted returns, and so is what it disagrees about.
  const RewardEnsemble ensemble = random_ensemble(features, 3, Rng(2));
  const Eigen::MatrixXd z = member_log_odds(ensemble, pairs, 0.5, 2);
  const Eigen::MatrixXd undiscounted = member_log_odds(ensemble, pairs);
  for (Eigen::Index k = 0; k < 3; ++k) {
    CHECK(z(k, 1) ==
          doctest::Approx(2 * (segment_return(ensemble.member(k), pairs[1].first, 0.5) -
                               segment_return(ensemble.member(k), pairs[1].second, 0.5))));
    // Next states 2, 0 against 1, 2.
    const Eigen::RowVectorXd w = ensemble.weights.row(k);
    CHECK(z(k, 1) == doctest::Approx(w[0] - 2 * w[1] + w[2]));
    CHECK(undiscounted(k, 1) == doctest::Approx(w[0] - w[1]));
  }
}

// ---- models -------------------------------------------------------------------------------------

TEST_CASE("reward model: a reward that the features can express is found from exact labels") {
  const FiniteMdp model = tests::random_mdp(6);
  const RewardFeatures features = pair_features(model);
  LinearReward truth{features, Eigen::VectorXd(static_cast<Eigen::Index>(features.count()))};
  Rng rng(3);
  for (double& w : truth.weights) w = rng.normal();
  const SegmentSampler sampler(model, uniform_policy(model),
                               {.fragment_length = 4, .absorbing = true});
  auto pairs = sample_pairs(400, sampler, Rng(5));
  for (SegmentPair& pair : pairs)
    pair.preference =
        sigmoid(segment_return(truth, pair.first, 0.9) - segment_return(truth, pair.second, 0.9));
  RewardFitOptions options{.discount = 0.9};
  options.loss.l2 = 1e-9;  // pairs that are not available are never seen
  const LinearRewardFit made = fit_linear_reward(features, pairs, options);
  CHECK(made.fit.converged);
  // To first order a ridge moves the weights by -l2 H^-1 w; H is the Hessian of what is seen.
  const SegmentComparisons data = comparisons(features, pairs, 0.9);
  const Eigen::VectorXd spectrum =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(segment_loss(data, {}, truth.weights).hessian)
          .eigenvalues();
  const auto unseen =
      (data.differences.cwiseAbs().colwise().maxCoeff().array() == 0).cast<int>().sum();
  const double moved = options.loss.l2 * truth.weights.norm() / spectrum[unseen];
  const RewardTable gap = reward_table(model, made.reward) - reward_table(model, truth);
  CHECK(moved < 1e-6);
  CHECK(gap.cwiseAbs().maxCoeff() <= 1.01 * moved);
}

TEST_CASE("reward model: margins, weights, rationality and centring reach the regression") {
  const RewardFeatures features = next_state_features(tests::ring(3));
  const std::vector<SegmentPair> pairs = {compared({0, 1, 2}, {2, 0, 1}, 1),
                                          compared({1, 2, 0}, {0, 1, 2}, 0.25)};
  const std::vector<double> margins = {0.5, -0.25};
  const std::vector<double> weights = {3, 0.5};
  RewardFitOptions options{.discount = 0.8, .margins = margins, .weights = weights};
  options.loss = {.l2 = 0.1, .flip_probability = 0.1, .rationality = 2, .centering = 0.05};
  SegmentComparisons data = comparisons(features, pairs, 0.8);
  const auto fitted = [&] { return fit_linear_reward(features, pairs, options).reward.weights; };
  data.margins = Eigen::Vector2d(0.5, -0.25);
  data.weights = Eigen::Vector2d(3, 0.5);
  CHECK(fitted() == logistic_regression(data, options.loss).weights);
  options.margins = {};
  data.margins.resize(0);
  CHECK(fitted() == logistic_regression(data, options.loss).weights);
  options.weights = {};
  data.weights.resize(0);
  CHECK(fitted() == logistic_regression(data, options.loss).weights);
}

TEST_CASE("reward model: of two items, won 3 to 1 with a margin, by hand") {
  // One feature apart: d = log-odds of the wins + margin, over the rationality.
  const RewardFeatures features = next_state_features(tests::ring(3));
  const std::vector<SegmentPair> pairs = {compared({0, 1}, {0, 2}, 1), compared({0, 1}, {0, 2}, 0)};
  const std::vector<double> margins = {0.4, 0.4};
  const std::vector<double> weights = {3, 1};
  RewardFitOptions options{.margins = margins, .weights = weights};
  options.loss = {.l2 = 1e-9, .rationality = 2};  // weights that are never seen
  const Eigen::VectorXd w = fit_linear_reward(features, pairs, options).reward.weights;
  CHECK(w[1] - w[2] == doctest::Approx((std::log(3) + 0.4) / 2).epsilon(1e-8));
}

TEST_CASE("trap: a variable horizon leaks reward") {
  // A constant paid each step is invisible in segments of one length and plain in unequal ones.
  const double c = 0.7;
  const std::vector<SegmentPair> unequal = {compared({0, 1, 2, 0}, {0, 1}, sigmoid(2 * c)),
                                            compared({0, 1}, {1, 2, 0}, sigmoid(-c))};
  CHECK(error_of([&] { fit_linear_reward(step_counter(), unequal); }) ==
        "pair 0: segments of 3 and 1 steps; an episode that ends early tells its reward by its "
        "length (allow_variable_horizon)");
  CHECK(error_of([&] {
          fit_reward_ensemble(step_counter(), unequal, {}, 2, Rng(1));
        }).starts_with("pair 0: segments of 3 and 1 steps"));
  const LinearRewardFit leaked =
      fit_linear_reward(step_counter(), unequal, {.allow_variable_horizon = true});
  CHECK(leaked.reward.weights[0] == doctest::Approx(c));
  const std::vector<SegmentPair> equal = {compared({0, 1, 2}, {0, 1, 0}, 0.6)};
  CHECK(error_of([&] { fit_linear_reward(step_counter(), equal); }) ==
        "logistic regression: feature 0 is the same in both segments of every pair: any weight "
        "fits; give l2 > 0");
}

TEST_CASE("reward ensemble: member k is the fit to the pairs of bag k, on any number of threads") {
  const FiniteMdp model = mfrl_5x5().model;
  const auto pairs = labelled_pairs(model, 60, 2, Rng(6));
  const RewardFeatures features = next_state_features(model);
  RewardFitOptions options;
  options.loss.l2 = 0.3;
  const RewardEnsemble one = fit_reward_ensemble(features, pairs, options, 4, Rng(7), 1);
  const RewardEnsemble two = fit_reward_ensemble(features, pairs, options, 4, Rng(7), 2);
  CHECK(one.weights == two.weights);
  CHECK(one.num_members() == 4);
  for (Eigen::Index k = 0; k < 4; ++k) {
    Rng stream = Rng(7).split(static_cast<std::uint64_t>(k));
    std::vector<SegmentPair> bag;
    for (const Eigen::Index row : bootstrap_rows(60, stream))
      bag.push_back(pairs[static_cast<std::size_t>(row)]);
    const LinearReward alone = fit_linear_reward(features, bag, options).reward;
    CHECK((alone.weights - one.member(k).weights).cwiseAbs().maxCoeff() < 1e-8);
  }
  CHECK(one.weights.row(0) != one.weights.row(1));
  CHECK(error_of([&] { fit_reward_ensemble(features, pairs, options, 0, Rng(7)); }) ==
        "reward ensemble: 0 members; at least 1");
}

TEST_CASE("reward ensemble: a pair takes its weight and margin into every bag that it is in") {
  const FiniteMdp model = mfrl_5x5().model;
  const auto pairs = labelled_pairs(model, 30, 2, Rng(6));
  const RewardFeatures features = next_state_features(model);
  std::vector<double> margins, weights;
  Rng rng(9);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    margins.push_back(rng.normal());
    weights.push_back(0.1 + 2 * rng.uniform());
  }
  RewardFitOptions options{.margins = margins, .weights = weights};
  options.loss.l2 = 0.3;
  const RewardEnsemble ensemble = fit_reward_ensemble(features, pairs, options, 2, Rng(7));
  for (Eigen::Index k = 0; k < 2; ++k) {
    Rng stream = Rng(7).split(static_cast<std::uint64_t>(k));
    std::vector<SegmentPair> bag;
    std::vector<double> bag_margins, bag_weights;
    for (const Eigen::Index row : bootstrap_rows(30, stream)) {
      const auto i = static_cast<std::size_t>(row);
      bag.push_back(pairs[i]);
      bag_margins.push_back(margins[i]);
      bag_weights.push_back(weights[i]);
    }
    options.margins = bag_margins;
    options.weights = bag_weights;
    const LinearReward alone = fit_linear_reward(features, bag, options).reward;
    CHECK((alone.weights - ensemble.member(k).weights).cwiseAbs().maxCoeff() < 1e-8);
  }
}

TEST_CASE("reward ensemble: which members' fits did not converge is kept") {
  const FiniteMdp model = mfrl_5x5().model;
  const auto pairs = labelled_pairs(model, 60, 2, Rng(6));
  RewardFitOptions options;
  options.loss.l2 = 0.3;
  const auto converged = [&](int steps) {
    options.loss.max_iterations = steps;
    return fit_reward_ensemble(next_state_features(model), pairs, options, 3, Rng(7)).converged;
  };
  CHECK(converged(1).size() == 3);
  CHECK(converged(1).count() == 0);
  CHECK(converged(200).count() == 3);
}

// ---- tables -------------------------------------------------------------------------------------

TEST_CASE("reward table: the mean over next states; planning in it is planning with the reward") {
  const FiniteMdp walk = tests::random_walk(4);
  LinearReward reward{next_state_features(walk), Eigen::VectorXd::Zero(5)};
  reward.weights << -1, 0, 2, 5, 0;
  const RewardTable table = reward_table(walk, reward);
  CHECK(table(1, 0) == 0.5);  // to 0 or 2: (-1 + 2) / 2
  CHECK(table(2, 0) == 2.5);  // to 1 or 3: (0 + 5) / 2
  CHECK(table(0, 0) == 0);
  CHECK(table(3, 0) == 0);

  const FiniteMdp by_outcome =
      with_rewards(walk, [&](State s, Action a, const Outcome& o) { return reward(s, a, o.next); });
  const FiniteMdp by_table = with_reward_table(walk, table);
  for (State s = 1; s < 3; ++s) CHECK(by_table.row(s, 0).reward == by_outcome.row(s, 0).reward);
  CHECK(error_of([&] { with_reward_table(walk, RewardTable(3, 1)); }) ==
        "reward table: rewards are 3 x 1, not 4 x 1");
}

TEST_CASE("reward ensemble: tables combined by hand") {
  const std::vector<RewardTable> members = {two_rewards(1, 2), two_rewards(3, 2),
                                            two_rewards(5, 2)};
  const auto first_of = [&](const CombinationOptions& options) {
    const RewardTable table = combined_table(members, options);
    CHECK(table(0, 1) == doctest::Approx(2));  // they agree
    return table(0, 0);
  };
  const double variance = 8.0 / 3;
  CHECK(first_of({}) == 3);
  CHECK(first_of({.combine = Combination::worst_case}) == 1);
  CHECK(first_of({.combine = Combination::uncertainty_weighted}) ==
        doctest::Approx(3 - 0.5 * variance));
  CHECK(first_of({.combine = Combination::uncertainty_weighted, .lambda = 0.25, .ddof = 1}) == 2);
  CHECK(first_of({.combine = Combination::lower_bound, .lambda = 2}) ==
        doctest::Approx(3 - 2 * std::sqrt(variance)));
  CHECK(first_of({.combine = Combination::mean_plus_sd, .lambda = -2}) ==
        doctest::Approx(3 - 2 * std::sqrt(variance)));

  CHECK(error_of([&] { first_of({.combine = Combination::worst_case, .lambda = 1}); }) ==
        "option 'lambda' has no effect without 'uncertainty_weighted, lower_bound or "
        "mean_plus_sd'");
  CHECK(error_of([&] { first_of({.ddof = 1}); }).starts_with("option 'ddof' has no effect"));
  CHECK(error_of([] { combined_table({}, {}); }) == "reward ensemble: there are no tables");
  CHECK(error_of([&] {
          combined_table(std::vector{members[0], RewardTable(2, 1)}, {});
        }) == "reward table: members are 2 x 1, not 1 x 2");
}

TEST_CASE(
    "reward ensemble: the least of steps is the least of responses only where one step pays") {
  const Problem language = small_language();
  const EpisodeSampler sampler(language.model, uniform_policy(language.model), 10);
  std::vector<Segment> responses;
  Rng rng(1);
  for (int i = 0; i < 30; ++i) responses.push_back(sampler.sample(rng));

  const auto returns_by_table = [&](const RewardEnsemble& ensemble) {
    const RewardTable least =
        combined_table(tables_of(language.model, ensemble), {.combine = Combination::worst_case});
    Eigen::VectorXd returns(30);
    for (std::size_t i = 0; i < responses.size(); ++i)
      returns[static_cast<Eigen::Index>(i)] =
          segment_return([&](State s, Action a, State) { return least(s, a); }, responses[i]);
    return returns;
  };
  const RewardEnsemble at_the_end = random_ensemble(rich_of(language), 3, Rng(3));
  const Eigen::VectorXd least =
      combined(member_returns(at_the_end, responses), {.combine = Combination::worst_case});
  CHECK((returns_by_table(at_the_end) - least).cwiseAbs().maxCoeff() < 1e-12);

  // Two members, each with its own bad step: the steps' least is -2, the responses' -1.
  const auto two_words = std::find_if(responses.begin(), responses.end(),
                                      [](const Segment& r) { return r.length() == 2; });
  REQUIRE(two_words != responses.end());
  const RewardFeatures steps = pair_features(language.model);
  RewardEnsemble each_step{steps,
                           Eigen::MatrixXd::Zero(2, static_cast<Eigen::Index>(steps.count()))};
  for (std::size_t t = 0; t < 2; ++t) {
    const Feature step =
        phi_of(steps, two_words->states[t], two_words->actions[t], two_words->states[t + 1])[0];
    each_step.weights(static_cast<Eigen::Index>(t), static_cast<Eigen::Index>(step.index)) = -1;
  }
  const auto i = two_words - responses.begin();
  CHECK(returns_by_table(each_step)[i] == -2);
  CHECK(member_returns(each_step, responses).worst_case()[i] == -1);
}

// ---- normalised rewards -------------------------------------------------------------------------

TEST_CASE("normalised reward: mean 0 and variance 1 under the weights, by hand") {
  RewardTable weights(1, 2);
  weights << 3, 1;
  const NormalizedReward n = normalize_reward(two_rewards(1, 5), weights);
  CHECK(n.mean == 2);             // (3 * 1 + 1 * 5) / 4
  CHECK(n.sd == std::sqrt(3.0));  // (3 * 1 + 1 * 9) / 4
  CHECK(n.table(0, 0) == doctest::Approx(-1 / std::sqrt(3.0)));
  CHECK(n.table(0, 1) == doctest::Approx(std::sqrt(3.0)));

  const auto refusal = [&](const RewardTable& r, const RewardTable& w) {
    return error_of([&] { normalize_reward(r, w); });
  };
  CHECK(refusal(two_rewards(2, 2), weights) ==
        "reward normalisation: under the reference every reward is 2: a variance of 0 cannot "
        "become 1");
  CHECK(refusal(two_rewards(0, 9), two_rewards(1, 0)) ==
        "reward normalisation: under the reference every reward is 0: a variance of 0 cannot "
        "become 1");
  CHECK(refusal(two_rewards(0, 9), two_rewards(0, 0)) ==
        "reward normalisation: weights have to be numbers >= 0, and one of them positive");
  CHECK(refusal(two_rewards(0, 9), two_rewards(2, -1)) ==
        "reward normalisation: weights have to be numbers >= 0, and one of them positive");
  CHECK(refusal(two_rewards(0, 9), RewardTable::Ones(2, 2)) ==
        "reward table: weights are 2 x 2, not 1 x 2");
}

TEST_CASE("normalised reward: visits of a reference, in the long run and in an episode") {
  const FiniteMdp grid = mfrl_5x5().model;
  const RewardTable long_run = visit_shares(grid, uniform_policy(grid));
  CHECK(long_run.sum() == doctest::Approx(1));
  const FiniteMdp walk = tests::random_walk(5);  // from 2, 1 and 3 are visited half as often each
  const RewardTable episode = visit_shares(walk, uniform_policy(walk));
  CHECK(episode(2, 0) == doctest::Approx(0.5));
  CHECK(episode(1, 0) == doctest::Approx(0.25));
  CHECK(episode(4, 0) == 0);
}

TEST_CASE("normalised reward: of responses, each response's return has mean 0 and variance 1") {
  const Problem language = small_language();
  const FiniteMdp& model = language.model;
  const TabularPolicy reference = uneven_policy(model);
  const RewardTable gold = reward_table(model, [&](State s, Action a, State next) {
    return next == model.num_states() - 1 ? model.row(s, a).reward : 0;
  });
  const NormalizedReward n = normalize_response_reward(model, gold, reference);

  // E[G] and E[G^2] by policy evaluation: v of the rewards and of their squares, which are paid
  // once.
  const auto mean_return = [&](const RewardTable& table) {
    const FiniteMdp paid = with_reward_table(model, table);
    return start_value(paid, evaluate_exactly(paid, reference, 1));
  };
  CHECK(std::abs(mean_return(n.table)) < 1e-12);
  CHECK(mean_return(n.table.cwiseAbs2()) == doctest::Approx(1));
  CHECK(n.mean == doctest::Approx(mean_return(gold)));

  RewardTable early = gold;
  early(0, 1) = 1;
  CHECK(error_of([&] { normalize_response_reward(model, early, reference); }) ==
        "reward normalisation: action 1 in state 0 pays 1, but does not end a response");
  const FiniteMdp walk = tests::random_walk(5);
  CHECK(error_of([&] {
          normalize_response_reward(walk, RewardTable::Zero(5, 1), uniform_policy(walk));
        }) ==
        "reward normalisation: whether action 0 in state 1 ends a response is left to chance");
}

TEST_CASE("trap: rewards on another scale change what beta means: normalised ones do not") {
  const Problem language = small_language();
  const FiniteMdp& model = language.model;
  const TabularPolicy reference = uneven_policy(model);
  const LinearReward small = random_ensemble(rich_of(language), 1, Rng(8)).member(0);
  LinearReward large = small;
  large.weights *= 10;

  const auto optimum = [&](const RewardTable& table, double beta) {
    const Plan plan = soft_value_iteration(with_reward_table(model, table), 1, reference, beta);
    REQUIRE(plan.converged);
    return *plan.policy;
  };
  const auto distance = [&](const TabularPolicy& first, const TabularPolicy& second) {
    double most = 0;
    for (State s = 0; s < model.num_states(); ++s)
      for (Action a = 0; a < model.num_actions(); ++a)
        most = std::max(most, std::abs(first.probability(s, a) - second.probability(s, a)));
    return most;
  };
  const auto normalized_table = [&](const LinearReward& reward) {
    return normalize_response_reward(model, reward_table(model, reward), reference).table;
  };
  // Ten times the reward is a tenth of beta.
  const TabularPolicy of_large = optimum(reward_table(model, large), 5);
  CHECK(distance(of_large, optimum(reward_table(model, small), 0.5)) < 1e-9);
  CHECK(distance(of_large, optimum(reward_table(model, small), 5)) > 1e-9);
  CHECK(distance(optimum(normalized_table(small), 5), optimum(normalized_table(large), 5)) < 1e-9);
}

// ---- from preferences to a policy ---------------------------------------------------------------

TEST_CASE(
    "reward model: 1,000 comparisons of a 5x5 grid are enough to plan almost as well as with "
    "the true rewards") {
  const Problem problem = mfrl_5x5();
  const FiniteMdp& model = problem.model;
  // J from uniform starts, under the true rewards; 0 is random, 1 the optimum.
  const auto J = [&](const TabularPolicy& policy) {
    return evaluate_exactly(model, policy, problem.gamma).mean();
  };
  const double random = J(uniform_policy(model));
  const double best = J(best_policy_in(model, problem.gamma));
  RewardFitOptions options;
  options.loss.l2 = 0.3;
  // Of 500 other seeds the least is 0.9972, the median 0.9996.
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto pairs = labelled_pairs(model, 1'000, 2, Rng(seed));
    const LinearReward reward =
        fit_linear_reward(next_state_features(model), pairs, options).reward;
    const FiniteMdp learned = with_rewards(
        model, [&](State s, Action a, const Outcome& o) { return reward(s, a, o.next); });
    CHECK((J(best_policy_in(learned, problem.gamma)) - random) / (best - random) >= 0.99);
  }
}

TEST_CASE("reward model: the same seed gives the same labelled data on 1 and 2 threads") {
  const FiniteMdp model = mfrl_5x5().model;
  CHECK(labelled_pairs(model, 200, 2, Rng(1), 1) == labelled_pairs(model, 200, 2, Rng(1), 2));
}

}  // namespace rl
