#pragma once
/// \file
/// The one-state loop of S&B Example 5.5, on which ordinary importance sampling has infinite
/// variance.
///
/// States      0, and the end 1.
/// Actions     0 left: back to 0 with probability 0.9, to the end with 0.1; 1 right: to the end.
/// Reward      +1 on ending after left, else 0.
/// Terminal    1. Start 0. gamma 1. No limit on an episode; every policy ends.
/// Policies    target: always left, v = 1. Behaviour: 1/2 each. An episode of length n that never
///             went right has the ratio 2^n, any other 0: E[(rho G)^2] = 0.2 sum_i 1.8^i.
/// Ties        none: both policies are given.
/// Source      S&B 5.5.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct InfiniteVarianceOptions {
  double p_back = 0.9;  ///< the variance is infinite from 0.5 on

  template <class Visitor>
  void visit(Visitor& v) {
    v("p_back", p_back, "probability that left leads back to the state", Range{0, 0.999999});
  }
};

Problem infinite_variance(const InfiniteVarianceOptions& options = {},
                          const WorldContext& context = {});

}  // namespace rl
