#pragma once
/// \file
/// Q-learning (MFRL 7.4, S&B 6.5) for many seeds of one world without chance, 32 seeds side by
/// side:
///
///     q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]
///
/// Each seed learns what a Runner with QLearning learns from Streams(seed), to the bit: tables and
/// episodes. A seed waits for its own last update at every step, so one alone leaves most of the
/// processor idle; side by side one instruction makes the same part of several seeds' steps. What
/// only some seeds do (explore, choose among ties, begin an episode) is done one by one after it.
/// With AVX2 that is twice as fast as one Runner after the other on the cliff and 1.4 times on a
/// grid of 8 x 8 cells with 5 actions; without it, 1.2 and 0.75 times.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/problem.hpp"
#include "rl/run.hpp"
#include "rl/values.hpp"

namespace rl {

/// What one seed has learned and lived through.
struct LearnedLane {
  QTable q;
  std::vector<EpisodeStats> episodes = {};  ///< those that ended
};

/// Why seeds cannot learn side by side here; a Runner each can. Empty where they can.
std::optional<std::string> why_not_in_lanes(const Problem& problem,
                                            const QLearning::Options& options);

/// One entry a seed, each with this budget of its own. Throws std::invalid_argument where
/// why_not_in_lanes has a reason, and for a budget without a limit.
std::vector<LearnedLane> q_learning_in_lanes(const Problem& problem,
                                             const QLearning::Options& options,
                                             std::span<const std::uint64_t> seeds,
                                             const Budget& budget);

}  // namespace rl
