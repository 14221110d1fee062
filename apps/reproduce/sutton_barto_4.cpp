// S&B chapter 4: dynamic programming.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Jack's states by cars at the first location, then at the second.
json jacks_states() {
  json rows = json::array();
  for (int n1 = 0; n1 <= 20; ++n1) {
    rows.push_back(json::array());
    for (int n2 = 0; n2 <= 20; ++n2) rows.back().push_back(21 * n1 + n2);
  }
  return rows;
}

}  // namespace

json sutton_barto_4() {
  json specs = json::parse(R"json(
  {
    "sb.ex4.1.k1": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"max_sweeps": 1}, "quantity": "values"},
    "sb.ex4.1.k2": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"max_sweeps": 2}, "quantity": "values"},
    "sb.ex4.1.k3": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"max_sweeps": 3}, "quantity": "values"},
    "sb.ex4.1.k10": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"max_sweeps": 10}, "quantity": "values"},
    "sb.ex4.1.kinf": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"method": "closed_form"}, "quantity": "values"},
    "sb.ex4.1.sweeps": {
      "problem": "sb_grid_4_1", "algorithm": "policy_evaluation", "policy": "uniform",
      "options": {"stop": "change", "tolerance": 1e-4},
      "each": [{"options": {"order": "synchronous"}}, {"options": {"order": "in_place"}}],
      "quantity": "iterations"},

    "sb.ex4.2.values": {
      "problem": "jacks_car_rental", "algorithm": "policy_iteration",
      "options": {"initial_action": 5},
      "quantity": {"name": "values", "states": [0, 220, 440]}},
    "sb.ex4.2.policy": {
      "problem": "jacks_car_rental", "algorithm": "policy_iteration",
      "options": {"initial_action": 5},
      "quantity": {"name": "greedy_actions", "count_from": -5}},
    "sb.ex4.2.truncated11": {
      "problem": "jacks_car_rental", "problem_options": {"poisson_terms": 11},
      "algorithm": "policy_iteration", "options": {"initial_action": 5},
      "each": [
        {"quantity": {"name": "values", "states": [0, 220, 440]}},
        {"quantity": {
          "name": "states_with_other_action",
          "than": {
            "problem": "jacks_car_rental", "algorithm": "policy_iteration",
            "options": {"initial_action": 5}}}}],
      "join": true},
    "sb.exercise4.7.values": {
      "problem": "jacks_car_rental_4_7", "algorithm": "policy_iteration",
      "options": {"initial_action": 5},
      "quantity": {"name": "values", "states": [0, 220, 440]}},

    "sb.ex4.3.gambler_ph0.25": {
      "problem": "gambler", "problem_options": {"ph": 0.25}, "algorithm": "value_iteration",
      "quantity": {"name": "values", "states": [1, 10, 25, 50, 51, 75, 99]}},
    "sb.ex4.3.gambler_ph0.4": {
      "problem": "gambler", "algorithm": "value_iteration",
      "quantity": {"name": "values", "states": [1, 10, 25, 50, 51, 75, 99]}},
    "sb.ex4.3.gambler_ph0.55": {
      "problem": "gambler", "problem_options": {"ph": 0.55}, "algorithm": "value_iteration",
      "quantity": {"name": "values", "states": [1, 10, 25, 50, 51, 75, 99]}},
    "sb.ex4.3.gambler_optimal_sets": {
      "problem": "gambler", "algorithm": "value_iteration",
      "options": {"order": "in_place", "stop": "change", "tolerance": 1e-16},
      "quantity": {"name": "optimal_actions", "states": [51, 64, 95], "count_from": 1}},
    "sb.ex4.3.gambler_policy_smallest": {
      "problem": "gambler", "algorithm": "value_iteration",
      "options": {"order": "in_place", "stop": "change", "tolerance": 1e-16},
      "quantity": {"name": "greedy_actions", "states": {"first": 1, "last": 99}, "count_from": 1}}
  }
  )json");
  specs["sb.ex4.2.policy"]["quantity"]["states"] = jacks_states();
  return specs;
}

}  // namespace rl::reproduce
