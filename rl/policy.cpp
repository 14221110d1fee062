#include "rl/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rl {

void check_policy(const FiniteMdp& model, const TabularPolicy& policy) {
  if (policy.num_states() != model.num_states() || policy.num_actions() != model.num_actions())
    throw std::invalid_argument(fmt::format("policy: shape {} x {}, but the world has {} x {}",
                                            policy.num_states(), policy.num_actions(),
                                            model.num_states(), model.num_actions()));
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    double sum = 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const double p = policy.probability(s, a);
      if (!(p >= 0 && p <= 1))
        throw std::invalid_argument(fmt::format(
            "policy: probability {} of action {} in state {} is not in [0, 1]", p, a, s));
      if (p > 0 && !model.available(s, a))
        throw std::invalid_argument(
            fmt::format("policy: action {} is not available in state {}", a, s));
      sum += p;
    }
    if (!(std::abs(sum - 1) <= 1e-9))
      throw std::invalid_argument(
          fmt::format("policy: probabilities in state {} sum to {}, not 1", s, sum));
  }
}

TabularPolicy policy_or_uniform(const FiniteMdp& model, std::span<const double> probabilities,
                                std::string_view option) {
  if (probabilities.empty()) return uniform_policy(model);
  const auto width = index(model.num_actions());
  if (probabilities.size() != index(model.num_states()) * width)
    throw std::invalid_argument(
        fmt::format("option '{}': {} probabilities for {} states and {} actions", option,
                    probabilities.size(), model.num_states(), model.num_actions()));
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s))
      std::copy_n(probabilities.begin() + static_cast<std::ptrdiff_t>(index(s) * width), width,
                  policy.row(s).begin());
  check_policy(model, policy);
  return policy;
}

void check_coverage(const FiniteMdp& model, const TabularPolicy& policy,
                    const TabularPolicy& behavior) {
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (!model.terminal(s) && policy.probability(s, a) > 0 && behavior.probability(s, a) <= 0)
        throw std::invalid_argument(
            fmt::format("behavior: never takes action {} in state {}, which the policy that is "
                        "evaluated may take",
                        a, s));
}

TabularPolicy normalized(TabularPolicy policy) {
  for (State s = 0; s < policy.num_states(); ++s) {
    double sum = 0;
    for (const double p : policy.row(s)) sum += p;
    if (sum > 0)
      for (double& p : policy.row(s)) p /= sum;
  }
  return policy;
}

bool is_deterministic(const TabularPolicy& policy) {
  for (State s = 0; s < policy.num_states(); ++s)
    for (const double p : policy.row(s))
      if (p != 0 && p != 1) return false;
  return true;
}

TabularPolicy uniform_policy(const FiniteMdp& model) {
  return greedy_policy(model, QTable(model), 0);
}

TabularPolicy deterministic_policy(const FiniteMdp& model, std::span<const Action> action) {
  if (action.size() != static_cast<std::size_t>(model.num_states()))
    throw std::invalid_argument(
        fmt::format("policy: {} actions for {} states", action.size(), model.num_states()));
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const Action a = action[static_cast<std::size_t>(s)];
    if (a < 0 || a >= model.num_actions())
      throw std::invalid_argument(fmt::format("policy: action {} of state {} is not in 0..{}", a, s,
                                              model.num_actions() - 1));
    policy.set(s, a);
  }
  check_policy(model, policy);
  return policy;
}

TabularPolicy epsilon_soft(const FiniteMdp& model, const TabularPolicy& policy, double epsilon) {
  const TabularPolicy uniform = uniform_policy(model);
  TabularPolicy mixed = policy;
  for (State s = 0; s < model.num_states(); ++s)
    for (std::size_t a = 0; a < mixed.row(s).size(); ++a)
      mixed.row(s)[a] = (1 - epsilon) * policy.row(s)[a] + epsilon * uniform.row(s)[a];
  return mixed;
}

TabularPolicy greedy_policy(const FiniteMdp& model, const QTable& q, double tolerance) {
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const std::span<const double> row = q.row(s);
    const double least = max_value(row) - tolerance;
    double ties = 0;
    for (const double x : row) ties += x >= least ? 1 : 0;
    for (std::size_t a = 0; a < row.size(); ++a) policy.row(s)[a] = row[a] >= least ? 1 / ties : 0;
  }
  return policy;
}

TabularPolicy epsilon_greedy_policy(const FiniteMdp& model, const QTable& q, double epsilon,
                                    double tolerance) {
  return epsilon_soft(model, greedy_policy(model, q, tolerance), epsilon);
}

TabularPolicy softmax_policy(const FiniteMdp& model, const QTable& q, double temperature) {
  if (!(temperature > 0)) throw std::invalid_argument("softmax: temperature must be positive");
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const std::span<const double> row = q.row(s);
    const double best = max_value(row);
    double sum = 0;
    for (std::size_t a = 0; a < row.size(); ++a)
      sum += policy.row(s)[a] = std::exp((row[a] - best) / temperature);
    for (double& p : policy.row(s)) p /= sum;
  }
  return policy;
}

FiniteMdp chain_of(const FiniteMdp& model, const TabularPolicy& policy) {
  const TabularPolicy pi = normalized(policy);
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) facts.terminal.push_back(s);
  facts.start.assign(index(model.num_states()), 0);
  model.for_each_start([&](State s, double p) { facts.start[index(s)] += p; });
  return FiniteMdp(
      model.num_states(), 1,
      [&](State s, Action, std::vector<Outcome>& row) {
        for (Action a = 0; a < model.num_actions(); ++a) {
          const double p = pi.probability(s, a);
          if (p == 0) continue;
          for (Outcome o : model.outcomes(s, a)) {
            o.probability *= p;
            row.push_back(o);
          }
        }
      },
      facts);
}

}  // namespace rl
