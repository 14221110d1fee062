#pragma once
/// \file
/// Double learning (S&B 6.7): two tables, of which a fair coin at each step picks the one to
/// change. The action is judged by the other, so a value that is large by luck is not believed.
///
///     q_1(s, a) <- q_1(s, a) + alpha [ r + gamma q_2(s', arg max_a q_1(s', a)) - q_1(s, a) ]
///
/// Double Sarsa takes q_2(s', a') of the action that follows, Double Expected Sarsa the mean of
/// q_2(s', .) under the behaviour. All act epsilon-greedily in q_1 + q_2; what they estimate is
/// (q_1 + q_2) / 2.
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/behavior.hpp"
#include "rl/greedy_q_table.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

/// What is given to the next state: `changed` is the table that learns, `other` the one that
/// judges.
struct DoubleQBootstrap {
  static constexpr bool acts_first = false;
  static constexpr Quantity estimates = Quantity::q_star;
  double operator()(const QTable& changed, const QTable& other, const GreedyRow& /*mean*/, State s,
                    Action /*a_next*/, double /*epsilon*/, Rng& rng) const {
    return other(s, random_greedy(changed.row(s), rng));
  }
};

struct DoubleSarsaBootstrap {
  static constexpr bool acts_first = true;
  static constexpr Quantity estimates = Quantity::q_soft;
  double operator()(const QTable& /*changed*/, const QTable& other, const GreedyRow& /*mean*/,
                    State s, Action a_next, double /*epsilon*/, Rng& /*rng*/) const {
    return other(s, a_next);
  }
};

struct DoubleExpectedSarsaBootstrap {
  static constexpr bool acts_first = false;
  static constexpr Quantity estimates = Quantity::q_soft;
  double operator()(const QTable& /*changed*/, const QTable& other, const GreedyRow& mean, State s,
                    Action /*a_next*/, double epsilon, Rng& /*rng*/) const {
    double sum = 0;
    for (Action a = 0; a < other.num_actions(); ++a)
      if (other(s, a) != kUnavailable)
        sum += epsilon_greedy_probability(mean, a, epsilon) * other(s, a);
    return sum;
  }
};

struct DoubleLearningOptions {
  Schedule alpha = 0.1;
  Schedule epsilon = 0.1;
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    v("epsilon", epsilon, "exploration rate of the epsilon-greedy behaviour", Range{0, 1});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

template <class Bootstrap>
class DoubleLearning {
 public:
  using Options = DoubleLearningOptions;

  DoubleLearning(const Problem& problem, const Options& options)
      : gamma_(problem.gamma),
        q_{QTable(problem.model, options.q0), QTable(problem.model, options.q0)},
        mean_(q_[0]),
        alpha_(options.alpha, q_[0].parameters().size()),
        epsilon_(exploration_rate(options.epsilon)) {}

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    epsilon_.begin_episode();
    return act(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    Action a_next = 0;
    if (Bootstrap::acts_first && !t.terminated) a_next = act(t.next, rng);
    learn(t, a_next, rng);
    if (!Bootstrap::acts_first && !t.terminated && !t.truncated) a_next = act(t.next, rng);
    return a_next;
  }

  /// One update; a_next is looked at by methods that act first.
  void learn(const Transition<State>& t, Action a_next, Rng& rng) {
    const bool second = rng.uniform() >= 0.5;
    QTable& changed = q_[second ? 1 : 0];
    const QTable& other = q_[second ? 0 : 1];
    const double alpha =
        alpha_.next(index(t.state) * index(changed.num_actions()) + index(t.action));
    const double bootstrap = t.terminated ? 0
                                          : bootstrap_(changed, other, mean_.row(t.next), t.next,
                                                       a_next, epsilon_.now(), rng);
    double& q = changed(t.state, t.action);
    const double before = q;
    const double target = t.reward + gamma_ * bootstrap;
    const double delta = target - before;
    q += alpha * delta;
    mean_.set(t.state, t.action, (q_[0](t.state, t.action) + q_[1](t.state, t.action)) / 2);
    epsilon_.tick();
    if (trace_.enabled())
      trace_.set({t.state, t.action, t.reward, t.next, gamma_, bootstrap, target, delta, alpha,
                  before, q});
  }

  /// q_1 (i = 0) or q_2 (i = 1).
  const QTable& table(int i) const { return q_[i]; }
  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const { return {Bootstrap::estimates, mean_.parameters(), epsilon()}; }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    for (QTable& q : q_) q.state(visit);
    mean_.state(visit);
    alpha_.state(visit);
    epsilon_.state(visit);
  }

 private:
  Action act(State s, Rng& rng) { return epsilon_greedy(mean_.row(s), epsilon_.now(), rng); }

  double gamma_;
  QTable q_[2];
  GreedyQTable mean_;  // (q_1 + q_2) / 2
  Bootstrap bootstrap_;
  StepSize alpha_;
  StepSize epsilon_;
  Trace trace_;
};

using DoubleQLearning = DoubleLearning<DoubleQBootstrap>;
using DoubleSarsa = DoubleLearning<DoubleSarsaBootstrap>;
using DoubleExpectedSarsa = DoubleLearning<DoubleExpectedSarsaBootstrap>;

}  // namespace rl
