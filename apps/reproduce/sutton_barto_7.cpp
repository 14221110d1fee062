// S&B chapter 7: n-step bootstrapping, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_7() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex7.1.rw19": {
      "problem": "random_walk_19", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [
        {"quantity": {"name": "values", "states": [1, 19]}},
        {"quantity": {"name": "rms_difference", "to": 0}}],
      "join": true}
  }
  )json");
}

}  // namespace rl::reproduce
