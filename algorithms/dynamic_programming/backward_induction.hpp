#pragma once
/// \file
/// Backward induction for a finite horizon H (S&B 4.4 with a clock; Puterman 4.5): the best return
/// of the next h steps, and a policy that depends on the steps left.
///
///     v_0 = 0,   v_h(s) = max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v_{h-1}(s') ]
#include <cstdint>
#include <utility>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
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
    rounding_ += backup_rounding(model_, v_);
    const ChangeRange d = sweep_synchronously(model_, Greedy{}, gamma_, v_, next_);
    v_.swap(next_);
    progress_.iterations = ++progress_.sweeps;
    progress_.change = d.largest();
    return true;
  }

  /// Exact but for rounding, which each stage passes on to the next.
  Plan plan() const {
    Plan plan{v_, progress_.iterations, progress_.sweeps, progress_.sweeps >= options_.horizon,
              rounding_};
    plan.v_next = progress_.sweeps > 0 ? next_ : v_;
    return plan;
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }

 private:
  FiniteMdp model_;
  double gamma_;
  BackwardInductionOptions options_;
  StateValues v_, next_;  // v_h, and after a sweep v_{h-1}
  PlanProgress progress_;
  double rounding_ = 0;
};

}  // namespace rl
