// MFRL chapter 10: actor-critic methods, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_10() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch10.fig10.2.importance_sampling": {
      "formula": "importance_sampling", "x": [1, -1], "wanted": [0.5, 0.5], "from": [0.8, 0.2],
      "only": 0},

    "mfrl.ch10.dpg_lqr_optimum": {
      "formula": "lqr_gain_and_value", "a": 0.9, "b": 0.5, "q": 1, "r": 0.1, "gamma": 0.9}
  }
  )json");
}

}  // namespace rl::reproduce
