// S&B chapter 11: off-policy methods with approximation, by their expected updates.
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// x(i) = 2 e_i + e_8 for the upper states, x(7) = e_7 + 2 e_8 (Figure 11.1).
json star_features() {
  json rows(7, json(8, 0));
  for (std::size_t s = 0; s < 6; ++s) rows[s][s] = 2;
  for (std::size_t s = 0; s < 6; ++s) rows[s][7] = 1;
  rows[6][6] = 1;
  rows[6][7] = 2;
  return rows;
}

/// w_1, w_7, w_8 after sweeps of a method on Baird's star, whose policy is "always solid".
json star_weights(const json& method, const json& sweeps) {
  json quantity = {{"name", "expected_updates"}, {"features", star_features()},
                   {"weighting", "uniform"},     {"w0", {1, 1, 1, 1, 1, 1, 10, 1}},
                   {"sweeps", sweeps},           {"weights", {0, 6, 7}}};
  quantity.update(method);
  return {{"problem", "baird"}, {"policy", json(7, 1)}, {"quantity", quantity}};
}

}  // namespace

json sutton_barto_11() {
  json specs = json::object();
  specs["sb.ex11.1.tsitsiklis"] = {{"problem", "tsitsiklis_van_roy"},
                                   {"policy", "uniform"},
                                   {"quantity",
                                    {{"name", "expected_updates"},
                                     {"features", {{1}, {2}, {0}}},
                                     {"weighting", "uniform"},
                                     {"method", "least_squares_dp"},
                                     {"w0", {1}},
                                     {"sweeps", 1},
                                     {"weights", 0}}}};
  specs["sb.fig11.2.semigradient_dp"] =
      star_weights({{"method", "semi_gradient_dp"}, {"alpha", 0.01}}, {1, 10, 100, 1000});
  specs["sb.fig11.5.expected_tdc"] =
      star_weights({{"method", "tdc"}, {"alpha", 0.005}, {"beta", 0.05}, {"error", true}}, 1000);
  specs["sb.fig11.6.expected_etd"] =
      star_weights({{"method", "emphatic_td"}, {"alpha", 0.03}}, 1000);
  return specs;
}

}  // namespace rl::reproduce
