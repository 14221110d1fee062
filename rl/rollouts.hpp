#pragma once
/// \file
/// The value of a policy by independent episodes, many at a time:
///
///     J = E[ G ],   G = sum_{t=0}^{T-1} gamma^t r_{t+1}
///
/// An episode ends in a terminal state or is cut after T steps: where the problem says, or, with
/// gamma < 1, where the rest no longer shows. The latter cut leaves out at most
///
///     gamma^T R_max / (1 - gamma),   R_max = max |r|, or |mean| + 10 sd of a noisy reward
///
/// Rollout i draws from `root.split(i)` alone, and sums are formed in a fixed order: equal to the
/// bit on any number of threads.
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

struct RolloutSettings {
  std::int64_t n = 1000;  ///< episodes
  int threads = 1;
  /// With gamma < 1, T is the smallest whose bound is below this, in units of the return.
  double negligible = 1e-9;
  std::function<bool()> stop = {};            ///< asked before an episode and now and then in one
  std::function<void(double)> progress = {};  ///< told the fraction that is done, in turn
};

/// What independent episodes returned.
struct RolloutSample {
  std::int64_t n = 0;           ///< episodes that came to their end or cut; fewer where stopped
  double mean = 0;              ///< of their returns
  double sum_of_squares = 0;    ///< of the differences from the mean
  std::int64_t terminated = 0;  ///< ended in a terminal state
  std::int64_t truncated = 0;   ///< cut after `horizon` steps
  std::int64_t horizon = kNoLimit;
  /// Largest difference between J and the expectation of the mean: 0 where the problem cuts its
  /// episodes itself or none was cut.
  double truncation_bound = 0;

  /// With n - 1 below; NaN for fewer than two.
  double standard_deviation() const;
  /// mean +- half: Student's t interval for E[G]; NaN for fewer than two.
  double half_width(double level = 0.95) const;
  /// Whether the interval has x in it, widened by the truncation's bound and by rounding.
  bool holds(double x, double level = 0.95) const;
  /// (x - mean) in standard errors; 0 where both are equal, infinite where only the spread is 0.
  double standard_errors_from(double x) const;
};

/// Whether every episode of this policy ends by itself, by the problem's limit or by discount.
bool rollouts_end(const Problem& problem, const TabularPolicy& policy);

/// Runs n episodes of `policy` in the problem's model. Throws std::invalid_argument for a policy
/// whose rollouts may not end.
RolloutSample value_by_rollouts(const Problem& problem, const TabularPolicy& policy,
                                const RolloutSettings& settings, const Rng& root);

/// One episode of `policy`, cut after at most `steps` steps and where the problem says: what a
/// rollout with this stream lives through.
std::vector<Transition<State>> episode_of(const Problem& problem, const TabularPolicy& policy,
                                          std::int64_t steps, const Rng& stream);

}  // namespace rl
