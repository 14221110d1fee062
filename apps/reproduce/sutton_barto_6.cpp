// S&B chapter 6: temporal-difference learning.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Sarsa, Expected Sarsa and Q-learning on the cliff: rewards an episode.
void add_cliff(json& specs) {
  const auto cliff = [](const char* algorithm, double alpha, int runs, int first, int last) {
    return runs_of("cliff_walking", algorithm, {{"alpha", alpha}}, runs, "episode_return", first,
                   last);
  };
  for (const auto& [name, algorithm] : {std::pair("sarsa", "sarsa"),
                                        {"expected_sarsa", "expected_sarsa"},
                                        {"qlearning", "q_learning"}}) {
    const std::string id =
        fmt::format("sb.stat.ex6.6_{}_alpha0.5_eps0.1_reward_per_episode_", name);
    specs[id + "ep1_100"] = cliff(algorithm, 0.5, 20'000, 1, 100);
    specs[id + "ep401_500"] = cliff(algorithm, 0.5, 5'000, 401, 500);
    for (const auto& [text, alpha] :
         {std::pair("0.1", 0.1), {"0.3", 0.3}, {"0.6", 0.6}, {"0.9", 0.9}, {"1", 1.0}}) {
      const std::string setting = fmt::format("{}_alpha{}", name, text);
      specs["sb.stat.fig6.3_interim_" + setting] = cliff(algorithm, alpha, 20'000, 1, 100);
      specs["sb.stat.fig6.3_asymptotic_" + setting + "_ep2001_20000"] =
          cliff(algorithm, alpha, 400, 2001, 20'000);
    }
  }
}

/// Sarsa on the windy grids: episodes that end within the first, or the last, of 8,000 steps.
void add_windy_grid(json& specs) {
  const json options = {{"alpha", 0.5}};
  const auto ended = [&](const char* world, int runs, int first) {
    return runs_of(world, "sarsa", options, runs, "episodes_ended", first, 8000);
  };
  specs["sb.stat.ex6.5_windy_sarsa_episodes_completed_in_8000_steps"] =
      ended("windy_grid", 5000, 1);
  specs["sb.stat.ex6.5_windy_sarsa_episodes_in_last_1000_of_8000_steps"] =
      ended("windy_grid", 5000, 7001);
  specs["sb.stat.ex6.9_kings_sarsa_episodes_completed_in_8000_steps"] =
      ended("windy_grid_kings", 2000, 1);
}

/// RMS errors of predictions on the walk of five states, after so many episodes.
json walk_error(const char* algorithm, const json& options, int runs, int episodes) {
  return runs_of("random_walk_5", algorithm, options, runs, "value_rmse", episodes, episodes);
}

/// Example 6.2 and Figure 6.2.
void add_random_walk(json& specs) {
  for (const int episodes : {1, 10, 100}) {
    for (const char* alpha : {"0.05", "0.1", "0.15"})
      specs[fmt::format("sb.stat.ex6.2_TD_alpha{}_rms_after_{}_episodes", alpha, episodes)] =
          walk_error("td", {{"alpha", std::stod(alpha)}, {"v0", 0.5}}, 20'000, episodes);
    for (const char* alpha : {"0.01", "0.02", "0.03", "0.04"})
      specs[fmt::format("sb.stat.ex6.2_MC_alpha{}_rms_after_{}_episodes", alpha, episodes)] =
          walk_error("mc_prediction",
                     {{"visits", "every"}, {"alpha", std::stod(alpha)}, {"v0", 0.5}}, 20'000,
                     episodes);
  }
  for (const int episodes : {10, 50, 100})
    for (const auto& [name, algorithm] : {std::pair("TD", "batch_td"), {"MC", "batch_mc"}})
      specs[fmt::format("sb.stat.fig6.2_batch_{}_rms_after_{}_episodes", name, episodes)] =
          walk_error(algorithm, {{"v0", 0.5}}, 2000, episodes);
}

/// Figure 6.5: runs that took 'left' in A in the k-th episode.
void add_maximization_bias(json& specs) {
  for (const auto& [name, algorithm] :
       {std::pair("qlearning", "q_learning"), {"double_q", "double_q_learning"}})
    for (const int episode : {10, 50, 100, 300})
      specs[fmt::format("sb.stat.fig6.5_{}_pct_left_episode{}", name, episode)] = {
          {"problem", "maximization_bias"},
          {"algorithm", algorithm},
          {"runs", 20'000},
          {"quantity",
           {{"name", "action_share"}, {"state", 0}, {"action", 1}, {"episode", episode}}}};
}

}  // namespace

json sutton_barto_6() {
  json specs = json::parse(R"json(
  {
    "sb.ex6.2.true_values": {
      "problem": "random_walk_5", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "quantity": {"name": "values", "states": {"first": 1, "last": 5}}},

    "sb.ex6.2.first_episode": {
      "problem": "random_walk_5", "algorithm": "td", "options": {"alpha": 0.1, "v0": 0.5},
      "runs": 100,
      "each": [
        {"quantity": {"name": "value_rmse", "step": 0}},
        {"quantity": {"name": "value_rmse", "first": 1, "last": 1}},
        {"quantity": {"name": "estimate", "place": 1, "first": 1, "last": 1},
         "statistic": "smallest"}]},

    "sb.ex6.4.batch": {
      "formula": "batch_value", "states": 2,
      "episodes": [[[0, 0], [1, 0]], [[1, 1]], [[1, 1]], [[1, 1]], [[1, 1]], [[1, 1]], [[1, 1]],
                   [[1, 0]]],
      "each": [{"method": "td", "place": 0}, {"method": "mc", "place": 0},
               {"method": "td", "place": 1}]},

    "sb.ex6.5.windy_optimal": {
      "algorithm": "value_iteration",
      "each": [
        {"problem": "windy_grid"},
        {"problem": "windy_grid_kings"},
        {"problem": "windy_grid", "problem_options": {"actions": 9}},
        {"problem": "windy_grid_kings", "problem_options": {"stochastic_wind": true}},
        {"problem": "windy_grid", "problem_options": {"stochastic_wind": true}}],
      "quantity": "expected_steps"},

    "sb.ex6.6.cliff": {
      "problem": "cliff_walking", "quantity": "start_value",
      "each": [
        {"algorithm": "value_iteration"},
        {"algorithm": "policy_evaluation",
         "policy": ">>>>>>>>>>>v ^^^^^^^^^^^v ^^^^^^^^^^^v ^..........."},
        {"algorithm": "epsilon_soft_iteration", "options": {"epsilon": 0.1}},
        {"algorithm": "policy_evaluation",
         "policy": {"epsilon": 0.1, "greedy_in": {"algorithm": "value_iteration"}}}]},

    "sb.ex6.7.floor": {
      "problem": "maximization_bias",
      "policy": {"epsilon": 0.1, "greedy_in": {"algorithm": "value_iteration"}},
      "quantity": {"name": "probability", "state": 0, "action": 1}}
  }
  )json");
  add_cliff(specs);
  add_windy_grid(specs);
  add_random_walk(specs);
  add_maximization_bias(specs);
  return specs;
}

}  // namespace rl::reproduce
