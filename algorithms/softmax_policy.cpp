#include "algorithms/softmax_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "rl/values.hpp"

namespace rl {

namespace {

LinearActionOptions preferences_of(const SoftmaxOptions& options) {
  return {{.features = options.features}, options.action_features};
}

void divide_by_sum(std::span<double> p) {
  double sum = 0;
  for (const double x : p) sum += x;
  if (sum > 0)
    for (double& x : p) x /= sum;
}

/// p <- exp h / sum exp h. The largest exponent is 0, so that none overflows; what is available
/// keeps a probability above 0.
void softmax(std::span<double> p) {
  constexpr double kSmallest = std::numeric_limits<double>::min();
  const double largest = max_value(p);
  for (double& x : p) x = x == kUnavailable ? 0 : std::max(std::exp(x - largest), kSmallest);
  divide_by_sum(p);
}

/// Where there is a choice.
void clip(std::span<double> p, double least) {
  if (std::ranges::count_if(p, [](double x) { return x > 0; }) < 2) return;
  for (double& x : p)
    if (x > 0) x = std::clamp(x, least, 1 - least);
  divide_by_sum(p);
}

/// The entries of each feature added up.
void merge(std::vector<Feature>& entries) {
  std::ranges::sort(entries, {}, &Feature::index);
  std::size_t kept = 0;
  for (const Feature& x : entries)
    if (kept > 0 && entries[kept - 1].index == x.index)
      entries[kept - 1].value += x.value;
    else
      entries[kept++] = x;
  entries.resize(kept);
}

}  // namespace

template <class S>
SoftmaxPolicy<S>::SoftmaxPolicy(const Problem& problem, const Options& options, const Rng& rng)
    : h_(problem, preferences_of(options), rng),
      model_(problem.model),
      joint_(options.action_features == ActionFeatures::joint),
      clip_(options.clip),
      pi_(index(h_.num_actions())) {
  if (!Range{0, 0.5}.holds(clip_))
    throw std::invalid_argument(fmt::format("option 'clip': {} is not in [0, 0.5]", clip_));
  const std::span<double> theta = h_.parameters();
  if (options.theta0.empty()) {
    std::ranges::fill(theta, 0);
  } else {
    if (options.theta0.size() != theta.size())
      throw std::invalid_argument(fmt::format("option 'theta0': {} numbers for {} parameters",
                                              options.theta0.size(), theta.size()));
    std::ranges::copy(options.theta0, theta.begin());
  }
}

template <class S>
std::span<const double> SoftmaxPolicy<S>::probabilities(const S& s) const {
  h_.row(s, pi_);
  softmax(pi_);
  if (clip_ > 0) clip(pi_, clip_);
  return pi_;
}

template <class S>
void SoftmaxPolicy<S>::add(const S& s, Action a, double x) {
  probabilities(s);
  for (Action b = 0; b < num_actions(); ++b)
    if (pi_[index(b)] > 0) h_.add(s, b, x * ((a == b ? 1 : 0) - pi_[index(b)]));
}

template <class S>
std::span<const Feature> SoftmaxPolicy<S>::log_gradient(const S& s, Action a) const {
  probabilities(s);
  gradient_.clear();
  for (Action b = 0; b < num_actions(); ++b) {
    const double share = (a == b ? 1 : 0) - pi_[index(b)];
    if (share == 0) continue;
    h_.gradient(s, b, [&](std::size_t i, double x) { gradient_.push_back({i, share * x}); });
  }
  if (joint_) merge(gradient_);  // actions share parameters
  return gradient_;
}

template <class S>
std::span<const double> SoftmaxPolicy<S>::shown() const {
  if constexpr (std::same_as<S, State>) {
    const std::size_t width = index(num_actions());
    shown_.assign(index(model_.num_states()) * width, 0);
    for (State s = 0; s < model_.num_states(); ++s)
      if (!model_.terminal(s))
        std::ranges::copy(probabilities(s), std::span(shown_).subspan(index(s) * width).begin());
    return shown_;
  } else {
    return parameters();
  }
}

template <class S>
std::vector<PolicyNumber> SoftmaxPolicy<S>::numbers(const S& s) const {
  std::vector<double> row(pi_.size());
  h_.row(s, row);
  std::vector<PolicyNumber> h;
  for (Action a = 0; a < num_actions(); ++a)
    if (row[index(a)] != kUnavailable) h.push_back({a, row[index(a)]});
  return h;
}

template class SoftmaxPolicy<State>;
template class SoftmaxPolicy<Point>;

}  // namespace rl
