// MFRL chapter 9: metrics of policies and their gradients.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_9() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch9.lemma9.1": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [{"quantity": "average_value"}, {"quantity": "average_reward"}]},

    "mfrl.ch9.policy_gradient_2x2": {
      "problem": "mfrl_2x2", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [{"quantity": "values"}, {"quantity": {"name": "value_gradient", "state": 0}}]}
  }
  )json");
}

}  // namespace rl::reproduce
