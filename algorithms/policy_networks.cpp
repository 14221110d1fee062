#include "algorithms/policy_networks.hpp"

#include <algorithm>
#include <cmath>

#include "rl/learning.hpp"
#include "rl/values.hpp"

namespace rl {

namespace {

/// States that networks look at together: what a layer makes of them stays in the cache.
constexpr std::size_t kLookedAt = 128;

std::size_t outputs_of_policy(const Problem& problem) {
  return problem.finite() || problem.continuous->has_discrete_actions()
             ? index(problem.num_actions())
             : problem.continuous->action.size();
}

template <class T>
Network<T> network_of_policy(std::size_t inputs, const Problem& problem,
                             const PolicyNetworksOptions& options, Rng rng) {
  return Network<T>(network_shape(inputs, options.networks, outputs_of_policy(problem)),
                    options.networks.start, rng, options.head);
}

template <class T>
Network<T> network_of_values(std::size_t inputs, const PolicyNetworksOptions& options, Rng rng) {
  return Network<T>(network_shape(inputs, options.networks, 1), options.networks.start, rng);
}

}  // namespace

template <class S, class A, class T>
PolicyNetworks<S, A, T>::PolicyNetworks(const Problem& problem,
                                        const PolicyNetworksOptions& options, const Rng& rng)
    : inputs_(problem, options.inputs),
      model_(problem.model),
      policy_(network_of_policy<T>(inputs_.size(), problem, options, rng.split("policy"))),
      value_(network_of_values<T>(inputs_.size(), options, rng.split("value"))),
      gradient_norm_(options.gradient_norm),
      optimizers_{Optimizer<T>(options.optimizer, policy_.parameters().size()),
                  Optimizer<T>(options.optimizer, 0),
                  Optimizer<T>(options.optimizer, value_.parameters().size())} {
  if constexpr (std::same_as<A, Point>) {
    for (const Coordinate& action : problem.continuous->action) {
      actions_.push_back(input_scaling(action, InputScale::centred));
      log_sigma_.push_back(static_cast<T>(std::log(options.sigma0 / actions_.back().factor)));
    }
    optimizers_[1] = Optimizer<T>(options.optimizer, log_sigma_.size());
  } else if (options.sigma0 != PolicyNetworksOptions{}.sigma0) {
    throw no_effect("sigma0", "actions that are points");
  }
  numbers_.resize(policy_.shape().outputs() + log_sigma_.size());
  by_numbers_.resize(numbers_.size());
  std::size_t n = 0;
  for (const std::span<T> block : parameters()) n += block.size();
  gradient_.resize(n);
}

// ---- what the networks say ----------------------------------------------------------------------

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::show(std::span<const S> s, Pass& pass) const {
  pass.x.resize(inputs_.size() * s.size());
  for (std::size_t k = 0; k < s.size(); ++k) inputs_.write(s[k], pass.x.data() + k, s.size());
}

template <class S, class A, class T>
std::span<const T> PolicyNetworks<S, A, T>::policy_of(std::span<const S> s, Pass& pass) const {
  show(s, pass);
  return policy_.forward(pass.x, pass.policy);
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::gather(std::span<const T> y, std::size_t batch, std::size_t k,
                                     const S& s) const {
  const std::size_t outputs = policy_.shape().outputs();
  for (std::size_t i = 0; i < outputs; ++i) {
    numbers_[i] = static_cast<double>(y[i * batch + k]);
    if constexpr (std::same_as<S, State>)
      if (!model_.available(s, static_cast<Action>(i))) numbers_[i] = kUnavailable;
    if constexpr (std::same_as<A, Point>) {
      numbers_[i] = actions_[i].middle + numbers_[i] / actions_[i].factor;
      numbers_[outputs + i] = static_cast<double>(log_sigma_[i]);
    }
  }
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::scatter(std::span<T> dy, std::size_t batch, std::size_t k,
                                      std::span<T> by_log_sigma) const {
  const std::size_t outputs = policy_.shape().outputs();
  for (std::size_t i = 0; i < outputs; ++i) {
    double slope = by_numbers_[i];
    if constexpr (std::same_as<A, Point>) {
      slope /= actions_[i].factor;
      by_log_sigma[i] += static_cast<T>(by_numbers_[outputs + i]);
    }
    dy[i * batch + k] = static_cast<T>(slope);
  }
}

template <class S, class A, class T>
A PolicyNetworks<S, A, T>::sample(const S& s, Rng& rng) const {
  gather(policy_of({&s, 1}, acting_), 1, 0, s);
  return Distribution::sample(numbers_, rng);
}

template <class S, class A, class T>
A PolicyNetworks<S, A, T>::greedy(const S& s, Rng& rng) const {
  gather(policy_of({&s, 1}, acting_), 1, 0, s);
  return Distribution::mode(numbers_, rng);
}

template <class S, class A, class T>
template <class F>
void PolicyNetworks<S, A, T>::for_batches(std::span<const S> s, F&& f) const {
  for (std::size_t first = 0; first < s.size(); first += kLookedAt)
    f(first, s.subspan(first, std::min(kLookedAt, s.size() - first)));
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::values(std::span<const S> s, std::span<double> v) const {
  for_batches(s, [&](std::size_t first, std::span<const S> some) {
    show(some, looking_);
    const std::span<const T> y = value_.forward(looking_.x, looking_.value);
    std::copy(y.begin(), y.end(), v.begin() + static_cast<std::ptrdiff_t>(first));
  });
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::log_probabilities(std::span<const S> s, std::span<const A> a,
                                                std::span<double> log_pi) const {
  for_batches(s, [&](std::size_t first, std::span<const S> some) {
    const std::span<const T> y = policy_of(some, looking_);
    for (std::size_t k = 0; k < some.size(); ++k) {
      gather(y, some.size(), k, some[k]);
      log_pi[first + k] = Distribution::log_probability(numbers_, a[first + k]);
    }
  });
}

template <class S, class A, class T>
std::vector<double> PolicyNetworks<S, A, T>::distributions(std::span<const S> s) const {
  std::vector<double> all;
  for_batches(s, [&](std::size_t, std::span<const S> some) {
    const std::span<const T> y = policy_of(some, looking_);
    for (std::size_t k = 0; k < some.size(); ++k) {
      gather(y, some.size(), k, some[k]);
      all.insert(all.end(), numbers_.begin(), numbers_.end());
    }
  });
  return all;
}

template <class S, class A, class T>
std::vector<double> PolicyNetworks<S, A, T>::probabilities() const {
  if constexpr (std::same_as<S, State>) {
    std::vector<State> states(index(model_.num_states()));
    for (std::size_t s = 0; s < states.size(); ++s) states[s] = static_cast<State>(s);
    std::vector<double> pi = distributions(states);
    for (const State s : states) {
      const std::span<double> row =
          std::span(pi).subspan(index(s) * numbers_.size(), numbers_.size());
      if (model_.terminal(s))
        std::ranges::fill(row, 0);
      else
        Softmax::probabilities(std::vector<double>(row.begin(), row.end()), row);
    }
    return pi;
  } else {
    return {};
  }
}

// ---- learning -----------------------------------------------------------------------------------

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::gradient(std::span<const S> s, const Loss& loss,
                                       std::span<T> g) const {
  const std::size_t batch = s.size();
  const std::span<const T> y = policy_of(s, learning_);
  const std::span<const T> v = value_.forward(learning_.x, learning_.value);
  dy_.resize(y.size());
  dv_.resize(v.size());
  const std::size_t of_policy = policy_.parameters().size();
  const std::span<T> by_log_sigma = g.subspan(of_policy, log_sigma_.size());
  std::ranges::fill(by_log_sigma, T{0});
  for (std::size_t k = 0; k < batch; ++k) {
    gather(y, batch, k, s[k]);
    std::ranges::fill(by_numbers_, 0);
    double by_v = 0;
    loss({k, numbers_, static_cast<double>(v[k]), by_numbers_, by_v});
    scatter(dy_, batch, k, by_log_sigma);
    dv_[k] = static_cast<T>(by_v);
  }
  policy_.backward(dy_, learning_.policy, g.first(of_policy));
  value_.backward(dv_, learning_.value, g.subspan(of_policy + log_sigma_.size()));
}

// With J = d numbers / d theta and M the Fisher matrix by the numbers, F = mean of J' M J.
template <class S, class A, class T>
void PolicyNetworks<S, A, T>::fisher_product(std::span<const S> s, std::span<const T> x,
                                             std::span<T> product) const {
  const std::size_t batch = s.size();
  const std::size_t of_policy = policy_.parameters().size();
  const std::size_t outputs = policy_.shape().outputs();
  const std::span<const T> y = policy_of(s, learning_);
  const std::span<const T> change = policy_.forward_change(x.first(of_policy), learning_.policy);
  const std::span<T> by_log_sigma = product.subspan(of_policy);
  std::ranges::fill(by_log_sigma, T{0});
  dy_.resize(y.size());
  for (std::size_t k = 0; k < batch; ++k) {
    gather(y, batch, k, s[k]);
    for (std::size_t i = 0; i < outputs; ++i) {
      by_numbers_[i] = static_cast<double>(change[i * batch + k]);
      if constexpr (std::same_as<A, Point>) {
        by_numbers_[i] /= actions_[i].factor;
        by_numbers_[outputs + i] = static_cast<double>(x[of_policy + i]);
      }
    }
    Distribution::fisher_product(numbers_, by_numbers_, by_numbers_);
    for (double& d : by_numbers_) d /= static_cast<double>(batch);
    scatter(dy_, batch, k, by_log_sigma);
  }
  policy_.backward(dy_, learning_.policy, product.first(of_policy));
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::descend(std::span<const S> s, const Loss& loss, double rate) {
  gradient(s, loss, gradient_);
  limit(gradient_);
  std::span<const T> rest = gradient_;
  for (std::size_t i = 0; i < optimizers_.size(); ++i) {
    const std::size_t n = parameters()[i].size();
    optimizers_[i].step(parameters()[i], rest.first(n), rate);
    rest = rest.subspan(n);
  }
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::descend_values(std::span<const S> s, std::span<const double> G,
                                             double rate) {
  show(s, learning_);
  const std::span<const T> v = value_.forward(learning_.x, learning_.value);
  const std::span<T> g = std::span<T>(gradient_).last(value_.parameters().size());
  dv_.resize(v.size());
  for (std::size_t k = 0; k < s.size(); ++k)
    dv_[k] = static_cast<T>(2 * (static_cast<double>(v[k]) - G[k]) / static_cast<double>(s.size()));
  value_.backward(dv_, learning_.value, g);
  limit(g);
  optimizers_.back().step(value_.parameters(), g, rate);
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::limit(std::span<T> g) const {
  if (!std::isfinite(clip_norm(g, gradient_norm_))) throw Diverged("the gradient is not finite");
}

template <class S, class A, class T>
std::vector<T> PolicyNetworks<S, A, T>::policy_parameters() const {
  std::vector<T> theta(policy_.parameters().begin(), policy_.parameters().end());
  theta.insert(theta.end(), log_sigma_.begin(), log_sigma_.end());
  return theta;
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::set_policy_parameters(std::span<const T> theta) {
  const std::span<T> W = policy_.parameters();
  std::ranges::copy(theta.first(W.size()), W.begin());
  std::ranges::copy(theta.subspan(W.size()), log_sigma_.begin());
}

template <class S, class A, class T>
bool PolicyNetworks<S, A, T>::finite() const {
  return std::ranges::all_of(parameters(),
                             [](std::span<const T> block) { return all_finite(block); });
}

template <class S, class A, class T>
void PolicyNetworks<S, A, T>::observe(std::span<const S> s) {
  for (const S& x : s) inputs_.observe(x);
}

template class PolicyNetworks<State, Action, float>;
template class PolicyNetworks<State, Action, double>;
template class PolicyNetworks<Point, Action, float>;
template class PolicyNetworks<Point, Action, double>;
template class PolicyNetworks<Point, Point, float>;
template class PolicyNetworks<Point, Point, double>;

}  // namespace rl
