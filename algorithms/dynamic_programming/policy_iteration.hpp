#pragma once
/// \file
/// Policy iteration and its truncated form (MFRL 4.2 and 4.3, S&B 4.3): evaluate the policy, then
/// improve it.
///
///     v <- v_pi            exactly, or by j sweeps v <- r_pi + gamma P_pi v from the last v
///     pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]
///
/// j = 1 is value iteration, j = infinity policy iteration. Large models are planned faster by
/// block_value_iteration.hpp, which mixes greedy sweeps with truncated evaluation.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

/// Which of several best actions an improvement takes (equal within rounding). `keep` changes a
/// state's action only for a better one; `first` takes the lowest index.
enum class ImprovementTies : int { keep, first };

struct PolicyIterationOptions {
  std::int64_t max_iterations = 10'000;
  ImprovementTies ties = ImprovementTies::keep;
  int initial_action = -1;  ///< where available; -1: the first, gamma = 1: one that ends

  template <class Visitor>
  void visit(Visitor& v) {
    v("max_iterations", max_iterations, "stop unconverged after so many improvements",
      Range{0, 1e18});
    v("ties", ties, "an improvement keeps the action unless another is better, or takes the first",
      {"keep", "first"});
    v("initial_action", initial_action,
      "of the first policy in every state where it is available; -1: any policy that is defined",
      Range{-1, 1e9});
  }
};

struct TruncatedPolicyIterationOptions : PolicyIterationOptions {
  double tolerance = 1e-9;
  std::int64_t evaluation_sweeps = 5;  ///< j: sweeps per evaluation
  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "certified error of the values to reach", Range{0, 1e300});
    v("evaluation_sweeps", evaluation_sweeps, "j: sweeps of each evaluation; 1 is value iteration",
      Range{1, 1e18});
    PolicyIterationOptions::visit(v);
  }
};

/// Both methods: exact evaluations end when the policy stands, truncated ones when v is certified.
class PolicyIteration {
 public:
  PolicyIteration(FiniteMdp model, double gamma, PolicyIterationOptions options = {})
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        v_(StateValues::Zero(model_.num_states())),
        last_(v_),
        policy_(first_policy()) {}
  PolicyIteration(FiniteMdp model, double gamma, const TruncatedPolicyIterationOptions& options)
      : PolicyIteration(std::move(model), gamma, static_cast<PolicyIterationOptions>(options)) {
    tolerance_ = options.tolerance;
    evaluation_sweeps_ = options.evaluation_sweeps;
  }

  /// One evaluation and one improvement; of a long evaluation one sweep.
  bool advance() {
    if (finished_ || progress_.iterations >= options_.max_iterations) return false;
    if (!evaluate()) return true;
    ++progress_.iterations;
    progress_.change = (v_ - last_).lpNorm<Eigen::Infinity>();
    last_ = v_;
    check_stop(improve());
    return true;
  }

  Plan plan() const {
    Plan plan{v_, progress_.iterations, progress_.sweeps, converged_, progress_.error_bound};
    if (!plan.error_bound) plan.error_bound = error_bound(model_, v_, gamma_, Greedy{});
    plan.policy = deterministic_policy(model_, policy_);
    return plan;
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }
  /// The policy after the last improvement, [S].
  const std::vector<Action>& policy() const { return policy_; }

 private:
  std::vector<Action> first_policy() const {
    std::vector<Action> policy(static_cast<std::size_t>(model_.num_states()), 0);
    const bool must_end = gamma_ >= 1 && options_.initial_action < 0;
    const TabularPolicy ending =
        must_end ? ending_policy(model_, v_, gamma_, std::numeric_limits<double>::max())
                 : TabularPolicy(0, model_.num_actions());
    for (State s = 0; s < model_.num_states(); ++s) {
      if (model_.terminal(s)) continue;
      Action a = std::max(options_.initial_action, 0);
      if (a >= model_.num_actions())
        throw std::invalid_argument("policy iteration: initial_action is not an action");
      if (must_end) a = first_greedy(ending.row(s));
      while (!model_.available(s, a)) a = (a + 1) % model_.num_actions();
      policy[static_cast<std::size_t>(s)] = a;
    }
    return policy;
  }

  bool truncated() const { return evaluation_sweeps_ > 0; }
  bool in_closed_form() const { return !truncated() && model_.num_states() <= kLargestClosedForm; }
  /// Whether an evaluation is too long to be one step.
  bool sweep_by_sweep() const {
    return model_.num_states() > kLargestClosedForm || evaluation_sweeps_ > 1'000;
  }

  /// Leads v_ towards v_pi; true when it is as near as the improvement wants it.
  bool evaluate() {
    if (in_closed_form()) {
      v_ = evaluate_exactly(model_, deterministic_policy(model_, policy_), gamma_);
      ++progress_.sweeps;
      return true;
    }
    if (!evaluation_) begin_evaluation();
    bool moved = false;
    do {
      moved = evaluation_->advance();
      progress_.sweeps += moved ? 1 : 0;
    } while (moved && !sweep_by_sweep());
    progress_.change = evaluation_->progress().change;
    v_ = evaluation_->values();
    if (!moved) evaluation_.reset();
    return !moved;
  }

  void begin_evaluation() {
    TabularPolicy pi = deterministic_policy(model_, policy_);
    if (!truncated() && gamma_ >= 1) require_end(model_, pi);
    SweepOptions sweeps{.tolerance = 0};  // to rounding
    if (truncated()) {
      sweeps.stop = StopRule::change;
      sweeps.max_sweeps = evaluation_sweeps_;
    }
    evaluation_.emplace(model_, gamma_, Under(std::move(pi)), sweeps, v_);
  }

  /// Improves the policy; returns the range of max_a q(s, a) - v(s).
  ChangeRange improve() {
    ChangeRange d(model_.has_terminal());
    policy_changed_ = false;
    const double tie = 4 * backup_rounding(model_, v_);
    for (State s = 0; s < model_.num_states(); ++s) {
      if (model_.terminal(s)) continue;
      Action& a = policy_[static_cast<std::size_t>(s)];
      const std::vector<double> q = action_values(model_, v_, gamma_, s);
      d.add(max_value(q) - v_[s]);
      const Action better = improved(q, a, tie);
      policy_changed_ = policy_changed_ || better != a;
      a = better;
    }
    return d;
  }

  Action improved(const std::vector<double>& q, Action current, double tie) const {
    const bool keep = options_.ties == ImprovementTies::keep;
    Action best = keep ? current : first_greedy_available(q);
    for (Action a = 0; a < static_cast<Action>(q.size()); ++a)
      if (q[static_cast<std::size_t>(a)] > q[static_cast<std::size_t>(best)] + tie) best = a;
    return best;
  }
  static Action first_greedy_available(const std::vector<double>& q) {
    Action a = 0;
    while (q[static_cast<std::size_t>(a)] == kUnavailable) ++a;
    return a;
  }

  void check_stop(const ChangeRange& d) {
    const double rounding = backup_rounding(model_, v_);
    progress_.error_bound.reset();
    if (gamma_ < 1)
      progress_.error_bound =
          Discount(model_, gamma_, Greedy{}).of_old(d).radius() + rounding / (1 - gamma_);
    else if (!policy_changed_)
      progress_.error_bound = error_bound(model_, v_, gamma_, Greedy{});
    if (truncated()) {
      converged_ = progress_.error_bound && *progress_.error_bound <= tolerance_;
      finished_ = converged_ || d.largest() <= 2 * rounding;
      return;
    }
    // The policy stands; or comes back though nothing was gained, for rounding turned a tie.
    const double noise =
        gamma_ < 1 ? rounding / (1 - gamma_) : 0x1.0p-40 * v_.lpNorm<Eigen::Infinity>();
    if (progress_.iterations == 1 || progress_.change > noise) without_gain_.clear();
    const bool comes_back = !without_gain_.insert(policy_).second;
    if (comes_back && !progress_.error_bound)
      progress_.error_bound = error_bound(model_, v_, gamma_, Greedy{});
    finished_ = !policy_changed_ || comes_back;
    converged_ = !policy_changed_ || (comes_back && progress_.error_bound);
  }

  FiniteMdp model_;
  double gamma_;
  PolicyIterationOptions options_;
  double tolerance_ = 0;                // of truncated evaluations
  std::int64_t evaluation_sweeps_ = 0;  // 0: exact
  StateValues v_, last_;                // now, and after the last evaluation
  std::optional<BackupIteration<FiniteMdp, Under>> evaluation_;  // one that is under way
  std::vector<Action> policy_;
  std::set<std::vector<Action>> without_gain_;  // policies since the last gain
  PlanProgress progress_;
  bool policy_changed_ = true;
  bool finished_ = false;
  bool converged_ = false;
};

}  // namespace rl
