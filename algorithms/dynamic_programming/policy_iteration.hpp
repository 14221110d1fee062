#pragma once
/// \file
/// Policy iteration and its truncated form (MFRL 4.2 and 4.3, S&B 4.3): evaluate the policy, then
/// improve it.
///
///     v <- v_pi            exactly, or by j sweeps v <- r_pi + gamma P_pi v from the last v
///     pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]
///
/// j = 1 is value iteration, j = infinity policy iteration.
#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

/// Which of several best actions an improvement takes (within 1e-9 of each other). `keep` changes a
/// state's action only for a better one; `first` takes the lowest index.
enum class ImprovementTies : int { keep, first };

struct PolicyIterationOptions {
  double tolerance = 1e-9;
  std::int64_t max_iterations = 10'000;
  ImprovementTies ties = ImprovementTies::keep;
  int initial_action =
      -1;  ///< of every state where available; -1: the first, gamma = 1: one that ends

  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "certified error of the values to reach", Range{0, 1e300});
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
  std::int64_t evaluation_sweeps = 5;  ///< j: sweeps per evaluation
  template <class Visitor>
  void visit(Visitor& v) {
    PolicyIterationOptions::visit(v);
    v("evaluation_sweeps", evaluation_sweeps, "j: sweeps of each evaluation; 1 is value iteration",
      Range{1, 1e18});
  }
};

/// Both methods: `evaluation_sweeps` = 0 evaluates exactly.
class PolicyIteration {
 public:
  PolicyIteration(FiniteMdp model, double gamma, PolicyIterationOptions options = {},
                  std::int64_t evaluation_sweeps = 0)
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        evaluation_sweeps_(evaluation_sweeps),
        v_(StateValues::Zero(model_.num_states())),
        policy_(first_policy()) {}
  PolicyIteration(FiniteMdp model, double gamma, const TruncatedPolicyIterationOptions& options)
      : PolicyIteration(std::move(model), gamma, options, options.evaluation_sweeps) {}

  /// One evaluation and one improvement.
  bool advance() {
    if (finished_ || progress_.iterations >= options_.max_iterations) return false;
    const StateValues before = v_;
    evaluate();
    ++progress_.iterations;
    progress_.change = (v_ - before).lpNorm<Eigen::Infinity>();
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
  static constexpr double kTieTolerance = 1e-9;
  // The closed form fills in as the model grows; beyond this, sweeps to rounding are faster.
  static constexpr State kLargestExact = 20'000;

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

  void evaluate() {
    if (evaluation_sweeps_ == 0 && model_.num_states() <= kLargestExact) {
      v_ = evaluate_exactly(model_, deterministic_policy(model_, policy_), gamma_);
      ++progress_.sweeps;
      return;
    }
    const std::int64_t limit =
        evaluation_sweeps_ > 0 ? evaluation_sweeps_ : std::numeric_limits<std::int64_t>::max();
    StateValues next = v_;
    for (std::int64_t j = 0; j < limit; ++j) {
      for (State s = 0; s < model_.num_states(); ++s)
        if (!model_.terminal(s))
          next[s] = backup(model_, v_, gamma_, s, policy_[static_cast<std::size_t>(s)]);
      v_.swap(next);
      ++progress_.sweeps;
      const double change = (v_ - next).lpNorm<Eigen::Infinity>();
      if (evaluation_sweeps_ == 0 && change <= 0x1.0p-50 * v_.lpNorm<Eigen::Infinity>()) break;
    }
  }

  /// Improves the policy; returns the range of max_a q(s, a) - v(s).
  ChangeRange improve() {
    ChangeRange d(model_.has_terminal());
    policy_changed_ = false;
    for (State s = 0; s < model_.num_states(); ++s) {
      if (model_.terminal(s)) continue;
      Action& a = policy_[static_cast<std::size_t>(s)];
      const std::vector<double> q = action_values(model_, v_, gamma_, s);
      d.add(max_value(q) - v_[s]);
      const Action better = improved(q, a);
      policy_changed_ = policy_changed_ || better != a;
      a = better;
    }
    return d;
  }

  Action improved(const std::vector<double>& q, Action current) const {
    const bool keep = options_.ties == ImprovementTies::keep;
    Action best = keep ? current : first_greedy_available(q);
    for (Action a = 0; a < static_cast<Action>(q.size()); ++a)
      if (q[static_cast<std::size_t>(a)] > q[static_cast<std::size_t>(best)] + kTieTolerance)
        best = a;
    return best;
  }
  static Action first_greedy_available(const std::vector<double>& q) {
    Action a = 0;
    while (q[static_cast<std::size_t>(a)] == kUnavailable) ++a;
    return a;
  }

  /// Exact evaluations end when the policy stands; truncated ones when v is certified.
  void check_stop(const ChangeRange& d) {
    if (gamma_ < 1) {
      const double rounding = backup_rounding(model_, v_) / (1 - gamma_);
      progress_.error_bound = d.of_old(Discount(model_, gamma_)).radius() + rounding;
    } else if (!policy_changed_) {
      progress_.error_bound = error_bound(model_, v_, gamma_, Greedy{});
    }
    const bool stands = !policy_changed_ && (evaluation_sweeps_ == 0 || progress_.change == 0);
    const bool certified = progress_.error_bound && *progress_.error_bound <= options_.tolerance;
    converged_ = evaluation_sweeps_ == 0 ? stands : certified || stands;
    finished_ = converged_;
  }

  FiniteMdp model_;
  double gamma_;
  PolicyIterationOptions options_;
  std::int64_t evaluation_sweeps_;
  StateValues v_;
  std::vector<Action> policy_;
  PlanProgress progress_;
  bool policy_changed_ = true;
  bool finished_ = false;
  bool converged_ = false;
};

}  // namespace rl
