#pragma once
/// \file
/// The graph beneath a model: what can be reached, what can end, where a policy may stay for ever.
#include <cstdint>
#include <optional>
#include <vector>

#include "rl/mdp.hpp"

namespace rl {

/// Predecessors of each state in compressed rows: those of s are
/// state[begin[s]] .. state[begin[s + 1]] - 1, each once.
struct Predecessors {
  std::vector<std::size_t> begin;  ///< [S + 1]
  std::vector<State> state;
};
Predecessors predecessors(const FiniteMdp& model);

/// [S]: 1 where the start distribution leads under some policy, terminal states included.
std::vector<std::uint8_t> reachable(const FiniteMdp& model);

/// A non-terminal state from which no policy reaches a terminal one; empty where there is none.
std::optional<State> state_without_end(const FiniteMdp& model);

/// [S]: 1 for the states from which some policy surely never ends (the largest set of states that
/// each have an action which stays in the set); all zero where every policy ends.
std::vector<std::uint8_t> endless_states(const FiniteMdp& model);

/// [S]: 1 for the non-terminal states to which every walk that starts in them can come back,
/// whatever actions it takes (the closed classes of the graph). Of a model with one action: the
/// recurrent states of its Markov chain.
std::vector<std::uint8_t> recurrent_states(const FiniteMdp& model);

/// Of a chain, a model with one action: the sets of states that lead to each other and nowhere
/// else. A walk that enters one never leaves; terminal states belong to none.
std::vector<std::vector<State>> recurrent_classes(const FiniteMdp& chain);

}  // namespace rl
