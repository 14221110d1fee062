#pragma once
/// \file
/// Small random models and their exact solution in long double, to judge planners by.
#include <algorithm>
#include <cmath>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/policy.hpp"

namespace rl::test {

using Exact = std::vector<long double>;

/// 2-8 states, 1-4 actions, some of them unavailable, some states terminal (with `ends`: at least
/// state 0, which every row may reach), rewards up to 100, self-loops, near-zero probabilities and
/// rows that sum to 1 only within 1e-9.
inline FiniteMdp random_mdp(Rng& rng, bool ends) {
  const State n = 2 + rng.index(7);
  const Action actions = 1 + rng.index(4);
  MdpFacts facts;
  if (ends) facts.terminal.push_back(0);
  for (State s = 1; s < n - 1; ++s)
    if (rng.flip(0.15)) facts.terminal.push_back(s);
  const double scale = rng.flip(0.5) ? 1 : 100;
  return FiniteMdp(
      n, actions,
      [&](State, Action a, std::vector<Outcome>& row) {
        if (a > 0 && rng.flip(0.25)) return;  // not available
        const std::int32_t outcomes = 1 + rng.index(3);
        double sum = 0;
        for (std::int32_t k = 0; k < outcomes; ++k) {
          const double weight = rng.flip(0.1) ? 1e-9 : rng.uniform();
          sum += weight;
          row.push_back({weight, scale * (2 * rng.uniform() - 1), rng.index(n)});
        }
        if (ends) {
          sum += 0.2;
          row.push_back({0.2, 0, 0});
        }
        if (rng.flip(0.3)) sum *= 1 + 0.9e-9 * (2 * rng.uniform() - 1);
        for (Outcome& o : row) o.probability = std::min(1.0, o.probability / sum);
      },
      facts);
}

/// A policy that gives each available action a random share.
inline TabularPolicy random_policy(const FiniteMdp& model, Rng& rng) {
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    double sum = 0;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (model.available(s, a)) sum += policy.row(s)[static_cast<std::size_t>(a)] = rng.uniform();
    for (double& p : policy.row(s)) p /= sum;
  }
  return policy;
}

/// v = r + gamma P v by Gaussian elimination with partial pivoting.
inline Exact solve_exactly(std::vector<Exact> a, Exact b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t j = i + 1; j < n; ++j)
      if (std::abs(a[j][i]) > std::abs(a[pivot][i])) pivot = j;
    std::swap(a[i], a[pivot]);
    std::swap(b[i], b[pivot]);
    for (std::size_t j = i + 1; j < n; ++j) {
      const long double factor = a[j][i] / a[i][i];
      for (std::size_t k = i; k < n; ++k) a[j][k] -= factor * a[i][k];
      b[j] -= factor * b[i];
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

inline long double exact_backup(const FiniteMdp& model, const Exact& v, long double gamma, State s,
                                Action a) {
  long double q = 0;
  for (const Outcome& o : model.outcomes(s, a))
    q += static_cast<long double>(o.probability) *
         (static_cast<long double>(o.reward) + gamma * v[static_cast<std::size_t>(o.next)]);
  return q;
}

inline Exact evaluate_in_long_double(const FiniteMdp& model, const TabularPolicy& policy,
                                     long double gamma) {
  const auto n = static_cast<std::size_t>(model.num_states());
  std::vector<Exact> a(n, Exact(n, 0));
  Exact b(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    a[i][i] = 1;
    const State s = static_cast<State>(i);
    if (model.terminal(s)) continue;
    for (Action act = 0; act < model.num_actions(); ++act)
      for (const Outcome& o : model.outcomes(s, act)) {
        const long double p = static_cast<long double>(policy.probability(s, act)) *
                              static_cast<long double>(o.probability);
        b[i] += p * static_cast<long double>(o.reward);
        if (!model.terminal(o.next)) a[i][static_cast<std::size_t>(o.next)] -= gamma * p;
      }
  }
  return solve_exactly(std::move(a), std::move(b));
}

/// v* by policy iteration in long double: an action changes only for one that is truly better.
inline Exact optimum_in_long_double(const FiniteMdp& model, long double gamma) {
  std::vector<Action> action(static_cast<std::size_t>(model.num_states()), 0);
  for (State s = 0; s < model.num_states(); ++s)
    while (!model.terminal(s) && !model.available(s, action[static_cast<std::size_t>(s)]))
      ++action[static_cast<std::size_t>(s)];
  for (;;) {
    Exact v = evaluate_in_long_double(model, deterministic_policy(model, action), gamma);
    bool changed = false;
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      long double best = v[static_cast<std::size_t>(s)] + 1e-13L;
      for (Action a = 0; a < model.num_actions(); ++a)
        if (model.available(s, a) && exact_backup(model, v, gamma, s, a) > best) {
          best = exact_backup(model, v, gamma, s, a);
          action[static_cast<std::size_t>(s)] = a;
          changed = true;
        }
    }
    if (!changed) return v;
  }
}

/// max_s |v(s) - exact(s)| over the non-terminal states.
inline double largest_error(const FiniteMdp& model, const StateValues& v, const Exact& exact) {
  long double largest = 0;
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s))
      largest = std::max(
          largest, std::abs(static_cast<long double>(v[s]) - exact[static_cast<std::size_t>(s)]));
  return static_cast<double>(largest);
}

}  // namespace rl::test
