#pragma once
/// \file
/// Episodes as files: what a behaviour did, for those who learn from it without choosing
/// (`rlbook evaluate-policy --save-episode`, `rlbook run --episode`).
///
///     {"environment": "mfrl_5x5",
///      "transitions": [[s, a, reward, s', terminated], ...]}
///
/// States and actions count from 0. Each transition goes on from the one before it; the first one
/// and those after a terminated one begin an episode, anywhere. Errors are std::invalid_argument
/// and begin with "file:line:column: ".
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/problem.hpp"
#include "rl/types.hpp"

namespace rl {

/// Reads JSON, comments allowed; `environment` is for people. Whatever is impossible in the
/// problem's model is an error that names the transition and what is possible: an action that is
/// not available, a next state or a reward that its row does not have (any reward where rewards are
/// noisy or means), a wrong `terminated`. A last transition that is not terminated is truncated.
std::vector<Transition<State>> read_episodes(std::string_view text, const std::string& file_name,
                                             const Problem& problem);

/// JSON text that `read_episodes` reads back to the bit, a transition a line.
std::string write_episodes(const std::string& environment,
                           std::span<const Transition<State>> transitions);

}  // namespace rl
