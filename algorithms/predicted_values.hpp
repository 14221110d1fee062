#pragma once
/// \file
/// What methods of prediction have in common: v(s; w) of a policy, a table of states or another
/// function with parameters, and how it is shown.
#include <span>
#include <utility>
#include <vector>

#include "algorithms/credit.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/values.hpp"

namespace rl {

/// v(s): [S], as a function with parameters; actions do not count.
class StateTable {
 public:
  static constexpr bool kTabular = true;
  struct Options {
    double v0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("v0", v0, "initial value of a state", Range{-1e300, 1e300});
    }
  };

  StateTable(const Problem& problem, const Options& options, const Rng& /*rng*/ = Rng(0))
      : v_(initial_values(problem.model, options.v0)) {}

  double operator[](State s) const { return v_[index(s)]; }
  template <class F>
  void gradient(State s, Action /*a*/, F&& f) const {
    f(index(s), 1.0);
  }
  void add(State s, Action /*a*/, double x) { v_[index(s)] += x; }
  void add_at(std::size_t i, double x) { v_[i] += x; }
  std::span<const double> parameters() const { return v_; }
  std::span<double> parameters() { return v_; }
  /// v of all states, [S]
  std::span<const double> shown() const { return v_; }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> v = v_;  // of a length that a saved state cannot change
    visit("v", v);
  }

 private:
  std::vector<double> v_;
};

template <class V = StateTable>
class PredictedValues {
 public:
  const V& v() const { return v_; }
  Estimates estimates() const { return {Quantity::v_pi, v_.shown(), 0, &policy_}; }
  Trace& trace() { return trace_; }
  /// How the values depend on features, where they do.
  LinearView linear() const requires requires(const V v) { v.feature_matrix(); }
  { return linear_view(policy_); }

 protected:
  LinearView linear_view(const TabularPolicy& behavior) const {
    const std::span<const double> w = v_.parameters();
    return {w.size(), v_.feature_matrix(), {w.begin(), w.end()}, policy_, behavior};
  }
  /// `policy`: [S x A] row by row, or empty for the uniform one.
  PredictedValues(const Problem& problem, V v, std::span<const double> policy)
      : gamma_(problem.gamma),
        policy_(policy_or_uniform(problem.model, policy, "policy")),
        v_(std::move(v)) {}

  template <class Visitor>
  void state(Visitor& visit) {
    v_.state(visit);
  }
  State num_states() const { return policy_.num_states(); }
  /// v(s) <- v(s) + x for a table; else w <- w + x grad v(s). Throws Diverged where x is not
  /// finite.
  void add(State s, double x) {
    if constexpr (kApproximates<V>)
      if (diverged(x)) throw Diverged("the error is beyond all bounds");
    v_.add(s, -1, x);
  }

  double gamma_;
  TabularPolicy policy_;  // what is evaluated
  V v_;
  Trace trace_;
};

}  // namespace rl
