#include "algorithms/dynamic_programming/policy_evaluation.hpp"

#include <utility>

namespace rl {

AnyPlanner make_policy_evaluation(const Problem& problem, const PolicyEvaluationOptions& options) {
  TabularPolicy policy = policy_or_uniform(problem.model, options.policy, "policy");
  if (options.method == EvaluationMethod::closed_form)
    return ClosedFormEvaluation(problem.model, problem.gamma, std::move(policy));
  return BackupIteration<FiniteMdp, Under>(problem.model, problem.gamma, Under(std::move(policy)),
                                           options);
}

}  // namespace rl
