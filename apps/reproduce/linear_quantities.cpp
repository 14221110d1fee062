#include "apps/reproduce/linear_quantities.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/expected_updates.hpp"
#include "algorithms/linear_analysis.hpp"
#include "algorithms/policy_gradient_exact.hpp"
#include "apps/reproduce/reading.hpp"
#include "rl/coordinates.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

// ---- what is approximated
// -------------------------------------------------------------------------

Eigen::VectorXd vector_of(const json& list, const char* what) {
  const std::vector<double> x = numbers(list, what);
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

/// Phi itself, row by row.
FeatureMatrix rows_of(const json& rows) {
  const Eigen::Index n = vector_of(rows.at(0), "features").size();
  FeatureMatrix features(static_cast<Eigen::Index>(rows.size()), n);
  for (std::size_t s = 0; s < rows.size(); ++s) {
    const Eigen::VectorXd row = vector_of(rows[s], "features");
    if (row.size() != n) throw std::invalid_argument("features: rows of different lengths");
    features.row(static_cast<Eigen::Index>(s)) = row;
  }
  return features;
}

/// A list of numbers for each state, or a feature map of their coordinates as `make_features` reads
/// it.
FeatureMatrix features_of(const Problem& problem, const json& features) {
  if (features.is_array() && !features.empty() && features[0].is_array()) return rows_of(features);
  const StateCoordinates states = coordinates_of(problem);
  return feature_matrix(
      make_features(features.is_string() ? features.get<std::string>() : features.dump(),
                    states.space),
      states.values);
}

/// "uniform" over the states, "on_policy", or {"policy"}: how often that one is in each.
Eigen::VectorXd weighting_of(Computation& c, const json& weighting) {
  if (weighting.is_object()) {
    check_keys(weighting, "weighting", {"policy"});
    return on_policy_distribution(
        c.model(), policy_of(c.registry(), c.problem(), needed(weighting, "policy")));
  }
  const std::string& name = text(weighting, "weighting");
  if (name == "uniform") return uniform_distribution(c.model());
  if (name == "on_policy") return on_policy_distribution(c.model(), c.policy());
  throw std::invalid_argument(
      unknown_name("weighting", name, std::vector<std::string>{"uniform", "on_policy"}));
}

LinearPrediction prediction_of(Computation& c, const json& quantity) {
  return linear_prediction(c.model(), c.policy(), c.gamma(),
                           features_of(c.problem(), needed(quantity, "features")),
                           weighting_of(c, needed(quantity, "weighting")));
}

/// [RMSVE, w ...], or the first of it for "of": "error".
json error_and_weights(const LinearPrediction& prediction, const Eigen::VectorXd& w,
                       const json& quantity) {
  const double error = linear_errors(prediction, w).value_rms();
  if (quantity.contains("of")) {
    const std::string& of = text(quantity["of"], "of");
    if (of == "error") return error;
    throw std::invalid_argument(
        unknown_name("value of 'of'", of, std::vector<std::string>{"error"}));
  }
  json result = {error};
  for (const double w_i : w) result.push_back(w_i);
  return result;
}

// ---- expected updates
// -----------------------------------------------------------------------------

/// "weights" of w, one or a list; with "error" the RMSVE behind them.
json shown_weights(const LinearPrediction& prediction, const Eigen::VectorXd& w,
                   const json& quantity) {
  const json& weights = needed(quantity, "weights");
  const auto weight = [&](const json& i) { return w[integer(i, "weights", 0, w.size() - 1)]; };
  if (!weights.is_array()) return weight(weights);
  json result = json::array();
  for (const json& i : weights) result.push_back(weight(i));
  if (quantity.contains("error") && flag(quantity["error"], "error"))
    result.push_back(linear_errors(prediction, w).value_rms());
  return result;
}

/// Those after "sweeps": a number of them, or an ascending list.
template <ExpectedUpdate U>
json weights_after(U update, const LinearPrediction& prediction, const json& quantity) {
  const json& sweeps = needed(quantity, "sweeps");
  std::int64_t swept = 0;
  const auto weights_at = [&](const json& k) {
    const std::int64_t until = integer(k, "sweeps", swept, 10'000'000);
    const Eigen::VectorXd& w = sweep(update, static_cast<int>(until - swept));
    swept = until;
    return shown_weights(prediction, w, quantity);
  };
  if (!sweeps.is_array()) return weights_at(sweeps);
  json result = json::array();
  for (const json& k : sweeps) result.push_back(weights_at(k));
  return result;
}

}  // namespace

json best_approximation_of(Computation& c, const json& quantity) {
  const LinearPrediction prediction = prediction_of(c, quantity);
  return error_and_weights(prediction, best_approximation(prediction).w, quantity);
}

json td_fixed_point_of(Computation& c, const json& quantity) {
  const LinearPrediction prediction = prediction_of(c, quantity);
  const double lambda =
      quantity.contains("lambda") ? number(quantity["lambda"], "lambda", Range{0, 1}) : 0;
  const LinearSolution rest = td_fixed_point(prediction, lambda);
  if (!rest.exists) throw std::invalid_argument("td_fixed_point: there is none");
  return error_and_weights(prediction, rest.w, quantity);
}

json expected_updates_of(Computation& c, const json& quantity) {
  const LinearPrediction p = prediction_of(c, quantity);
  const Eigen::VectorXd w0 = vector_of(needed(quantity, "w0"), "w0");
  if (w0.size() != p.num_features())
    throw std::invalid_argument(
        fmt::format("w0: {} numbers for {} features", w0.size(), p.num_features()));
  const auto step_size = [&](const char* key) {
    return number(needed(quantity, key), key, Range{0, 1e6});
  };
  const std::string& method = text(needed(quantity, "method"), "method");
  if (method == "least_squares_dp")
    return weights_after(LeastSquaresDp{update_means(p), w0}, p, quantity);
  const double alpha = step_size("alpha");
  if (method == "semi_gradient_dp")
    return weights_after(SemiGradientDp{update_means(p), alpha, w0}, p, quantity);
  if (method == "emphatic_td") return weights_after(ExpectedEmphaticTd{p, alpha, w0}, p, quantity);
  if (method == "gtd2")
    return weights_after(ExpectedGtd2{update_means(p), alpha, step_size("beta"), w0}, p, quantity);
  if (method == "tdc")
    return weights_after(ExpectedTdc{update_means(p), alpha, step_size("beta"), w0}, p, quantity);
  throw std::invalid_argument(
      unknown_name("method", method,
                   std::vector<std::string>{"least_squares_dp", "semi_gradient_dp", "emphatic_td",
                                            "gtd2", "tdc"}));
}

json value_gradient_of(Computation& c, const json& quantity) {
  const FiniteMdp& model = c.model();
  const ScoredPolicy policy = with_softmax_score(model, c.policy(), pair_table(model));
  const Eigen::VectorXd gradient =
      value_gradient(model, policy, c.gamma(), state_index(needed(quantity, "state"), model));
  json rows = json::array();
  for (State s = 0; s < model.num_states(); ++s) {
    json row = json::array();
    for (Action a = 0; a < model.num_actions(); ++a)
      row.push_back(gradient[s * model.num_actions() + a]);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace rl::reproduce
