#pragma once
/// \file
/// One update of a learner as a line with its numbers filled in.
#include <string>

#include "rl/learning.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// What the books call a quantity: v, q, H for preferences, or h for those behind a policy.
char estimate_letter(Quantity what);

/// "-1", or "-1 - 0.5" where an average reward is subtracted.
std::string reward_text(const Update& update);

/// "q(s1, right) <- 0 + 0.1 [ -1 + 0.9 * 0.5 - 0 ] = -0.055"; "... + 0.1 * 0.9 [ ..." where a
/// weight belongs to the estimate.
std::string update_text(const Update& update, Quantity what, const Picture& picture);

}  // namespace rl::apps
