#pragma once
/// \file
/// Off-policy Q-learning (MFRL 7.4, Algorithm 7.3): a given behaviour acts, Q-learning looks on.
///
///     q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ],   a by the behaviour
///
/// It learns q* wherever the behaviour goes, and nothing of pairs that it never tries.
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"

namespace rl {

struct OffPolicyQLearningOptions {
  Schedule alpha = 0.1;
  double q0 = 0;
  std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
    v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

class OffPolicyQLearning {
 public:
  using Options = OffPolicyQLearningOptions;

  OffPolicyQLearning(const Problem& problem, const Options& options)
      : learner_(problem, {.alpha = options.alpha, .values = {.q0 = options.q0}}),
        behavior_(policy_or_uniform(problem.model, options.behavior, "behavior")) {}

  Action start(State s, Rng& rng) {
    begin_episode();
    return behavior_.sample(s, rng);
  }
  Action step(const Transition<State>& t, Rng& rng) {
    learn(t, rng);
    return t.terminated || t.truncated ? 0 : behavior_.sample(t.next, rng);
  }

  // Alone, for episodes that are given: nothing is chosen.
  void begin_episode() { learner_.begin_episode(); }
  void learn(const Transition<State>& t, Rng& rng) { learner_.learn(t, 0, rng); }

  const GreedyQTable& q() const { return learner_.q(); }
  Estimates estimates() const { return learner_.estimates(); }
  Trace& trace() { return learner_.trace(); }
  template <class Visitor>
  void state(Visitor& visit) {
    learner_.state(visit);
  }

 private:
  QLearning learner_;
  TabularPolicy behavior_;
};

}  // namespace rl
