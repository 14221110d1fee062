// S&B chapter 9: on-policy prediction with approximation, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_9() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex9.1.true_values": {
      "problem": "random_walk_1000", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [
        {"quantity": {"name": "values", "states": [1, 100, 250, 500, 501, 1000]}},
        {"quantity": "expected_steps"}],
      "join": true}
  }
  )json");
}

}  // namespace rl::reproduce
