#pragma once
/// \file
/// Policy evaluation as the registry offers it: of any policy, by sweeps or in closed form.
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "rl/problem.hpp"

namespace rl {

enum class EvaluationMethod : int { sweeps, closed_form };

struct PolicyEvaluationOptions : SweepOptions {
  EvaluationMethod method = EvaluationMethod::sweeps;
  std::vector<double> policy = {};  ///< [S x A] row-major; empty: uniform over available actions
  template <class Visitor>
  void visit(Visitor& v) {
    v("method", method, "sweeps until the stop rule holds, or the closed form at once",
      {"sweeps", "closed_form"});
    v("policy", policy, "probabilities, S x A row by row; empty: every available action alike",
      Range{0, 1});
    SweepOptions::visit(v);
  }
};

/// The closed form as a planner of one iteration.
class ClosedFormEvaluation {
 public:
  ClosedFormEvaluation(FiniteMdp model, double gamma, TabularPolicy policy)
      : model_(std::move(model)),
        gamma_(gamma),
        rule_(std::move(policy)),
        v_(StateValues::Zero(model_.num_states())) {}
  bool advance() {
    if (progress_.iterations > 0) return false;
    v_ = evaluate_exactly(model_, *rule_.policy, gamma_);
    progress_.iterations = 1;
    progress_.change = v_.lpNorm<Eigen::Infinity>();
    progress_.error_bound = error_bound(model_, v_, gamma_, rule_);
    return true;
  }
  Plan plan() const {
    return {v_, progress_.iterations, 0, progress_.iterations > 0, progress_.error_bound,
            {}, *rule_.policy};
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }

 private:
  FiniteMdp model_;
  double gamma_;
  Under rule_;
  StateValues v_;
  PlanProgress progress_;
};

/// By the method that the options choose.
AnyPlanner make_policy_evaluation(const Problem& problem, const PolicyEvaluationOptions& options);

}  // namespace rl
