#pragma once
/// \file
/// Models for planners by blocks, on one machine and over ranks, and how their plans are judged.
#include <cstdint>
#include <cstring>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "rl/mdp.hpp"
#include "rl/plan.hpp"
#include "rl/random.hpp"

namespace rl::test {

/// n states in a line; each is left for the next one half of the time, the last one pays 1 for
/// staying.
inline FiniteMdp slow_line(State n) {
  return FiniteMdp(n, 1, [n](State s, Action, std::vector<Outcome>& row) {
    if (s == n - 1)
      row = {{1, 1, s}};
    else
      row = {{0.5, 0, s}, {0.5, 0, s + 1}};
  });
}

/// n states in a ring, 4 actions that lead to `outcomes` random states, up to `reach` steps away or
/// anywhere where that is 0.
inline FiniteMdp random_graph(State n, std::int32_t reach, std::int32_t outcomes) {
  Rng rng(41);
  return FiniteMdp(n, 4, [&](State s, Action, std::vector<Outcome>& row) {
    for (std::int32_t k = 0; k < outcomes; ++k) {
      const State next = reach > 0 ? (s + n + rng.index(2 * reach + 1) - reach) % n : rng.index(n);
      row.push_back({1.0 / outcomes, rng.uniform(), next});
    }
  });
}

/// Converged to 1e-6, and as far from plain value iteration as the two bounds allow.
inline bool agrees_with_plain_sweeps(const Plan& plan, const FiniteMdp& model, double gamma) {
  const Plan plain = value_iteration(model, gamma, {.tolerance = 1e-7});
  return plan.converged && *plan.error_bound <= 1e-6 &&
         (plan.v - plain.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound + *plain.error_bound;
}

inline bool equal_in_bytes(const StateValues& x, const StateValues& y) {
  return x.size() == y.size() &&
         std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.size()) * sizeof(double)) == 0;
}

}  // namespace rl::test
