#pragma once
/// \file
/// A run on disk, to the bit: what it is a run of, and the state in which it was left.
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>

#include "rl/learning.hpp"

namespace rl::apps {

/// `identity` names what the run is of (learner, world, options, seed); the same run with more
/// steps has the same identity.
void save_run(std::ostream& out, const nlohmann::ordered_json& identity, const AnyRunner& runner);

/// Puts `runner` where the file left it and returns the identity that was saved, which may say
/// more. Throws std::invalid_argument, naming the file and what differs, for a file of another run
/// or none, and for one that was changed since.
nlohmann::ordered_json load_run(const std::string& path, const nlohmann::ordered_json& identity,
                                AnyRunner& runner);

}  // namespace rl::apps
