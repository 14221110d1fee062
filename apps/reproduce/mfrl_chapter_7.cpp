// MFRL chapter 7: temporal-difference learning, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

nlohmann::json mfrl_chapter_7() {
  return nlohmann::json::parse(R"json(
  {
    "mfrl.ch7.fig7.2.optimal_path": {
      "problem": "mfrl_5x5_episodic", "problem_options": {"forbidden": "bounce"}, "gamma": 1,
      "algorithm": "value_iteration",
      "each": [{"quantity": "expected_steps"}, {"quantity": "start_value"}]},

    "mfrl.ch7.fig7.4.initial_rmse": {
      "problem": "mfrl_5x5", "algorithm": "value_iteration", "options": {"tolerance": 1e-12},
      "each": [
        {"quantity": {"name": "rms_difference", "to": 0}},
        {"quantity": {"name": "rms_difference", "to": 10}},
        {"quantity": {"name": "rms_difference", "to": 100}}]}
  }
  )json");
}

}  // namespace rl::reproduce
