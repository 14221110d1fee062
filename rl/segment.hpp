#pragma once
/// \file
/// A segment: a piece of an episode, s_0, a_0, r_1, s_1, ..., a_{L-1}, r_L, s_L. What is compared
/// when preferences are learned from; a response to a prompt is one that goes from a start to an
/// end.
#include <cstddef>
#include <span>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/types.hpp"

namespace rl {

struct Segment {
  std::vector<State> states;         ///< [L + 1]
  std::vector<Action> actions;       ///< [L]
  std::vector<double> rewards = {};  ///< [L]; empty: unknown, as in data that people gave
  bool terminated = false;           ///< s_L is terminal

  std::size_t length() const { return actions.size(); }
  bool operator==(const Segment&) const = default;
};

/// Follows `actions` from `start` through a model in which every step is certain (a noisy reward
/// counts as its mean). Throws std::invalid_argument, naming state and action, for a start that is
/// no state and where a step is not available, left to chance, or lies beyond a terminal state.
Segment follow(const FiniteMdp& model, State start, std::span<const Action> actions);

}  // namespace rl
