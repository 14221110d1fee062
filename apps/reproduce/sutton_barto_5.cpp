// S&B chapter 5: Monte Carlo methods, by what they converge to.
#include <nlohmann/json.hpp>

#include "apps/reproduce/blackjack_specs.hpp"
#include "apps/reproduce/table.hpp"
#include "envs/blackjack.hpp"

namespace rl::reproduce {

using nlohmann::json;

json sutton_barto_5() {
  const json evaluated = {
      {"problem", "blackjack"}, {"algorithm", "policy_evaluation"}, {"policy", stick_on_20()}};
  const json optimal = {{"problem", "blackjack"}, {"algorithm", "value_iteration"}};
  const auto with = [](json spec, const char* quantity, const json& states) {
    spec["quantity"] = {{"name", quantity}, {"states", states}};
    return spec;
  };
  json specs = json::object();
  specs["sb.fig5.1.values_usable"] = with(evaluated, "values", blackjack_states(12, true));
  specs["sb.fig5.1.values_nousable"] = with(evaluated, "values", blackjack_states(12, false));
  specs["sb.fig5.2.vstar_usable"] = with(optimal, "values", blackjack_states(12, true));
  specs["sb.fig5.2.vstar_nousable"] = with(optimal, "values", blackjack_states(11, false));
  specs["sb.fig5.2.policy"] =
      with(optimal, "greedy_actions",
           json::array({blackjack_states(11, true), blackjack_states(11, false)}));
  specs["sb.ex5.4.target_state_value"] = with(evaluated, "values", blackjack_state(13, true, 2));
  const auto weighted = [](json spec, const json& state, const char* of, int steps = 0) {
    spec["quantity"] = {
        {"name", "weighted_return"}, {"behavior", "uniform"}, {"state", state}, {"of", of}};
    if (steps > 0) spec["quantity"]["steps"] = steps;
    return spec;
  };
  const json hand = blackjack_state(13, true, 2);
  const json sticks_on_20 = {{"problem", "blackjack"}, {"policy", stick_on_20()}};
  for (const char* of : {"mean", "second_moment", "variance", "mean_weight"})
    specs["sb.ex5.4.is_variance"]["each"].push_back(weighted(sticks_on_20, hand, of));
  const json always_left = {{"problem", "infinite_variance"}, {"policy", json::array({0, 0})}};
  specs["sb.ex5.5.infinite_variance"]["each"] = json::array({weighted(always_left, 0, "mean")});
  for (const int steps : {1, 5, 10, 20})
    specs["sb.ex5.5.infinite_variance"]["each"].push_back(
        weighted(always_left, 0, "second_moment", steps));
  return specs;
}

}  // namespace rl::reproduce
