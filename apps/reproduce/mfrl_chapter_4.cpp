// MFRL chapter 4: value iteration, policy iteration, truncated policy iteration.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_4() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch4.table4.2.q_k0": {
      "problem": "mfrl_2x2", "algorithm": "value_iteration", "options": {"max_sweeps": 0},
      "quantity": "action_values"},
    "mfrl.ch4.table4.3.q_k1": {
      "problem": "mfrl_2x2", "algorithm": "value_iteration", "options": {"max_sweeps": 1},
      "quantity": "action_values"},
    "mfrl.ch4.vi_2x2_values": {
      "problem": "mfrl_2x2", "algorithm": "value_iteration",
      "each": [{"options": {"stop": "change", "max_sweeps": 1}}, {"options": {"stop": "change", "max_sweeps": 2}}],
      "quantity": "values", "join": true},

    "mfrl.ch4.pi_1x2_evaluation": {
      "problem": "mfrl_1x2", "algorithm": "policy_evaluation", "policy": "<<",
      "each": [
        {"options": {"stop": "change", "max_sweeps": 1}},
        {"options": {"stop": "change", "max_sweeps": 2}},
        {"options": {"stop": "change", "max_sweeps": 3}},
        {"options": {"method": "closed_form"}}],
      "quantity": "values", "join": true},
    "mfrl.ch4.table4.5.q": {
      "problem": "mfrl_1x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "<<",
      "quantity": "action_values", "join": true},

    "mfrl.ch4.vi_iterations_fig3.4a": {
      "problem": "mfrl_5x5", "algorithm": "value_iteration",
      "options": {"stop": "change", "tolerance": 1e-6}, "quantity": "iterations"},
    "mfrl.ch4.vi_iterations_fig3.4d": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "value_iteration",
      "options": {"stop": "change", "tolerance": 1e-6}, "quantity": "iterations"},

    "mfrl.ch4.fig4.4.v_pi0": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": 4, "quantity": "values"},
    "mfrl.ch4.fig4.4.v_final": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "policy_iteration",
      "options": {"initial_action": 4}, "quantity": "values"},
    "mfrl.ch4.pi_trace_lowest_index": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "policy_iteration",
      "options": {"initial_action": 4, "ties": "first"}, "quantity": "value_sums"},

    "mfrl.ch4.truncated_pi_j1": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "truncated_policy_iteration",
      "options": {"initial_action": 4, "ties": "first", "evaluation_sweeps": 1},
      "quantity": {"name": "iterations_until", "error_below": 1e-3}},
    "mfrl.ch4.truncated_pi_j5": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "truncated_policy_iteration",
      "options": {"initial_action": 4, "ties": "first", "evaluation_sweeps": 5},
      "quantity": {"name": "iterations_until", "error_below": 1e-3}},
    "mfrl.ch4.truncated_pi_j9": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "truncated_policy_iteration",
      "options": {"initial_action": 4, "ties": "first", "evaluation_sweeps": 9},
      "quantity": {"name": "iterations_until", "error_below": 1e-3}},
    "mfrl.ch4.truncated_pi_j56": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "truncated_policy_iteration",
      "options": {"initial_action": 4, "ties": "first", "evaluation_sweeps": 56},
      "quantity": {"name": "iterations_until", "error_below": 1e-3}},
    "mfrl.ch4.truncated_pi_j1000": {
      "problem": "mfrl_5x5_forbidden_10", "algorithm": "truncated_policy_iteration",
      "options": {"initial_action": 4, "ties": "first", "evaluation_sweeps": 1000},
      "quantity": {"name": "iterations_until", "error_below": 1e-3}}
  }
  )json");
}

}  // namespace rl::reproduce
