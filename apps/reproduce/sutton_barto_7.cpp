// S&B chapter 7: n-step bootstrapping.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Figure 7.2: mean RMS error of the first ten episodes on the walk of 19 states.
json walk_error(int n, double alpha) {
  return runs_of("random_walk_19", "n_step_td", {{"n", n}, {"alpha", alpha}}, 20'000, "value_rmse",
                 1, 10);
}

}  // namespace

json sutton_barto_7() {
  json specs = json::parse(R"json(
  {
    "sb.ex7.1.rw19": {
      "problem": "random_walk_19", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [
        {"quantity": {"name": "values", "states": [1, 19]}},
        {"quantity": {"name": "rms_difference", "to": 0}}],
      "join": true}
  }
  )json");
  for (const auto& [n, alpha] : {std::pair(1, "0.1"),
                                 {1, "0.4"},
                                 {1, "0.8"},
                                 {2, "0.4"},
                                 {4, "0.1"},
                                 {4, "0.4"},
                                 {8, "0.4"},
                                 {16, "0.2"}})
    specs[fmt::format("sb.stat.fig7.2_n{}_alpha{}_avg_rms_first10", n, alpha)] =
        walk_error(n, std::stod(alpha));
  // The best alpha of the grid is named by the case.
  for (const auto& [n, alpha] :
       {std::pair(1, 0.8), {2, 0.6}, {4, 0.4}, {8, 0.25}, {16, 0.15}, {32, 0.1}})
    specs[fmt::format("sb.stat.fig7.2_n{}_best_alpha_grid0.05", n)] = walk_error(n, alpha);
  return specs;
}

}  // namespace rl::reproduce
