#pragma once
/// \file
/// Quantities of linear methods and of policy gradients, exact.
#include <nlohmann/json_fwd.hpp>

#include "apps/reproduce/computation.hpp"

namespace rl::reproduce {

/// [RMSVE, w ...] of the weights with the smallest VE.
nlohmann::json best_approximation_of(Computation& computation, const nlohmann::json& quantity);
/// [RMSVE, w ...] of the weights at which TD(lambda) is at rest.
nlohmann::json td_fixed_point_of(Computation& computation, const nlohmann::json& quantity);
/// Weights after sweeps of expected updates.
nlohmann::json expected_updates_of(Computation& computation, const nlohmann::json& quantity);
/// The gradient of v(state) in the preferences of a softmax, one row a state.
nlohmann::json value_gradient_of(Computation& computation, const nlohmann::json& quantity);

}  // namespace rl::reproduce
