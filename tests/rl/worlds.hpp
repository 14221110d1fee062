#pragma once
/// \file
/// Small worlds for the tests of rl/, which may not use those of envs/.
#include <cstdint>
#include <utility>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/random.hpp"

namespace tests {

/// A random walk 0 .. n-1 with terminal ends: the action steps left or right with probability 1/2
/// each; the right end pays 1. Starts in the middle.
inline rl::FiniteMdp random_walk(rl::State n) {
  return rl::FiniteMdp(n, 1,
                       [n](rl::State s, rl::Action, std::vector<rl::Outcome>& row) {
                         row.push_back({0.5, 0, s - 1});
                         row.push_back({0.5, s + 1 == n - 1 ? 1.0 : 0.0, s + 1});
                       },
                       {.terminal = {0, n - 1}})
      .with_start(n / 2);
}

/// Two actions step round a ring of n states, the second one backwards; each step pays the number
/// of the state that it leaves. Nothing ends and nothing is random.
inline rl::FiniteMdp ring(rl::State n) {
  return rl::FiniteMdp(n, 2,
                       [n](rl::State s, rl::Action a, std::vector<rl::Outcome>& row) {
                         row.push_back({1, static_cast<double>(s), (s + (a == 0 ? 1 : n - 1)) % n});
                       })
      .with_start(0);
}

/// States 0 .. n-1, the last one terminal, rows of one to three outcomes, some actions not
/// available.
inline rl::FiniteMdp random_mdp(std::uint64_t seed) {
  rl::Rng rng(seed);
  const rl::State n = 3 + rng.index(5);
  return rl::FiniteMdp(n, 3,
                       [&](rl::State, rl::Action a, std::vector<rl::Outcome>& row) {
                         if (a > 0 && rng.flip(0.3)) return;
                         double left = 1;
                         for (int k = rng.index(3); k > 0; --k) {
                           const double p = left * rng.uniform();
                           row.push_back({p, rng.normal(), rng.index(n)});
                           left -= p;
                         }
                         row.push_back({left, rng.normal(), rng.index(n)});
                       },
                       {.terminal = {n - 1}});
}

}  // namespace tests
