#pragma once
/// \file
/// The short corridor with switched actions (S&B Example 13.1): three states that look alike, in
/// the second of which left and right are exchanged.
///
///     v(0) = -2 (2 - p) / (p (1 - p))     where every state goes right with probability p;
///     best at p = 2 - sqrt(2) = 0.586, v(0) = -11.66
///
/// States      0, 1, 2 and the end 3.
/// Actions     0 right, 1 left. In 0 and 2 right goes to s + 1 and left to s - 1; in 1 right goes
///             to 0 and left to 2.
/// Bump        left in 0: stay, and the step counts.
/// Reward      -1 on every step, the last one too. (A known simulator pays 0 for the last: its
///             returns are 1 too high.)
/// Terminal    3. Start 0. gamma 1. No limit on an episode; some policies never end (always left).
/// Ties        at random (q = 0 everywhere at first).
/// Observed    the book's policies cannot tell 0, 1 and 2 apart: features right (1, 0), left (0, 1)
///             in all states. A table can, and then right, left, right is worth -3.
/// Source      S&B 13.1.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct ShortCorridorOptions {
  template <class Visitor>
  void visit(Visitor& /*visitor*/) {}
};

Problem short_corridor(const ShortCorridorOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
