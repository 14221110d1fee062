#pragma once
/// \file
/// Deep Q-learning (MFRL 8.4, S&B 16.5; Mnih et al. 2015): q-learning with a network, from a replay
/// buffer, beside a target network that stands still for a while.
///
///     w <- w - alpha grad (R + Gamma max_a' q(s'', a'; w_T) - q(s, a; w))^2,   a batch at a time
///
/// With it: double Q-learning, a dueling head, n-step returns, prioritized replay. q_update.hpp has
/// the update, replay_buffer.hpp R and Gamma, network_inputs.hpp what the network is shown.
///
/// The defaults are a recipe that solves cart-pole (gamma .99) in 50,000 steps on every seed tried.
/// Each part counts: with a constant alpha 3 of 5 seeds, with one-step returns and a clipped loss 1
/// of 5.
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "algorithms/network_inputs.hpp"
#include "algorithms/network_world.hpp"
#include "algorithms/q_network.hpp"
#include "algorithms/q_update.hpp"
#include "algorithms/replay_buffer.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/state.hpp"
#include "rl/step_size.hpp"

namespace rl {

enum class Precision : int { float32, float64 };

struct DeepQOptions {
  Schedule alpha = Schedule::linear(1e-3, 0, 50'000);
  Schedule epsilon = Schedule::linear(1, 0.05, 10'000);
  NetworkOptions network = {};
  NetworkInputOptions inputs = {};
  bool dueling = false;
  Precision precision = Precision::float32;
  int n_step = 5;
  std::int64_t batch = 32;
  std::int64_t capacity = 50'000;
  std::int64_t learn_from = 1000;
  std::int64_t train_every = 1;
  QUpdateOptions update = {};
  bool prioritized = false;
  double priority_alpha = 0.6;
  Schedule priority_beta = Schedule::linear(0.4, 1, 50'000);
  bool normalize_rewards = false;
  std::int64_t keep_best = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "learning rate; its clock counts updates of the network", Range{0, 1});
    v("epsilon", epsilon,
      "exploration rate of the epsilon-greedy behaviour; its clock counts steps", Range{0, 1});
    network.visit(v);
    inputs.visit(v);
    v("dueling", dueling, "outputs are v(s) and what each action is better by");
    v("precision", precision, "numbers of the network", {"float", "double"});
    v("n_step", n_step, "steps until a target bootstraps", Range{1, 1000});
    v("batch", batch, "transitions of an update", Range{1, 1e6});
    v("capacity", capacity, "transitions that are kept, the last ones", Range{1, 1e8});
    v("learn_from", learn_from, "steps before the first update", Range{1, 1e12});
    v("train_every", train_every, "steps from one update to the next", Range{1, 1e12});
    update.visit(v);
    v("prioritized", prioritized, "learn more often from transitions with a large error");
    v("priority_alpha", priority_alpha, "how much more often: 0 is uniform", Range{0, 1});
    v("priority_beta", priority_beta, "how much of that the weights of errors take back",
      Range{0, 1});
    v("normalize_rewards", normalize_rewards,
      "divide rewards by the root of the mean of their squares so far");
    v("keep_best", keep_best,
      "the greedy policy and the values shown are those after the best so many training episodes "
      "in "
      "a row, by their mean sum of rewards; 0: the last ones",
      Range{0, 1e9});
  }
};

/// The root of the mean of squares, 1 as long as all are 0.
class RootMeanSquare {
 public:
  void add(double x) {
    sum_ += x * x;
    ++count_;
  }
  double value() const { return sum_ > 0 ? std::sqrt(sum_ / static_cast<double>(count_)) : 1; }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("rewards.squares", sum_);
    visit("rewards.count", count_);
    check_saved_index("rewards.count", count_, kMostSaved);
  }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

/// The network as it was after the best `episodes` episodes in a row; 0: nothing is kept.
template <class T>
class BestNetwork {
 public:
  BestNetwork(std::int64_t episodes, const QNetwork<T>& start)
      : episodes_(episodes), kept_(start) {}

  void saw(double reward) { sum_ += reward; }
  void end_episode(const QNetwork<T>& now);
  /// `now` where there is none yet.
  const QNetwork<T>& or_else(const QNetwork<T>& now) const { return has_ ? kept_ : now; }

  template <class Visitor>
  void state(Visitor& visit) {
    if (episodes_ == 0) return;
    visit("best.sum", sum_);
    visit("best.ended", ended_);
    visit("best.largest_sum", largest_sum_);
    visit("best.has", has_);
    check_saved_index("best.ended", ended_, episodes_);
    kept_.state(visit);
  }

 private:
  std::int64_t episodes_;
  double sum_ = 0;          // of the rewards of the episodes that are counted now
  std::int64_t ended_ = 0;  // of those episodes
  double largest_sum_ = 0;
  bool has_ = false;
  QNetwork<T> kept_;
};

/// The learner, for networks of T.
template <class S, class T>
class DeepQOf {
 public:
  DeepQOf(const Problem& problem, const DeepQOptions& options, Rng rng);

  Action start(const S& s, Rng& rng);
  Action step(const Transition<S>& t, Rng& rng);
  /// The transition is kept, and where it is time an update made. `rng` draws the batch.
  void learn(const Transition<S>& t, Rng& rng);

  Action greedy(const S& s, Rng& rng) {
    return random_greedy(world_.row(best_.or_else(update_.online()), s, scratch_), rng);
  }
  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const;
  Trace& trace() { return trace_; }
  QUpdate<T>& networks() { return update_; }
  const ReplayBuffer<S>& replay() const { return replay_; }

  template <class Visitor>
  void state(Visitor& visit) {
    world_.state(visit);
    n_step_.state(visit, num_states_, static_cast<std::int64_t>(world_.num_actions()));
    replay_.state(visit);
    std::visit([&](auto& rule) { rule.state(visit, replay_.size()); }, rule_);
    update_.state(visit);
    best_.state(visit);
    rewards_.state(visit);
    alpha_.state(visit);
    epsilon_.state(visit);
    beta_.state(visit);
    visit("steps", steps_);
    check_saved_index("steps", steps_, kMostSaved);
  }

 private:
  Action act(const S& s, Rng& rng);
  void remember(const Transition<S>& t);
  bool due() const;
  void update(Rng& rng);
  void update_watched(const Transition<S>& t, Rng& rng);
  double reward_unit() const { return options_.normalize_rewards ? rewards_.value() : 1; }

  DeepQOptions options_;
  double gamma_;
  State num_states_;  // 0: points
  NetworkWorld<S> world_;
  NStepExperience<S> n_step_;
  ReplayBuffer<S> replay_;
  ReplayRule rule_;
  QUpdate<T> update_;
  BestNetwork<T> best_;
  RootMeanSquare rewards_;
  StepSize alpha_, epsilon_, beta_;
  std::int64_t steps_ = 0;
  Trace trace_;

  // what a step works on; means nothing between steps
  QBatch<T> batch_;
  ReplaySample sample_;
  mutable QScratch<T> scratch_;
  mutable std::vector<double> shown_;
};

extern template class DeepQOf<State, float>;
extern template class DeepQOf<State, double>;
extern template class DeepQOf<Point, float>;
extern template class DeepQOf<Point, double>;

/// The learner with the precision of its options.
template <class S>
class DeepQ {
 public:
  using Observation = S;
  using Options = DeepQOptions;

  /// `rng` draws the weights.
  DeepQ(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : any_(make(problem, options, rng)) {}

  Action start(const S& s, Rng& rng) {
    return std::visit([&](auto& l) { return l.start(s, rng); }, any_);
  }
  Action step(const Transition<S>& t, Rng& rng) {
    return std::visit([&](auto& l) { return l.step(t, rng); }, any_);
  }
  Action greedy(const S& s, Rng& rng) {
    return std::visit([&](auto& l) { return l.greedy(s, rng); }, any_);
  }
  double epsilon() const {
    return std::visit([](const auto& l) { return l.epsilon(); }, any_);
  }
  Estimates estimates() const {
    return std::visit([](const auto& l) { return l.estimates(); }, any_);
  }
  Trace& trace() {
    return std::visit([](auto& l) -> Trace& { return l.trace(); }, any_);
  }
  template <class Visitor>
  void state(Visitor& visit) {
    std::visit([&](auto& l) { l.state(visit); }, any_);
  }

 private:
  using Any = std::variant<DeepQOf<S, float>, DeepQOf<S, double>>;
  static Any make(const Problem& problem, const Options& options, const Rng& rng) {
    if (options.precision == Precision::float64) return DeepQOf<S, double>(problem, options, rng);
    return DeepQOf<S, float>(problem, options, rng);
  }
  Any any_;
};

}  // namespace rl
