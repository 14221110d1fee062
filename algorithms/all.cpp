#include "algorithms/all.hpp"

#include "algorithms/names/names.hpp"

namespace rl {

void add_algorithms(Registry& registry) {
  add_dynamic_programming(registry);
  add_bandits(registry);
  add_stochastic_approximation(registry);
  add_monte_carlo(registry);
  add_td_prediction(registry);
  add_temporal_difference(registry);
  add_n_step(registry);
  add_function_approximation(registry);
  add_policy_gradient(registry);
  add_planning_and_learning(registry);
  add_deep_q(registry);
  add_policy_optimization(registry);
}

}  // namespace rl
