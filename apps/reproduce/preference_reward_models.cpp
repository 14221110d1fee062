// Rewards from comparisons of items and of segments, ensembles of them, and behaviour cloning.
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/bradley_terry.hpp"
#include "algorithms/preference/ensemble.hpp"
#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json bt_items_case(const json& in) {
  const ItemRewards fit = bradley_terry({matrix_at(in, "wins")}, {.l2 = number_or(in, "l2", 0)});
  const double margin = fit.rewards[0] - fit.rewards[1];
  return {{"rewards", json_list(fit.rewards)},
          {"rewards_mean0", json_list(fit.rewards)},
          {"nll", fit.nll},
          {"penalised_nll", fit.nll},
          {"margin", margin},
          {"p_01", sigmoid(margin)}};
}

json bt_ties_case(const json& in) {
  const DavidsonModel fit = fit_davidson({matrix_at(in, "wins"), matrix_at(in, "ties")});
  return {{"rewards_mean0", json_list(fit.rewards)}, {"nu", fit.nu}, {"nll", fit.nll}};
}

json bt_segments_case(const json& in) {
  const Row labels = list_at(in, "labels");
  SegmentComparisons data;
  data.differences = matrix_at(in, "feature_differences");
  data.labels =
      Eigen::Map<const Eigen::VectorXd>(labels.data(), static_cast<Eigen::Index>(labels.size()));
  const SegmentRewards fit = logistic_regression(
      data, {.l2 = number_at(in, "l2"), .flip_probability = number_or(in, "flip_probability", 0)});
  return {{"weights", json_list(fit.weights)}, {"objective", fit.objective}};
}

json ensemble_case(const json& in) {
  const EnsembleRewards members(matrix_at(in, "members"));
  const int ddof = integer_at(in, "ddof");
  const double lambda = number_at(in, "lam");
  return {{"mean", json_list(members.mean())},
          {"wco_min", json_list(members.worst_case())},
          {"uwo", json_list(members.uncertainty_weighted(lambda, ddof))},
          {"lcb", json_list(members.lower_bound(lambda, ddof))},
          {"std", json_list(members.sd(ddof))}};
}

json bc_case(const json& in) {
  const std::vector<Row> counts = rows_at(in, "action_counts");
  const auto stay = [](State s, Action, std::vector<Outcome>& row) { row = {{1, 0, s}}; };
  const FiniteMdp model(static_cast<State>(counts.size()), static_cast<Action>(counts[0].size()),
                        stay);
  const Eigen::VectorXd n = flat_at(in, "action_counts");
  if (in.contains("features")) {
    const LinearClone clone =
        clone_linear(model, pair_features_at(in, "features"), n, number_at(in, "l2"));
    return {{"w", json_list(clone.w)}, {"objective", clone.objective}};
  }
  const TabularPolicy mle = clone_table(model, n, 0);
  return {{"pi_mle", table_rows(mle)},
          {"pi_laplace", table_rows(clone_table(model, n, number_at(in, "laplace")))},
          {"nll_mle", negative_log_likelihood(mle, n)}};
}

}  // namespace

std::vector<PreferenceKind> reward_model_kinds() {
  return {
      {"bc", bc_case, "action_counts features l2 laplace"},
      {"bt_items", bt_items_case, "wins l2"},
      {"bt_segments", bt_segments_case, "feature_differences labels l2 flip_probability"},
      {"bt_ties", bt_ties_case, "wins ties"},
      {"ensemble", ensemble_case, "members lam ddof"},
  };
}

}  // namespace rl::reproduce
