#pragma once
/// \file
/// Softmax policies with parameters (S&B 13.1, MFRL 9.1):
///
///     pi(a | s) = exp h(s, a) / sum_b exp h(s, b),   h(s, a) = theta . x(s, a)
///     grad ln pi(a | s) = x(s, a) - sum_b pi(b | s) x(s, b)
///
/// Without features theta is a table, one preference a pair: every policy that gives each available
/// action something. Actions that are not available have probability 0.
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rl/features.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"

namespace rl {

/// What an update of a policy shows of a state: preferences h(s, a), or means where a is -1.
struct PolicyNumber {
  Action a;
  double value;
};

struct SoftmaxOptions {
  std::string features = {};
  ActionFeatures action_features = ActionFeatures::blocks;
  std::vector<double> theta0 = {};  ///< [parameters]; empty: 0, the uniform policy
  double clip = 0;                  ///< in [0, 0.5]
  template <class Visitor>
  void visit(Visitor& v) {
    v("features", features,
      "features of a state, for the policy: 'fourier:order=3', JSON, or 'world' for those that the "
      "book gives; empty: one for each state, or where states are points 8 tilings of 8 bins a "
      "coordinate");
    v("action_features", action_features,
      "each action has parameters of its own, or its number is one more coordinate of the features",
      {"blocks", "joint"});
    v("theta0", theta0, "initial parameters, action by action; empty: 0, the uniform policy",
      Range{-1e300, 1e300});
    v("clip", clip,
      "probabilities are kept from clip to 1 - clip, for acting and in the gradient, and then "
      "divided by their sum; 0: as they are",
      Range{0, 0.5});
  }
};

template <class S>
class SoftmaxPolicy {
 public:
  using Observation = S;
  using ActionType = Action;
  using Options = SoftmaxOptions;

  SoftmaxPolicy(const Problem& problem, const Options& options, const Rng& rng);

  Action num_actions() const { return h_.num_actions(); }
  /// pi(. | s), [A]. Good until asked again.
  std::span<const double> probabilities(const S& s) const;
  double probability(const S& s, Action a) const { return probabilities(s)[index(a)]; }
  Action sample(const S& s, Rng& rng) const { return rng.categorical(probabilities(s)); }
  /// A most probable action.
  Action greedy(const S& s, Rng& rng) const { return random_greedy(probabilities(s), rng); }
  double preference(const S& s, Action a) const { return h_.value(s, a); }

  // As credit rules use it: ln pi(a | s) as a function of theta.

  /// f(i, d ln pi(a | s) / d theta_i), for each i at most once.
  template <class F>
  void gradient(const S& s, Action a, F&& f) const {
    for (const Feature& g : log_gradient(s, a)) f(g.index, g.value);
  }
  /// theta <- theta + x grad ln pi(a | s)
  void add(const S& s, Action a, double x);
  void add_at(std::size_t i, double x) { h_.add_at(i, x); }
  std::span<const double> parameters() const { return std::as_const(h_).parameters(); }

  /// pi of all pairs, [S x A], zeros in terminal states; theta where states are points. Good until
  /// asked again.
  std::span<const double> shown() const;
  /// h(s, a) of the available actions.
  std::vector<PolicyNumber> numbers(const S& s) const;

  template <class Visitor>
  void state(Visitor& visit) {
    h_.state(visit);
  }

 private:
  std::span<const Feature> log_gradient(const S& s, Action a) const;

  LinearActionValues<S> h_;  // preferences
  FiniteMdp model_;          // without states: points
  bool joint_;
  double clip_;
  mutable std::vector<double> pi_;         // [A], of the state asked for last
  mutable std::vector<Feature> gradient_;  // of the pair asked for last
  mutable std::vector<double> shown_;
};

}  // namespace rl
