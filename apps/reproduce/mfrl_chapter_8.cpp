// MFRL chapter 8: value functions, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_8() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch8.fig8.5.stationary": {
      "problem": "mfrl_2x2", "policy": {"epsilon": 0.5, "around": "v v > o"},
      "each": [{"quantity": "eigenvalues"}, {"quantity": "stationary_distribution"}],
      "join": true},

    "mfrl.ch8.fig8.6.values": {
      "problem": "mfrl_5x5", "algorithm": "policy_evaluation", "policy": "uniform",
      "quantity": "values"}
  }
  )json");
}

}  // namespace rl::reproduce
