// S&B chapter 8: planning and learning.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Figure 8.2: steps of an episode in the maze, by the number of planning steps.
void add_dyna_maze(json& specs) {
  const auto steps = [](int n, int first, int last) {
    return runs_of("dyna_maze", "dyna_q", {{"planning_steps", n}}, 2000, "episode_steps", first,
                   last);
  };
  for (const int n : {0, 5, 50}) {
    const std::string id = fmt::format("sb.stat.fig8.2_dyna_n{}_steps_ep", n);
    for (const int episode : {2, 5, 10})
      specs[id + std::to_string(episode)] = steps(n, episode, episode);
    specs[id + "41_50"] = steps(n, 41, 50);
  }
  specs["sb.stat.fig8.2_dyna_steps_ep1"] = steps(0, 1, 1);  // the same for every n
}

/// Figures 8.4 and 8.5: rewards in a maze that changes.
void add_changing_mazes(json& specs) {
  const auto rewards = [](const char* world, const char* algorithm, int n, double kappa, int last) {
    json options = {{"alpha", 1}, {"planning_steps", n}};
    if (algorithm == std::string("dyna_q_plus")) options["kappa"] = kappa;
    return runs_of(world, algorithm, options, 2000, "reward_sum", 1, last);
  };
  for (const auto& [name, algorithm] : {std::pair("dynaq", "dyna_q"), {"dynaq+", "dyna_q_plus"}}) {
    for (const int last : {1000, 3000})
      specs[fmt::format("sb.stat.fig8.4_blocking_{}_cumreward_{}", name, last)] =
          rewards("blocking_maze", algorithm, 10, 1e-4, last);
    for (const int last : {3000, 6000})
      specs[fmt::format("sb.stat.fig8.5_shortcut_{}_cumreward_{}", name, last)] =
          rewards("shortcut_maze", algorithm, 50, 1e-3, last);
  }
}

}  // namespace

json sutton_barto_8() {
  json specs = json::parse(R"json(
  {
    "sb.ex8.mazes": {
      "algorithm": "value_iteration",
      "each": [
        {"problem": "dyna_maze"},
        {"problem": "blocking_maze", "model": 0},
        {"problem": "blocking_maze", "model": 1},
        {"problem": "shortcut_maze", "model": 0},
        {"problem": "shortcut_maze", "model": 1}],
      "quantity": "expected_steps"},

    "sb.fig8.7.expected_vs_sample": {
      "formula": "sample_update_error", "each": [{"b": 2}, {"b": 10}, {"b": 100}, {"b": 1000}]}
  }
  )json");
  add_dyna_maze(specs);
  add_changing_mazes(specs);
  return specs;
}

}  // namespace rl::reproduce
