#pragma once
/// \file
/// One update of a learner as a line with its numbers filled in.
#include <string>

#include "rl/learning.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// "q(s1, right) <- 0 + 0.1 [ -1 + 0.9 * 0.5 - 0 ] = -0.055"; v(s1) where states are valued.
std::string update_text(const Update& update, const Picture& picture);

}  // namespace rl::apps
