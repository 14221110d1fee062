#pragma once
/// \file
/// The loop of q_learning_lanes.hpp: kLanes seeds, a step of all of them after the other.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "rl/batch/packed_model.hpp"
#include "rl/batch/random_lanes.hpp"
#include "rl/run.hpp"
#include "rl/types.hpp"

namespace rl::detail {

inline constexpr std::size_t kLanes = 32;
template <class T>
using Lanes = std::array<T, kLanes>;

/// What a step of each lane needs. Actions are doubles, as wide as the values they are chosen by.
struct QLearningState {
  // of the world and the learner
  const FiniteMdp* model = nullptr;
  const PackedWords* words = nullptr;
  std::optional<State> only_start = {};  ///< where no draw decides where episodes start
  double alpha = 0, gamma = 0;
  std::int64_t explore_below = 0;  ///< a draw of 0 .. 2^53 - 1 below it explores
  std::int64_t episode_steps = 0;
  Budget budget = {};
  /// [lanes x S x width]; -infinity where an action is not available or does not exist.
  AlignedVector<double> q = {};
  std::size_t width = 4;                     ///< 4 or 8 actions
  std::vector<std::uint8_t> available = {};  ///< [S] sets of actions, bit a for action a

  // of the lanes
  std::int64_t steps = 0;     ///< of each
  std::int64_t next_cut = 0;  ///< no episode is truncated before this step
  std::size_t running = 0;    ///< lanes within their budget
  RandomLanes agent{kLanes};
  RandomLanes environment{kLanes};
  alignas(64) Lanes<State> s = {};
  alignas(64) Lanes<double> a = {};
  alignas(64) Lanes<double> q_sa = {};
  alignas(64) Lanes<double> reward_sum = {};
  Lanes<std::int64_t> began = {};  ///< the step before the episode
  Lanes<bool> spent = {};          ///< its budget is used up: what it does now is not looked at
  Lanes<std::vector<EpisodeStats>> episodes = {};
  Lanes<std::vector<double>> learned = {};  ///< [S x width], from when it was spent

  double* row(std::size_t lane, State next) {
    return q.data() + (lane * index(model->num_states()) + index(next)) * width;
  }
};

/// Lanes begin their first episode.
void begin_q_learning(QLearningState& state);
/// Until the budget of all lanes is used up.
void run_q_learning(QLearningState& state);

}  // namespace rl::detail
