#pragma once
/// \file
/// The exact answers beside everything that is learned. Planning fills this struct
/// (algorithms/truth.hpp); experiments and programs read only it.
#include <exception>
#include <functional>
#include <span>
#include <vector>

#include "rl/learning.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// Asked once a sweep while exact answers are made, on whichever thread makes them: true ends it.
using StopRequest = std::function<bool()>;

/// Thrown by exact answers that were asked to stop: half a truth is none.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

/// Largest and root-mean-square difference between estimates and exact values.
struct ValueError {
  double max = 0;
  double rms = 0;
};

/// The two functions compute on demand and throw Interrupted where the truth's StopRequest says so.
struct Truth {
  StateValues v_star;            ///< optimal values, [S]
  double optimal_return = 0;     ///< J* = sum_s start(s) v*(s)
  double random_return = 0;      ///< J of the uniformly random policy; may be infinite
  std::vector<State> reachable;  ///< non-terminal states that the start leads to
  /// Exact numbers for what a learner estimates, in its shape.
  std::function<std::vector<double>(const Estimates&)> exact;
  /// J(policy) from the start distribution: +-infinity where an endless policy gains or loses for
  /// ever without discount, NaN where that sum has no limit.
  std::function<double(const TabularPolicy&)> policy_return;

  /// Over reachable non-terminal states and, for q, the available actions; NaN where there are no
  /// exact values (has_exact).
  ValueError error(const FiniteMdp& model, const Estimates& estimates) const;
};

/// The policy that is greedy in a learner's estimates: uniform over the exact maxima of q(s, .).
/// For v, one step ahead in the model. Where a policy is what is learned, that policy.
TabularPolicy greedy_policy(const FiniteMdp& model, const Estimates& estimates, double gamma);

}  // namespace rl
