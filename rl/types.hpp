#pragma once
/// \file
/// The words that every other file uses: states, actions, steps, transitions.
#include <cstddef>
#include <cstdint>

namespace rl {

/// Index of a state, 0 .. num_states() - 1.
using State = std::int32_t;
/// Index of an action, 0 .. num_actions() - 1.
using Action = std::int32_t;

/// A state, action or other count from 0 as the index of a container.
constexpr std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

/// What an environment answers to one action. Kept at 16 bytes, so that a virtual call returns it
/// in registers (smaller mixed structs cost twice as much: store forwarding).
template <class S = State>
struct Step {
  double reward;    ///< r_{t+1}
  S next;           ///< s_{t+1}
  bool terminated;  ///< s_{t+1} is terminal: its value is 0 by definition
};
static_assert(sizeof(Step<State>) == 16);

/// (s, a, r, s'): one line of experience, the only thing that a learner is told.
template <class S = State, class A = Action>
struct Transition {
  S state;
  A action;
  double reward;
  S next;
  bool terminated;         ///< by the task: no bootstrap beyond `next`
  bool truncated = false;  ///< cut by a limit on the episode: bootstrap as usual
};

}  // namespace rl
