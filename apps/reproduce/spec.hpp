#pragma once
/// \file
/// A case as data: which world, which algorithm, which number of it. apps/reproduce/README.md lists
/// the keys; `computation.hpp` and `quantities.cpp` are what they mean.
///
///     {"problem": "mfrl_5x5", "gamma": 0.5, "algorithm": "value_iteration", "quantity": "values"}
#include <nlohmann/json_fwd.hpp>

#include "rl/registry.hpp"

namespace rl::reproduce {

/// What a spec asks for: a number, or arrays of numbers, null where there is none (an action that
/// is not available). Throws std::invalid_argument for a spec that cannot be read or computed.
nlohmann::json compute(const Registry& registry, const nlohmann::json& spec);

}  // namespace rl::reproduce
