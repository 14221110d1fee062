#pragma once
/// \file
/// BatchWorlds: N worlds of one finite model, stepped together. What differs between worlds stands
/// in arrays, number i of each belongs to world i.
///
/// A world begins again by itself where its episode ends, in the step that ends it (Gymnasium's
/// AutoresetMode.SAME_STEP, not the NEXT_STEP of EnvPool, in which a step without an action
/// follows): `states()` is then the start of the next episode, and `next()`, as after every step,
/// s' of the step that was made: the final observation where an episode ended. Each step is so a
/// transition (s, a, r, s') of one world, and no row has to be left out.
///
/// World i draws from the environment's stream of Streams(root.split(i)) what a plain loop over an
/// MdpEnvironment draws from it, and lives the same life to the bit, whatever the number of worlds,
/// their division among threads and the instruction set.
#include <cstddef>
#include <cstdint>
#include <span>

#include "rl/batch/packed_model.hpp"
#include "rl/batch/random_lanes.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

/// A value: copy it to look ahead.
class BatchWorlds {
 public:
  /// Worlds first .. first + size - 1, so that threads may share a batch; each has begun its first
  /// episode. An episode is truncated after `episode_steps` steps. Throws std::invalid_argument for
  /// no worlds or no steps.
  BatchWorlds(PackedModel model, std::size_t size, const Rng& root,
              std::int64_t episode_steps = kNoLimit, std::size_t first = 0);

  /// One step of every world; `actions`, one a world, are available where it is. Throws
  /// std::invalid_argument for another number of them.
  void step(std::span<const Action> actions);

  std::size_t size() const { return state_.size(); }
  const FiniteMdp& model() const { return model_.model(); }
  std::int64_t steps() const { return steps_; }  ///< of each world

  std::span<const State> states() const { return state_; }  ///< where each world is: [N]
  // Of the last step, [N] each:
  std::span<const State> next() const { return next_; }  ///< s', before a new episode
  std::span<const double> rewards() const { return reward_; }
  std::span<const std::uint8_t> terminated() const { return terminated_; }  ///< 0 or 1
  std::span<const std::uint8_t> truncated() const { return truncated_; }    ///< 0 or 1, not both

 private:
  /// What is known of a block of worlds without a look at each.
  struct Block {
    std::int64_t next_cut = 0;  ///< no episode is truncated before this step
    bool has_cut = false;       ///< the last step truncated one
  };
  void sample(std::span<const Action> actions);
  void finish(std::size_t block);
  void begin_episode(std::size_t i);

  PackedModel model_;
  std::int64_t episode_steps_;
  std::int64_t steps_ = 0;
  RandomLanes random_;
  detail::AlignedVector<State> state_, next_;
  detail::AlignedVector<double> reward_;
  detail::AlignedVector<std::uint8_t> terminated_, truncated_;
  detail::AlignedVector<std::uint32_t> piece_;       // of the draw of this step
  detail::AlignedVector<std::int64_t> cut_at_;       // the step that truncates the episode
  detail::AlignedVector<std::uint8_t> block_ended_;  // whether an episode terminated
  std::vector<Block> blocks_;
};

}  // namespace rl
