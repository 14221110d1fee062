#pragma once
/// \file
/// v <- T v until it stands still: value iteration (MFRL 4.1, S&B 4.4), iterative policy evaluation
/// (MFRL 2.7, S&B 4.1) and the optimal epsilon-soft values (MFRL 5.4), which differ in the rule T.
///
///     v_{k+1}(s) = T(q_k(s, .)),   q_k(s, a) = E[r | s, a] + gamma sum_s' p(s' | s, a) v_k(s')
///
/// Synchronous sweeps use v_k alone, as MFRL writes it; sweeps in place (Gauss-Seidel) use what the
/// sweep has already changed; asynchronous ones back up states drawn at random (S&B 4.5).
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"
#include "rl/random.hpp"

namespace rl {

enum class SweepOrder : int { synchronous, in_place, alternating, random };
enum class StopRule : int { bound, change };

struct SweepOptions {
  double tolerance = 1e-9;  ///< of the bound or of the change
  StopRule stop = StopRule::bound;
  std::int64_t max_sweeps = 1'000'000;
  SweepOrder order = SweepOrder::synchronous;
  std::int64_t seed = 0;  ///< of random order
  double v0 = 0;          ///< initial value of the non-terminal states

  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "stop when the stop rule's number is at most this", Range{0, 1e300});
    v("stop", stop, "bound: certified error of v; change: max |v_k+1 - v_k| below it (the books)",
      {"bound", "change"});
    v("max_sweeps", max_sweeps, "stop unconverged after so many sweeps", Range{0, 1e18});
    v("order", order,
      "synchronous; in_place: Gauss-Seidel; alternating: forth and back; random: S states drawn",
      {"synchronous", "in_place", "alternating", "random"});
    v("seed", seed, "of the states drawn in random order", Range{0, 9e18});
    v("v0", v0, "initial value of every state that is not terminal", Range{-1e300, 1e300});
  }
};

template <Model M, class Rule>
class BackupIteration {
 public:
  BackupIteration(M model, double gamma, Rule rule, SweepOptions options = {})
      : model_(std::move(model)),
        gamma_(gamma),
        rule_(std::move(rule)),
        options_(options),
        rng_(static_cast<std::uint64_t>(options.seed)),
        v_(StateValues::Zero(model_.num_states())) {
    for (State s = 0; s < model_.num_states(); ++s)
      if (!model_.terminal(s)) v_[s] = options_.v0;
    if (options_.order == SweepOrder::synchronous) next_ = v_;
  }

  /// One sweep; false, and nothing changes, once the stop rule or a limit is met.
  bool advance() {
    if (finished_ || progress_.sweeps >= options_.max_sweeps) return false;
    const ChangeRange d = sweep();
    ++progress_.sweeps;
    progress_.iterations = progress_.sweeps;
    progress_.change = d.largest();
    check_stop(d);
    return true;
  }

  /// Backs up one state in place and returns its change.
  double backup_state(State s) {
    const double before = v_[s];
    if (!model_.terminal(s)) v_[s] = rule_(model_, v_, gamma_, s);
    return v_[s] - before;
  }

  Plan plan() const {
    Plan plan{v_, progress_.iterations, progress_.sweeps, converged_, progress_.error_bound};
    if (!finished_ || options_.stop == StopRule::change)
      plan.error_bound = error_bound(model_, v_, gamma_, rule_);
    else if (shift_ != 0)
      for (State s = 0; s < model_.num_states(); ++s)
        if (!model_.terminal(s)) plan.v[s] += shift_;
    return plan;
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }
  const M& model() const { return model_; }
  double gamma() const { return gamma_; }

 private:
  ChangeRange sweep() {
    ChangeRange d(model_.has_terminal());
    const State n = model_.num_states();
    switch (options_.order) {
      case SweepOrder::synchronous:
        d = sweep_synchronously(model_, rule_, gamma_, v_, next_);
        v_.swap(next_);
        break;
      case SweepOrder::in_place:
        for (State s = 0; s < n; ++s) d.add(backup_state(s));
        break;
      case SweepOrder::alternating:
        if (progress_.sweeps % 2 == 0)
          for (State s = 0; s < n; ++s) d.add(backup_state(s));
        else
          for (State s = n - 1; s >= 0; --s) d.add(backup_state(s));
        break;
      case SweepOrder::random:
        for (State i = 0; i < n; ++i) d.add(backup_state(rng_.index(n)));
        break;
    }
    return d;
  }

  /// next <- T v. Arguments, not members: the compiler may keep them in registers.
  static ChangeRange sweep_synchronously(const M& model, const Rule rule, const double gamma,
                                         const StateValues& v, StateValues& next) {
    ChangeRange d(model.has_terminal());
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      const double value = rule(model, v, gamma, s);
      d.add(value - v[s]);
      next[s] = value;
    }
    return d;
  }

  void check_stop(const ChangeRange& d) {
    if (options_.stop == StopRule::change) {
      finished_ = converged_ = d.largest() < options_.tolerance;
    } else if (gamma_ >= 1 || options_.order == SweepOrder::random) {
      check_by_certificate(d.largest());
    } else {
      check_discounted(d);
    }
  }

  /// The interval that MacQueen's bound leaves for v*: its middle is the answer, half of it the
  /// error. Sweeps in place contract as well, but keep only the symmetric bound.
  void check_discounted(const ChangeRange& d) {
    const bool two_sided = options_.order == SweepOrder::synchronous;
    const ErrorInterval e = d.of_new(Discount(model_, gamma_));
    const double open = two_sided ? (e.high - e.low) / 2 : e.radius();
    if (open > options_.tolerance && open > rounding_) {
      progress_.error_bound = open + rounding_;
      return;
    }
    rounding_ = backup_rounding(model_, v_) / (1 - gamma_);
    progress_.error_bound = open + rounding_;
    converged_ = open + rounding_ <= options_.tolerance;
    finished_ = converged_ || open <= rounding_ / 4;  // no sweep can go below rounding
    shift_ = finished_ && two_sided ? (e.low + e.high) / 2 : 0;
  }

  /// Certificates cost sweeps of their own, so one is tried only when the change has fallen
  /// tenfold.
  void check_by_certificate(double change) {
    const double floor = 0x1.0p-52 * v_.cwiseAbs().maxCoeff();
    if (change > next_check_ && change > floor) return;
    next_check_ = std::min(change, next_check_) / 10;
    progress_.error_bound = error_bound(model_, v_, gamma_, rule_);
    const bool stands_still = residual(model_, v_, gamma_, rule_).largest() <= floor;
    converged_ = progress_.error_bound ? *progress_.error_bound <= options_.tolerance
                                       : stands_still && change <= options_.tolerance;
    finished_ = converged_ || stands_still;
  }

  M model_;
  double gamma_;
  Rule rule_;
  SweepOptions options_;
  Rng rng_;
  StateValues v_, next_;
  PlanProgress progress_;
  double rounding_ = 0;
  double shift_ = 0;
  double next_check_ = options_.tolerance;
  bool finished_ = false;
  bool converged_ = false;
};

/// Value iteration: the fixed point of the Bellman optimality equation.
template <Model M>
Plan value_iteration(const M& model, double gamma, const SweepOptions& options = {},
                     const PlanObserver& observe = {}) {
  return solve(BackupIteration<M, Greedy>(model, gamma, Greedy{}, options), observe);
}

/// v of a policy by sweeps; see evaluate_exactly for the closed form.
template <Model M>
Plan policy_evaluation(const M& model, double gamma, TabularPolicy policy,
                       const SweepOptions& options = {}, const PlanObserver& observe = {}) {
  return solve(BackupIteration<M, Under>(model, gamma, Under(std::move(policy)), options), observe);
}

/// Values of the best policy among those that explore: pi(a | s) >= epsilon / |A(s)|.
template <Model M>
Plan epsilon_soft_iteration(const M& model, double gamma, double epsilon,
                            const SweepOptions& options = {}, const PlanObserver& observe = {}) {
  return solve(BackupIteration<M, EpsilonSoft>(model, gamma, EpsilonSoft{epsilon}, options),
               observe);
}

}  // namespace rl
