#pragma once
/// \file
/// Policies as a person gives them: `uniform`, a file, or one letter a state.
#include <array>
#include <cstdint>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "apps/arguments.hpp"
#include "rl/files.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// "uniform": every available action alike. A file: JSON with "policy": [[S x A] probabilities], as
/// `run --save-policy` and `solve --out` write it. Else letters of actions ('>>v<o', blanks and
/// line breaks do not count), one a state in the order of the picture's cells; for a world without
/// a picture by number. A terminal state's letter means nothing. Throws std::invalid_argument.
TabularPolicy parse_policy(const std::string& text, const Problem& problem,
                           std::uint64_t file_limit = kMaxFileBytes);

/// JSON that `parse_policy` reads back to the bit: {"environment", "states", "actions", "policy"}.
void write_policy(std::ostream& out, const Problem& problem, const TabularPolicy& policy);

/// The options that are policies: text on the command line, S x A probabilities for a learner.
inline constexpr std::array kPolicyOptions = {"policy", "behavior"};

/// The numbers of such an option, row by row.
nlohmann::json probabilities_json(const TabularPolicy& policy);

/// The options given to an algorithm. Where it takes a policy or a behavior, that of --policy or
/// --behavior (uniform where none is given) stands as probabilities among them, and the policy in
/// `evaluated`.
nlohmann::json options_with_policy(const Arguments& arguments, const Problem& problem,
                                   const AlgorithmEntry& algorithm,
                                   std::optional<TabularPolicy>& evaluated);

}  // namespace rl::apps
