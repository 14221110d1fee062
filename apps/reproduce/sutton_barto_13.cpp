// S&B chapter 13: policy gradients, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_13() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex13.1.corridor": {
      "problem": "short_corridor", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "quantity": "start_value",
      "each": [
        {"policy": {"best_mix": [0, 1]},
         "quantity": {"name": "probability", "state": 0, "action": 0}},
        {"policy": {"best_mix": [0, 1]}},
        {"policy": {"everywhere": [0.95, 0.05]}},
        {"policy": {"everywhere": [0.05, 0.95]}}]}
  }
  )json");
}

}  // namespace rl::reproduce
