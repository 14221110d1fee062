// S&B chapter 3: finite Markov decision processes.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_3() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex3.5.vpi": {
      "problem": "sb_grid_3_5", "algorithm": "policy_evaluation", "policy": "uniform",
      "quantity": "values"},
    "sb.ex3.8.vstar": {
      "problem": "sb_grid_3_5", "algorithm": "value_iteration", "quantity": "values"}
  }
  )json");
}

}  // namespace rl::reproduce
