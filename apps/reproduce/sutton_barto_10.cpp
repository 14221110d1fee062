// S&B chapter 10: on-policy control with features; average reward.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Steps of an episode of the mountain car with 8 tilings, whose step sizes are eighths.
json car_steps(const char* algorithm, json options, const char* eighths, int first, int last) {
  options.update(
      {{"alpha", std::stod(eighths) / 8}, {"epsilon", 0}, {"features", "tiles:origin=zero"}});
  json spec = runs_of("mountain_car", algorithm, options, 200, "episode_steps", first, last);
  spec["episode_steps"] = 20'000;
  return spec;
}

}  // namespace

json sutton_barto_10() {
  json specs = json::parse(R"json(
  {
    "sb.ex10.1.mountaincar_bangbang": {"formula": "mountain_car_steps", "x": -0.5, "v": 0},

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
  for (const char* alpha : {"0.1", "0.2", "0.5"})
    for (const auto& [first, last] : {std::pair(1, 50), std::pair(401, 500)})
      specs[fmt::format("sb.stat.fig10.2_mountaincar_sarsa_alpha{}/8_steps_ep{}_{}", alpha, first,
                        last)] =
          car_steps("semi_gradient_sarsa", json::object(), alpha, first, last);
  for (const auto& [n, alpha] : {std::pair(1, "0.5"), std::pair(2, "0.5"), std::pair(4, "0.5"),
                                 std::pair(8, "0.3"), std::pair(16, "0.2")})
    specs[fmt::format("sb.stat.fig10.4_mountaincar_n{}_alpha{}/8_steps_first50", n, alpha)] =
        car_steps("semi_gradient_n_step_sarsa", {{"n", n}}, alpha, 1, 50);
  return specs;
}

}  // namespace rl::reproduce
