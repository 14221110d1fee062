// Policies as specs write them.
#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "apps/policy_letters.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/reading.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// An action, or [A] probabilities.
void set_row(const FiniteMdp& model, State s, const json& row, TabularPolicy& policy) {
  if (!row.is_array()) {
    policy.set(s, action_index(row, model));
    return;
  }
  if (row.size() != static_cast<std::size_t>(model.num_actions()))
    throw std::invalid_argument(
        fmt::format("policy: {} probabilities for {} actions", row.size(), model.num_actions()));
  for (std::size_t a = 0; a < row.size(); ++a)
    policy.row(s)[a] = number(row[a], "probability", Range{0, 1});
}

TabularPolicy by_list(const FiniteMdp& model, const json& rows) {
  if (rows.size() != static_cast<std::size_t>(model.num_states()))
    throw std::invalid_argument(
        fmt::format("policy: {} rows for {} states", rows.size(), model.num_states()));
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) set_row(model, s, rows[static_cast<std::size_t>(s)], policy);
  return policy;
}

/// The same row in every state.
TabularPolicy everywhere(const FiniteMdp& model, const json& row) {
  return by_list(model, json(static_cast<std::size_t>(model.num_states()), row));
}

/// Greedy in the plan of {"algorithm", "options", "policy"} for the same problem.
TabularPolicy greedy_in(const Registry& registry, const Problem& problem, const json& policy) {
  Computation inner(registry, problem, policy["greedy_in"]);
  const QTable q = action_values(problem.model, inner.plan().next_values(), inner.gamma());
  TabularPolicy greedy = greedy_policy(problem.model, q);
  const std::string ties = policy.contains("ties") ? text(policy["ties"], "ties") : "share";
  if (ties != "share" && ties != "first")
    throw std::invalid_argument("ties: expected \"share\" or \"first\", not " + shown(ties));
  if (ties == "first")
    for (State s = 0; s < greedy.num_states(); ++s)
      if (!problem.model.terminal(s)) greedy.set(s, first_greedy(greedy.row(s)));
  return greedy;
}

/// d J / d p of the policy that takes a with probability p and b otherwise in every state:
/// sum_s d(s) [q(s, a) - q(s, b)], d' = start' (I - gamma P)^-1.
double slope(const Problem& problem, const TabularPolicy& policy, Action a, Action b) {
  const FiniteMdp& model = problem.model;
  const Eigen::MatrixXd P = policy_chain(model, policy).transition;
  Eigen::VectorXd start = Eigen::VectorXd::Zero(model.num_states());
  model.for_each_start([&](State s, double p) { start[s] += p; });
  const Eigen::MatrixXd left =
      Eigen::MatrixXd::Identity(P.rows(), P.cols()) - problem.gamma * P.transpose();
  const Eigen::VectorXd visits = left.partialPivLu().solve(start);
  const StateValues v = evaluate_exactly(model, policy, problem.gamma);
  double sum = 0;
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s))
      sum += visits[s] *
             (backup(model, v, problem.gamma, s, a) - backup(model, v, problem.gamma, s, b));
  return sum;
}

/// Of the policies that take action a with one probability p in every state and b otherwise, the
/// best: J(p) rises, then falls, and bisection finds where its slope is 0.
TabularPolicy best_mix(const Problem& problem, const json& actions) {
  const FiniteMdp& model = problem.model;
  if (!actions.is_array() || actions.size() != 2)
    throw std::invalid_argument("best_mix: expected two actions, not " + shown(actions));
  const Action a = action_index(actions[0], model);
  const Action b = action_index(actions[1], model);
  if (a == b) throw std::invalid_argument("best_mix: the two actions are the same");
  const auto mixed = [&](double p) {
    std::vector<double> row(static_cast<std::size_t>(model.num_actions()), 0);
    row[static_cast<std::size_t>(a)] = p;
    row[static_cast<std::size_t>(b)] = 1 - p;
    TabularPolicy policy = everywhere(model, row);
    check_policy(model, policy);
    return policy;
  };
  double low = 0;
  double high = 1;
  for (double p = 0.5; p > low && p < high; p = (low + high) / 2)
    (slope(problem, mixed(p), a, b) > 0 ? low : high) = p;
  return mixed((low + high) / 2);
}

TabularPolicy by_object(const Registry& registry, const Problem& problem, const json& policy) {
  check_keys(policy, "the policy",
             {"around", "greedy_in", "ties", "epsilon", "everywhere", "best_mix"});
  int bases = 0;
  for (const char* base : {"around", "greedy_in", "everywhere", "best_mix"})
    bases += policy.contains(base) ? 1 : 0;
  if (bases != 1)
    throw std::invalid_argument(
        "policy: expected one of 'around', 'greedy_in', 'everywhere', 'best_mix' in " +
        shown(policy));
  TabularPolicy base = policy.contains("around") ? policy_of(registry, problem, policy["around"])
                       : policy.contains("greedy_in") ? greedy_in(registry, problem, policy)
                       : policy.contains("everywhere")
                           ? everywhere(problem.model, policy["everywhere"])
                           : best_mix(problem, policy["best_mix"]);
  check_policy(problem.model, base);
  if (!policy.contains("epsilon")) return base;
  return epsilon_soft(problem.model, base, number(policy["epsilon"], "epsilon", Range{0, 1}));
}

}  // namespace

TabularPolicy policy_of(const Registry& registry, const Problem& problem, const json& policy) {
  if (policy == "uniform") return uniform_policy(problem.model);
  TabularPolicy result = policy.is_string()
                             ? apps::policy_by_letters(policy.get<std::string>(), problem)
                         : policy.is_array()  ? by_list(problem.model, policy)
                         : policy.is_object() ? by_object(registry, problem, policy)
                                              : everywhere(problem.model, policy);
  check_policy(problem.model, result);
  return result;
}

}  // namespace rl::reproduce
