#pragma once
/// \file
/// Maximization bias (S&B Example 6.7): the noise of many worthless actions looks like value to a
/// learner that takes maxima of its estimates.
///
///     A --right (0)--> end        A --left (0)--> B --any of 10 (N(-0.1, 1))--> end
///
/// States      0 = A, 1 = B, 2 = the end.
/// Actions     in A 0 right, 1 left; in B 0 .. 9 (the book: "many"), all alike. A has no others.
/// Reward      0 from A; normal with mean -0.1 and standard deviation 1 from B.
/// Terminal    2. Start A. gamma 1. No limit on an episode; every policy ends.
/// Ties        a learner starts with q = 0: break ties at random, or index 0, right, hides the
///             effect. Left is chosen epsilon / 2 of the time at best.
/// Source      S&B 6.7.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct MaximizationBiasOptions {
  int b_actions = 10;
  double mean = -0.1;
  double sd = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("b_actions", b_actions, "actions in state B", Range{1, 1000});
    v("mean", mean, "mean reward of B's actions", Range{-1e9, 1e9});
    v("sd", sd, "standard deviation of the reward of B's actions", Range{0, 1e9});
  }
};

Problem maximization_bias(const MaximizationBiasOptions& options = {},
                          const WorldContext& context = {});

}  // namespace rl
