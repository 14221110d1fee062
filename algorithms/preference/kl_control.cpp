#include "algorithms/preference/kl_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "algorithms/dynamic_programming/backup_rules.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/preference/kl.hpp"
#include "rl/plan.hpp"
#include "rl/with_rewards.hpp"

namespace rl {

namespace {

void check_choice(std::span<const double> reference, std::span<const double> reward, double beta) {
  if (reference.size() != reward.size() || reward.empty())
    throw std::invalid_argument(fmt::format("KL optimum: {} probabilities beside {} rewards",
                                            reference.size(), reward.size()));
  if (!(beta > 0 && std::isfinite(beta)))
    throw std::invalid_argument(fmt::format("beta = {} is not a positive number", beta));
}

/// Adds the expected reward and divergence of a step from the states as often as they are visited.
void add_step(const FiniteMdp& model, const TabularPolicy& policy, const TabularPolicy& reference,
              const Eigen::VectorXd& visits, RegularizedReturn& total) {
  for (State s = 0; s < model.num_states(); ++s) {
    if (visits[s] == 0 || model.terminal(s)) continue;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (const double p = policy.probability(s, a); p > 0)
        total.reward += visits[s] * p * model.row(s, a).reward;
    total.kl += visits[s] * kl_divergence(policy.row(s), reference.row(s));
  }
}

}  // namespace

TiltedChoice tilted(std::span<const double> reference, std::span<const double> reward,
                    double beta) {
  check_choice(reference, reward, beta);
  double best = kUnavailable;
  for (std::size_t a = 0; a < reward.size(); ++a)
    if (reference[a] > 0) best = std::max(best, reward[a]);
  TiltedChoice choice{std::vector<double>(reward.size(), 0), 0};
  double sum = 0;
  for (std::size_t a = 0; a < reward.size(); ++a)
    if (reference[a] > 0) sum += choice.pi[a] = reference[a] * std::exp((reward[a] - best) / beta);
  for (double& p : choice.pi) p /= sum;
  choice.value = best + beta * std::log(sum);
  return choice;
}

std::vector<double> forward_kl_optimum(std::span<const double> reference,
                                       std::span<const double> reward, double beta) {
  check_choice(reference, reward, beta);
  double best = kUnavailable;
  for (std::size_t a = 0; a < reward.size(); ++a)
    if (reference[a] > 0) best = std::max(best, reward[a]);
  // sum_a beta ref(a) / (x + best - r(a)) falls in x = beta + r_mean - best > 0, and is at most 1
  // at x = beta.
  const auto mass = [&](double x) {
    double sum = 0;
    for (std::size_t a = 0; a < reward.size(); ++a)
      if (reference[a] > 0) sum += beta * reference[a] / (x + (best - reward[a]));
    return sum;
  };
  double low = 0;
  double high = beta;
  // To the last bit: x is as small as beta ref(best) where that share is.
  for (double middle = high / 2; middle > low && middle < high; middle = low + (high - low) / 2)
    (mass(middle) > 1 ? low : high) = middle;
  std::vector<double> pi(reward.size(), 0);
  for (std::size_t a = 0; a < reward.size(); ++a)
    if (reference[a] > 0) pi[a] = beta * reference[a] / (high + (best - reward[a]));
  return pi;
}

HorizonPlan soft_backward_induction(const FiniteMdp& model, double gamma,
                                    const TabularPolicy& reference, double beta, int horizon) {
  if (horizon < 1) throw std::invalid_argument(fmt::format("horizon {} is not positive", horizon));
  check_policy(model, reference);
  const Soft rule(reference, beta);
  HorizonPlan plan;
  plan.V.assign(static_cast<std::size_t>(horizon) + 1, StateValues::Zero(model.num_states()));
  plan.Q.assign(static_cast<std::size_t>(horizon), QTable(model));
  plan.pi.assign(static_cast<std::size_t>(horizon),
                 TabularPolicy(model.num_states(), model.num_actions()));
  for (std::size_t t = plan.Q.size(); t-- > 0;) {
    const StateValues& after = plan.V[t + 1];
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      plan.V[t][s] = rule(model, after, gamma, s);
      for (Action a = 0; a < model.num_actions(); ++a)
        plan.Q[t](s, a) = backup(model, after, gamma, s, a);
    }
    plan.pi[t] = rule.policy_in(model, after, gamma);
  }
  return plan;
}

RegularizedReturn regularized_return(const FiniteMdp& model, double gamma,
                                     const TabularPolicy& policy, const TabularPolicy& reference) {
  if (gamma >= 1) require_end(model, policy);
  const Eigen::VectorXd visits =
      discounted_visits(policy_chain(model, policy), gamma, start_distribution(model));
  RegularizedReturn total{0, 0};
  add_step(model, policy, reference, visits, total);
  return total;
}

RegularizedReturn regularized_return(const FiniteMdp& model, double gamma,
                                     std::span<const TabularPolicy> policy,
                                     const TabularPolicy& reference) {
  Eigen::VectorXd visits = start_distribution(model);
  RegularizedReturn total{0, 0};
  for (const TabularPolicy& pi : policy) {
    add_step(model, pi, reference, visits, total);
    visits = gamma * (policy_chain(model, pi).transition.transpose() * visits);
  }
  return total;
}

StateValues trajectory_log_partition(const FiniteMdp& model, const TabularPolicy& reference,
                                     double beta, int horizon) {
  // Z_t(s) = sum_a ref(a | s) sum_s' p(s' | s, a) exp(r / beta) Z_{t+1}(s'), kept as beta ln Z
  StateValues log_z = StateValues::Zero(model.num_states());
  for (int t = 0; t < horizon; ++t) {
    StateValues next = StateValues::Zero(model.num_states());
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      std::vector<double> weight;
      std::vector<double> gain;
      for (Action a = 0; a < model.num_actions(); ++a)
        for (const Outcome& o : model.outcomes(s, a)) {
          weight.push_back(reference.probability(s, a) * o.probability);
          gain.push_back(o.reward + log_z[o.next]);
        }
      next[s] = tilted(weight, gain, beta).value;
    }
    log_z = next;
  }
  return log_z;
}

FiniteMdp regularized_model(const FiniteMdp& model, const TabularPolicy& policy,
                            const TabularPolicy& reference, double beta) {
  check_coverage(model, policy, reference);
  return with_rewards(model, [&](State s, Action a, const Outcome& o) {
    const double p = policy.probability(s, a);
    const double cost = p > 0 ? beta * std::log(p / reference.probability(s, a)) : 0;
    return o.reward - cost;
  });
}

}  // namespace rl
