#include "algorithms/preference/reward_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"

namespace rl {

namespace {

constexpr double kNothingDecided = std::numeric_limits<double>::quiet_NaN();

void require_judged_labels(const PairLabels& data) {
  const Eigen::Index n = data.labels.size();
  if (n == 0) throw std::invalid_argument("reward metrics: there are no pairs");
  const auto require_size = [n](const char* what, Eigen::Index size) {
    if (size != n)
      throw std::invalid_argument(fmt::format("reward metrics: {} {} for {} pairs", size, what, n));
  };
  if (data.weights.size() > 0) require_size("weights", data.weights.size());
  if (data.margins.size() > 0) require_size("margins", data.margins.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!(data.labels[i] >= 0 && data.labels[i] <= 1))
      throw std::invalid_argument(
          fmt::format("reward metrics: the label of pair {} is {}; in [0, 1]", i, data.labels[i]));
    if (data.weights.size() > 0 && !(data.weights[i] >= 0 && std::isfinite(data.weights[i])))
      throw std::invalid_argument(fmt::format(
          "reward metrics: the weight of pair {} is {}; finite and >= 0", i, data.weights[i]));
  }
  if (data.weights.size() > 0 && data.weights.isZero(0))
    throw std::invalid_argument("reward metrics: the weights of all pairs are 0");
}

/// Sums of the same terms in another order are equal.
bool equal_to_rounding(double x, double y) {
  constexpr double kRounding = 1e-12;
  return std::abs(x - y) <= kRounding * std::max(std::abs(x), std::abs(y));
}

/// What tells a segment from others.
using SegmentKey = std::vector<std::int32_t>;

SegmentKey key_of_compared(const Segment& segment) {
  SegmentKey steps(segment.states.begin(), segment.states.end());
  steps.insert(steps.end(), segment.actions.begin(), segment.actions.end());
  return steps;
}

/// All answers to one comparison, by weight.
struct ComparisonAnswers {
  double total = 0;
  double mean = 0;  ///< of labels, for the segment that is first in order
  double first_preferred = 0, second_preferred = 0;
};

double entropy_of_answers(double p) {
  const auto term = [](double x) { return x > 0 ? -x * std::log(x) : 0; };
  return term(p) + term(1 - p);
}

}  // namespace

RewardMetrics reward_metrics(const PairReturns& returns, const PairLabels& data, double rationality,
                             double flip_probability) {
  require_judged_labels(data);
  const Eigen::Index n = data.labels.size();
  if (returns.first.size() != n || returns.second.size() != n)
    throw std::invalid_argument(fmt::format("reward metrics: {} and {} returns for {} pairs",
                                            returns.first.size(), returns.second.size(), n));
  RewardMetrics m{};
  m.min_reward = std::min(returns.first.minCoeff(), returns.second.minCoeff());
  m.max_reward = std::max(returns.first.maxCoeff(), returns.second.maxCoeff());
  double total = 0;
  double decided = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double weight = data.weights.size() > 0 ? data.weights[i] : 1;
    const double difference = returns.first[i] - returns.second[i];
    const double z = rationality * difference;
    const double y = data.labels[i];
    const double p = (1 - 2 * flip_probability) * sigmoid(std::abs(z)) + flip_probability;
    total += weight;
    m.loss +=
        weight *
        label_loss(data.margins.size() > 0 ? z - data.margins[i] : z, y, flip_probability).value;
    m.accuracy_expected += weight * p;
    m.mean_reward += weight * (returns.first[i] + returns.second[i]) / 2;
    if (y == 0.5) continue;
    const double ahead = y > 0.5 ? difference : -difference;
    decided += weight;
    m.margin += weight * ahead;
    m.accuracy += weight * (equal_to_rounding(returns.first[i], returns.second[i]) ? 0.5
                            : ahead > 0                                            ? 1
                                                                                   : 0);
  }
  m.loss /= total;
  m.accuracy_expected /= total;
  m.mean_reward /= total;
  m.margin = decided > 0 ? m.margin / decided : kNothingDecided;
  m.accuracy = decided > 0 ? m.accuracy / decided : kNothingDecided;
  return m;
}

LabelBounds label_bounds(std::span<const SegmentPair> pairs, std::span<const double> weights) {
  PairLabels data{
      Eigen::VectorXd(static_cast<Eigen::Index>(pairs.size())),
      Eigen::Map<const Eigen::VectorXd>(weights.data(), static_cast<Eigen::Index>(weights.size()))};
  for (std::size_t i = 0; i < pairs.size(); ++i)
    data.labels[static_cast<Eigen::Index>(i)] = pairs[i].preference;
  require_judged_labels(data);
  std::map<std::pair<SegmentKey, SegmentKey>, ComparisonAnswers> groups;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    double y = pairs[i].preference;
    SegmentKey first = key_of_compared(pairs[i].first);
    SegmentKey second = key_of_compared(pairs[i].second);
    if (second < first) {
      std::swap(first, second);
      y = 1 - y;
    }
    ComparisonAnswers& answers = groups[{std::move(first), std::move(second)}];
    answers.total += weight;
    answers.mean += weight * (y - 0.5);  // what rounding leaves of opposite answers is 0
    (y > 0.5 ? answers.first_preferred : answers.second_preferred) += y == 0.5 ? 0 : weight;
  }
  LabelBounds bounds{groups.size(), true, true, 0, 0};
  double total = 0;
  double decided = 0;
  for (const auto& [segments, answers] : groups) {
    constexpr double kRounding = 1e-12;                   // of the weights' sum
    const bool same = segments.first == segments.second;  // equal returns, whatever the reward
    const double votes = answers.first_preferred + answers.second_preferred;
    if (votes > 0) bounds.all_ties = false;
    if (!same && std::abs(answers.mean) > kRounding * answers.total) bounds.balanced = false;
    bounds.accuracy +=
        same ? votes / 2 : std::max(answers.first_preferred, answers.second_preferred);
    if (answers.total > 0)
      bounds.entropy +=
          answers.total * entropy_of_answers(same ? 0.5 : 0.5 + answers.mean / answers.total);
    total += answers.total;
    decided += votes;
  }
  bounds.entropy /= total;
  bounds.accuracy = decided > 0 ? bounds.accuracy / decided : kNothingDecided;
  return bounds;
}

}  // namespace rl
