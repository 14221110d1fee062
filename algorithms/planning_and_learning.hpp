#pragma once
/// \file
/// Planning with a model that is learned on the way (S&B 8).
///
///     Dyna-Q                  after each step, n updates from the model at pairs tried before
///     Dyna-Q+                 the same; a pair that was not tried for tau steps pays
///                             r + kappa sqrt(tau) in planning, and what was never tried is
///                             thought to change nothing
///     prioritized sweeping    the n updates go where they change most, and back from there
///
/// All update q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ] and act
/// epsilon-greedily. The model keeps the last outcome of each pair: it is right where the world
/// leaves nothing to chance, or until it changes.
#include <cmath>
#include <cstdint>
#include <set>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"

namespace rl {

// ---- the learned model --------------------------------------------------------------------------

/// The last outcome of each pair, and when it was seen.
class LastOutcomes {
 public:
  explicit LastOutcomes(const FiniteMdp& model)
      : num_actions_(model.num_actions()),
        reward_(index(model.num_states()) * index(num_actions_), 0),
        next_(reward_.size(), 0),
        terminated_(reward_.size(), 0),
        time_(reward_.size(), 0) {}

  std::size_t pair(State s, Action a) const { return index(s) * index(num_actions_) + index(a); }
  std::size_t num_pairs() const { return reward_.size(); }
  bool knows(std::size_t pair) const { return time_[pair] > 0; }
  State next(std::size_t pair) const { return next_[pair]; }
  std::int64_t time(std::size_t pair) const { return time_[pair]; }
  /// The pairs that are known, in the order in which they came to be.
  std::span<const std::int64_t> known() const { return known_; }

  void set(std::size_t pair, double reward, State next, bool terminated, std::int64_t time) {
    if (!knows(pair)) known_.push_back(static_cast<std::int64_t>(pair));
    reward_[pair] = reward;
    next_[pair] = next;
    terminated_[pair] = terminated ? 1 : 0;
    time_[pair] = time;
  }
  /// What the model expects of a known pair.
  Transition<State> transition(std::size_t pair) const {
    const auto width = index(num_actions_);
    return {static_cast<State>(pair / width),
            static_cast<Action>(pair % width),
            reward_[pair],
            next_[pair],
            terminated_[pair] != 0,
            false};
  }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> reward = reward_;  // of lengths that a saved state cannot change
    std::span<State> next = next_;
    std::span<std::uint8_t> terminated = terminated_;
    std::span<std::int64_t> time = time_;
    visit("model.reward", reward);
    visit("model.next", next);
    visit("model.terminated", terminated);
    visit("model.time", time);
    visit("model.known", known_);
    const auto states = static_cast<std::int64_t>(num_pairs() / index(num_actions_));
    for (const State s : next) check_saved_index("model.next", s, states);
    for (const std::int64_t k : known_)
      check_saved_index("model.known", k, static_cast<std::int64_t>(num_pairs()));
  }

 private:
  Action num_actions_;
  std::vector<double> reward_;            // [S x A], as what follows
  std::vector<State> next_;               //
  std::vector<std::uint8_t> terminated_;  //
  std::vector<std::int64_t> time_;        // step of the last try, from 1; 0: not known
  std::vector<std::int64_t> known_;
};

// ---- Dyna ---------------------------------------------------------------------------------------

struct DynaOptions {
  Schedule alpha = 0.1;
  Schedule epsilon = 0.1;
  std::int64_t planning_steps = 10;
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    v("epsilon", epsilon, "exploration rate of the epsilon-greedy behaviour", Range{0, 1});
    v("planning_steps", planning_steps, "n: updates from the model after each real one",
      Range{0, 1e9});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

struct DynaPlusOptions : DynaOptions {
  double kappa = 1e-3;
  template <class Visitor>
  void visit(Visitor& v) {
    DynaOptions::visit(v);
    v("kappa", kappa, "how much a pair gains by not being tried", Range{0, 1e9});
  }
};

/// Q-learning whose updates, real and planned, are all seen in one trace.
class PlannedQLearning {
 public:
  PlannedQLearning(const Problem& problem, const DynaOptions& options)
      : learner_(
            problem,
            {.alpha = options.alpha, .epsilon = options.epsilon, .values = {.q0 = options.q0}}) {}

  Action start(State s, Rng& rng) { return learner_.start(s, rng); }
  Action act(State s, Rng& rng) { return learner_.act(s, rng); }
  void begin_step() {
    trace_.begin_step();
    if (learner_.trace().enabled() != trace_.enabled()) learner_.trace().enable(trace_.enabled());
  }
  /// One update, by what happened or by what the model says would.
  void learn(const Transition<State>& t, bool planned, Rng& rng) {
    learner_.learn(t, 0, rng);
    if (!trace_.enabled()) return;
    Update u = learner_.trace().updates().front();
    u.planned = planned;
    trace_.add(u);
  }

  const GreedyQTable& q() const { return learner_.q(); }
  double epsilon() const { return learner_.epsilon(); }
  Estimates estimates() const { return learner_.estimates(); }
  Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    learner_.state(visit);
  }

 private:
  QLearning learner_;
  Trace trace_;
};

/// Dyna-Q; with kPlus Dyna-Q+, in which pairs gain by not being tried.
template <bool kPlus>
class Dyna {
 public:
  using Options = std::conditional_t<kPlus, DynaPlusOptions, DynaOptions>;

  Dyna(const Problem& problem, const Options& options)
      : options_(options), q_(problem, options), model_(problem.model) {}

  Action start(State s, Rng& rng) { return q_.start(s, rng); }

  Action step(const Transition<State>& t, Rng& rng) {
    q_.begin_step();
    ++time_;
    q_.learn(t, false, rng);
    remember(t);
    for (std::int64_t i = 0; i < options_.planning_steps; ++i) q_.learn(imagined(rng), true, rng);
    return t.terminated || t.truncated ? 0 : q_.act(t.next, rng);
  }

  const GreedyQTable& q() const { return q_.q(); }
  const LastOutcomes& model() const { return model_; }
  double epsilon() const { return q_.epsilon(); }
  Estimates estimates() const { return q_.estimates(); }
  Trace& trace() { return q_.trace(); }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    model_.state(visit);
    visit("time", time_);
    check_saved_index("time", time_, kMostSaved);
  }

 private:
  void remember(const Transition<State>& t) {
    if constexpr (kPlus)  // a state left for the first time: its other actions are thought to stay
      for (Action a = 0; a < q().num_actions(); ++a)
        if (q().value(t.state, a) != kUnavailable && !model_.knows(model_.pair(t.state, a)))
          model_.set(model_.pair(t.state, a), 0, t.state, false, 1);
    model_.set(model_.pair(t.state, t.action), t.reward, t.next, t.terminated, time_);
  }
  /// A transition of the model from a pair at random.
  Transition<State> imagined(Rng& rng) const {
    const auto n = static_cast<std::int32_t>(model_.known().size());
    const auto pair =
        static_cast<std::size_t>(model_.known()[static_cast<std::size_t>(rng.index(n))]);
    Transition<State> t = model_.transition(pair);
    if constexpr (kPlus)
      t.reward += options_.kappa * std::sqrt(static_cast<double>(time_ - model_.time(pair)));
    return t;
  }

  Options options_;
  PlannedQLearning q_;
  LastOutcomes model_;
  std::int64_t time_ = 0;  // real steps
};

// ---- prioritized sweeping -----------------------------------------------------------------------

struct LearnedSweepingOptions : DynaOptions {
  double theta = 1e-4;
  template <class Visitor>
  void visit(Visitor& v) {
    DynaOptions::visit(v);
    v("theta", theta, "changes smaller than this are not worth an update", Range{0, 1e300});
  }
};

/// S&B 8.4, for worlds without chance: the queue holds pairs by |r + gamma max q(s', .) - q(s, a)|.
class LearnedPrioritizedSweeping {
 public:
  using Options = LearnedSweepingOptions;

  LearnedPrioritizedSweeping(const Problem& problem, const Options& options)
      : gamma_(problem.gamma),
        options_(options),
        q_(problem, options),
        model_(problem.model),
        priority_(model_.num_pairs(), 0),
        before_(index(problem.model.num_states())) {}

  Action start(State s, Rng& rng) { return q_.start(s, rng); }

  Action step(const Transition<State>& t, Rng& rng) {
    q_.begin_step();
    remember(t);
    enqueue(model_.pair(t.state, t.action));
    for (std::int64_t i = 0; i < options_.planning_steps && !queue_.empty(); ++i) {
      const Transition<State> urgent = model_.transition(pop());
      q_.learn(urgent, true, rng);
      for (const std::size_t pair : before_[index(urgent.state)]) enqueue(pair);
    }
    return t.terminated || t.truncated ? 0 : q_.act(t.next, rng);
  }

  const GreedyQTable& q() const { return q_.q(); }
  double epsilon() const { return q_.epsilon(); }
  Estimates estimates() const { return q_.estimates(); }
  Trace& trace() { return q_.trace(); }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    model_.state(visit);
    std::span<double> priority = priority_;  // of a length that a saved state cannot change
    visit("priority", priority);
    rebuild();
  }

 private:
  void remember(const Transition<State>& t) {
    const std::size_t pair = model_.pair(t.state, t.action);
    if (model_.knows(pair)) before_[index(model_.next(pair))].erase(pair);
    model_.set(pair, t.reward, t.next, t.terminated, 1);
    before_[index(t.next)].insert(pair);
  }
  /// Queues a pair by what an update would change, if that is enough.
  void enqueue(std::size_t pair) {
    const Transition<State> t = model_.transition(pair);
    const double bootstrap = t.terminated ? 0 : max_value(q().row(t.next));
    const double change = std::abs(t.reward + gamma_ * bootstrap - q().value(t.state, t.action));
    if (!(change > options_.theta)) return;
    if (priority_[pair] > 0) queue_.erase({-priority_[pair], pair});
    priority_[pair] = change;
    queue_.insert({-change, pair});
  }
  std::size_t pop() {
    const std::size_t pair = queue_.begin()->second;
    queue_.erase(queue_.begin());
    priority_[pair] = 0;
    return pair;
  }
  /// What follows from the model and the priorities.
  void rebuild() {
    for (auto& pairs : before_) pairs.clear();
    for (const std::int64_t k : model_.known()) {
      const auto pair = static_cast<std::size_t>(k);
      before_[index(model_.next(pair))].insert(pair);
    }
    queue_.clear();
    for (std::size_t pair = 0; pair < priority_.size(); ++pair)
      if (priority_[pair] > 0) queue_.insert({-priority_[pair], pair});
  }

  double gamma_;
  Options options_;
  PlannedQLearning q_;
  LastOutcomes model_;
  std::vector<double> priority_;                    // [S x A]; 0: not queued
  std::vector<std::set<std::size_t>> before_;       // [S]: the pairs that lead there
  std::set<std::pair<double, std::size_t>> queue_;  // {-priority, pair}
};

using DynaQ = Dyna<false>;
using DynaQPlus = Dyna<true>;

}  // namespace rl
