#include "algorithms/dynamic_programming/policy_evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace rl {

TabularPolicy evaluated_policy(const FiniteMdp& model, const PolicyEvaluationOptions& options) {
  if (options.policy.empty()) return uniform_policy(model);
  const std::size_t size =
      static_cast<std::size_t>(model.num_states()) * static_cast<std::size_t>(model.num_actions());
  if (options.policy.size() != size)
    throw std::invalid_argument(
        fmt::format("option 'policy': {} probabilities for {} states and {} actions",
                    options.policy.size(), model.num_states(), model.num_actions()));
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    const auto first = options.policy.begin() + std::ptrdiff_t{s} * model.num_actions();
    if (!model.terminal(s)) std::copy_n(first, model.num_actions(), policy.row(s).begin());
  }
  check_policy(model, policy);
  return policy;
}

AnyPlanner make_policy_evaluation(const Problem& problem, const PolicyEvaluationOptions& options) {
  TabularPolicy policy = evaluated_policy(problem.model, options);
  if (options.method == EvaluationMethod::closed_form)
    return ClosedFormEvaluation(problem.model, problem.gamma, std::move(policy));
  return BackupIteration<FiniteMdp, Under>(problem.model, problem.gamma, Under(std::move(policy)),
                                           options);
}

}  // namespace rl
