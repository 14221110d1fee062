// MFRL chapter 3: optimal values and the Bellman optimality equation.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_3() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch3.fig3.2.values_and_q": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "> v > o",
      "each": [{"quantity": "values"}, {"quantity": {"name": "action_values", "states": 0}}],
      "join": true},

    "mfrl.ch3.ex3.4.fixed_point": {
      "formula": "scaled_sine", "factor": 0.5, "x0": 10, "steps": 5},

    "mfrl.ch3.fig3.4a.vstar": {
      "problem": "mfrl_5x5", "algorithm": "value_iteration", "quantity": "values"},
    "mfrl.ch3.fig3.4a.optimal_actions": {
      "problem": "mfrl_5x5", "algorithm": "value_iteration", "options": {"tolerance": 1e-12},
      "quantity": {"name": "optimal_actions", "count_from": 1}},
    "mfrl.ch3.fig3.4b.vstar": {
      "problem": "mfrl_5x5", "gamma": 0.5, "algorithm": "value_iteration", "quantity": "values"},
    "mfrl.ch3.fig3.4b.optimal_actions": {
      "problem": "mfrl_5x5", "gamma": 0.5, "algorithm": "value_iteration",
      "options": {"tolerance": 1e-12},
      "quantity": {"name": "optimal_actions", "count_from": 1}},
    "mfrl.ch3.fig3.4c.vstar": {
      "problem": "mfrl_5x5", "gamma": 0, "algorithm": "value_iteration", "quantity": "values"},
    "mfrl.ch3.fig3.4c.optimal_actions": {
      "problem": "mfrl_5x5", "gamma": 0, "algorithm": "value_iteration",
      "options": {"tolerance": 1e-12},
      "quantity": {"name": "optimal_actions", "count_from": 1}},
    "mfrl.ch3.fig3.4d.vstar": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "value_iteration", "quantity": "values"},
    "mfrl.ch3.fig3.4d.optimal_actions": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "value_iteration",
      "options": {"tolerance": 1e-12},
      "quantity": {"name": "optimal_actions", "count_from": 1}},

    "mfrl.ch3.fig3.5": {
      "problem": "mfrl_2x2_open", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"},
      "each": [{"policy": "v v > o"}, {"policy": "v < > o"}], "quantity": "values",
      "join": true},

    "mfrl.ch3.thm3.6.affine_reward": {
      "problem": "mfrl_5x5", "problem_options": {"r_target": 3, "r_other": 1},
      "algorithm": "value_iteration", "quantity": "values"}
  }
  )json");
}

}  // namespace rl::reproduce
