// MFRL chapter 1: basic concepts.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_1() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch1.transition_table": {
      "problem": "mfrl_3x3", "quantity": {"name": "next_states", "count_from": 1}},

    "mfrl.ch1.reward_table": {
      "problem": "mfrl_3x3", "problem_options": {"r_boundary": -1, "r_forbidden": -2},
      "quantity": {"name": "rewards", "letters": {"B": -1, "F": -2, "T": 1, "0": 0}}},

    "mfrl.ch1.discounted_return": {
      "formula": "discounted_return", "gamma": 0.9, "rewards": [0, 0, 0], "then": 1}
  }
  )json");
}

}  // namespace rl::reproduce
