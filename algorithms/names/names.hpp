#pragma once
/// \file
/// Puts the methods of a family on the registry's list, each with its options, formula and
/// pseudo-code.
#include "rl/registry.hpp"

namespace rl {

void add_dynamic_programming(Registry& registry);
void add_bandits(Registry& registry);
void add_stochastic_approximation(Registry& registry);
void add_monte_carlo(Registry& registry);
void add_td_prediction(Registry& registry);
void add_temporal_difference(Registry& registry);
void add_n_step(Registry& registry);
void add_function_approximation(Registry& registry);
void add_policy_gradient(Registry& registry);
void add_planning_and_learning(Registry& registry);
void add_deep_q(Registry& registry);
void add_policy_optimization(Registry& registry);

}  // namespace rl
