#pragma once
/// \file
/// Policies as one letter a state.
#include <string>

#include "rl/policy.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// Letters of actions ('>>v<o', blanks and line breaks do not count), one a state in the order of
/// the picture's cells; for a world without a picture by number. A terminal state's letter means
/// nothing. Throws std::invalid_argument.
TabularPolicy policy_by_letters(std::string text, const Problem& problem);

}  // namespace rl::apps
