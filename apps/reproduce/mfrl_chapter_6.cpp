// MFRL chapter 6: stochastic approximation. The noise is the reward of a bandit with one arm.
#include <nlohmann/json.hpp>
#include <vector>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr const char* kWithoutNoise = R"({"arms": 1, "sd_arms": 0, "sd_reward": 0})";

/// w after each of the given numbers of updates, without noise.
json iterates(const json& options, const std::vector<int>& updates) {
  json spec = {{"problem", "bandit"},
               {"problem_options", json::parse(kWithoutNoise)},
               {"algorithm", "robbins_monro"},
               {"options", options},
               {"runs", 1},
               {"each", json::array()}};
  for (const int k : updates)
    spec["each"].push_back({{"quantity", {{"name", "estimate"}, {"place", 0}, {"step", k}}}});
  return spec;
}

}  // namespace

json mfrl_chapter_6() {
  const json one_over_k = {{"harmonic", json::array({1, 1})}};
  json specs;
  specs["mfrl.ch6.mean_estimation_weights"] = {{"formula", "running_means"}, {"x", {2, 4, 9, 1}}};
  specs["mfrl.ch6.rm_toy"] =
      iterates({{"g", "linear"}, {"c", 10}, {"w1", 20}, {"alpha", 0.5}}, {1, 2});
  specs["mfrl.ch6.fig6.3.diverges_as_stated"] =
      iterates({{"g", "cubic"}, {"c", 5}, {"alpha", one_over_k}}, {1, 2, 3});
  specs["mfrl.ch6.fig6.4.tanh"] = iterates(
      {{"g", "tanh"}, {"c", 1}, {"w1", 3}, {"alpha", one_over_k}}, {1, 2, 3, 4, 5, 10, 100, 1000});
  specs["mfrl.ch6.rm_cubic_damped"] = json::parse(R"json({
    "problem": "bandit", "problem_options": {"arms": 1, "sd_arms": 0},
    "algorithm": "robbins_monro", "options": {"g": "cubic", "c": 5},
    "runs": 5000, "quantity": {"name": "estimate", "place": 0, "step": 50},
    "statistic": "mean_and_sd"})json");
  // Uniform on a square of side 20: the variance of a point is 2 * 20^2 / 12.
  specs["mfrl.ch6.sgd_mean_error"] = json::parse(R"json({
    "formula": "rms_error_of_descent", "variance": 66.66666666666667,
    "each": [{"steps": 1, "batch": 1}, {"steps": 10, "batch": 1}, {"steps": 30, "batch": 1},
             {"steps": 30, "batch": 5}, {"steps": 30, "batch": 50}]})json");
  return specs;
}

}  // namespace rl::reproduce
