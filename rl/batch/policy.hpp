#pragma once
/// \file
/// BatchPolicy: actions for a batch of worlds from the rows of a tabular policy.
///
///     BatchWorlds worlds(PackedModel(model), 512, root);
///     BatchPolicy pi(model, policy, 512, root);
///     for (...) worlds.step(pi.choose(worlds.states()));
///
/// World i draws from the agent's stream of Streams(root.split(i)), once a step, and takes what
/// TabularPolicy::sample draws from it, to the bit. That subtracts probabilities from u in turn; as
/// rounding never reverses an order, action j or a later one is taken from some u on, and these
/// thresholds are found by bisection among the 2^53 numbers that u can be: 8 bytes a state and
/// action.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rl/batch/random_lanes.hpp"
#include "rl/policy.hpp"

namespace rl {

class BatchPolicy {
 public:
  /// For worlds first .. first + size - 1. Throws std::invalid_argument for no worlds and for a
  /// policy that is none of the model (check_policy).
  BatchPolicy(const FiniteMdp& model, const TabularPolicy& policy, std::size_t size,
              const Rng& root, std::size_t first = 0);

  /// An action for each world; `states`, where they are, none of them terminal. Throws
  /// std::invalid_argument for another number of them.
  std::span<const Action> choose(std::span<const State> states);

 private:
  Action num_actions_;
  std::vector<std::int64_t> threshold_;  // [S x (A - 1)]
  RandomLanes random_;
  detail::AlignedVector<Action> action_;  // [N]
};

}  // namespace rl
