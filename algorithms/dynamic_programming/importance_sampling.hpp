#pragma once
/// \file
/// What importance sampling does to a return, exactly: mean and variance of W G for episodes of a
/// behaviour b that are weighted for a policy pi (S&B 5.5), with W the product of pi / b over all
/// actions of the episode and G its return.
///
/// For p = 1, 2 the moments M_j(s) = E_b[W^p G^j | s] obey, with rho = pi(a | s) / b(a | s) and E
/// the mean over a by b and over s' by the model,
///
///     M_0(s) = E rho^p M_0(s')
///     M_1(s) = E rho^p [ r M_0(s') + gamma M_1(s') ]
///     M_2(s) = E rho^p [ r^2 M_0(s') + 2 r gamma M_1(s') + gamma^2 M_2(s') ]
///
/// and M = (1, 0, 0) in terminal states. k sweeps from zero elsewhere sum over the episodes of at
/// most k steps. Where the variance is infinite (S&B Example 5.5) they grow for ever.
#include <cstdint>

#include "rl/mdp.hpp"
#include "rl/policy.hpp"

namespace rl {

/// Of episodes from one state.
struct WeightedReturn {
  double mean_weight;    ///< E W, 1 where all episodes are counted
  double mean;           ///< E W G, v_pi(s) where all are counted
  double second_moment;  ///< E (W G)^2; infinite where no limit is found
  double variance() const { return second_moment - mean * mean; }
};

/// Over episodes of at most `steps` steps; as many as change anything where that is 0. Rewards are
/// their means. Throws std::invalid_argument where b never takes an action that pi may take.
WeightedReturn weighted_return(const FiniteMdp& model, const TabularPolicy& policy,
                               const TabularPolicy& behavior, double gamma, State s,
                               std::int64_t steps = 0);

}  // namespace rl
