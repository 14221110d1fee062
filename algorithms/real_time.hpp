#pragma once
/// \file
/// Planning where the agent goes (S&B 8.6, 8.7): the model is known, and only the states on the way
/// are backed up.
///
///     trajectory sampling   q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) max_a' q(s', a')
///                           for each (s, a) of an epsilon-greedy trajectory
///     real-time DP          v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]
///                           for each s of a trajectory that is greedy in v, ties at random
#include <cstdint>
#include <vector>

#include "rl/greedy_q_table.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

struct TrajectorySamplingOptions {
  Schedule epsilon = 0.1;
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epsilon", epsilon, "exploration rate of the epsilon-greedy trajectory", Range{0, 1});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

class TrajectorySampling {
 public:
  using Options = TrajectorySamplingOptions;
  TrajectorySampling(const Problem& problem, const Options& options)
      : model_(problem.model),
        gamma_(problem.gamma),
        q_(QTable(model_, options.q0)),
        v_(initial_maxima()),
        epsilon_(exploration_rate(options.epsilon)) {}

  Action start(State s, Rng& rng) {
    epsilon_.begin_episode();
    return act(s, rng);
  }
  Action step(const Transition<State>& t, Rng& rng) {
    const double before = q_.value(t.state, t.action);
    const double after = backup(model_, v_, gamma_, t.state, t.action);
    q_.set(t.state, t.action, after);
    v_[t.state] = max_value(q_.row(t.state));
    epsilon_.tick();
    if (trace_.enabled()) {
      const auto row = model_.row(t.state, t.action);
      trace_.set({t.state, t.action, row.reward, t.next, gamma_, row.expectation(v_.data()), after,
                  after - before, 1, before, after});
    }
    return t.terminated || t.truncated ? 0 : act(t.next, rng);
  }

  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const { return {Quantity::q_star, q_.parameters()}; }
  Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    epsilon_.state(visit);
    v_ = initial_maxima();  // max_a q(s, a), of what q is now
  }

 private:
  Action act(State s, Rng& rng) { return epsilon_greedy(q_.row(s), epsilon_.now(), rng); }
  StateValues initial_maxima() const {
    StateValues v = StateValues::Zero(model_.num_states());
    for (State s = 0; s < model_.num_states(); ++s)
      if (!model_.terminal(s)) v[s] = max_value(q_.row(s));
    return v;
  }

  FiniteMdp model_;
  double gamma_;
  GreedyQTable q_;
  StateValues v_;  // max_a q(s, a): [S]
  StepSize epsilon_;
  Trace trace_;
};

struct RealTimeOptions {
  double v0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("v0", v0, "initial value of a state; no optimal value should be larger",
      Range{-1e300, 1e300});
  }
};

class RealTimeDynamicProgramming {
 public:
  using Options = RealTimeOptions;
  RealTimeDynamicProgramming(const Problem& problem, const Options& options)
      : model_(problem.model),
        gamma_(problem.gamma),
        v_(StateValues::Zero(model_.num_states())),
        q_(index(model_.num_actions())) {
    const std::vector<double> first = initial_values(model_, options.v0);
    for (State s = 0; s < model_.num_states(); ++s) v_[s] = first[index(s)];
  }

  Action start(State s, Rng& rng) {
    trace_.begin_episode();
    return visit_state(s, rng);
  }
  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    return t.terminated || t.truncated ? 0 : visit_state(t.next, rng);
  }

  Estimates estimates() const {
    return {Quantity::v_star, {v_.data(), static_cast<std::size_t>(v_.size())}};
  }
  Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> v(v_.data(), static_cast<std::size_t>(v_.size()));
    visit("v", v);
  }

 private:
  /// Backs s up, and acts greedily.
  Action visit_state(State s, Rng& rng) {
    for (Action a = 0; a < model_.num_actions(); ++a)
      q_[index(a)] = backup(model_, v_, gamma_, s, a);
    const double before = v_[s];
    v_[s] = max_value(q_);
    if (trace_.enabled())
      trace_.add({s, -1, v_[s], s, 0, 0, v_[s], v_[s] - before, 1, before, v_[s]});
    return random_greedy(q_, rng);
  }

  FiniteMdp model_;
  double gamma_;
  StateValues v_;          // [S]
  std::vector<double> q_;  // scratch: q(s, .)
  Trace trace_;
};

}  // namespace rl
