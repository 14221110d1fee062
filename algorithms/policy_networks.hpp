#pragma once
/// \file
/// A policy pi(a | s) and values v(s), each a network of its own, that learn together by gradient
/// descent (MFRL 10; S&B 13.5). Where actions are a list, the policy's network gives their
/// preferences; where they are points, their means in half the way from bound to bound around the
/// middle, beside one ln sigma for each coordinate that is
/// the same in all states.
#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

#include "algorithms/action_distributions.hpp"
#include "algorithms/network_inputs.hpp"
#include "rl/network.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"

namespace rl {

struct PolicyNetworksOptions {
  NetworkInputOptions inputs = {};
  NetworkOptions networks = {.activation = Activation::tanh, .start = Start::glorot};
  double head = 0.01;
  double sigma0 = 1;
  OptimizerKind optimizer = OptimizerKind::adam;
  double gradient_norm = 0.5;
  template <class Visitor>
  void visit(Visitor& v) {
    inputs.visit(v);
    networks.visit(v);
    v("head", head, "the policy's last layer begins so small, its policy almost uniform",
      Range{0, 1e6});
    v("sigma0", sigma0,
      "initial standard deviation of actions that are points, in half the way from bound to bound",
      Range{1e-9, 1e9});
    v("optimizer", optimizer, "how a gradient changes parameters", {"sgd", "rmsprop", "adam"});
    v("gradient_norm", gradient_norm, "a longer gradient is shortened to this length",
      Range{1e-300, 1e300});
  }
};

/// T: float or double, of the networks; what is computed from their outputs is double.
template <class S, class A = Action, class T = float>
class PolicyNetworks {
 public:
  using Observation = S;
  using ActionType = A;
  using Distribution = std::conditional_t<std::same_as<A, Action>, Softmax, Gaussian>;

  /// `rng` draws the initial parameters.
  PolicyNetworks(const Problem& problem, const PolicyNetworksOptions& options, const Rng& rng);

  A sample(const S& s, Rng& rng) const;
  /// The most probable action.
  A greedy(const S& s, Rng& rng) const;
  /// v(s) of each
  void values(std::span<const S> s, std::span<double> v) const;
  /// ln pi(a | s) of each
  void log_probabilities(std::span<const S> s, std::span<const A> a,
                         std::span<double> log_pi) const;
  /// The numbers of each state's distribution, state by state.
  std::vector<double> distributions(std::span<const S> s) const;
  std::size_t numbers_of_distribution() const { return numbers_.size(); }
  /// pi of all pairs, [S x A]; 0 in terminal states. Where states and actions have numbers.
  std::vector<double> probabilities() const;

  // ---- learning ----

  /// What the networks say of sample k, and where its part of the loss leaves its derivatives. They
  /// are 0 before.
  struct Sample {
    std::size_t k;
    std::span<const double> numbers;  ///< of the distribution
    double v;
    std::span<double> by_numbers;
    double& by_v;
  };
  using Loss = std::function<void(const Sample&)>;
  /// g <- the gradient of the sum over these states of `loss`. g: [num_parameters()]
  void gradient(std::span<const S> s, const Loss& loss, std::span<T> g) const;
  /// One step of the optimizer against the gradient, whose length is limited. Throws Diverged where
  /// it is not finite.
  void descend(std::span<const S> s, const Loss& loss, double rate);
  /// The same of v's network alone, against the gradient of the mean of (v(s) - G)^2.
  void descend_values(std::span<const S> s, std::span<const double> G, double rate);

  /// product <- F x, where F is the mean over these states of the Fisher matrix of pi(. | s; theta)
  /// by theta: the policy's network, then ln sigma. x, product: [num_policy_parameters()]
  void fisher_product(std::span<const S> s, std::span<const T> x, std::span<T> product) const;

  std::size_t num_parameters() const { return gradient_.size(); }
  std::size_t num_policy_parameters() const {
    return policy_.parameters().size() + log_sigma_.size();
  }
  /// Of the policy's network, ln sigma, and of v's network, in the order of a gradient.
  std::array<std::span<const T>, 3> parameters() const {
    return {policy_.parameters(), log_sigma_, value_.parameters()};
  }
  std::array<std::span<T>, 3> parameters() {
    return {policy_.parameters(), log_sigma_, value_.parameters()};
  }
  /// theta: of the policy's network, then ln sigma.
  std::vector<T> policy_parameters() const;
  void set_policy_parameters(std::span<const T> theta);
  bool finite() const;
  /// States that were met: what is shown of a state may be normalised by them.
  void observe(std::span<const S> s);

  template <class Visitor>
  void state(Visitor& visit) {
    inputs_.state(visit);
    policy_.state(visit);
    value_.state(visit);
    std::span<T> log_sigma = log_sigma_;  // of a length that a saved state cannot change
    visit("log_sigma", log_sigma);
    for (Optimizer<T>& optimizer : optimizers_) optimizer.state(visit);
  }

 private:
  /// Scratch of a batch.
  struct Pass {
    detail::AlignedVector<T> x;
    Tape<T> policy, value;
  };
  /// pass.x <- inputs of a batch
  void show(std::span<const S> s, Pass& pass) const;
  std::span<const T> policy_of(std::span<const S> s, Pass& pass) const;
  /// numbers_ <- those of sample k; y: [outputs x batch]
  void gather(std::span<const T> y, std::size_t batch, std::size_t k, const S& s) const;
  /// Shortens a gradient to gradient_norm_. Throws Diverged where it is not finite.
  void limit(std::span<T> g) const;
  /// dL/dy of sample k from by_numbers_; adds to dL/dln sigma.
  void scatter(std::span<T> dy, std::size_t batch, std::size_t k, std::span<T> by_log_sigma) const;
  /// f(first, states, pass) for all of them, some at a time.
  template <class F>
  void for_batches(std::span<const S> s, F&& f) const;

  NetworkInputs<S> inputs_;
  FiniteMdp model_;                    // which actions are available; empty where states are points
  std::vector<InputScaling> actions_;  // where actions are points: from them to the network's means
  Network<T> policy_, value_;
  detail::AlignedVector<T> log_sigma_;  // [D]; empty where actions are a list
  double gradient_norm_;
  std::array<Optimizer<T>, 3> optimizers_;

  // Scratch: one state, looking at many, learning.
  mutable Pass acting_, looking_, learning_;
  mutable std::vector<double> numbers_, by_numbers_;
  mutable detail::AlignedVector<T> dy_, dv_;
  detail::AlignedVector<T> gradient_;
};

extern template class PolicyNetworks<State, Action, float>;
extern template class PolicyNetworks<State, Action, double>;
extern template class PolicyNetworks<Point, Action, float>;
extern template class PolicyNetworks<Point, Action, double>;
extern template class PolicyNetworks<Point, Point, float>;
extern template class PolicyNetworks<Point, Point, double>;

}  // namespace rl
