// S&B chapter 6: temporal-difference learning, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_6() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex6.2.true_values": {
      "problem": "random_walk_5", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "quantity": {"name": "values", "states": {"first": 1, "last": 5}}},

    "sb.ex6.5.windy_optimal": {
      "algorithm": "value_iteration",
      "each": [
        {"problem": "windy_grid"},
        {"problem": "windy_grid_kings"},
        {"problem": "windy_grid", "problem_options": {"actions": 9}},
        {"problem": "windy_grid_kings", "problem_options": {"stochastic_wind": true}},
        {"problem": "windy_grid", "problem_options": {"stochastic_wind": true}}],
      "quantity": "expected_steps"},

    "sb.ex6.6.cliff": {
      "problem": "cliff_walking", "quantity": "start_value",
      "each": [
        {"algorithm": "value_iteration"},
        {"algorithm": "policy_evaluation",
         "policy": ">>>>>>>>>>>v ^^^^^^^^^^^v ^^^^^^^^^^^v ^..........."},
        {"algorithm": "epsilon_soft_iteration", "options": {"epsilon": 0.1}},
        {"algorithm": "policy_evaluation",
         "policy": {"epsilon": 0.1, "greedy_in": {"algorithm": "value_iteration"}}}]},

    "sb.ex6.7.floor": {
      "problem": "maximization_bias",
      "policy": {"epsilon": 0.1, "greedy_in": {"algorithm": "value_iteration"}},
      "quantity": {"name": "probability", "state": 0, "action": 1}}
  }
  )json");
}

}  // namespace rl::reproduce
