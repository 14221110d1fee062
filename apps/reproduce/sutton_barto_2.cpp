// S&B chapter 2: bandits. Means over runs on the 10-armed test bed; Figure 2.6's x is in the id.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr int kRuns = 10'000;

json case_of(const char* algorithm, const json& options, const char* quantity, int first, int last,
             const json& world = json::object()) {
  json spec = runs_of("bandit", algorithm, options, kRuns, quantity, first, last);
  spec["problem_options"] = world;
  return spec;
}

json late_reward(const char* algorithm, const json& options) {
  return case_of(algorithm, options, "mean_reward", 901, 1000);
}

json late_share(const char* algorithm, const json& options, const json& world = json::object()) {
  return case_of(algorithm, options, "best_action_share", 901, 1000, world);
}

/// Figure 2.6: {x as the id writes it: options}.
void add_parameter_study(json& specs, const char* method, const char* algorithm,
                         const std::vector<std::pair<const char*, json>>& settings) {
  for (const auto& [x, options] : settings)
    specs[fmt::format("sb.stat.fig2.6_{}_{}_avg_reward_first1000", method, x)] =
        case_of(algorithm, options, "mean_reward", 1, 1000);
}

}  // namespace

json sutton_barto_2() {
  json specs = {{"sb.ch2.expected_best_arm", {{"formula", "expected_largest_normal"}, {"n", 10}}}};
  for (const auto& [name, epsilon] :
       {std::pair("greedy", 0.0), {"eps0.01", 0.01}, {"eps0.1", 0.1}}) {
    const std::string id = fmt::format("sb.stat.fig2.2_{}_", name);
    const json options = {{"epsilon", epsilon}};
    specs[id + "avg_reward_steps901_1000"] = late_reward("epsilon_greedy", options);
    specs[id + "pct_optimal_steps901_1000"] = late_share("epsilon_greedy", options);
  }

  specs["sb.stat.fig2.3_optimistic_pct_optimal_steps901_1000"] =
      late_share("optimistic_greedy", json::object());
  specs["sb.stat.fig2.3_optimistic_pct_optimal_step11"] =
      case_of("optimistic_greedy", json::object(), "best_action_share", 11, 11);
  specs["sb.stat.fig2.3_realistic_eps0.1_alpha0.1_pct_optimal_steps901_1000"] =
      late_share("epsilon_greedy", {{"epsilon", 0.1}, {"alpha", 0.1}});

  specs["sb.stat.fig2.4_ucb_c2_avg_reward_steps901_1000"] = late_reward("ucb", {{"c", 2}});
  for (const int step : {11, 12})
    specs[fmt::format("sb.stat.fig2.4_ucb_c2_avg_reward_step{}", step)] =
        case_of("ucb", {{"c", 2}}, "mean_reward", step, step);

  for (const auto& [text, alpha] : {std::pair("0.1", 0.1), {"0.4", 0.4}})
    for (const bool baseline : {true, false})
      specs[fmt::format("sb.stat.fig2.5_gradient_alpha{}_{}_pct_optimal_steps901_1000", text,
                        baseline ? "baseline" : "nobaseline")] =
          late_share("gradient_bandit", {{"alpha", alpha}, {"baseline", baseline}}, {{"mu", 4}});

  add_parameter_study(specs, "epsgreedy", "epsilon_greedy",
                      {{"eps0.0078125", {{"epsilon", 1. / 128}}},
                       {"eps0.0625", {{"epsilon", 1. / 16}}},
                       {"eps0.125", {{"epsilon", 1. / 8}}},
                       {"eps0.25", {{"epsilon", 1. / 4}}}});
  add_parameter_study(specs, "gradient", "gradient_bandit",
                      {{"alpha0.03125", {{"alpha", 1. / 32}}},
                       {"alpha0.125", {{"alpha", 1. / 8}}},
                       {"alpha0.25", {{"alpha", 1. / 4}}},
                       {"alpha1", {{"alpha", 1}}}});
  add_parameter_study(specs, "ucb", "ucb",
                      {{"c0.0625", {{"c", 1. / 16}}},
                       {"c0.25", {{"c", 1. / 4}}},
                       {"c1", {{"c", 1}}},
                       {"c4", {{"c", 4}}}});
  add_parameter_study(specs, "optimistic_alpha0.1", "optimistic_greedy",
                      {{"Q0=0.25", {{"q0", 0.25}}}, {"Q0=1", {{"q0", 1}}}, {"Q0=4", {{"q0", 4}}}});
  return specs;
}

}  // namespace rl::reproduce
