#pragma once
/// \file
/// Finite MDPs as files: the library's JSON, and Cassandra's `.mdp` text.
///
///     {"states": 3, "actions": 1, "terminal": [2], "start": [1, 0, 0], "gamma": 0.9,
///      "transitions": [[s, a, s', probability, reward], ...]}
///
/// Errors are std::invalid_argument and begin with "file:line:column: ".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/mdp.hpp"

namespace rl {

struct MdpFile {
  FiniteMdp model;
  std::optional<double> gamma = std::nullopt;  ///< in [0, 1]; empty where the file gives none
  std::vector<std::string> state_names = {};   ///< [S], or empty
  std::vector<std::string> action_names = {};  ///< [A], or empty
};

inline constexpr std::uint64_t kMdpFileMemory = std::uint64_t{4} << 30;  ///< bytes

/// Reads JSON, comments allowed. `states`, `actions` and `transitions` are needed; a pair (s, a)
/// without rows is not available; rows of one (s, a, s') stay apart. Terminal states need no rows
/// and may only have rows that stay there without reward. `start` holds weights by state (absent:
/// uniform over the non-terminal states), `names` {"states": [...], "actions": [...]}. A sixth
/// number of a row is the reward's standard deviation; `rewards_are_means` as in MdpFacts.
/// Numbers are checked before anything of the declared size is allocated, and a model that needs
/// more than `memory_limit` bytes is refused.
MdpFile read_mdp_json(std::string_view text, const std::string& file_name,
                      std::uint64_t memory_limit = kMdpFileMemory);

/// Reads Cassandra's format (pomdp.org, "POMDP file format") without observations: a preamble
/// (discount, values, states, actions), an optional start (distribution, state, uniform,
/// include, exclude), then T: and R: in all their forms, later lines overruling earlier ones.
/// `values: cost` negates rewards; a POMDP is refused. A pair (s, a) without transitions is not
/// available. The format knows no terminal states.
MdpFile read_mdp_cassandra(std::string_view text, const std::string& file_name,
                           std::uint64_t memory_limit = kMdpFileMemory);

/// JSON text that `read_mdp_json` reads back to the bit.
std::string write_mdp_json(const MdpFile& file);

}  // namespace rl
