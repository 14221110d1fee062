#pragma once
/// \file
/// Backward induction for a finite horizon H (S&B 4.4 with a clock; Puterman 4.5): the best return
/// of the next h steps, and a policy that depends on the steps left.
///
///     v_0 = 0,   v_h(s) = max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v_{h-1}(s') ]
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct BackwardInductionOptions {
  std::int64_t horizon = 100;
  template <class Visitor>
  void visit(Visitor& v) {
    v("horizon", horizon, "H: steps that are left at the start", Range{1, 1e12});
  }
};

class BackwardInduction {
 public:
  BackwardInduction(FiniteMdp model, double gamma, BackwardInductionOptions options = {})
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        v_(StateValues::Zero(model_.num_states())),
        next_(v_) {}

  /// One more step to go.
  bool advance() {
    if (progress_.sweeps >= options_.horizon) return false;
    ChangeRange d(model_.has_terminal());
    rounding_ += backup_rounding(model_, v_);
    for (State s = 0; s < model_.num_states(); ++s) {
      if (model_.terminal(s)) continue;
      next_[s] = Greedy{}(model_, v_, gamma_, s);
      d.add(next_[s] - v_[s]);
    }
    v_.swap(next_);
    progress_.iterations = ++progress_.sweeps;
    progress_.change = d.largest();
    return true;
  }

  /// The best actions with h + 1 steps left are those of v after h advances.
  std::vector<Action> best_actions(State s) const { return optimal_actions(model_, v_, gamma_, s); }

  /// Exact but for rounding, which each stage passes on to the next.
  Plan plan() const {
    return {v_, progress_.iterations, progress_.sweeps, progress_.sweeps >= options_.horizon,
            rounding_};
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }

 private:
  FiniteMdp model_;
  double gamma_;
  BackwardInductionOptions options_;
  StateValues v_, next_;
  PlanProgress progress_;
  double rounding_ = 0;
};

}  // namespace rl
