#include "algorithms/preference/reward_metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

using tests::error_of;

/// Segments that are told apart by the action of their only step.
SegmentPair asked(Action first, Action second, double preference) {
  return {{{0, 1}, {first}}, {{0, 1}, {second}}, preference, {}};
}

double entropy_by_hand(double p) { return -p * std::log(p) - (1 - p) * std::log(1 - p); }

}  // namespace

TEST_CASE("reward metrics: by hand, with weights and margins") {
  // Differences 1, -2, 0; the third label is a tie.
  const PairReturns returns{Eigen::Vector3d(2, -1, 3), Eigen::Vector3d(1, 1, 3)};
  const PairLabels data{Eigen::Vector3d(1, 0.75, 0.5), Eigen::Vector3d(3, 1, 2),
                        Eigen::Vector3d(0.5, 0, -1)};
  const RewardMetrics m = reward_metrics(returns, data, 2);
  // z = 2 d - margin: 1.5, -4, 1.
  const double loss = 3 * softplus(-1.5) + (0.75 * softplus(4) + 0.25 * softplus(-4)) +
                      2 * (softplus(-1) + softplus(1)) / 2;
  CHECK(m.loss == doctest::Approx(loss / 6).epsilon(1e-14));
  CHECK(m.accuracy == 0.75);         // weight 3 right, 1 wrong
  CHECK(m.margin == (3 - 2) / 4.0);  // 1 three times, -2 once
  CHECK(m.accuracy_expected ==
        doctest::Approx((3 * sigmoid(2) + sigmoid(4) + 2 * 0.5) / 6).epsilon(1e-14));
  CHECK(m.min_reward == -1);
  CHECK(m.max_reward == 3);
  CHECK(m.mean_reward == doctest::Approx((3 * 1.5 + 0 + 2 * 3) / 6).epsilon(1e-14));
}

TEST_CASE("reward metrics: flips are in the loss and in the accuracy that is expected") {
  const PairReturns returns{Eigen::VectorXd::Constant(1, 0.3), Eigen::VectorXd::Zero(1)};
  const PairLabels data{Eigen::VectorXd::Ones(1)};
  const double p = 0.8 * sigmoid(0.3) + 0.1;
  CHECK(reward_metrics(returns, data, 1, 0.1).loss == doctest::Approx(-std::log(p)).epsilon(1e-14));
  CHECK(reward_metrics(returns, data, 1, 0.1).accuracy_expected ==
        doctest::Approx(p).epsilon(1e-14));
}

TEST_CASE("reward metrics: the loss is what the regression minimises, its ridge aside") {
  Rng rng(3);
  SegmentComparisons data{FeatureMatrix(9, 2), Eigen::VectorXd(9), Eigen::VectorXd(9),
                          Eigen::VectorXd(9)};
  for (Eigen::Index i = 0; i < 9; ++i) {
    data.differences.row(i) << rng.normal(), rng.normal();
    data.labels[i] = rng.uniform();
    data.weights[i] = 2 * rng.uniform();
    data.margins[i] = rng.normal();
  }
  const Eigen::Vector2d w(0.7, -1.1);
  const RewardMetrics m = reward_metrics({data.differences * w, Eigen::VectorXd::Zero(9)},
                                         {data.labels, data.weights, data.margins}, 2, 0.1);
  const double sum = segment_loss(data, {.flip_probability = 0.1, .rationality = 2}, w).value;
  CHECK(m.loss == doctest::Approx(sum / data.weights.sum()).epsilon(1e-13));
}

TEST_CASE("trap: returns that are equal but for rounding are right by half") {
  const PairReturns returns{Eigen::VectorXd::Constant(1, 0.1 + 0.2),
                            Eigen::VectorXd::Constant(1, 0.3)};
  REQUIRE(returns.first[0] != returns.second[0]);
  CHECK(reward_metrics(returns, {Eigen::VectorXd::Ones(1)}).accuracy == 0.5);
  const RewardMetrics ties = reward_metrics(returns, {Eigen::VectorXd::Constant(1, 0.5)});
  CHECK(std::isnan(ties.accuracy));
  CHECK(std::isnan(ties.margin));
}

TEST_CASE("label bounds: majorities and entropies of comparisons that were made several times") {
  // 1 against 2: preferred by weights 3 to 1, whichever stands first; 1 against 3 once; a tie.
  const std::vector<SegmentPair> pairs = {asked(1, 2, 1), asked(2, 1, 1), asked(1, 3, 0),
                                          asked(2, 3, 0.5)};
  const LabelBounds bounds = label_bounds(pairs, std::vector<double>{3, 1, 1, 1});
  CHECK(bounds.comparisons == 3);
  CHECK(!bounds.all_ties);
  CHECK(!bounds.balanced);
  CHECK(bounds.accuracy == 4.0 / 5);
  CHECK(bounds.entropy ==
        doctest::Approx((4 * entropy_by_hand(0.75) + std::log(2)) / 6).epsilon(1e-14));
}

TEST_CASE("label bounds: contradictions balance, ties are all there is") {
  const std::vector<SegmentPair> both_ways = {asked(1, 2, 1), asked(2, 1, 1)};
  CHECK(label_bounds(both_ways).balanced);
  CHECK(!label_bounds(both_ways).all_ties);
  CHECK(label_bounds(both_ways).accuracy == 0.5);
  CHECK(label_bounds(both_ways).entropy == doctest::Approx(std::log(2)).epsilon(1e-15));
  CHECK(!label_bounds(both_ways, std::vector<double>{2, 1}).balanced);
  // Soft labels balance too: 0.9, 0.3 and 0.3 of the same comparison.
  const std::vector<SegmentPair> soft = {asked(1, 2, 0.9), asked(1, 2, 0.3), asked(2, 1, 0.7)};
  CHECK(label_bounds(soft).balanced);
  CHECK(label_bounds(soft).accuracy == 2.0 / 3);
  const LabelBounds ties = label_bounds(std::vector{asked(1, 2, 0.5), asked(1, 3, 0.5)});
  CHECK(ties.all_ties);
  CHECK(ties.balanced);
  CHECK(std::isnan(ties.accuracy));
  // Of a segment and itself nobody can tell which is preferred.
  const LabelBounds same = label_bounds(std::vector{asked(1, 1, 1)});
  CHECK(same.balanced);
  CHECK(same.accuracy == 0.5);
  CHECK(same.entropy == doctest::Approx(std::log(2)).epsilon(1e-15));
}

TEST_CASE("reward metrics: what does not fit is refused by name") {
  const Eigen::VectorXd one = Eigen::VectorXd::Ones(1);
  const double inf = std::numeric_limits<double>::infinity();
  const auto refusal = [&](const PairReturns& returns, const PairLabels& data) {
    return error_of([&] { reward_metrics(returns, data); });
  };
  CHECK(refusal({one, one}, {{}}) == "reward metrics: there are no pairs");
  CHECK(refusal({one, one}, {Eigen::Vector2d(1, 0)}) ==
        "reward metrics: 1 and 1 returns for 2 pairs");
  CHECK(refusal({one, one}, {2 * one}) == "reward metrics: the label of pair 0 is 2; in [0, 1]");
  CHECK(refusal({one, one}, {one, Eigen::Vector2d(1, 1)}) ==
        "reward metrics: 2 weights for 1 pairs");
  CHECK(refusal({one, one}, {one, {}, Eigen::Vector2d(1, 1)}) ==
        "reward metrics: 2 margins for 1 pairs");
  CHECK(refusal({one, one}, {one, -one}) ==
        "reward metrics: the weight of pair 0 is -1; finite and >= 0");
  CHECK(refusal({one, one}, {one, inf * one}) ==
        "reward metrics: the weight of pair 0 is inf; finite and >= 0");
  CHECK(refusal({one, one}, {one, 0 * one}) == "reward metrics: the weights of all pairs are 0");
  CHECK(error_of([] { label_bounds({}); }) == "reward metrics: there are no pairs");
}

}  // namespace rl
