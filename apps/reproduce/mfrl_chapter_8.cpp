// MFRL chapter 8: value functions, what is exact in it.
#include <nlohmann/json.hpp>
#include <string>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// [RMSE, w ...] where TD-Linear comes to rest: all states come up alike under the uniform policy.
json rest_of_td_linear(const char* basis, json options) {
  options["columns"] = {"col", "row"};
  return {
      {"problem", "mfrl_5x5"},
      {"policy", "uniform"},
      {"quantity",
       {{"name", "td_fixed_point"}, {"features", {{basis, options}}}, {"weighting", "uniform"}}}};
}

}  // namespace

json mfrl_chapter_8() {
  json specs = json::parse(R"json(
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
  const std::string fixed_point = "mfrl.ch8.td_linear_fixed_point.";
  const int features_of_degree[] = {1, 3, 6, 10};
  for (int n = 1; n <= 3; ++n) {
    specs[fixed_point + "poly" + std::to_string(features_of_degree[n])] =
        rest_of_td_linear("polynomial", {{"degree", n}, {"total_degree", true}});
    specs[fixed_point + "fourier_q" + std::to_string(n)] =
        rest_of_td_linear("fourier", {{"order", n}});
  }
  return specs;
}

}  // namespace rl::reproduce
