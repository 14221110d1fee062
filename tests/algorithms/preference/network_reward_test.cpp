#include "algorithms/preference/network_reward.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/reward_metrics.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "rl/features/basis.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

using tests::error_of;

/// The two bits of the next state's number, as -1 and 1.
RewardFeatures two_bits() {
  RewardFeatures features;
  features.name = "bits";
  features.names = {"low", "high"};
  features.fill = [](State, Action, State next, std::vector<Feature>& phi) {
    phi.push_back({0, next % 2 == 0 ? -1.0 : 1.0});
    phi.push_back({1, next < 2 ? -1.0 : 1.0});
  };
  return features;
}

double exclusive_or(State next) { return next == 1 || next == 2 ? 1 : -1; }

Segment drawn_states(std::size_t length, Rng& rng) {
  Segment segment;
  segment.actions.assign(length, 0);
  for (std::size_t t = 0; t <= length; ++t) segment.states.push_back(rng.index(4));
  return segment;
}

double bits_return(const Segment& segment) {
  double G = 0;
  for (std::size_t t = 0; t < segment.length(); ++t) G += exclusive_or(segment.states[t + 1]);
  return G;
}

/// Pairs of segments and how a Bradley-Terry annotator sees them: drawn labels, or probabilities.
std::vector<SegmentPair> pairs_of_bits(std::size_t n, std::size_t length, bool soft,
                                       std::uint64_t seed) {
  std::vector<SegmentPair> pairs(n);
  Rng rng(seed);
  for (SegmentPair& pair : pairs) {
    pair.first = drawn_states(length, rng);
    pair.second = drawn_states(length, rng);
    const double p = sigmoid(2 * (bits_return(pair.first) - bits_return(pair.second)));
    const bool first = rng.flip(p);
    pair.preference = soft ? p : (first ? 1 : 0);
  }
  return pairs;
}

std::vector<std::size_t> first_pairs(std::size_t n) {
  std::vector<std::size_t> which(n);
  std::iota(which.begin(), which.end(), std::size_t{0});
  return which;
}

std::vector<double> margins_of_size(std::size_t n, double size) {
  std::vector<double> margins(n);
  Rng rng(31);
  for (double& m : margins) m = size * rng.normal();
  return margins;
}

std::vector<double> weights_around_1(std::size_t n) {
  std::vector<double> weights(n);
  Rng rng(32);
  for (double& w : weights) w = 0.1 + 2 * rng.uniform();
  return weights;
}

/// Every term of the loss at once.
NetworkRewardOptions with_every_term() {
  return {
      .discount = 0.8, .centering = 0.03, .l2 = 0.2, .flip_probability = 0.1, .rationality = 1.5};
}

/// Every ordered pair of two steps, each with its probability: an exclusive or, whole and exact.
std::vector<SegmentPair> every_pair_of_steps() {
  std::vector<SegmentPair> pairs;
  for (State first = 0; first < 4; ++first)
    for (State second = 0; second < 4; ++second) {
      SegmentPair pair{{{0, first}, {0}}, {{0, second}, {0}}, 0, {}};
      pair.preference = sigmoid(2 * (exclusive_or(first) - exclusive_or(second)));
      pairs.push_back(pair);
    }
  return pairs;
}

std::string fit_error(std::span<const SegmentPair> pairs, const NetworkRewardOptions& options,
                      std::span<const double> margins = {}, std::span<const double> weights = {}) {
  return error_of([&] { NetworkRewardFit(two_bits(), pairs, options, Rng(1), margins, weights); });
}

}  // namespace

TEST_CASE("network reward: the gradient is that of finite differences") {
  const auto pairs = pairs_of_bits(12, 3, true, 1);
  NetworkRewardOptions options = with_every_term();
  options.network.hidden = {5, 4};
  NetworkRewardFit fit(two_bits(), pairs, options, Rng(2), margins_of_size(12, 0.5),
                       weights_around_1(12));
  const std::vector<std::size_t> which = {0, 3, 4, 11, 7};
  std::vector<double> gradient(fit.network().parameters().size());
  fit.loss(which, gradient);
  double largest = 0;
  double gap = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    constexpr double kStep = 1e-5;
    fit.network().add_at(i, kStep);
    const double above = fit.loss(which);
    fit.network().add_at(i, -2 * kStep);
    const double below = fit.loss(which);
    fit.network().add_at(i, kStep);
    gap = std::max(gap, std::abs(gradient[i] - (above - below) / (2 * kStep)));
    largest = std::max(largest, std::abs(gradient[i]));
  }
  CHECK(gap <= 1e-6 * largest);
}

TEST_CASE("network reward: without hidden units it is the linear model's loss") {
  const auto pairs = pairs_of_bits(40, 3, true, 5);
  const auto margins = margins_of_size(40, 0.5);
  const auto weights = weights_around_1(40);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  NetworkRewardOptions options = with_every_term();
  options.network.hidden = {};
  NetworkRewardFit fit(two_bits(), pairs, options, Rng(3), margins, weights);
  REQUIRE(fit.network().parameters().size() == 3);
  const Eigen::VectorXd w =
      Eigen::Vector2d(fit.network().parameters()[0], fit.network().parameters()[1]);
  fit.network().parameters()[2] = 0;
  const SegmentLoss linear =
      segment_loss(comparisons(two_bits(), pairs, 0.8, margins, weights),
                   {.l2 = 0.2, .flip_probability = 0.1, .rationality = 1.5, .centering = 0.03}, w);
  std::vector<double> gradient(3);
  CHECK(fit.loss(first_pairs(40), gradient) ==
        doctest::Approx(linear.value / total).epsilon(1e-12));
  for (Eigen::Index i = 0; i < 2; ++i)
    CHECK(gradient[static_cast<std::size_t>(i)] ==
          doctest::Approx(linear.gradient[i] / total).epsilon(1e-12));
}

TEST_CASE("network reward: a pair of weight 2 is the pair twice") {
  const auto pairs = pairs_of_bits(3, 2, true, 1);
  const std::vector<SegmentPair> repeated = {pairs[0], pairs[1], pairs[1], pairs[2]};
  NetworkRewardOptions options = with_every_term();
  NetworkRewardFit weighted(two_bits(), pairs, options, Rng(3), std::vector{0.1, 0.2, 0.3},
                            std::vector{1.0, 2.0, 1.0});
  NetworkRewardFit twice(two_bits(), repeated, options, Rng(3), std::vector{0.1, 0.2, 0.2, 0.3});
  std::vector<double> g(weighted.network().parameters().size());
  std::vector<double> h(g.size());
  CHECK(weighted.loss(first_pairs(3), g) ==
        doctest::Approx(twice.loss(first_pairs(4), h)).epsilon(1e-14));
  for (std::size_t i = 0; i < g.size(); ++i) CHECK(std::abs(g[i] - h[i]) <= 1e-15);
  CHECK(weighted.metrics().loss == doctest::Approx(twice.metrics().loss).epsilon(1e-14));
}

TEST_CASE("network reward: a step without features pays 0, whatever the biases") {
  RewardFeatures at_3;
  at_3.name = "at_3";
  at_3.names = {"at 3"};
  at_3.fill = [](State, Action, State next, std::vector<Feature>& phi) {
    if (next == 3) phi.push_back({0, 1});
  };
  const std::vector<SegmentPair> pairs = {{{{0, 1, 3}, {0, 0}}, {{0, 1, 2}, {0, 0}}, 0.75, {}}};
  NetworkRewardFit fit(at_3, pairs, {.l2 = 0}, Rng(1));
  const NetworkReward reward = fit.reward();
  CHECK(reward(0, 0, 1) == 0);
  CHECK(reward(0, 0, 3) != 0);
  CHECK(fit.metrics().margin == doctest::Approx(reward(0, 0, 3)).epsilon(1e-15));
  // Where no step of a batch has features there is nothing to pass through the network.
  const std::vector<SegmentPair> nothing = {{{{0, 1}, {0}}, {{0, 2}, {0}}, 1, {}}};
  NetworkRewardFit blind(at_3, nothing, {}, Rng(1));
  const std::vector<double> before(blind.network().parameters().begin(),
                                   blind.network().parameters().end());
  blind.advance();
  CHECK(blind.batch_loss() == doctest::Approx(std::log(2)).epsilon(1e-15));
  CHECK(std::equal(before.begin(), before.end(), blind.network().parameters().begin()));
}

TEST_CASE("network reward: it learns an exclusive or, which no linear reward can") {
  const auto pairs = every_pair_of_steps();
  NetworkRewardOptions options;
  options.network.hidden = {8};
  NetworkRewardFit fit(two_bits(), pairs, options, Rng(4));
  while (fit.updates() < 4000) fit.advance();
  // The annotator's log-odds are 4 between the two kinds of step, and the loss is their entropy.
  const NetworkReward reward = fit.reward();
  CHECK(fit.metrics().accuracy == 1);
  CHECK(fit.metrics().loss == doctest::Approx(label_bounds(pairs).entropy).epsilon(1e-6));
  // Log-odds that are off by d cost p (1 - p) / 2 d^2 in 2 of the 16 pairs; the loss is within
  // 1.4e-6 of the least, so that d < 0.036 where p = sigma(4), and < 0.01 where it is 1/2.
  CHECK(std::abs(reward(0, 0, 1) - reward(0, 0, 0) - 4) < 0.036);
  CHECK(std::abs(reward(0, 0, 2) - reward(0, 0, 3) - 4) < 0.036);
  CHECK(std::abs(reward(0, 0, 1) - reward(0, 0, 2)) < 0.01);

  // By symmetry the best linear reward is 0.
  const SegmentRewards linear = logistic_regression(comparisons(two_bits(), pairs));
  CHECK(linear.weights.cwiseAbs().maxCoeff() < 1e-12);
  CHECK(linear.objective == doctest::Approx(16 * std::log(2)));
}

TEST_CASE("network reward: it tells steps of a segment from the segment's sum alone") {
  NetworkRewardOptions options;
  options.network.hidden = {8};
  NetworkRewardFit fit(two_bits(), pairs_of_bits(400, 3, true, 9), options, Rng(4));
  while (fit.epochs() < 150) fit.advance();
  CHECK(fit.metrics(every_pair_of_steps()).accuracy == 1);  // never seen alone
}

TEST_CASE("network reward: equal seeds give equal bits, others do not") {
  const auto pairs = pairs_of_bits(50, 2, false, 1);
  const auto trained = [&](std::uint64_t seed) {
    NetworkRewardFit fit(two_bits(), pairs, {}, Rng(seed));
    for (int i = 0; i < 20; ++i) fit.advance();
    return save_state(fit);
  };
  CHECK(trained(1) == trained(1));
  CHECK(trained(1) != trained(2));
}

TEST_CASE("network reward: a run saved within an epoch goes on to the bit") {
  const auto pairs = pairs_of_bits(50, 2, false, 1);
  const NetworkRewardOptions options{.batch_size = 16};  // 16, 16, 16, 2
  NetworkRewardFit whole(two_bits(), pairs, options, Rng(5));
  for (int i = 0; i < 6; ++i) whole.advance();
  CHECK(whole.epochs() == 1);
  CHECK(whole.updates() == 6);
  const std::string saved = save_state(whole);
  NetworkRewardFit resumed(two_bits(), pairs, options, Rng(99));
  load_state(saved, resumed);
  for (int i = 0; i < 7; ++i) {
    whole.advance();
    resumed.advance();
    CHECK(whole.batch_loss() == resumed.batch_loss());
  }
  CHECK(save_state(whole) == save_state(resumed));

  NetworkRewardFit other(two_bits(), std::span(pairs).first(49), options, Rng(5));
  CHECK(error_of([&] { load_state(saved, other); }) ==
        "saved state: field 'reward.order' has another size");
}

TEST_CASE("network reward: an epoch visits every pair once") {
  // At a step size of 0 the mean of an epoch's losses, by size, is the loss of all pairs.
  const auto pairs = pairs_of_bits(10, 2, false, 1);
  NetworkRewardFit fit(two_bits(), pairs, {.learning_rate = 0, .batch_size = 4}, Rng(6));
  double sum = 0;
  for (const double size : {4, 4, 2}) {
    CHECK(fit.epochs() == 0);
    fit.advance();
    sum += size * fit.batch_loss();
  }
  CHECK(fit.epochs() == 1);
  CHECK(sum / 10 == doctest::Approx(fit.loss(first_pairs(10))));
  CHECK(fit.metrics().loss == doctest::Approx(sum / 10));
}

TEST_CASE("network reward: metrics by hand; ties are no one's success") {
  // r = low bit: -1 or 1.
  const auto step_to = [](State next) { return Segment{{0, next}, {0}}; };
  std::vector<SegmentPair> pairs(4);
  const double labels[] = {1, 0.25, 0.5, 1};
  const State nexts[][2] = {{1, 0}, {3, 2}, {1, 0}, {1, 3}};
  for (std::size_t i = 0; i < 4; ++i) {
    pairs[i].first = step_to(nexts[i][0]);
    pairs[i].second = step_to(nexts[i][1]);
    pairs[i].preference = labels[i];
  }
  NetworkRewardOptions options;
  options.network.hidden = {};
  NetworkRewardFit fit(two_bits(), pairs, options, Rng(1));
  fit.network().parameters()[0] = 1;
  fit.network().parameters()[1] = fit.network().parameters()[2] = 0;
  const RewardMetrics m = fit.metrics();
  CHECK(m.accuracy == doctest::Approx(0.5));  // right, wrong, left out, half
  CHECK(m.margin == doctest::Approx(0));      // 2, -2, left out, 0
  CHECK(m.min_reward == -1);
  CHECK(m.max_reward == 1);
  CHECK(m.mean_reward == doctest::Approx(0.25));  // 5 of the 8 segments are paid 1
  const double loss = softplus(-2) + (0.25 * softplus(-2) + 0.75 * softplus(2)) +
                      (softplus(-2) + softplus(2)) / 2 + std::log(2);
  CHECK(m.loss == doctest::Approx(loss / 4));
  CHECK(fit.reward()(0, 0, 1) == 1);
  CHECK(std::isnan(fit.metrics(std::vector{pairs[2]}).accuracy));
}

TEST_CASE("network reward: options reach the network, and the reward its table") {
  const auto read = parse<NetworkRewardOptions>(
      nlohmann::json::parse(R"({"hidden": [3], "activation": "relu", "centering": 0.01})"));
  CHECK(read.centering == 0.01);
  const auto pairs = pairs_of_bits(5, 1, false, 1);
  const NetworkReward reward = NetworkRewardFit(two_bits(), pairs, read, Rng(1)).reward();
  CHECK(reward.network().shape().layers.size() == 2);
  CHECK(reward.network().shape().layers[0].outputs == 3);
  const FiniteMdp coin(4, 1, [](State, Action, std::vector<Outcome>& row) {
    row.push_back({0.25, 0, 1});
    row.push_back({0.75, 0, 2});
  });
  CHECK(reward_table(coin, reward)(0, 0) ==
        doctest::Approx(0.25 * reward(0, 0, 1) + 0.75 * reward(0, 0, 2)));
}

TEST_CASE("network reward: what it cannot learn from is refused") {
  auto pairs = pairs_of_bits(3, 2, false, 1);
  CHECK(fit_error({}, {}) == "network reward: there are no pairs");
  CHECK(fit_error(pairs, {.learning_rate = -1}) == "network reward: learning_rate is -1; >= 0");
  CHECK(fit_error(pairs, {.batch_size = 0}) == "network reward: batch_size is 0; at least 1");
  CHECK(fit_error(pairs, {.discount = 2}) == "network reward: discount is 2; in (0, 1]");
  CHECK(fit_error(pairs, {.centering = -1}) == "network reward: centering is -1; >= 0");
  CHECK(fit_error(pairs, {.l2 = -1}) == "network reward: l2 is -1; >= 0");
  CHECK(fit_error(pairs, {.flip_probability = 0.5}) ==
        "network reward: flip_probability is 0.5; in [0, 0.5)");
  CHECK(fit_error(pairs, {.rationality = 0}) == "network reward: rationality is 0; > 0");
  CHECK(fit_error(pairs, {}, std::vector{1.0}) == "network reward: 1 margins for 3 pairs");
  CHECK(fit_error(pairs, {}, {}, std::vector{1.0}) == "network reward: 1 weights for 3 pairs");
  CHECK(fit_error(pairs, {}, {}, std::vector{1.0, 0.0, 1.0}) ==
        "network reward: a weight is 0; finite and > 0");
  pairs[1].preference = 1.5;
  CHECK(fit_error(pairs, {}) == "network reward: the label of pair 1 is 1.5; in [0, 1]");
  pairs[1].preference = 1;
  pairs[2].first = {{0, 1}, {0}};
  CHECK(fit_error(pairs, {}) ==
        "pair 2: segments of 1 and 2 steps; an episode that ends early tells its reward by its "
        "length (allow_variable_horizon)");
  CHECK(fit_error(pairs, {.allow_variable_horizon = true}) == "nothing was thrown");
  pairs[2].first.states.pop_back();
  CHECK(fit_error(pairs, {.allow_variable_horizon = true}) ==
        "network reward: a segment of pair 2 has 1 states and 1 actions");
}

}  // namespace rl
