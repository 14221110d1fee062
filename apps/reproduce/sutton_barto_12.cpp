// S&B chapter 12: eligibility traces, on the walk of 19 states.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Mean RMS error of the first ten episodes.
json walk_error(const char* algorithm, const char* lambda, double alpha) {
  return runs_of("random_walk_19", algorithm, {{"lambda", std::stod(lambda)}, {"alpha", alpha}},
                 10'000, "value_rmse", 1, 10);
}

/// A figure with the best alpha for each lambda, as the cases name it.
struct Figure {
  const char* name;
  const char* algorithm;
  std::vector<std::pair<const char*, double>> best;
};

}  // namespace

json sutton_barto_12() {
  const std::vector<Figure> figures = {
      {"fig12.3_offline_lambda_return",
       "offline_lambda_return",
       {{"0", 0.8}, {"0.4", 0.75}, {"0.8", 0.36}, {"0.9", 0.24}, {"0.95", 0.16}, {"0.99", 0.06}}},
      {"fig12.6_TD_lambda",
       "td_lambda",
       {{"0", 0.8}, {"0.4", 0.7}, {"0.8", 0.3}, {"0.9", 0.195}, {"0.95", 0.12}, {"0.99", 0.039}}},
      {"fig12.8_true_online_TD_lambda",
       "true_online_td_lambda",
       {{"0", 0.8}, {"0.4", 0.7}, {"0.8", 0.405}, {"0.9", 0.27}, {"0.95", 0.18}, {"0.99", 0.06}}},
  };
  json specs = json::object();
  for (const Figure& figure : figures) {
    const auto id = [&](const char* lambda, const std::string& alpha) {
      return fmt::format("sb.stat.{}_lambda{}_{}_avg_rms_first10", figure.name, lambda, alpha);
    };
    for (const auto& [lambda, alpha] : figure.best)
      specs[id(lambda, "best")] = walk_error(figure.algorithm, lambda, alpha);
    for (const auto& [lambda, alpha] : {std::pair("0.8", "0.2"), {"0.4", "0.4"}, {"0", "0.5"}})
      specs[id(lambda, fmt::format("alpha{}", alpha))] =
          walk_error(figure.algorithm, lambda, std::stod(alpha));
  }
  return specs;
}

}  // namespace rl::reproduce
