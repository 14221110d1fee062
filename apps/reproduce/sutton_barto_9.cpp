// S&B chapter 9: on-policy prediction with approximation, what is exact in it.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// The walk of 1000 states; a quantity weighted by how often its states come up.
json walk_of(const char* quantity, const json& features) {
  return {{"problem", "random_walk_1000"},
          {"policy", "uniform"},
          {"quantity", {{"name", quantity}, {"features", features}, {"weighting", "on_policy"}}}};
}

json groups_of_100() {
  return {{"aggregation", {{"bins", {10}}, {"low", {0.5}}, {"high", {1000.5}}}}};
}

/// Of s / 1000. Legendre polynomials span what powers do, and tell them apart in doubles.
json bases_of_figure_9_5() {
  json bases = json::array();
  for (const int n : {5, 10, 20}) {
    const json bounds = {{"low", {0}}, {"high", {1000}}};
    json polynomial = {{"degree", n}, {"family", "legendre"}};
    json fourier = {{"order", n}};
    polynomial.update(bounds);
    fourier.update(bounds);
    bases.push_back({{"polynomial", polynomial}});
    bases.push_back({{"fourier", fourier}});
  }
  return bases;
}

}  // namespace

json sutton_barto_9() {
  json specs = json::parse(R"json(
  {
    "sb.ex9.1.true_values": {
      "problem": "random_walk_1000", "algorithm": "policy_evaluation",
      "options": {"method": "closed_form"}, "policy": "uniform",
      "each": [
        {"quantity": {"name": "values", "states": [1, 100, 250, 500, 501, 1000]}},
        {"quantity": "expected_steps"}],
      "join": true}
  }
  )json");
  specs["sb.ex9.1.gradient_mc_limit"] = walk_of("best_approximation", groups_of_100());
  specs["sb.ex9.2.semigradient_td_limit"] = walk_of("td_fixed_point", groups_of_100());
  json& best = specs["sb.fig9.5.best_rmsve"]["each"];
  for (const json& basis : bases_of_figure_9_5()) {
    best.push_back(walk_of("best_approximation", basis));
    best.back()["quantity"]["of"] = "error";
  }
  return specs;
}

}  // namespace rl::reproduce
