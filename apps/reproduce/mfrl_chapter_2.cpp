// MFRL chapter 2: state values and the Bellman equation.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_2() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch2.fig2.2.returns": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"},
      "each": [
        {"policy": "v v > o"},
        {"policy": "> v > o"},
        {"policy": [[0, 0.5, 0.5, 0, 0], 2, 1, 4]}],
      "quantity": {"name": "values", "states": 0}},

    "mfrl.ch2.fig2.4.values": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "v v > o", "quantity": "values"},

    "mfrl.ch2.fig2.5.values": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": [[0, 0.5, 0.5, 0, 0], 2, 1, 4],
      "quantity": "values"},

    "mfrl.ch2.fig2.7.a_upper": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "policy": ">>>vv ^^>vv ^<v>v ^>o<v ^>^<<", "quantity": "values"},
    "mfrl.ch2.fig2.7.a_lower": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "policy": ">>>>v ^^>>v ^<v>v ^>o<v ^>^<<", "quantity": "values"},
    "mfrl.ch2.fig2.7.b_upper": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "policy": ">>>>> >>>>> >>>>> >>>>> >>>>>", "quantity": "values"},
    "mfrl.ch2.fig2.7.b_lower": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "policy": "><<^^ vo>v> <>v<o ov^^> o>o>o", "quantity": "values"},

    "mfrl.ch2.fig2.8.action_values_s1": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": [[0, 0.5, 0.5, 0, 0], 2, 1, 4],
      "quantity": {"name": "action_values", "states": 0}},

    "mfrl.ch2.iterative_evaluation_contraction": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "options": {"stop": "change", "tolerance": 1e-6},
      "policy": ">>>vv ^^>vv ^<v>v ^>o<v ^>^<<", "quantity": "iterations"}
  }
  )json");
}

}  // namespace rl::reproduce
