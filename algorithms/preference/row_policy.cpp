#include "algorithms/preference/row_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "rl/random.hpp"

namespace rl {

namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

std::size_t columns(Action num_actions) { return static_cast<std::size_t>(num_actions); }

/// The first state of each context.
std::vector<State> first_states(const Contexts& contexts) {
  std::vector<State> first(index(contexts.count), -1);
  for (std::size_t s = contexts.of.size(); s-- > 0;)
    if (contexts.of[s] >= 0) first[index(contexts.of[s])] = static_cast<State>(s);
  return first;
}

std::vector<std::uint8_t> available_actions(const FiniteMdp& model, const Contexts& contexts) {
  const std::vector<State> first = first_states(contexts);
  std::vector<std::uint8_t> available(first.size() * columns(model.num_actions()));
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const std::int32_t c = contexts.of[index(s)];
    for (Action a = 0; a < model.num_actions(); ++a) {
      std::uint8_t& cell = available[index(c) * columns(model.num_actions()) + index(a)];
      const std::uint8_t here = model.available(s, a) ? 1 : 0;
      if (s == first[index(c)]) cell = here;
      if (cell != here)
        throw std::invalid_argument(
            fmt::format("states {} and {} have the same features but not the same actions",
                        first[index(c)], s));
    }
  }
  return available;
}

void check_features(const Contexts& contexts, const FeatureMatrix& x) {
  if (x.rows() != contexts.count)
    throw std::invalid_argument(
        fmt::format("policy: features of {} contexts, not of {}", x.rows(), contexts.count));
}

}  // namespace

Contexts each_state(const FiniteMdp& model) {
  Contexts contexts;
  for (State s = 0; s < model.num_states(); ++s)
    contexts.of.push_back(model.terminal(s) ? -1 : contexts.count++);
  return contexts;
}

Contexts by_features(const FiniteMdp& model, std::span<const double> x, std::size_t n) {
  if (x.size() != index(model.num_states()) * n)
    throw std::invalid_argument(fmt::format("policy: {} features of {} states with {} each",
                                            x.size(), model.num_states(), n));
  Contexts contexts;
  std::map<std::vector<double>, std::int32_t> seen;
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) {
      contexts.of.push_back(-1);
      continue;
    }
    const auto row = x.begin() + static_cast<std::ptrdiff_t>(index(s) * n);
    const auto found = seen.emplace(std::vector<double>(row, row + static_cast<std::ptrdiff_t>(n)),
                                    contexts.count);
    if (found.second) ++contexts.count;
    contexts.of.push_back(found.first->second);
  }
  return contexts;
}

// ---- policies that are read ---------------------------------------------------------------------

FrozenPolicy::FrozenPolicy(const PolicyRows& rows)
    : num_actions_(rows.num_actions),
      context_(std::make_shared<const std::vector<std::int32_t>>(rows.context.begin(),
                                                                 rows.context.end())),
      log_pi_(std::make_shared<const std::vector<double>>(rows.log_pi.begin(), rows.log_pi.end())) {
  fill_hash();
}

FrozenPolicy::FrozenPolicy(const FiniteMdp& model, const TabularPolicy& policy)
    : num_actions_(model.num_actions()),
      context_(std::make_shared<const std::vector<std::int32_t>>(each_state(model).of)) {
  check_policy(model, policy);
  std::vector<double> log_pi;
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s))
      for (const double p : policy.row(s)) log_pi.push_back(std::log(p));
  log_pi_ = std::make_shared<const std::vector<double>>(std::move(log_pi));
  fill_hash();
}

void FrozenPolicy::fill_hash() {
  std::uint64_t hash = 0;
  const auto mix = [&](std::uint64_t word) {
    std::uint64_t x = hash ^ word;
    hash = splitmix64(x);
  };
  for (const std::int32_t c : *context_) mix(static_cast<std::uint32_t>(c));
  for (const double x : *log_pi_) mix(std::bit_cast<std::uint64_t>(x));
  hash_ = fmt::format("{:016x}", hash);
}

TabularPolicy table_of(const PolicyRows& rows) {
  TabularPolicy policy(static_cast<State>(rows.context.size()), rows.num_actions);
  for (State s = 0; s < policy.num_states(); ++s) {
    if (rows.context[index(s)] < 0) continue;
    const double* log_pi = rows.at(s);
    for (Action a = 0; a < rows.num_actions; ++a) policy.row(s)[index(a)] = std::exp(log_pi[a]);
  }
  return policy;
}

// ---- policies that learn ------------------------------------------------------------------------

RowPolicy::RowPolicy(const FiniteMdp& model, Contexts contexts)
    : num_actions_(model.num_actions()) {
  available_ =
      std::make_shared<const std::vector<std::uint8_t>>(available_actions(model, contexts));
  contexts_ = std::make_shared<const Contexts>(std::move(contexts));
  log_pi_.resize(available_->size());
}

void RowPolicy::check_finite(std::span<const double> parameters) {
  for (const double w : parameters)
    if (!std::isfinite(w))
      throw std::invalid_argument("saved state: field 'policy.parameters' holds no numbers");
}

bool RowPolicy::has_probabilities() const {
  constexpr double kMost = 1e-9;  // for rounding
  return std::all_of(log_pi_.begin(), log_pi_.end(), [](double x) { return x <= kMost; });
}

void RowPolicy::require_probabilities() const {
  if (!has_probabilities())
    throw std::invalid_argument("saved state: field 'policy.parameters' gives no probabilities");
}

void RowPolicy::refresh() {
  preferences(log_pi_);
  const std::size_t n = columns(num_actions_);
  for (std::size_t first = 0; first < log_pi_.size(); first += n) {
    double* h = log_pi_.data() + first;
    const std::uint8_t* available = available_->data() + first;
    double most = kNever;
    for (std::size_t a = 0; a < n; ++a) {
      if (available[a] == 0) h[a] = kNever;
      most = std::max(most, h[a]);
    }
    double sum = 0;
    for (std::size_t a = 0; a < n; ++a) sum += std::exp(h[a] - most);
    const double log_sum = most + std::log(sum);
    // What is normalised but for rounding stays as it is: a policy that begins as its reference is
    // equal to it to the bit.
    constexpr double kRounding = 1e-14;
    if (std::abs(log_sum) > kRounding)
      for (std::size_t a = 0; a < n; ++a) h[a] -= log_sum;
  }
}

void RowPolicy::gradient(std::span<double> g, std::span<double> gradient) const {
  const std::size_t n = columns(num_actions_);
  for (std::size_t first = 0; first < g.size(); first += n) {
    double sum = 0;
    for (std::size_t a = first; a < first + n; ++a) sum += g[a];
    if (sum == 0) continue;
    for (std::size_t a = first; a < first + n; ++a) g[a] -= sum * std::exp(log_pi_[a]);
  }
  parameter_gradient(g, gradient);
}

TablePolicy::TablePolicy(const FiniteMdp& model, Contexts contexts)
    : RowPolicy(model, std::move(contexts)), h_(rows().log_pi.size(), 0) {
  refresh();
}

TablePolicy::TablePolicy(const FiniteMdp& model, Contexts contexts, const PolicyRows& start)
    : TablePolicy(model, std::move(contexts)) {
  const std::vector<State> first = first_states(this->contexts());
  constexpr double kLeast = -700;  // what is left of an action that the policy never takes
  for (std::size_t c = 0; c < first.size(); ++c)
    for (Action a = 0; a < num_actions(); ++a)
      h_[c * columns(num_actions()) + index(a)] =
          std::max(start.log_probability(first[c], a), kLeast);
  refresh();
}

void TablePolicy::preferences(std::span<double> h) const {
  std::copy(h_.begin(), h_.end(), h.begin());
}

void TablePolicy::parameter_gradient(std::span<const double> dh, std::span<double> gradient) const {
  std::copy(dh.begin(), dh.end(), gradient.begin());
}

LinearPolicy::LinearPolicy(const FiniteMdp& model, Contexts contexts, FeatureMatrix x)
    : RowPolicy(model, std::move(contexts)),
      x_(std::make_shared<const FeatureMatrix>(std::move(x))),
      theta_(columns(model.num_actions()) * static_cast<std::size_t>(x_->cols()), 0) {
  check_features(this->contexts(), *x_);
  refresh();
}

void LinearPolicy::preferences(std::span<double> h) const {
  const Eigen::Map<const FeatureMatrix> theta(theta_.data(), num_actions(), x_->cols());
  Eigen::Map<FeatureMatrix>(h.data(), x_->rows(), num_actions()).noalias() =
      *x_ * theta.transpose();
}

void LinearPolicy::parameter_gradient(std::span<const double> dh,
                                      std::span<double> gradient) const {
  const Eigen::Map<const FeatureMatrix> slope(dh.data(), x_->rows(), num_actions());
  Eigen::Map<FeatureMatrix>(gradient.data(), num_actions(), x_->cols()).noalias() =
      slope.transpose() * *x_;
}

NetworkPolicy::NetworkPolicy(const FiniteMdp& model, Contexts contexts, const FeatureMatrix& x,
                             const NetworkOptions& options, Rng& rng)
    : RowPolicy(model, std::move(contexts)),
      network_(
          network_shape(static_cast<std::size_t>(x.cols()), options, columns(model.num_actions())),
          options.start, rng, 0.01) {
  check_features(this->contexts(), x);
  const FeatureMatrix batch = x.transpose();
  x_ = std::make_shared<const std::vector<double>>(batch.data(), batch.data() + batch.size());
  refresh();
}

void NetworkPolicy::preferences(std::span<double> h) const {
  const std::span<const double> y = network_.forward(*x_, tape_);  // [A x contexts]
  const std::size_t batch = tape_.batch();
  const std::size_t n = columns(num_actions());
  for (std::size_t c = 0; c < batch; ++c)
    for (std::size_t a = 0; a < n; ++a) h[c * n + a] = y[a * batch + c];
}

void NetworkPolicy::parameter_gradient(std::span<const double> dh,
                                       std::span<double> gradient) const {
  network_.forward(*x_, tape_);  // the tape is a copy's where this policy was copied
  const std::size_t batch = tape_.batch();
  const std::size_t n = columns(num_actions());
  std::vector<double> dy(dh.size());
  for (std::size_t c = 0; c < batch; ++c)
    for (std::size_t a = 0; a < n; ++a) dy[a * batch + c] = dh[c * n + a];
  network_.backward(dy, tape_, gradient);
}

}  // namespace rl
