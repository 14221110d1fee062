#pragma once
/// \file
/// The cases of tests/truth/preference.json: one computation a kind, from the case's `inputs`.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/reproduce/case.hpp"

namespace rl::reproduce {

/// "advantage/grpo_group", "advantage/rloo", ... in alphabetical order.
std::vector<std::string> preference_kinds();
bool is_preference_kind(std::string_view kind);

/// The keys that the case's `expected` or `expected_shape` asks for; all that the kind computes
/// where it has neither. Throws std::invalid_argument, naming the kind, for an input that is
/// missing, has unknown keys or cannot be computed.
nlohmann::json compute_preference(const Case& c);

}  // namespace rl::reproduce
