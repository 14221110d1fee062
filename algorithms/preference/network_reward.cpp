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

#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/features/basis.hpp"

namespace rl {

namespace {

constexpr std::size_t kNotInBatch = std::numeric_limits<std::size_t>::max();

void require_network_reward(std::span<const SegmentPair> pairs, std::span<const double> margins,
                            const NetworkRewardOptions& o) {
  const auto require = [](bool holds, const char* name, double value, const char* range) {
    if (!holds)
      throw std::invalid_argument(fmt::format("network reward: {} is {}; {}", name, value, range));
  };
  require(o.learning_rate >= 0 && std::isfinite(o.learning_rate), "learning_rate", o.learning_rate,
          ">= 0");
  require(o.batch_size >= 1, "batch_size", static_cast<double>(o.batch_size), "at least 1");
  require(o.discount > 0 && o.discount <= 1, "discount", o.discount, "in (0, 1]");
  require(o.centering >= 0 && std::isfinite(o.centering), "centering", o.centering, ">= 0");
  if (pairs.empty()) throw std::invalid_argument("network reward: there are no pairs");
  if (!margins.empty() && margins.size() != pairs.size())
    throw std::invalid_argument(
        fmt::format("network reward: {} margins for {} pairs", margins.size(), pairs.size()));
  for (const double margin : margins) require(std::isfinite(margin), "a margin", margin, "finite");
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

/// The label's loss, and how it changes with the two returns.
PairLoss labelled_loss(const RewardPairLoss& loss, double first, double second, double label,
                       double margin) {
  const PairLoss up = loss(first, second, margin);
  const PairLoss down = loss(second, first, -margin);
  return {label * up.value + (1 - label) * down.value,
          label * up.slope_chosen + (1 - label) * down.slope_rejected,
          label * up.slope_rejected + (1 - label) * down.slope_chosen};
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
  std::vector<double> x(features_.count(), 0);
  for (const Feature& f : phi) x[f.index] = f.value;
  Tape<double> tape;
  return network_.forward(x, tape)[0];
}

// ---- its fit ------------------------------------------------------------------------------------

NetworkRewardFit::NetworkRewardFit(RewardFeatures features, std::span<const SegmentPair> pairs,
                                   const NetworkRewardOptions& options, const Rng& rng,
                                   std::span<const double> margins)
    : features_(std::move(features)),
      options_(options),
      network_(reward_network(features_, options_, rng)),
      adam_(AdamOptions{}, network_.parameters().size()),
      rng_(rng.split("batches")),
      order_(pairs.size()),
      gradient_(network_.parameters().size()) {
  require_network_reward(pairs, margins, options_);
  data_ = read(pairs, margins);
  std::iota(order_.begin(), order_.end(), std::uint64_t{0});
  shuffle_pairs(order_, rng_);
}

NetworkRewardFit::Data NetworkRewardFit::read(std::span<const SegmentPair> pairs,
                                              std::span<const double> margins) const {
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
                  margins.empty() ? 0 : margins[i]};
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
        if (column_[step] != kNotInBatch) continue;
        column_[step] = needed_.size();
        needed_.push_back(step);
      }
  x_.assign(features_.count() * needed_.size(), 0);
  for (std::size_t k = 0; k < needed_.size(); ++k)
    for (const Feature& f : data.steps[needed_[k]]) x_[f.index * needed_.size() + k] = f.value;
  return network_.forward(x_, tape_);
}

double NetworkRewardFit::total(const Sum& sum, std::span<const double> rewards) const {
  double G = 0;
  for (std::size_t t = 0; t < sum.step.size(); ++t)
    G += sum.weight[t] * rewards[column_[sum.step[t]]];
  return G;
}

void NetworkRewardFit::add_slope(const Sum& sum, double slope) {
  for (std::size_t t = 0; t < sum.step.size(); ++t)
    slope_[column_[sum.step[t]]] += sum.weight[t] * slope;
}

double NetworkRewardFit::loss_of(const Data& data, std::span<const std::size_t> pairs,
                                 std::span<double> gradient) {
  const std::span<const double> rewards = rewards_of(data, pairs);
  const RewardPairLoss loss{options_.centering};
  const double share = 1 / static_cast<double>(pairs.size());
  slope_.assign(needed_.size(), 0);
  double mean = 0;
  for (const std::size_t i : pairs) {
    const Compared& pair = data.pairs[i];
    const PairLoss one = labelled_loss(loss, total(pair.first, rewards),
                                       total(pair.second, rewards), pair.label, pair.margin);
    mean += share * one.value;
    add_slope(pair.first, share * one.slope_chosen);
    add_slope(pair.second, share * one.slope_rejected);
  }
  if (!gradient.empty()) network_.backward(slope_, tape_, gradient);
  return mean;
}

double NetworkRewardFit::loss(std::span<const std::size_t> pairs, std::span<double> gradient) {
  if (pairs.empty()) throw std::invalid_argument("network reward: the loss of no pairs");
  for (const std::size_t i : pairs)
    if (i >= data_.pairs.size())
      throw std::invalid_argument(
          fmt::format("network reward: pair {} of {}", i, data_.pairs.size()));
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
  return metrics_of(read(pairs, {}));
}

RewardMetrics NetworkRewardFit::metrics_of(const Data& data) {
  const std::vector<std::size_t> all = every_pair(data.pairs.size());
  RewardMetrics m{};
  m.loss = loss_of(data, all, {});
  const std::span<const double> rewards = rewards_of(data, all);
  m.min_reward = std::numeric_limits<double>::infinity();
  m.max_reward = -m.min_reward;
  double decided = 0;
  for (const Compared& pair : data.pairs) {
    const double first = total(pair.first, rewards);
    const double second = total(pair.second, rewards);
    m.min_reward = std::min({m.min_reward, first, second});
    m.max_reward = std::max({m.max_reward, first, second});
    m.mean_reward += (first + second) / 2;
    if (pair.label == 0.5) continue;
    const double ahead = pair.label > 0.5 ? first - second : second - first;
    ++decided;
    m.margin += ahead;
    m.accuracy += ahead > 0 ? 1 : (ahead == 0 ? 0.5 : 0);
  }
  m.mean_reward /= static_cast<double>(data.pairs.size());
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  m.margin = decided > 0 ? m.margin / decided : kNone;
  m.accuracy = decided > 0 ? m.accuracy / decided : kNone;
  return m;
}

}  // namespace rl
