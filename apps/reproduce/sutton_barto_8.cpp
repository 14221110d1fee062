// S&B chapter 8: planning and learning, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json sutton_barto_8() {
  return nlohmann::json::parse(R"json(
  {
    "sb.ex8.mazes": {
      "algorithm": "value_iteration",
      "each": [
        {"problem": "dyna_maze"},
        {"problem": "blocking_maze", "model": 0},
        {"problem": "blocking_maze", "model": 1},
        {"problem": "shortcut_maze", "model": 0},
        {"problem": "shortcut_maze", "model": 1}],
      "quantity": "expected_steps"}
  }
  )json");
}

}  // namespace rl::reproduce
