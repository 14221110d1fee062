// S&B chapter 10: average reward.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_10() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex10.2.access_control_optimal": {
      "problem": "access_control", "algorithm": "relative_value_iteration",
      "options": {"tolerance": 1e-12},
      "each": [
        {"quantity": "average_reward"},
        {"quantity": {
          "name": "first_where_best", "action": 1,
          "states": [
            [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40],
            [1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 41],
            [2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42],
            [3, 7, 11, 15, 19, 23, 27, 31, 35, 39, 43]]}}],
      "join": true}
  }
  )json");
}

}  // namespace rl::reproduce
