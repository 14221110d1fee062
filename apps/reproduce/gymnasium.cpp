// Gymnasium's worlds.
#include <nlohmann/json.hpp>

#include "apps/reproduce/blackjack_specs.hpp"
#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

json gymnasium() {
  json specs = json::parse(R"json(
  {
    "gym.cliffwalking": {
      "problem": "gym_cliff_walking", "algorithm": "value_iteration", "quantity": "start_value"},

    "gym.frozenlake4x4": {
      "problem": "frozen_lake", "algorithm": "value_iteration", "quantity": "start_value",
      "each": [
        {"gamma": 1}, {"gamma": 0.99}, {"gamma": 0.95}, {"gamma": 0.9},
        {"gamma": 1, "algorithm": "backward_induction", "options": {"horizon": 100}}]},
    "gym.frozenlake8x8": {
      "problem": "frozen_lake_8x8", "algorithm": "value_iteration", "quantity": "start_value",
      "each": [
        {"gamma": 1}, {"gamma": 0.99}, {"gamma": 0.95}, {"gamma": 0.9},
        {"gamma": 1, "algorithm": "backward_induction", "options": {"horizon": 200}}]},
    "gym.frozenlake4x4.vstar": {
      "problem": "frozen_lake", "gamma": 0.99, "algorithm": "value_iteration",
      "quantity": "values"},
    "gym.frozenlake4x4.nonslip": {
      "problem": "frozen_lake", "problem_options": {"is_slippery": false}, "gamma": 0.99,
      "algorithm": "value_iteration", "quantity": "start_value"},

    "gym.taxi": {
      "problem": "taxi", "algorithm": "value_iteration",
      "each": [
        {"gamma": 1, "quantity": "start_value"},
        {"gamma": 0.99, "quantity": "start_value"},
        {"gamma": 0.9, "quantity": "start_value"},
        {"gamma": 1, "quantity": {"name": "start_value", "of": "largest"}},
        {"gamma": 1, "quantity": {"name": "start_value", "of": "smallest"}}]}
  }
  )json");
  specs["gym.blackjack.start_values"] = {
      {"problem", "blackjack"},
      {"quantity", "start_value"},
      {"each",
       {{{"algorithm", "value_iteration"}, {"problem_options", {{"rules", "no_naturals"}}}},
        {{"algorithm", "value_iteration"}, {"problem_options", {{"rules", "sab"}}}},
        {{"algorithm", "policy_evaluation"}, {"policy", stick_on_20()}}}}};
  return specs;
}

}  // namespace rl::reproduce
