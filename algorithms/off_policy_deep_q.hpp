#pragma once
/// \file
/// Off-policy deep Q-learning (MFRL 8.4, Algorithm 8.3, Figures 8.11 and 8.12): a given behaviour
/// fills the replay buffer once; then each further step of life is an iteration, which learns from
/// what is there.
///
///     w <- w - alpha grad (r + gamma max_a' q(s', a'; w_T) - q(s, a; w))^2,   a batch at a time
///     w_T <- w every C updates
///
/// The network is shown the pair (s, a), scaled to [0, 1], and returns the one number q(s, a; w).
/// The behaviour acts on, and is not listened to: iteration i is step `episode_length` + i.
///
/// The book says no more of the method than network, episode and batch. The defaults come near its
/// figure; numbers in [0, 1] need the steep first weights, for q jumps from cell to cell.
#include <cstdint>
#include <vector>

#include "algorithms/network_world.hpp"
#include "algorithms/q_update.hpp"
#include "algorithms/replay_buffer.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/state.hpp"
#include "rl/step_size.hpp"

namespace rl {

struct OffPolicyDeepQOptions {
  Schedule alpha = 0.01;
  NetworkOptions network = {
      .hidden = {100}, .activation = Activation::tanh, .start = Start::uniform};
  std::int64_t episode_length = 1000;
  std::int64_t batch = 100;
  std::int64_t updates_per_step = 20;
  double initial_scale = 15;
  QUpdateOptions update = {.gradient_norm = 1e9, .target_every = 50};
  std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "learning rate; its clock counts updates", Range{0, 1});
    network.visit(v);
    v("episode_length", episode_length, "steps of the behaviour that are kept and learned from",
      Range{1, 1e7});
    v("batch", batch, "transitions of an iteration", Range{1, 1e6});
    v("updates_per_step", updates_per_step, "updates of an iteration, each with a batch of its own",
      Range{1, 1e6});
    v("initial_scale", initial_scale, "the weights begin so many times as far from 0",
      Range{0, 1e6});
    update.visit(v);
    v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

class OffPolicyDeepQ {
 public:
  using Options = OffPolicyDeepQOptions;

  /// `rng` draws the weights.
  OffPolicyDeepQ(const Problem& problem, const Options& options, Rng rng = Rng(0));

  Action start(State s, Rng& rng);
  Action step(const Transition<State>& t, Rng& rng);

  Action greedy(State s, Rng& rng) {
    return random_greedy(world_.row(update_.online(), s, scratch_), rng);
  }
  Estimates estimates() const {
    world_.table(update_.online(), 1, scratch_, shown_);
    return {Quantity::q_star, shown_};
  }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    replay_.state(visit);
    update_.state(visit);
    alpha_.state(visit);
  }

 private:
  bool listens() const { return replay_.size() < replay_.capacity(); }
  void iterate(Rng& rng);
  void update(Rng& rng);
  void trace_table(const std::vector<double>& before);

  double gamma_;
  Options options_;
  TabularPolicy behavior_;
  NetworkWorld<State> world_;
  ReplayBuffer<State> replay_;
  QUpdate<float> update_;
  StepSize alpha_;
  Trace trace_;

  // what an iteration works on; means nothing between steps
  QBatch<float> batch_;
  ReplaySample sample_;
  mutable QScratch<float> scratch_;
  mutable std::vector<double> shown_;
};

}  // namespace rl
