#pragma once
/// \file
/// Small random worlds, references and softmax policies with a clock, and all trajectories of them:
/// what the identities of preference learning are checked in.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/with_rewards.hpp"

namespace rl::test {

/// Probabilities of n things, each of some size.
inline std::vector<double> random_shares(std::size_t n, Rng& rng) {
  std::vector<double> p(n);
  double sum = 0;
  for (double& x : p) sum += x = 0.05 + rng.uniform();
  for (double& x : p) x /= sum;
  return p;
}

inline std::vector<double> random_numbers(std::size_t n, double scale, Rng& rng) {
  std::vector<double> x(n);
  for (double& number : x) number = scale * rng.normal();
  return x;
}

inline Eigen::VectorXd random_vector(Eigen::Index n, double scale, Rng& rng) {
  Eigen::VectorXd x(n);
  for (double& number : x) number = scale * rng.normal();
  return x;
}

/// 10^low .. 10^high, every size as likely.
inline double random_magnitude(double low, double high, Rng& rng) {
  return std::pow(10, rng.uniform(low, high));
}

/// Random shares of the available actions; with `zeros`, some of them get none.
inline TabularPolicy random_reference(const FiniteMdp& model, bool zeros, Rng& rng) {
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    double sum = 0;
    Action last = 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      last = a;
      if (zeros && rng.flip(0.4)) continue;
      sum += policy.row(s)[index(a)] = 0.05 + rng.uniform();
    }
    if (sum == 0) sum = policy.row(s)[index(last)] = 1;
    for (double& p : policy.row(s)) p /= sum;
  }
  return policy;
}

/// 2-4 states, 2-3 actions, some not available, rewards of size 1, a start in state 0; the last
/// state is terminal in every second world. A pair has one outcome, or `outcomes` of them, none of
/// them rare.
inline FiniteMdp random_small_world(std::int32_t outcomes, Rng& rng) {
  const State n = 2 + rng.index(3);
  const Action actions = 2 + rng.index(2);
  MdpFacts facts;
  if (rng.flip(0.5)) facts.terminal.push_back(n - 1);
  facts.start.assign(index(n), 0);
  facts.start[0] = 1;
  return FiniteMdp(
      n, actions,
      [&](State, Action a, std::vector<Outcome>& row) {
        if (a > 1 && rng.flip(0.3)) return;  // not available
        const std::vector<double> p = random_shares(index(outcomes), rng);
        for (const double share : p) row.push_back({share, rng.normal(), rng.index(n)});
      },
      facts);
}

/// One way that things can go from a state, to the end or for a number of steps.
struct Trajectory {
  std::vector<State> states;    ///< [L + 1]
  std::vector<Action> actions;  ///< [L]
  double chance = 1;            ///< of the world's outcomes, given the actions
  std::vector<double> rewards;  ///< [L]
  std::size_t length() const { return actions.size(); }
  /// sum_t gamma^t r_{t+1}
  double value(double gamma = 1) const {
    double sum = 0;
    for (std::size_t t = rewards.size(); t-- > 0;) sum = rewards[t] + gamma * sum;
    return sum;
  }
};

inline void extend_trajectory(const FiniteMdp& model, std::size_t horizon, const Trajectory& so_far,
                              std::vector<Trajectory>& all) {
  const State s = so_far.states.back();
  if (so_far.length() == horizon || model.terminal(s)) {
    all.push_back(so_far);
    return;
  }
  for (Action a = 0; a < model.num_actions(); ++a)
    for (const Outcome& o : model.outcomes(s, a)) {
      Trajectory longer = so_far;
      longer.states.push_back(o.next);
      longer.actions.push_back(a);
      longer.chance *= o.probability;
      longer.rewards.push_back(o.reward);
      extend_trajectory(model, horizon, longer, all);
    }
}

/// Every trajectory of `horizon` steps, or fewer to an end.
inline std::vector<Trajectory> all_trajectories(const FiniteMdp& model, State start, int horizon) {
  std::vector<Trajectory> all;
  Trajectory empty;
  empty.states.push_back(start);
  extend_trajectory(model, static_cast<std::size_t>(horizon), empty, all);
  return all;
}

/// sum_t ln pi(a_t | s_t), of a policy without a clock or with one.
inline double log_probability(const TabularPolicy& policy, const Trajectory& tau) {
  double sum = 0;
  for (std::size_t t = 0; t < tau.length(); ++t)
    sum += std::log(policy.probability(tau.states[t], tau.actions[t]));
  return sum;
}
inline double log_probability(std::span<const TabularPolicy> policy, const Trajectory& tau) {
  double sum = 0;
  for (std::size_t t = 0; t < tau.length(); ++t)
    sum += std::log(policy[t].probability(tau.states[t], tau.actions[t]));
  return sum;
}

/// Softmax policies of the available actions, one for each step: preference x(t, s, a) stands at
/// (t S + s) A + a.
inline std::vector<TabularPolicy> softmax_with_clock(const FiniteMdp& model, int horizon,
                                                     const Eigen::VectorXd& x) {
  std::vector<TabularPolicy> policy(static_cast<std::size_t>(horizon),
                                    TabularPolicy(model.num_states(), model.num_actions()));
  Eigen::Index at = 0;
  for (TabularPolicy& pi : policy)
    for (State s = 0; s < model.num_states(); ++s, at += model.num_actions()) {
      if (model.terminal(s)) continue;
      const double best = x.segment(at, model.num_actions()).maxCoeff();
      double sum = 0;
      for (Action a = 0; a < model.num_actions(); ++a)
        if (model.available(s, a)) sum += pi.row(s)[index(a)] = std::exp(x[at + a] - best);
      for (double& p : pi.row(s)) p /= sum;
    }
  return policy;
}

/// gradient += slope * d ln pi(tau) / dx for such policies.
inline void add_score(const std::vector<TabularPolicy>& policy, const Trajectory& tau, double slope,
                      Eigen::VectorXd& gradient) {
  const Eigen::Index states = policy.front().num_states();
  const Eigen::Index actions = policy.front().num_actions();
  for (std::size_t t = 0; t < tau.length(); ++t) {
    const Eigen::Index at = (static_cast<Eigen::Index>(t) * states + tau.states[t]) * actions;
    for (Eigen::Index a = 0; a < actions; ++a)
      gradient[at + a] -= slope * policy[t].row(tau.states[t])[index(static_cast<Action>(a))];
    gradient[at + tau.actions[t]] += slope;
  }
}

/// softmax(x) of one choice.
inline std::vector<double> softmax_of(const Eigen::VectorXd& x) {
  const Eigen::ArrayXd e = (x.array() - x.maxCoeff()).exp();
  const Eigen::ArrayXd p = e / e.sum();
  return {p.data(), p.data() + p.size()};
}

inline double largest_gap(std::span<const double> a, std::span<const double> b) {
  double gap = a.size() == b.size() ? 0 : 1e300;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    gap = std::max(gap, std::abs(a[i] - b[i]));
  return gap;
}

inline double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Central differences of f(x).
template <class F>
Eigen::VectorXd central_differences(F&& f, const Eigen::VectorXd& x, double step = 1e-5) {
  Eigen::VectorXd gradient(x.size());
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    const Eigen::VectorXd e = step * Eigen::VectorXd::Unit(x.size(), i);
    gradient[i] = (f(Eigen::VectorXd(x + e)) - f(Eigen::VectorXd(x - e))) / (2 * step);
  }
  return gradient;
}

}  // namespace rl::test
