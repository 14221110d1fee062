#include "algorithms/preference/network_reward.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/features/basis.hpp"

namespace rl {

namespace {

constexpr std::size_t kNotInBatch = std::numeric_limits<std::size_t>::max();

void require_network_reward(std::span<const SegmentPair> pairs, std::span<const double> margins,
                            std::span<const double> weights, const NetworkRewardOptions& o) {
  const auto require = [](bool holds, const char* name, double value, const char* range) {
    if (!holds)
      throw std::invalid_argument(fmt::format("network reward: {} is {}; {}", name, value, range));
  };
  require(o.learning_rate >= 0 && std::isfinite(o.learning_rate), "learning_rate", o.learning_rate,
          ">= 0");
  require(o.batch_size >= 1, "batch_size", static_cast<double>(o.batch_size), "at least 1");
  require(o.discount > 0 && o.discount <= 1, "discount", o.discount, "in (0, 1]");
  require(o.centering >= 0 && std::isfinite(o.centering), "centering", o.centering, ">= 0");
  require(o.l2 >= 0 && std::isfinite(o.l2), "l2", o.l2, ">= 0");
  require(o.flip_probability >= 0 && o.flip_probability < 0.5, "flip_probability",
          o.flip_probability, "in [0, 0.5)");
  require(o.rationality > 0 && std::isfinite(o.rationality), "rationality", o.rationality, "> 0");
  if (pairs.empty()) throw std::invalid_argument("network reward: there are no pairs");
  for (const auto& [what, numbers] : {std::pair("margins", margins), std::pair("weights", weights)})
    if (!numbers.empty() && numbers.size() != pairs.size())
      throw std::invalid_argument(
          fmt::format("network reward: {} {} for {} pairs", numbers.size(), what, pairs.size()));
  for (const double margin : margins) require(std::isfinite(margin), "a margin", margin, "finite");
  for (const double weight : weights)
    require(weight > 0 && std::isfinite(weight), "a weight", weight, "finite and > 0");
}

void require_labelled_pair(const SegmentPair& pair, std::size_t i) {
  if (!(pair.preference >= 0 && pair.preference <= 1))
    throw std::invalid_argument(
        fmt::format("network reward: the label of pair {} is {}; in [0, 1]", i, pair.preference));
  for (const Segment* segment : {&pair.first, &pair.second})
    if (segment->states.size() != segment->length() + 1)
      throw std::invalid_argument(
          fmt::format("network reward: a segment of pair {} has {} states and {} actions", i,
                      segment->states.size(), segment->length()));
}

NetworkShape reward_shape(const RewardFeatures& features, const NetworkRewardOptions& options) {
  return network_shape(features.count(), options.network, 1);
}

Network<double> reward_network(const RewardFeatures& features, const NetworkRewardOptions& options,
                               const Rng& rng) {
  Rng stream = rng.split("network");
  return {reward_shape(features, options), options.network.start, stream};
}

/// One pair's loss, and how it changes with the two returns.
struct ComparedLoss {
  double value, slope_first, slope_second;
};
ComparedLoss compared_loss(const NetworkRewardOptions& o, double first, double second, double label,
                           double margin) {
  const LabelLoss loss =
      label_loss(o.rationality * (first - second) - margin, label, o.flip_probability);
  const double slope = o.rationality * loss.slope;
  const double center = 2 * o.centering * (first + second);
  return {loss.value + o.centering * (first + second) * (first + second), center + slope,
          center - slope};
}

void shuffle_pairs(std::span<std::uint64_t> order, Rng& rng) {
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1],
              order[static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(i)))]);
}

std::vector<std::size_t> every_pair(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

// ---- the model ----------------------------------------------------------------------------------

NetworkReward::NetworkReward(RewardFeatures features, Network<double> network)
    : features_(std::move(features)), network_(std::move(network)) {
  const NetworkShape& shape = network_.shape();
  if (shape.inputs != features_.count() || shape.outputs() != 1)
    throw std::invalid_argument(
        fmt::format("network reward: a network of {} inputs and {} outputs for {} features and 1 "
                    "reward",
                    shape.inputs, shape.outputs(), features_.count()));
}

double NetworkReward::operator()(State s, Action a, State next) const {
  std::vector<Feature> phi;
  features_.fill(s, a, next, phi);
  if (phi.empty()) return 0;
  std::vector<double> x(features_.count(), 0);
  for (const Feature& f : phi) x[f.index] = f.value;
  Tape<double> tape;
  return network_.forward(x, tape)[0];
}

// ---- its fit ------------------------------------------------------------------------------------

NetworkRewardFit::NetworkRewardFit(RewardFeatures features, std::span<const SegmentPair> pairs,
                                   const NetworkRewardOptions& options, const Rng& rng,
                                   std::span<const double> margins, std::span<const double> weights)
    : features_(std::move(features)),
      options_(options),
      network_(reward_network(features_, options_, rng)),
      adam_(AdamOptions{}, network_.parameters().size()),
      rng_(rng.split("batches")),
      order_(pairs.size()),
      gradient_(network_.parameters().size()) {
  require_network_reward(pairs, margins, weights, options_);
  data_ = read(pairs, margins, weights);
  std::iota(order_.begin(), order_.end(), std::uint64_t{0});
  shuffle_pairs(order_, rng_);
}

NetworkRewardFit::Data NetworkRewardFit::read(std::span<const SegmentPair> pairs,
                                              std::span<const double> margins,
                                              std::span<const double> weights) const {
  if (!options_.allow_variable_horizon) require_equal_lengths(pairs);
  Data data;
  std::map<std::array<std::int32_t, 3>, std::size_t> number;
  const auto sum_of = [&](const Segment& segment) {
    Sum sum;
    double weight = 1;
    for (std::size_t t = 0; t < segment.length(); ++t) {
      const std::array<std::int32_t, 3> step = {segment.states[t], segment.actions[t],
                                                segment.states[t + 1]};
      const auto [at, is_new] = number.try_emplace(step, data.steps.size());
      if (is_new) features_.fill(step[0], step[1], step[2], data.steps.emplace_back());
      sum.step.push_back(at->second);
      sum.weight.push_back(weight);
      weight *= options_.discount;
    }
    return sum;
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    require_labelled_pair(pairs[i], i);
    Compared pair{sum_of(pairs[i].first), sum_of(pairs[i].second), pairs[i].preference,
                  margins.empty() ? 0 : margins[i], weights.empty() ? 1 : weights[i]};
    data.total_weight += pair.weight;
    data.pairs.push_back(std::move(pair));
  }
  return data;
}

std::span<const double> NetworkRewardFit::rewards_of(const Data& data,
                                                     std::span<const std::size_t> pairs) {
  column_.assign(data.steps.size(), kNotInBatch);
  needed_.clear();
  for (const std::size_t i : pairs)
    for (const Sum* sum : {&data.pairs[i].first, &data.pairs[i].second})
      for (const std::size_t step : sum->step) {
        if (column_[step] != kNotInBatch || data.steps[step].empty()) continue;
        column_[step] = needed_.size();
        needed_.push_back(step);
      }
  x_.assign(features_.count() * needed_.size(), 0);
  if (needed_.empty()) return {};
  for (std::size_t k = 0; k < needed_.size(); ++k)
    for (const Feature& f : data.steps[needed_[k]]) x_[f.index * needed_.size() + k] = f.value;
  return network_.forward(x_, tape_);
}

double NetworkRewardFit::total(const Sum& sum, std::span<const double> rewards) const {
  double G = 0;
  for (std::size_t t = 0; t < sum.step.size(); ++t)
    if (const std::size_t column = column_[sum.step[t]]; column != kNotInBatch)
      G += sum.weight[t] * rewards[column];
  return G;
}

void NetworkRewardFit::add_slope(const Sum& sum, double slope) {
  for (std::size_t t = 0; t < sum.step.size(); ++t)
    if (const std::size_t column = column_[sum.step[t]]; column != kNotInBatch)
      slope_[column] += sum.weight[t] * slope;
}

double NetworkRewardFit::loss_of(const Data& data, std::span<const std::size_t> pairs,
                                 std::span<double> gradient) {
  const std::span<const double> rewards = rewards_of(data, pairs);
  double batch_weight = 0;
  for (const std::size_t i : pairs) batch_weight += data.pairs[i].weight;
  slope_.assign(needed_.size(), 0);
  double loss = 0;
  for (const std::size_t i : pairs) {
    const Compared& pair = data.pairs[i];
    const double share = pair.weight / batch_weight;
    const ComparedLoss one = compared_loss(options_, total(pair.first, rewards),
                                           total(pair.second, rewards), pair.label, pair.margin);
    loss += share * one.value;
    add_slope(pair.first, share * one.slope_first);
    add_slope(pair.second, share * one.slope_second);
  }
  const double ridge = options_.l2 / data.total_weight;
  for (const double w : network_.parameters()) loss += ridge / 2 * w * w;
  if (gradient.empty()) return loss;
  std::fill(gradient.begin(), gradient.end(), 0);
  if (!needed_.empty()) network_.backward(slope_, tape_, gradient);
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] += ridge * network_.parameters()[i];
  return loss;
}

double NetworkRewardFit::loss(std::span<const std::size_t> pairs, std::span<double> gradient) {
  if (pairs.empty()) throw std::invalid_argument("network reward: the loss of no pairs");
  for (const std::size_t i : pairs)
    if (i >= data_.pairs.size())
      throw std::invalid_argument(
          fmt::format("network reward: pair {} of {}", i, data_.pairs.size()));
  if (!gradient.empty() && gradient.size() != network_.parameters().size())
    throw std::invalid_argument(fmt::format("network reward: a gradient of {} numbers, not {}",
                                            gradient.size(), network_.parameters().size()));
  return loss_of(data_, pairs, gradient);
}

void NetworkRewardFit::advance() {
  const std::size_t first = static_cast<std::size_t>(next_);
  const std::size_t size =
      std::min(static_cast<std::size_t>(options_.batch_size), order_.size() - first);
  const std::vector<std::size_t> batch(order_.begin() + static_cast<std::ptrdiff_t>(first),
                                       order_.begin() + static_cast<std::ptrdiff_t>(first + size));
  batch_loss_ = loss_of(data_, batch, gradient_);
  adam_.step(network_.parameters(), gradient_, options_.learning_rate);
  ++updates_;
  next_ += static_cast<std::int64_t>(size);
  if (static_cast<std::size_t>(next_) < order_.size()) return;
  next_ = 0;
  ++epochs_;
  shuffle_pairs(order_, rng_);
}

RewardMetrics NetworkRewardFit::metrics() { return metrics_of(data_); }

RewardMetrics NetworkRewardFit::metrics(std::span<const SegmentPair> pairs) {
  if (pairs.empty()) throw std::invalid_argument("network reward: there are no pairs");
  return metrics_of(read(pairs, {}, {}));
}

RewardMetrics NetworkRewardFit::metrics_of(const Data& data) {
  const std::vector<std::size_t> all = every_pair(data.pairs.size());
  const std::span<const double> rewards = rewards_of(data, all);
  const auto n = static_cast<Eigen::Index>(data.pairs.size());
  PairReturns returns{Eigen::VectorXd(n), Eigen::VectorXd(n)};
  PairLabels labels{Eigen::VectorXd(n), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    const Compared& pair = data.pairs[static_cast<std::size_t>(i)];
    returns.first[i] = total(pair.first, rewards);
    returns.second[i] = total(pair.second, rewards);
    labels.labels[i] = pair.label;
    labels.weights[i] = pair.weight;
    labels.margins[i] = pair.margin;
  }
  return reward_metrics(returns, labels, options_.rationality, options_.flip_probability);
}

}  // namespace rl
