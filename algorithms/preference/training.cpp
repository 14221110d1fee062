#include "algorithms/preference/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "algorithms/minibatches.hpp"
#include "rl/state.hpp"

namespace rl {

namespace {

/// Mean entropy of the rows, nats.
double mean_row_entropy(const PolicyRows& rows) {
  double sum = 0;
  for (const double x : rows.log_pi)
    if (const double p = std::exp(x); p > 0) sum -= p * x;
  return sum * rows.num_actions / static_cast<double>(rows.log_pi.size());
}

}  // namespace

Training::Training(const RowPolicy& policy, std::shared_ptr<const Objective> objective,
                   const TrainingOptions& options, const Rng& rng)
    : policy_(policy.clone()),
      objective_(std::move(objective)),
      options_(options),
      optimizer_(options.optimizer, policy.parameters().size()),
      rng_(rng),
      order_(objective_->size()),
      g_(policy.rows().log_pi.size()),
      gradient_(policy.parameters().size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto n = static_cast<std::int64_t>(order_.size());
  if (options_.batch_size > n)
    throw std::invalid_argument(
        fmt::format("batch_size = {} is more than the {} examples", options_.batch_size, n));
  if (options_.batch_size == 0) options_.batch_size = n;
}

std::span<const std::size_t> Training::next_batch() {
  const auto size = static_cast<std::size_t>(options_.batch_size);
  if (size == order_.size()) return order_;
  // What is left of a pass and too short for a batch waits for the next one.
  if (next_ + size > order_.size()) next_ = 0;
  if (next_ == 0) shuffle(order_, rng_);
  const std::span<const std::size_t> batch(order_.data() + next_, size);
  next_ += size;
  return batch;
}

bool Training::advance() {
  if (steps_ >= options_.max_steps) return false;
  std::fill(g_.begin(), g_.end(), 0);
  const BatchLoss loss = objective_->add_gradient(next_batch(), policy_->rows(), g_);
  policy_->gradient(g_, gradient_);
  const std::span<const double> w = policy_->parameters();
  if (options_.l2 > 0)
    for (std::size_t i = 0; i < w.size(); ++i) gradient_[i] += options_.l2 * w[i];
  const double norm = clip_norm<double>(gradient_, options_.max_grad_norm > 0
                                                       ? options_.max_grad_norm
                                                       : std::numeric_limits<double>::infinity());
  const double entropy = mean_row_entropy(policy_->rows());
  policy_->update([&](std::span<double> parameters) {
    optimizer_.step(parameters, gradient_, options_.learning_rate);
  });
  ++steps_;
  tokens_ += loss.num_steps;
  metrics_ = {{"loss", loss.value}};
  metrics_.insert(metrics_.end(), loss.metrics.begin(), loss.metrics.end());
  const double seen = static_cast<double>(steps_) * static_cast<double>(options_.batch_size);
  metrics_.insert(metrics_.end(), {{"entropy", entropy},
                                   {"grad_norm", norm},
                                   {"learning_rate", options_.learning_rate},
                                   {"epoch", seen / static_cast<double>(order_.size())},
                                   {"num_tokens", static_cast<double>(tokens_)}});
  return true;
}

void Training::check_state() const {
  const auto n = static_cast<std::int64_t>(order_.size());
  std::vector<std::uint8_t> seen(order_.size(), 0);
  for (const std::size_t i : order_) {
    check_saved_index("training.order", static_cast<std::int64_t>(i), n);
    if (std::exchange(seen[i], std::uint8_t{1}) != 0)
      throw std::invalid_argument("saved state: field 'training.order' names an example twice");
  }
  check_saved_index("training.next", static_cast<std::int64_t>(next_), n + 1);
  check_saved_index("training.steps", steps_, kMostSaved);
  check_saved_index("training.tokens", tokens_, kMostSaved);
}

double metric(const Metrics& metrics, std::string_view name) {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const auto& item) { return item.first == name; });
  return found == metrics.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

}  // namespace rl
