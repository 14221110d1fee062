// S&B chapter 13: policy gradients on the corridor with switched actions.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Mean return of these episodes. The policy cannot tell the states apart; its probabilities are
/// kept from 0.05 to 0.95, where it begins.
json corridor_return(const char* algorithm, json options, int log2_alpha, int first, int last) {
  options.update({{"alpha", std::ldexp(1.0, log2_alpha)},
                  {"features", "world"},
                  {"theta0", {-1.47, 1.47}},
                  {"clip", 0.05}});
  json spec = runs_of("short_corridor", algorithm, options, 1000, "episode_return", first, last);
  spec["episode_steps"] = 100'000;  // never met
  return spec;
}

}  // namespace

json sutton_barto_13() {
  json specs = json::parse(R"json(
  {
    "sb.ex13.1.corridor": {
      "problem": "short_corridor", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "quantity": "start_value",
      "each": [
        {"policy": {"best_mix": [0, 1]},
         "quantity": {"name": "probability", "state": 0, "action": 0}},
        {"policy": {"best_mix": [0, 1]}},
        {"policy": {"everywhere": [0.95, 0.05]}},
        {"policy": {"everywhere": [0.05, 0.95]}}]}
  }
  )json");
  for (const int log2_alpha : {-12, -13, -14})
    for (const auto& [first, last] : {std::pair(1, 100), std::pair(901, 1000)})
      specs[fmt::format("sb.stat.fig13.1_reinforce_alpha2^{}_return_ep{}_{}", log2_alpha, first,
                        last)] =
          corridor_return("reinforce", json::object(), log2_alpha, first, last);
  const json baseline = {{"alpha_w", std::ldexp(1.0, -6)}, {"value_features", "bias"}};
  for (const auto& [first, last] : {std::pair(101, 200), std::pair(901, 1000)})
    specs[fmt::format("sb.stat.fig13.2_reinforce_baseline_return_ep{}_{}", first, last)] =
        corridor_return("reinforce_baseline", baseline, -9, first, last);
  specs["sb.stat.fig13.2_reinforce_nobaseline_2^-13_return_ep101_200"] =
      corridor_return("reinforce", json::object(), -13, 101, 200);
  return specs;
}

}  // namespace rl::reproduce
