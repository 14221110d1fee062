#pragma once
/// \file
/// TD control with values of afterstates (S&B 6.8): where an action does something for certain
/// before chance answers, all pairs (s, a) that lead to one afterstate x = f(s, a) learn together.
///
///     q(s, a) = c(s, a) + w(f(s, a)),   c: the reward that is certain (rl/afterstates.hpp)
///     w(x) <- w(x) + alpha [ r + gamma bootstrap(s') - c(s, a) - w(x) ]
///
/// The bootstrap is that of Sarsa, c(s', a') + w(f(s', a')): TD(0) from one afterstate to the next;
/// or that of Q-learning, max_a' [ c(s', a') + w(f(s', a')) ].
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/afterstates.hpp"
#include "rl/greedy_q_table.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/values.hpp"

namespace rl {

/// q(s, a) = c(s, a) + w(f(s, a)) with one parameter an afterstate.
class AfterstateTable {
 public:
  using Observation = State;
  static constexpr bool kTabular = true;
  struct Pair {
    State s;
    Action a;
  };

  struct Options {
    static constexpr double kAlpha = 0.1;
    double w0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("w0", w0, "initial value of an afterstate", Range{-1e300, 1e300});
    }
  };

  /// Every available q(s, a) is c(s, a) + w0. Throws std::invalid_argument for a problem that
  /// declares no afterstates.
  AfterstateTable(const Problem& problem, const Options& options, const Rng& /*rng*/ = Rng(0))
      : afterstates_(shared_afterstates(problem)),
        w_(index(afterstates_->count), options.w0),
        q_(QTable(problem.model)) {
    write_all();
  }

  State num_states() const { return q_.num_states(); }
  Action num_actions() const { return q_.num_actions(); }
  double value(State s, Action a) const { return q_.value(s, a); }
  GreedyRow row(State s, std::span<double> /*scratch*/ = {}) const { return q_.row(s); }
  template <class F>
  void gradient(State s, Action a, F&& f) const {
    f(index(afterstate(s, a)), 1.0);
  }
  void add(State s, Action a, double x) { add_at(index(afterstate(s, a)), x); }
  /// w_x <- w_x + amount, and with it q of every pair that leads to x.
  void add_at(std::size_t x, double amount) {
    w_[x] += amount;
    write(x);
  }
  /// w: [afterstates]
  std::span<const double> parameters() const { return w_; }
  /// q: [S x A]
  std::span<const double> shown() const { return q_.parameters(); }
  /// c(s, a)
  double certain_reward(State s, Action a) const {
    return afterstates_->reward.empty() ? 0 : afterstates_->reward[entry(s, a)];
  }
  /// All pairs that lead where (s, a) leads.
  std::span<const Pair> pairs_like(State s, Action a) const {
    return pairs_to(index(afterstate(s, a)));
  }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> w = w_;  // of a length that a saved state cannot change
    visit("w", w);
    write_all();
  }

 private:
  /// f, c, and for each afterstate the pairs that lead to it; shared by all copies of a run.
  struct Shared : Afterstates {
    explicit Shared(const Afterstates& x) : Afterstates(x) {}
    std::vector<Pair> pairs;         // sorted by afterstate
    std::vector<std::size_t> begin;  // [afterstates + 1]
  };

  static std::shared_ptr<const Shared> shared_afterstates(const Problem& problem) {
    if (!problem.afterstates)
      throw std::invalid_argument(problem.name + " declares no afterstates");
    auto shared = std::make_shared<Shared>(*problem.afterstates);
    const std::size_t actions = index(problem.model.num_actions());
    assert(shared->of.size() == index(problem.model.num_states()) * actions);
    shared->begin.assign(index(shared->count) + 1, 0);
    for (const std::int32_t x : shared->of)
      if (x >= 0) ++shared->begin[index(x) + 1];
    for (std::size_t x = 1; x < shared->begin.size(); ++x) shared->begin[x] += shared->begin[x - 1];
    shared->pairs.resize(shared->begin.back());
    std::vector<std::size_t> next = shared->begin;
    for (std::size_t i = 0; i < shared->of.size(); ++i)
      if (shared->of[i] >= 0)
        shared->pairs[next[index(shared->of[i])]++] = {static_cast<State>(i / actions),
                                                       static_cast<Action>(i % actions)};
    return shared;
  }

  std::size_t entry(State s, Action a) const { return index(s) * index(num_actions()) + index(a); }
  std::int32_t afterstate(State s, Action a) const { return afterstates_->of[entry(s, a)]; }
  std::span<const Pair> pairs_to(std::size_t x) const {
    return {afterstates_->pairs.data() + afterstates_->begin[x],
            afterstates_->begin[x + 1] - afterstates_->begin[x]};
  }
  void write(std::size_t x) {
    for (const Pair& p : pairs_to(x)) q_.set(p.s, p.a, certain_reward(p.s, p.a) + w_[x]);
  }
  void write_all() {
    for (std::size_t x = 0; x < w_.size(); ++x) write(x);
  }

  std::shared_ptr<const Shared> afterstates_;
  std::vector<double> w_;
  GreedyQTable q_;  // always c + w
};
static_assert(ActionValueFunction<AfterstateTable>);

using AfterstateTd = TdControl<SarsaBootstrap, OneStep, AfterstateTable>;
using AfterstateQLearning = TdControl<QLearningBootstrap, OneStep, AfterstateTable>;

}  // namespace rl
