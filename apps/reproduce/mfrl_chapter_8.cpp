// MFRL chapter 8: value functions, what is exact in it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

/// RMS error of TD-Linear after an episode of Figures 8.7 and 8.8.
json td_linear_error(const char* basis, json options, int episode) {
  options["columns"] = {"col", "row"};
  json spec =
      runs_of("mfrl_5x5", "semi_gradient_td",
              {{"alpha", 0.0005}, {"features", json({{basis, options}}).dump()}, {"w0_sd", 1}}, 200,
              "value_rmse", episode, episode);
  spec.update({{"start", "uniform"}, {"episode_steps", 500}});
  return spec;
}

/// Lengths of episodes 451 to 500 of Figures 8.9 and 8.10.
json last_lengths(const char* algorithm, double w0_sd) {
  json spec = runs_of("mfrl_5x5_episodic_reward", algorithm,
                      {{"alpha", 0.001},
                       {"epsilon", 0.1},
                       {"stored_policy", true},
                       {"features", "fourier:order=5"},
                       {"action_features", "joint"},
                       {"terminal_features", true},
                       {"w0_sd", w0_sd}},
                      200, "median_episode_steps", 451, 500);
  spec.update({{"episode_steps", 5000}, {"statistic", "median"}, {"within", 10}});
  return spec;
}

/// Figures 8.11 and 8.12: the book gives episode, batch and network; the rest is chosen, the same
/// for both. One run, as the figures are.
json from_one_episode(int episode_length, int batch, const std::vector<int>& iterations) {
  json spec = {{"problem", "mfrl_5x5_single_trajectory"},
               {"algorithm", "off_policy_deep_q"},
               {"options",
                {{"episode_length", episode_length},
                 {"batch", batch},
                 {"hidden", {100}},
                 {"activation", "tanh"},
                 {"initial_weights", "uniform"},
                 {"initial_scale", 15},
                 {"optimizer", "adam"},
                 {"alpha", 0.01},
                 {"gradient_norm", 1e9},
                 {"updates_per_step", 20},
                 {"target_every", 50}}},
               {"runs", 1},
               {"quantity", json::array()}};
  for (const int i : iterations)
    spec["quantity"].push_back({{"name", "greedy_value_rmse"}, {"step", episode_length + i}});
  return spec;
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
    for (const int episode : {50, 100, 500}) {
      const auto id = [&](const std::string& features) {
        return fmt::format("mfrl.stat.fig8.7_8.8_tdlinear_{}_rmse_ep{}", features, episode);
      };
      specs[id(fmt::format("poly{}", features_of_degree[n]))] =
          td_linear_error("polynomial", {{"degree", n}, {"total_degree", true}}, episode);
      specs[id(fmt::format("fourier_q{}", n))] =
          td_linear_error("fourier", {{"order", n}}, episode);
    }
  }
  specs["mfrl.fig8.9.sarsa_fourier5"] = last_lengths("semi_gradient_sarsa", 0);
  specs["mfrl.fig8.10.q_fourier5"] = last_lengths("semi_gradient_q_learning", 1);
  specs["mfrl.fig8.11.dqn_rmse"] = from_one_episode(1000, 100, {0, 200, 400, 600});
  specs["mfrl.fig8.11.dqn_rmse"]["within"] = 1;
  json& short_episode = specs["mfrl.fig8.12.dqn_100_steps"];
  short_episode = from_one_episode(100, 50, {1000});
  short_episode["quantity"] = json(short_episode["quantity"][0]);
  short_episode["above"] = 1;
  return specs;
}

}  // namespace rl::reproduce
