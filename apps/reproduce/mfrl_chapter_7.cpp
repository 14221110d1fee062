// MFRL chapter 7: temporal-difference learning.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Figures 7.2 and 7.3 and the box on Expected Sarsa: lengths and rewards of episodes, by a stored
/// policy.
void add_episodes(json& specs) {
  constexpr int kRuns = 2000;
  for (const auto& [name, algorithm] : {std::pair("fig7.2_sarsa", "sarsa"),
                                        {"fig7.3_qlearning", "q_learning"},
                                        {"box7.4_expected_sarsa", "expected_sarsa"}})
    for (const auto& [text, quantity] :
         {std::pair("length", "episode_steps"), {"total_reward", "episode_return"}})
      for (const auto& [first, last] : {std::pair(1, 50), {51, 100}, {401, 500}})
        specs[fmt::format("mfrl.stat.{}_mean_{}_ep{}_{}", name, text, first, last)] =
            runs_of("mfrl_5x5_episodic", algorithm, {{"stored_policy", true}}, kRuns, quantity,
                    first, last);
}

/// Figure 7.4: Q-learning while the behaviour is uniform, on one endless trajectory.
void add_uniform_behavior(json& specs) {
  for (const int q0 : {0, 10, 100})
    for (const int step : {1000, 5000, 10'000, 20'000, 40'000, 60'000, 100'000})
      specs[fmt::format("mfrl.stat.fig7.4_offpolicy_q_q0={}_rmse_step{}", q0, step)] = {
          {"problem", "mfrl_5x5"},
          {"algorithm", "off_policy_q_learning"},
          {"options", {{"q0", q0}}},
          {"runs", 2000},
          {"quantity", {{"name", "greedy_value_rmse"}, {"step", step}}}};
}

/// Figure 7.5: a behaviour that mostly goes right explores too little.
void add_narrow_behavior(json& specs) {
  const json right(25, 1);
  for (const auto& [name, epsilon] : {std::pair("fig7.5a_eps0.5", 0.5), {"fig7.5b_eps0.1", 0.1}})
    for (const int step : {10'000, 40'000, 100'000})
      specs[fmt::format("mfrl.stat.{}_allright_rmse_step{}", name, step)] = {
          {"problem", "mfrl_5x5"},
          {"algorithm", "off_policy_q_learning"},
          {"behavior", {{"around", right}, {"epsilon", epsilon}}},
          {"runs", 2000},
          {"quantity", {{"name", "greedy_value_rmse"}, {"step", step}}}};
}

}  // namespace

json mfrl_chapter_7() {
  json specs = json::parse(R"json(
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
  add_episodes(specs);
  add_uniform_behavior(specs);
  add_narrow_behavior(specs);
  return specs;
}

}  // namespace rl::reproduce
