#pragma once
/// \file
/// Blackjack as the books' figures lay it out.
#include <nlohmann/json_fwd.hpp>

namespace rl::reproduce {

/// [player's sum, ascending][dealer's card, ace first]; null where a sum has no usable ace.
nlohmann::json blackjack_states(int lowest_sum, bool usable_ace);

/// The policy of Figure 5.1: stick on 20 and 21, hit below. [S]
nlohmann::json stick_on_20();

}  // namespace rl::reproduce
