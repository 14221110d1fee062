#pragma once
/// \file
/// Baird's counterexample (S&B Figure 11.1): seven states on which semi-gradient off-policy methods
/// diverge, though all values are zero and can be represented.
///
///     x(i) = 2 e_i + e_8 for the upper states i = 1 .. 6,   x(7) = e_7 + 2 e_8      (8 features)
///     w = (1, 1, 1, 1, 1, 1, 10, 1) at the beginning
///
/// States      0 .. 5 the upper ones, 6 the lower one; the book's 1 .. 7.
/// Actions     0 dashed: one of the six upper states, each alike; 1 solid: the lower state. From
///             every state.
/// Reward      0.
/// Terminal    none. Start uniform. gamma 0.99. No limit on an episode.
/// Policies    target: always solid. Behaviour: dashed 6/7, solid 1/7, so that states come up
///             uniformly.
/// Ties        none: both policies are given.
/// Source      S&B 11.2.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct BairdOptions {
  template <class Visitor>
  void visit(Visitor& /*visitor*/) {}
};

Problem baird(const BairdOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
