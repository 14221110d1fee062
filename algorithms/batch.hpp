#pragma once
/// \file
/// Batch updating (S&B 6.3): after each episode the values that all episodes so far lead to when
/// they are learned from again and again, in closed form.
///
///     batch Monte Carlo   v(s) = mean of the returns from all visits to s: least squares
///     batch TD            v(s) = sum_s' p(s' | s) [ r(s, s') + gamma v(s') ] with the frequencies
///                         p and the mean rewards r that were seen: certainty equivalence
///
/// A state that was never visited keeps v0.
#include <cmath>
#include <map>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/episode.hpp"
#include "algorithms/predicted_values.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"

namespace rl {

/// What batch Monte Carlo keeps of its episodes.
class BatchReturns {
 public:
  explicit BatchReturns(std::size_t num_states) : sum_(num_states, 0), n_(num_states, 0) {}
  void add(const Episode<>& episode, double gamma);
  /// v of the visited states; the others' is left as it is.
  void solve(double gamma, std::span<double> v) const;
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> sum = sum_;  // of lengths that a saved state cannot change
    std::span<std::int64_t> n = n_;
    visit("return_sum", sum);
    visit("returns", n);
  }

 private:
  std::vector<double> sum_;      // of the returns from s, [S]
  std::vector<std::int64_t> n_;  // how many, [S]
};

/// What batch TD keeps of its episodes.
class BatchTransitions {
 public:
  explicit BatchTransitions(std::size_t num_states) : num_states_(num_states) {}
  void add(const Episode<>& episode, double gamma);
  /// As above. Where no walk through the transitions ends and gamma = 1, v is left as it is.
  void solve(double gamma, std::span<double> v) const;
  template <class Visitor>
  void state(Visitor& visit) {
    std::vector<Seen> all;
    for (const auto& [pair, seen] : seen_) all.push_back(seen);
    visit("transitions", all);
    seen_.clear();
    for (const Seen& x : all) {
      check_saved_index("transitions", x.s, static_cast<std::int64_t>(num_states_));
      check_saved_index("transitions", x.next, static_cast<std::int64_t>(num_states_));
      if (!(x.n > 0) || !std::isfinite(x.n) || !std::isfinite(x.reward_sum))
        throw std::invalid_argument("saved state: field 'transitions' is out of range");
      seen_[{x.s, x.next}] = x;
    }
  }

 private:
  /// Transitions from s to next.
  struct Seen {
    State s = 0;
    State next = 0;
    double n = 0;
    double reward_sum = 0;
  };
  std::size_t num_states_;
  std::map<std::pair<State, State>, Seen> seen_;
};

struct BatchOptions {
  double v0 = 0;
  std::vector<double> policy = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("v0", v0, "value of a state that was not visited yet", Range{-1e300, 1e300});
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

template <class Batch>
class BatchPrediction : public PredictedValues<> {
 public:
  using Options = BatchOptions;

  BatchPrediction(const Problem& problem, const Options& options)
      : PredictedValues(problem, StateTable(problem, {.v0 = options.v0}), options.policy),
        batch_(index(num_states())) {}

  Action start(State s, Rng& rng) {
    episode_.begin();
    return policy_.sample(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    episode_.add(t);
    if (!t.terminated && !t.truncated) return policy_.sample(t.next, rng);
    learn();
    return 0;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    PredictedValues::state(visit);
    batch_.state(visit);
    episode_.state(visit, num_states(), policy_.num_actions());
  }

 private:
  void learn() {
    const StateTable before = v_;
    batch_.add(episode_, gamma_);
    batch_.solve(gamma_, v_.parameters());
    if (!trace_.enabled()) return;
    for (State s = 0; s < num_states(); ++s)
      if (v_[s] != before[s])
        trace_.add({s, -1, v_[s], s, 0, 0, v_[s], v_[s] - before[s], 1, before[s], v_[s]});
  }

  Batch batch_;
  Episode<> episode_;
};

using BatchMonteCarlo = BatchPrediction<BatchReturns>;
using BatchTd = BatchPrediction<BatchTransitions>;

}  // namespace rl
