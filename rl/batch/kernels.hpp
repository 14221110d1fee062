#pragma once
/// \file
/// The loops over a batch of worlds: no branch and no call in them, so that compilers make vector
/// code of them for each instruction set. Bits are the same with all of them.
#include <cstddef>
#include <cstdint>

#include "rl/batch/packed_model.hpp"
#include "rl/batch/random_lanes.hpp"
#include "rl/types.hpp"

namespace rl::detail {

/// After each block of so many worlds it is known whether an episode ended in it.
inline constexpr std::size_t kBatchBlock = 128;

/// Worlds side by side, arrays of [size].
struct BatchArrays {
  std::size_t size;
  Action num_actions;
  const Action* action;
  const std::uint32_t* piece;  ///< null in models without chance
  State* state;                ///< s, then s'
  State* next;                 ///< s'
  double* reward;
  std::uint8_t* terminated;
  std::uint8_t* ended;  ///< [blocks]: whether a world of the block terminated
};

/// One step of all worlds.
void step_batch(const PackedWords& words, const BatchArrays& batch);

/// One draw of each stream: how many of the thresholds, at most PackedModel::kMostThresholds, its u
/// reaches.
void draw_pieces(RandomLanes& lanes, const std::vector<std::uint64_t>& thresholds,
                 std::uint32_t* piece);

/// One draw of each stream: how many of the thresholds of its state, [S x (A - 1)], its u reaches.
void draw_actions(RandomLanes& lanes, const std::int64_t* thresholds, Action num_actions,
                  const State* state, Action* action);

}  // namespace rl::detail
