#pragma once
/// \file
/// v <- T v until it stands still: value iteration (MFRL 4.1, S&B 4.4), iterative policy evaluation
/// (MFRL 2.7, S&B 4.1), the optimal epsilon-soft values (MFRL 5.4) and those of a policy that is
/// held to a reference, which differ in the rule T.
///
///     v_{k+1}(s) = T(q_k(s, .)),   q_k(s, a) = E[r | s, a] + gamma sum_s' p(s' | s, a) v_k(s')
///
/// Synchronous sweeps use v_k alone, as MFRL writes it; sweeps in place (Gauss-Seidel) use what the
/// sweep has already changed; asynchronous ones back up states drawn at random (S&B 4.5). Large
/// grids are planned faster by tiled_value_iteration.hpp, large models of other kinds by
/// block_value_iteration.hpp.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <utility>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
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
        v_(StateValues::Constant(model_.num_states(), options.v0)) {
    for (State s = 0; s < model_.num_states(); ++s)
      if (model_.terminal(s)) v_[s] = 0;
    if (options_.order == SweepOrder::synchronous) next_ = v_;
  }
  /// From given values, which are 0 in terminal states.
  BackupIteration(M model, double gamma, Rule rule, SweepOptions options, StateValues v)
      : BackupIteration(std::move(model), gamma, std::move(rule), options) {
    starts_from_zero_ = v.isZero(0);
    v_ = std::move(v);
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
    if constexpr (requires { rule_.policy_in(model_, plan.v, gamma_); })
      plan.policy = rule_.policy_in(model_, plan.v, gamma_);
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

  void check_stop(ChangeRange d) {
    // The states that were drawn may be just those that nothing has reached.
    if (options_.order == SweepOrder::random) d = residual(model_, v_, gamma_, rule_);
    if (options_.stop == StopRule::change)
      finished_ = converged_ = d.largest() < options_.tolerance || d.largest() == 0;
    else if (gamma_ >= 1)
      check_undiscounted(d.largest());
    else
      check_discounted(d);
  }

  /// The interval that MacQueen's bound leaves for v*: its middle is the answer, half of it the
  /// error. Sweeps in place contract as well, but keep only the symmetric bound.
  void check_discounted(const ChangeRange& d) {
    const bool two_sided = options_.order == SweepOrder::synchronous;
    const Discount discount(model_, gamma_, rule_);
    const ErrorInterval e =
        options_.order == SweepOrder::random ? discount.of_old(d) : discount.of_new(d);
    const double open = two_sided ? (e.high - e.low) / 2 : e.radius();
    const bool held_up = held_up_by_rounding(d.largest());
    progress_.error_bound = open + rounding_;
    if (open > options_.tolerance && !held_up) return;
    const double middle = two_sided && std::isfinite(open) ? (e.low + e.high) / 2 : 0;
    // Of the values before the sweep, too: a rule may have shifted its exponents by them.
    const double largest = v_.lpNorm<Eigen::Infinity>() + std::max(std::abs(middle), d.largest());
    rounding_ = backup_rounding(model_, largest, rule_) / (1 - gamma_);
    progress_.error_bound = open + rounding_;
    converged_ = open + rounding_ <= options_.tolerance;
    finished_ = converged_ || held_up;
    shift_ = finished_ ? middle : 0;
  }

  /// Whether more sweeps gain nothing. But for rounding, 1 / (1 - gamma) of them would make the
  /// change e times smaller: here they do not even take a quarter of it. Sweeps of random states
  /// promise nothing of the kind.
  bool held_up_by_rounding(double change) {
    if (options_.order == SweepOrder::random)
      return change <= 2 * backup_rounding(model_, v_, rule_);
    if (progress_.sweeps < next_look_) return false;
    const bool held_up = change > 0.75 * change_then_ || change == 0;
    change_then_ = change;
    next_look_ = progress_.sweeps + static_cast<std::int64_t>(std::min(1 / (1 - gamma_), 1e15)) + 1;
    return held_up;
  }

  /// Certificates cost sweeps of their own, so one is tried only when the change has fallen
  /// tenfold. Where none is found, sweeps from 0 have converged when they stand still, for they are
  /// the best returns of ever more steps; from elsewhere they may stand at another fixed point.
  void check_undiscounted(double change) {
    const double rounding = 2 * backup_rounding(model_, v_, rule_);
    if (change > next_check_ && change > rounding) return;
    next_check_ = std::min(change, next_check_) / 10;
    progress_.error_bound = error_bound(model_, v_, gamma_, rule_);
    const bool stands_still = residual(model_, v_, gamma_, rule_).largest() <= rounding;
    converged_ = progress_.error_bound
                     ? *progress_.error_bound <= options_.tolerance
                     : stands_still && change <= options_.tolerance && starts_from_zero_;
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
  double change_then_ = std::numeric_limits<double>::infinity();
  std::int64_t next_look_ = 0;
  bool starts_from_zero_ = options_.v0 == 0;
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

/// The KL-regularised optimum: reward less beta KL(pi || reference) a step, discounted.
template <Model M>
Plan soft_value_iteration(const M& model, double gamma, TabularPolicy reference, double beta,
                          const SweepOptions& options = {}, const PlanObserver& observe = {}) {
  if constexpr (std::same_as<M, FiniteMdp>) check_policy(model, reference);
  return solve(BackupIteration<M, Soft>(model, gamma, Soft(std::move(reference), beta), options),
               observe);
}

}  // namespace rl
