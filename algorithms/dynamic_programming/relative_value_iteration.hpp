#pragma once
/// \file
/// Relative value iteration for the average reward (Puterman 8.5; the criterion of S&B 10.3 and
/// MFRL 9.2): eta* is the largest reward a step in the long run, v the differential values.
///
///     w = T v,   v(s) <- w(s) - w(reference),   min (T v - v) <= eta* <= max (T v - v)
///
/// with T v(s) = max_a [ E[r | s, a] + sum_s' p(s' | s, a) v(s') ]. Each sweep mixes in a share of
/// staying (v <- (1 - damping) T v + damping v), which removes periods and changes no optimum.
#include <cstdint>
#include <utility>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct RelativeValueIterationOptions {
  double tolerance = 1e-9;
  std::int64_t max_sweeps = 1'000'000;
  double damping = 0.05;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "half the interval left for the average reward", Range{0, 1e300});
    v("max_sweeps", max_sweeps, "stop unconverged after so many sweeps", Range{0, 1e18});
    v("damping", damping, "share of the old values kept by a sweep; removes periods",
      Range{0, 0.999});
  }
};

class RelativeValueIteration {
 public:
  explicit RelativeValueIteration(FiniteMdp model, RelativeValueIterationOptions options = {})
      : model_(std::move(model)),
        options_(options),
        v_(StateValues::Zero(model_.num_states())),
        next_(v_) {}

  bool advance() {
    if (finished_ || progress_.sweeps >= options_.max_sweeps) return false;
    const ChangeRange d = sweep_synchronously(model_, Greedy{}, 1, v_, next_);
    next_ = (1 - options_.damping) * next_ + options_.damping * v_;
    const double reference = model_.has_terminal() ? 0 : next_[0];
    for (State s = 0; s < model_.num_states(); ++s)
      if (!model_.terminal(s)) v_[s] = next_[s] - reference;
    progress_.iterations = ++progress_.sweeps;
    progress_.change = d.largest();
    average_reward_ = (d.low + d.high) / 2;
    const double rounding = backup_rounding(model_, v_);
    progress_.error_bound = (d.high - d.low) / 2 + rounding;
    converged_ = *progress_.error_bound <= options_.tolerance;
    finished_ = converged_ || d.high - d.low <= rounding / 4;
    return true;
  }

  /// `error_bound` is that of the average reward.
  Plan plan() const {
    Plan plan{v_, progress_.iterations, progress_.sweeps, converged_, progress_.error_bound};
    plan.average_reward = average_reward_;
    return plan;
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }

 private:
  FiniteMdp model_;
  RelativeValueIterationOptions options_;
  StateValues v_, next_;
  PlanProgress progress_;
  double average_reward_ = 0;
  bool finished_ = false;
  bool converged_ = false;
};

}  // namespace rl
