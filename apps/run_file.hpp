#pragma once
/// \file
/// A run on disk, to the bit: what it is a run of, and the state in which it was left.
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "rl/learning.hpp"

namespace rl::apps {

/// A state on disk behind a first line that holds a hash and a second one with its identity.
void save_state_file(std::ostream& out, const nlohmann::ordered_json& identity,
                     std::string_view state);

struct StateFile {
  nlohmann::ordered_json identity;
  std::string state;
};
/// Throws std::invalid_argument, naming the file and what differs, where a key of `identity` has
/// another value in the file, and for a file that is damaged or none.
StateFile load_state_file(const std::string& path, const nlohmann::ordered_json& identity);

/// `identity` names what the run is of (learner, world, options, seed); the same run with more
/// steps has the same identity.
void save_run(std::ostream& out, const nlohmann::ordered_json& identity, const AnyRunner& runner);

/// Puts `runner` where the file left it and returns the identity that was saved, which may say
/// more. Throws std::invalid_argument, naming the file and what differs, for a file of another run
/// or none, and for one that was changed since.
nlohmann::ordered_json load_run(const std::string& path, const nlohmann::ordered_json& identity,
                                AnyRunner& runner);

}  // namespace rl::apps
