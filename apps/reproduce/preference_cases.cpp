#include "apps/reproduce/preference_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/action_distributions.hpp"
#include "algorithms/advantages.hpp"
#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/policy_gradient_exact.hpp"
#include "algorithms/ppo.hpp"
#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/bradley_terry.hpp"
#include "algorithms/preference/ensemble.hpp"
#include "algorithms/preference/evaluation.hpp"
#include "algorithms/preference/group_advantages.hpp"
#include "algorithms/preference/kl.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "algorithms/preference/kto.hpp"
#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "apps/reproduce/reading.hpp"
#include "rl/plan.hpp"
#include "rl/text.hpp"
#include "rl/with_rewards.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

using Row = std::vector<double>;

// ---- reading inputs -----------------------------------------------------------------------------

Row list_at(const json& in, const char* key) { return numbers(needed(in, key), key); }

/// As long as another list.
Row list_at(const json& in, const char* key, std::size_t size) {
  Row row = list_at(in, key);
  if (row.size() != size)
    throw std::invalid_argument(fmt::format("{}: {} numbers, not {}", key, row.size(), size));
  return row;
}

double input(const json& in, const char* key) { return number(needed(in, key), key); }

double input_or(const json& in, const char* key, double otherwise) {
  return in.contains(key) ? input(in, key) : otherwise;
}

int small_integer(const json& in, const char* key) {
  return static_cast<int>(integer(needed(in, key), key, 0, 1'000'000));
}

const json& nonempty_list(const json& value, std::string_view what) {
  if (!value.is_array() || value.empty())
    throw std::invalid_argument(fmt::format("{}: expected a list, not {}", what, shown(value)));
  return value;
}

/// Rows of one length.
std::vector<Row> rows_of(const json& value, const char* key) {
  std::vector<Row> rows;
  for (const json& row : nonempty_list(value, key)) {
    rows.push_back(numbers(row, key));
    if (rows.back().size() != rows.front().size())
      throw std::invalid_argument(fmt::format("{}: rows of different lengths", key));
  }
  return rows;
}

Eigen::MatrixXd matrix_of(const json& in, const char* key) {
  const std::vector<Row> rows = rows_of(needed(in, key), key);
  Eigen::MatrixXd m(static_cast<Eigen::Index>(rows.size()),
                    static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index j = 0; j < m.cols(); ++j)
      m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  return m;
}

json json_rows(const Eigen::MatrixXd& m) {
  json rows = json::array();
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    json row = json::array();
    for (Eigen::Index j = 0; j < m.cols(); ++j) row.push_back(m(i, j));
    rows.push_back(row);
  }
  return rows;
}

json json_list(const Eigen::VectorXd& v) { return Row(v.data(), v.data() + v.size()); }

template <class Table>
json json_table(const Table& table) {
  json rows = json::array();
  for (State s = 0; s < table.num_states(); ++s) {
    const auto row = table.row(s);
    rows.push_back(Row(row.begin(), row.end()));
  }
  return rows;
}

/// A world of a case: P [S][A][S'] or next_state [S][A], and rewards [S][A].
FiniteMdp world_of_case(const json& in) {
  const std::vector<Row> reward = rows_of(needed(in, "rewards"), "rewards");
  const auto num_states = static_cast<State>(reward.size());
  const auto num_actions = static_cast<Action>(reward[0].size());
  MdpFacts facts;
  if (in.contains("start_distribution")) facts.start = list_at(in, "start_distribution");
  if (in.contains("start")) {
    facts.start.assign(reward.size(), 0);
    facts.start[static_cast<std::size_t>(integer(in["start"], "start", 0, num_states - 1))] = 1;
  }
  const bool certain = in.contains("next_state");
  const char* const table_key = certain ? "next_state" : "P";
  const json& table = needed(in, table_key);
  if (!table.is_array() || table.size() != reward.size())
    throw std::invalid_argument(
        fmt::format("{}: not a row for each of {} states", table_key, reward.size()));
  for (const json& row : table)
    if (!row.is_array() || row.size() != reward[0].size())
      throw std::invalid_argument(
          fmt::format("{}: not an entry for each of {} actions", table_key, reward[0].size()));
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const json& cell = table.at(index(s)).at(index(a));
    const double r = reward[index(s)][index(a)];
    if (certain)
      row = {{1, r, static_cast<State>(integer(cell, "next_state", 0, num_states - 1))}};
    else
      for (State next = 0; next < num_states && cell.size() == reward.size(); ++next)
        if (const double p = number(cell.at(index(next)), "P"); p > 0) row.push_back({p, r, next});
  };
  try {
    return {num_states, num_actions, fill, facts};
  } catch (const json::exception&) {
    throw std::invalid_argument("the table of next states does not have the shape of the rewards");
  }
}

TabularPolicy reference_of(const FiniteMdp& model, const json& in) {
  const std::vector<Row> rows = rows_of(needed(in, "ref"), "ref");
  Row flat;
  for (const Row& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return policy_or_uniform(model, flat, "ref");
}

/// x: [S][A][n] as [S*A x n].
FeatureMatrix pair_features(const json& in, const char* key) {
  std::vector<Row> pairs;
  for (const json& state : nonempty_list(needed(in, key), key))
    for (Row& row : rows_of(state, key)) {
      if (!pairs.empty() && row.size() != pairs[0].size())
        throw std::invalid_argument(fmt::format("{}: lists of different lengths", key));
      pairs.push_back(std::move(row));
    }
  FeatureMatrix x(static_cast<Eigen::Index>(pairs.size()),
                  static_cast<Eigen::Index>(pairs[0].size()));
  for (Eigen::Index i = 0; i < x.rows(); ++i)
    x.row(i) =
        Eigen::Map<const Eigen::RowVectorXd>(pairs[static_cast<std::size_t>(i)].data(), x.cols());
  return x;
}

Eigen::VectorXd flat_vector(const json& in, const char* key) {
  Row flat;
  for (const Row& row : rows_of(needed(in, key), key))
    flat.insert(flat.end(), row.begin(), row.end());
  return Eigen::Map<const Eigen::VectorXd>(flat.data(), static_cast<Eigen::Index>(flat.size()));
}

double mean_under(std::span<const double> pi, std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < pi.size(); ++i) sum += pi[i] * x[i];
  return sum;
}

// ---- pair losses --------------------------------------------------------------------------------

PairLogProbabilities pair_of(const json& in) {
  return {.policy_chosen = input(in, "policy_chosen_logp"),
          .policy_rejected = input(in, "policy_rejected_logp"),
          .reference_chosen = input_or(in, "ref_chosen_logp", 0),
          .reference_rejected = input_or(in, "ref_rejected_logp", 0),
          .chosen_length = input_or(in, "nc", 1),
          .rejected_length = input_or(in, "nr", 1)};
}

/// The name of a loss and the option that each key of a case's inputs means.
struct PairLossCase {
  const char* kind;
  const char* loss;
  std::vector<std::pair<const char*, const char*>> options;
  json fixed = json::object();
};

const std::vector<PairLossCase>& pair_loss_cases() {
  static const std::vector<PairLossCase> cases = {
      {"apo_down", "apo_down", {{"beta", "beta"}}},
      {"apo_zero", "apo_zero", {{"beta", "beta"}}},
      {"bco_pair", "bco_pair", {{"beta", "beta"}}},
      {"cdpo", "cdpo", {{"beta", "beta"}, {"eps", "label_smoothing"}}},
      {"cpl", "cpl_kl", {{"beta", "alpha"}, {"lam", "contrastive_bias"}}},
      {"cpo", "cpo", {{"beta", "beta"}, {"alpha", "nll_weight"}}},
      {"discopop", "discopop", {{"beta", "beta"}, {"tau", "tau"}}},
      {"exo_pair", "exo_pair", {{"beta", "beta"}, {"eps", "label_smoothing"}}},
      {"fdpo_alpha",
       "sigmoid",
       {{"beta", "beta"}, {"alpha", "f_alpha"}},
       {{"f_divergence", "alpha"}}},
      {"fdpo_forward_kl", "sigmoid", {{"beta", "beta"}}, {{"f_divergence", "forward_kl"}}},
      {"fdpo_js", "sigmoid", {{"beta", "beta"}}, {{"f_divergence", "js"}}},
      {"hinge", "hinge", {{"beta", "beta"}}},
      {"ipo", "ipo", {{"beta", "beta"}}},
      {"ipo_avg", "ipo", {{"beta", "beta"}}, {{"ipo_reduction", "mean"}}},
      {"nca_pair", "nca_pair", {{"beta", "beta"}}},
      {"orpo", "orpo", {{"lam", "weight"}}},
      {"robust", "robust", {{"beta", "beta"}, {"eps", "label_smoothing"}}},
      {"sigmoid", "sigmoid", {{"beta", "beta"}}},
      {"sigmoid_norm", "sigmoid_norm", {{"beta", "beta"}}},
      {"simpo", "simpo", {{"beta", "beta"}, {"gamma", "margin"}}},
      {"slic", "slic", {{"beta", "delta"}, {"lam", "nll_weight"}}},
      {"sppo_hard", "sppo_hard", {{"beta", "beta"}}},
  };
  return cases;
}

PairLossFunction loss_of_case(const PairLossCase& c, const json& in) {
  json options = c.fixed;
  for (const auto& option : c.options)
    if (in.contains(option.first)) options[option.second] = input(in, option.first);
  return pair_loss_type(c.loss).make(options);
}

json pair_loss_json(const PairLoss& loss) {
  return {{"loss", loss.value},
          {"grad_policy_chosen_logp", loss.slope_chosen},
          {"grad_policy_rejected_logp", loss.slope_rejected}};
}

json pair_loss_case(const PairLossCase& c, const json& in) {
  const PairLogProbabilities pair = pair_of(in);
  json result = pair_loss_json(loss_of_case(c, in)(pair));
  const double beta = input(in, "beta");
  result["rewards/chosen"] = beta * pair.u();
  result["rewards/rejected"] = beta * pair.v();
  result["rewards/margins"] = beta * (pair.u() - pair.v());
  result["rewards/accuracies"] = pair.u() > pair.v() ? 1.0 : 0.0;
  return result;
}

json reward_pair_case(const json& in) {
  const PairLogProbabilities pair = pair_of(in);
  return pair_loss_json(RewardPairLoss{input_or(in, "lam", 0)}(
      pair.policy_chosen, pair.policy_rejected, input_or(in, "gamma", 0)));
}

json pair_batch_case(const PairLossCase& c, const json& in) {
  const PairLossFunction loss = loss_of_case(c, in);
  const Row chosen = list_at(in, "policy_chosen_logps");
  const Row rejected = list_at(in, "policy_rejected_logps", chosen.size());
  const Row reference_chosen = list_at(in, "ref_chosen_logps", chosen.size());
  const Row reference_rejected = list_at(in, "ref_rejected_logps", chosen.size());
  Row losses;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    losses.push_back(loss({.policy_chosen = chosen[i],
                           .policy_rejected = rejected[i],
                           .reference_chosen = reference_chosen[i],
                           .reference_rejected = reference_rejected[i]})
                         .value);
  return {{"losses", losses}};
}

json kto_case(const json& in) {
  const auto ratios = [&](const char* policy, const char* reference) {
    Row ratio = list_at(in, policy);
    const Row below = list_at(in, reference, ratio.size());
    for (std::size_t i = 0; i < ratio.size(); ++i) ratio[i] -= below[i];
    return ratio;
  };
  std::vector<std::uint8_t> desirable;
  for (const json& label : nonempty_list(needed(in, "labels"), "labels"))
    desirable.push_back(flag(label, "labels") ? 1 : 0);
  const KtoOptions options{.beta = input(in, "beta"),
                           .desirable_weight = input_or(in, "desirable_weight", 1),
                           .undesirable_weight = input_or(in, "undesirable_weight", 1)};
  const KtoLoss loss = kto_loss(ratios("policy_logps", "ref_logps"), desirable,
                                kto_baseline(ratios("policy_kl_logps", "ref_kl_logps")), options);
  return {{"loss", loss.value},
          {"kl", loss.z0},
          {"per_example", loss.per_example},
          {"grad_policy_logps", loss.slope}};
}

// ---- reward models ------------------------------------------------------------------------------

json bt_items_case(const json& in) {
  const ItemRewards fit = bradley_terry({matrix_of(in, "wins")}, {.l2 = input_or(in, "l2", 0)});
  const double margin = fit.rewards[0] - fit.rewards[1];
  return {{"rewards", json_list(fit.rewards)},
          {"rewards_mean0", json_list(fit.rewards)},
          {"nll", fit.nll},
          {"penalised_nll", fit.nll},
          {"margin", margin},
          {"p_01", sigmoid(margin)}};
}

json bt_ties_case(const json& in) {
  const DavidsonModel fit = fit_davidson({matrix_of(in, "wins"), matrix_of(in, "ties")});
  return {{"rewards_mean0", json_list(fit.rewards)}, {"nu", fit.nu}, {"nll", fit.nll}};
}

json bt_segments_case(const json& in) {
  const Row labels = list_at(in, "labels");
  SegmentComparisons data;
  data.differences = matrix_of(in, "feature_differences");
  data.labels =
      Eigen::Map<const Eigen::VectorXd>(labels.data(), static_cast<Eigen::Index>(labels.size()));
  const SegmentRewards fit = logistic_regression(
      data, {.l2 = input(in, "l2"), .flip_probability = input_or(in, "flip_probability", 0)});
  return {{"weights", json_list(fit.weights)}, {"objective", fit.objective}};
}

json ensemble_case(const json& in) {
  const EnsembleRewards members(matrix_of(in, "members"));
  const int ddof = small_integer(in, "ddof");
  const double lambda = input(in, "lam");
  return {{"mean", json_list(members.mean())},
          {"wco_min", json_list(members.worst_case())},
          {"uwo", json_list(members.uncertainty_weighted(lambda, ddof))},
          {"lcb", json_list(members.lower_bound(lambda, ddof))},
          {"std", json_list(members.sd(ddof))}};
}

json bc_case(const json& in) {
  const std::vector<Row> counts = rows_of(needed(in, "action_counts"), "action_counts");
  const auto stay = [](State s, Action, std::vector<Outcome>& row) { row = {{1, 0, s}}; };
  const FiniteMdp model(static_cast<State>(counts.size()), static_cast<Action>(counts[0].size()),
                        stay);
  const Eigen::VectorXd n = flat_vector(in, "action_counts");
  if (in.contains("features")) {
    const LinearClone clone =
        clone_linear(model, pair_features(in, "features"), n, input(in, "l2"));
    return {{"w", json_list(clone.w)}, {"objective", clone.objective}};
  }
  const TabularPolicy mle = clone_table(model, n, 0);
  return {{"pi_mle", json_table(mle)},
          {"pi_laplace", json_table(clone_table(model, n, input(in, "laplace")))},
          {"nll_mle", negative_log_likelihood(mle, n)}};
}

// ---- control under a KL penalty -----------------------------------------------------------------

json kl_bandit_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  const Row reference = list_at(in, "ref");
  const TiltedChoice best = tilted(reference, reward, input(in, "beta"));
  return {{"pi", best.pi},
          {"value", best.value},
          {"expected_reward", mean_under(best.pi, reward)},
          {"kl", kl_divergence(best.pi, reference)}};
}

json kl_bandit_forward_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  const Row reference = list_at(in, "ref");
  const double beta = input(in, "beta");
  return {{"pi_forward_kl", forward_kl_optimum(reference, reward, beta)},
          {"pi_reverse_kl", tilted(reference, reward, beta).pi}};
}

json kl_mdp_finite_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of(model, in);
  const double gamma = input_or(in, "gamma", 1);
  const HorizonPlan plan = soft_backward_induction(model, gamma, reference, input(in, "beta"),
                                                   small_integer(in, "horizon"));
  json pi = json::array();
  json V = json::array();
  json Q = json::array();
  for (const TabularPolicy& stage : plan.pi) pi.push_back(json_table(stage));
  for (const StateValues& stage : plan.V) V.push_back(json_list(stage));
  for (const QTable& stage : plan.Q) Q.push_back(json_table(stage));
  const RegularizedReturn earned = regularized_return(model, gamma, plan.pi, reference);
  const double soft_value = start_distribution(model).dot(plan.V.front());
  return {{"pi", pi},
          {"V", V},
          {"Q", Q},
          {"expected_return", earned.reward},
          {"trajectory_kl", earned.kl},
          {"soft_value", soft_value}};
}

Plan soft_plan(const FiniteMdp& model, const json& in, const TabularPolicy& reference,
               const char* beta) {
  constexpr SweepOptions kToRounding = {.tolerance = 1e-13};
  return soft_value_iteration(model, input(in, "gamma"), reference, input(in, beta), kToRounding);
}

/// Q - V: [S x A]
QTable advantages_of(const FiniteMdp& model, const Plan& plan, double gamma) {
  QTable A = action_values(model, plan.v, gamma);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) A(s, a) -= plan.v[s];
  return A;
}

json kl_mdp_discounted_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of(model, in);
  const double gamma = input(in, "gamma");
  const Plan plan = soft_plan(model, in, reference, "beta");
  const RegularizedReturn earned = regularized_return(model, gamma, *plan.policy, reference);
  return {{"pi", json_table(*plan.policy)},
          {"V", json_list(plan.v)},
          {"Q", json_table(action_values(model, plan.v, gamma))},
          {"discounted_return", earned.reward},
          {"discounted_kl", earned.kl},
          {"objective", earned.reward - input(in, "beta") * earned.kl}};
}

json gradient_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of(model, in);
  const double gamma = input(in, "gamma");
  const bool linear = in.contains("features");
  const Row w = linear ? list_at(in, "w") : Row{};
  const Eigen::VectorXd theta = linear ? Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(
                                             w.data(), static_cast<Eigen::Index>(w.size())))
                                       : flat_vector(in, "logits");
  const ScoredPolicy policy = softmax_of_preferences(
      model, linear ? pair_features(in, "features") : pair_table(model), theta);
  const double beta = input(in, "beta");
  const RegularizedReturn earned = regularized_return(model, gamma, policy.pi, reference);
  const Eigen::VectorXd gradient =
      return_gradient(regularized_model(model, policy.pi, reference, beta), policy, gamma);
  json shaped = json_list(gradient);
  if (!linear) {
    const Eigen::Map<const FeatureMatrix> by_state(gradient.data(), model.num_states(),
                                                   model.num_actions());
    shaped = json_rows(by_state);
  }
  return {{"J", earned.reward - beta * earned.kl}, {"grad", shaped}};
}

json kl_case(const json& in) {
  const Row h = list_at(in, "logits");
  const Row reference = list_at(in, "ref", h.size());
  Row pi(h.size());
  Softmax::probabilities(h, pi);
  const auto cost = [&](KlEstimator estimator, KlPlacement placement) {
    return expected_kl_gradient(estimator, placement, pi, reference);
  };
  // grad KL(ref || pi) = pi - ref; the other is that of k2 as a loss
  Row forward(pi.size());
  for (std::size_t a = 0; a < pi.size(); ++a) forward[a] = pi[a] - reference[a];
  return {{"kl", kl_divergence(pi, reference)},
          {"forward_kl", kl_divergence(reference, pi)},
          {"E_k1", kl_moments(KlEstimator::k1, pi, reference).mean},
          {"E_k2", kl_moments(KlEstimator::k2, pi, reference).mean},
          {"E_k3", kl_moments(KlEstimator::k3, pi, reference).mean},
          {"var_k1", kl_moments(KlEstimator::k1, pi, reference).variance},
          {"var_k3", kl_moments(KlEstimator::k3, pi, reference).variance},
          {"grad_kl", cost(KlEstimator::k1, KlPlacement::reward)},
          {"grad_forward_kl", forward},
          {"E_grad_k1_as_loss", cost(KlEstimator::k1, KlPlacement::loss)},
          {"E_grad_k2_as_loss", cost(KlEstimator::k2, KlPlacement::loss)},
          {"E_grad_k3_as_loss", cost(KlEstimator::k3, KlPlacement::loss)},
          {"E_grad_k1_in_reward", cost(KlEstimator::k1, KlPlacement::reward)},
          {"E_grad_k3_with_importance_ratio", cost(KlEstimator::k3, KlPlacement::weighted_loss)}};
}

json kl_controller_case(const json& in) {
  AdaptiveKl controller(input(in, "init_kl_coef"), input(in, "target"), input(in, "horizon"));
  Row beta = {controller.beta()};
  for (const double kl : list_at(in, "observed_kl")) {
    controller.update(kl, small_integer(in, "n_steps"));
    beta.push_back(controller.beta());
  }
  return {{"kl_coef", beta}};
}

// ---- estimators ---------------------------------------------------------------------------------

/// GAE of one response that ends at its last step.
Row response_advantages(const Row& reward, const Row& v, double gamma, double lambda) {
  Row v_next(v.begin() + 1, v.end());
  v_next.push_back(0);
  std::vector<std::uint8_t> terminated(v.size(), 0);
  terminated.back() = 1;
  const std::vector<std::uint8_t> truncated(v.size(), 0);
  Row A(v.size());
  gae({1, reward, v, v_next, terminated, truncated}, gamma, lambda, A);
  return A;
}

json gae_case(const json& in) {
  const std::vector<std::string> names = {"k1", "k2", "k3"};
  const std::string& name = text(needed(in, "kl_estimator"), "kl_estimator");
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::invalid_argument(unknown_name("KL estimator", name, names));
  const auto estimator = static_cast<KlEstimator>(found - names.begin());
  const Row log_pi = list_at(in, "logps");
  const Row log_reference = list_at(in, "ref_logps", log_pi.size());
  const Row v = list_at(in, "values", log_pi.size());
  if (log_pi.empty()) throw std::invalid_argument("logps: there are no steps");
  const double coefficient = input(in, "kl_coef");
  Row kl;
  Row reward;
  double penalty = 0;
  for (std::size_t t = 0; t < log_pi.size(); ++t) {
    kl.push_back(kl_estimate(estimator, log_pi[t] - log_reference[t]).value);
    reward.push_back(-coefficient * kl.back());
    penalty += reward.back();
  }
  const double score = input(in, "score");
  reward.back() += score;
  const Row A = response_advantages(reward, v, input(in, "gamma"), input(in, "lam"));
  Row G = A;
  for (std::size_t t = 0; t < G.size(); ++t) G[t] += v[t];
  return {{"kl", kl},     {"rewards", reward},           {"advantages", A},
          {"returns", G}, {"non_score_reward", penalty}, {"rlhf_reward", score + penalty}};
}

json gae_limits_case(const json& in) {
  number(needed(in, "last_value"), "last_value", Range{0, 0});
  const Row reward = list_at(in, "rewards");
  const Row v = list_at(in, "values", reward.size());
  if (reward.empty()) throw std::invalid_argument("rewards: there are no steps");
  const double gamma = input(in, "gamma");
  return {{"lambda1", response_advantages(reward, v, gamma, 1)},
          {"lambda0", response_advantages(reward, v, gamma, 0)}};
}

json ppo_values_case(const json& in) {
  const Row v = list_at(in, "values");
  const Row v_old = list_at(in, "old_values", v.size());
  const Row G = list_at(in, "returns", v.size());
  const double width = input(in, "cliprange_value");
  const auto n = static_cast<double>(v.size());
  double loss = 0;
  double clipped = 0;
  Row slope;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const ClippedValueLoss l = clipped_value_loss(v[i], v_old[i], G[i], width);
    loss += l.value / n;
    clipped += l.clipped ? 1 / n : 0;
    slope.push_back(l.slope / n);
  }
  return {{"loss", loss}, {"grad_values", slope}, {"clipfrac", clipped}};
}

json ppo_case(const json& in) {
  if (in.contains("values")) return ppo_values_case(in);
  const Row log_pi = list_at(in, "logps");
  const Row log_old = list_at(in, "old_logps", log_pi.size());
  const Row A = list_at(in, "advantages", log_pi.size());
  const double width = input(in, "cliprange");
  const auto n = static_cast<double>(log_pi.size());
  double loss = 0;
  double clipped = 0;
  double k2 = 0;
  double k3 = 0;
  Row slope;
  for (std::size_t i = 0; i < log_pi.size(); ++i) {
    const double d = log_old[i] - log_pi[i];  // the samples are the old policy's
    const Surrogate surrogate = clipped_surrogate(std::exp(-d), A[i], width);
    loss -= surrogate.value / n;
    slope.push_back(-surrogate.slope / n);
    clipped += surrogate.slope == 0 && A[i] != 0 ? 1 / n : 0;
    k2 += kl_estimate(KlEstimator::k2, d).value / n;
    k3 += kl_estimate(KlEstimator::k3, d).value / n;
  }
  return {{"loss", loss},
          {"grad_logps", slope},
          {"clipfrac", clipped},
          {"approx_kl_k2", k2},
          {"approx_kl_k3", k3}};
}

json rloo_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  Row A(reward.size());
  rloo_advantages(reward, A);
  return {{"advantages", A}};
}

json grpo_group_case(const json& in) {
  integer(needed(in, "ddof"), "ddof", 1, 1);
  const Row reward = list_at(in, "rewards");
  Row scaled(reward.size());
  Row unscaled(reward.size());
  group_relative_advantages(reward, RewardScale::group, scaled, input(in, "eps"));
  group_relative_advantages(reward, RewardScale::none, unscaled);
  return {{"advantages", scaled}, {"advantages_unscaled", unscaled}};
}

json whiten_case(const json& in) {
  const auto whitened = [&](const Whitening& how) {
    Row x = list_at(in, "x");
    whiten(x, how);
    return x;
  };
  return {{"shift", whitened({})},
          {"noshift", whitened({.keep_mean = true})},
          {"shift_bessel", whitened({.bessel = true})}};
}

// ---- evaluation ---------------------------------------------------------------------------------

json best_of_n_case(const json& in) {
  const Row reference = list_at(in, "ref");
  const Row proxy = list_at(in, "proxy", reference.size());
  const Row gold = list_at(in, "gold", reference.size());
  const int n = small_integer(in, "n");
  const Row pi = best_of_n(reference, proxy, n);
  return {{"pi_bon", pi},
          {"proxy", mean_under(pi, proxy)},
          {"gold", mean_under(pi, gold)},
          {"kl", kl_divergence(pi, reference)},
          {"kl_bound", best_of_n_kl_bound(n)}};
}

json win_rate_case(const json& in) {
  return {{"win_rate", win_rate(list_at(in, "pi_a"), list_at(in, "pi_b"), list_at(in, "gold"))}};
}

json overoptimization_case(const json& in) {
  const Row d = list_at(in, "d");
  const auto rl = fit_overoptimization(d, list_at(in, "gold_rl"), OveroptimizationForm::rl);
  const auto bon =
      fit_overoptimization(d, list_at(in, "gold_bon"), OveroptimizationForm::best_of_n);
  return {{"rl_alpha_beta", {rl.a, rl.b}},
          {"bon_alpha_beta", {bon.a, bon.b}},
          {"rl_peak_d", rl.peak},
          {"bon_peak_d", bon.peak}};
}

// ---- identities ---------------------------------------------------------------------------------

json bijection_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of(model, in);
  const Plan plan = soft_plan(model, in, reference, "beta");
  json log_ratio = json::array();
  for (State s = 0; s < model.num_states(); ++s) {
    Row row;
    for (Action a = 0; a < model.num_actions(); ++a)
      row.push_back(input(in, "beta") *
                    std::log(plan.policy->probability(s, a) / reference.probability(s, a)));
    log_ratio.push_back(row);
  }
  return {{"advantage", json_table(advantages_of(model, plan, input(in, "gamma")))},
          {"log_ratio", log_ratio}};
}

json cpl_optimum_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Plan plan = soft_plan(model, in, reference_of(model, in), "alpha");
  return {{"pi", json_table(*plan.policy)},
          {"advantage", json_table(advantages_of(model, plan, input(in, "gamma")))}};
}

json constant_shift_case(const json& in) {
  const auto preferred = [&](const char* first, const char* second, double shift) {
    const auto value = [&](const char* key) {
      double sum = 0;
      for (const double r : list_at(in, key)) sum += r + shift;
      return sum;
    };
    return sigmoid(value(first) - value(second));
  };
  const double shift = input(in, "shift");
  return {{"p_ab", preferred("segment_a", "segment_b", 0)},
          {"p_ab_shifted", preferred("segment_a", "segment_b", shift)},
          {"p_ac", preferred("segment_a", "segment_c", 0)},
          {"p_ac_shifted", preferred("segment_a", "segment_c", shift)}};
}

json rationality_case(const json& in) {
  Row reward = list_at(in, "rewards");
  for (double& r : reward) r *= input(in, "annotator_rationality");
  return {{"pi", tilted(list_at(in, "ref"), reward, input(in, "beta")).pi}};
}

json bt_then_rl_case(const json& in) {
  const ItemRewards fit = bradley_terry({matrix_of(in, "wins")});
  const Row rewards(fit.rewards.data(), fit.rewards.data() + fit.rewards.size());
  return {{"bt_rewards", rewards},
          {"pi", tilted(list_at(in, "ref"), rewards, input(in, "beta")).pi}};
}

json dpo_bandit_case(const json& in) {
  return {{"pi", tilted(list_at(in, "ref"), list_at(in, "rewards"), input(in, "beta")).pi}};
}

json dpo_mdp_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const int horizon = small_integer(in, "horizon");
  json result = kl_mdp_finite_case(in);
  std::vector<std::uint8_t> here(index(model.num_states()), 0);
  model.for_each_start([&](State s, double p) { here[index(s)] = p > 0 ? 1 : 0; });
  json reachable = json::array();
  for (int t = 0; t < horizon; ++t) {
    json stage = json::array();
    std::vector<std::uint8_t> next(here.size(), 0);
    for (State s = 0; s < model.num_states(); ++s) {
      stage.push_back(here[index(s)] != 0);
      if (here[index(s)] == 0) continue;
      for (Action a = 0; a < model.num_actions(); ++a)
        for (const Outcome& o : model.outcomes(s, a)) next[index(o.next)] = 1;
    }
    reachable.push_back(stage);
    here = next;
  }
  result["reachable"] = reachable;
  return result;
}

json flat_direction_case(const json& in) {
  const Eigen::MatrixXd wins = matrix_of(in, "wins");
  const Row reference = list_at(in, "ref");
  Row h = list_at(in, "logits");
  const DifferenceLoss<SigmoidCurve> dpo{{}, input(in, "beta")};
  const auto n = wins.rows();
  if (wins.cols() != n || reference.size() != h.size() || h.size() != static_cast<std::size_t>(n))
    throw std::invalid_argument("wins, ref and logits are not of the same number of responses");
  const auto compared = [&](Eigen::Index i) { return wins.row(i).sum() + wins.col(i).sum() > 0; };
  const auto pi_of = [&] {
    Row pi(h.size());
    Softmax::probabilities(h, pi);
    return pi;
  };
  const auto mass = [&] {
    const Row pi = pi_of();
    double sum = 0;
    for (Eigen::Index i = 0; i < n; ++i)
      if (compared(i)) sum += pi[static_cast<std::size_t>(i)];
    return sum;
  };
  const double before = mass();
  for (Eigen::Index i = 0; i < n; ++i)
    if (compared(i)) h[static_cast<std::size_t>(i)] += input(in, "shift_on_compared");
  const Row pi = pi_of();
  double loss = 0;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      if (wins(i, j) > 0) {
        const auto w = static_cast<std::size_t>(i);
        const auto l = static_cast<std::size_t>(j);
        loss += wins(i, j) * dpo({.policy_chosen = std::log(pi[w]),
                                  .policy_rejected = std::log(pi[l]),
                                  .reference_chosen = std::log(reference[w]),
                                  .reference_rejected = std::log(reference[l])})
                                 .value;
      }
  return {{"loss", loss}, {"mass_compared_before", before}, {"mass_compared_after", mass()}};
}

json frontier_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  const Row reference = list_at(in, "ref");
  Row earned;
  Row kl;
  for (const double beta : list_at(in, "betas")) {
    const Row pi = tilted(reference, reward, beta).pi;
    earned.push_back(mean_under(pi, reward));
    kl.push_back(kl_divergence(pi, reference));
  }
  return {{"expected_reward", earned}, {"kl", kl}};
}

json ipo_optimum_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  Row lead(reward.size(), 0);  // how often it is preferred to a uniformly drawn one, less 1/2
  for (std::size_t i = 0; i < reward.size(); ++i)
    for (const double other : reward)
      lead[i] += (sigmoid(reward[i] - other) - 0.5) / static_cast<double>(reward.size());
  return {{"pi", tilted(list_at(in, "ref"), lead, input(in, "tau")).pi}};
}

json regret_shaping_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Row potential = list_at(in, "potential", index(model.num_states()));
  const double gamma = input(in, "gamma");
  const FiniteMdp shaped = with_rewards(model, [&](State s, Action, const Outcome& o) {
    return o.reward + gamma * potential.at(index(o.next)) - potential.at(index(s));
  });
  const Plan plan = soft_plan(shaped, in, reference_of(model, in), "beta");
  return {{"advantages", json_table(advantages_of(shaped, plan, gamma))}};
}

json shaping_returns_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Row potential = list_at(in, "potential", index(model.num_states()));
  const int horizon = small_integer(in, "horizon");
  if (horizon > 16) throw std::invalid_argument("horizon: more than 16");
  std::size_t count = 1;
  for (int t = 0; t < horizon; ++t) count *= index(model.num_actions());
  Row returns;
  for (std::size_t code = 0; code < count; ++code) {
    State s = 0;
    double G = 0;
    std::size_t rest = count;
    for (int t = 0; t < horizon; ++t) {
      rest /= index(model.num_actions());
      const auto a = static_cast<Action>(code / rest % index(model.num_actions()));
      const FiniteMdp::Row row = model.row(s, a);
      const double after = t + 1 < horizon ? potential.at(index(row.next(0))) : 0;
      G += row.reward + after - potential.at(index(s));
      s = row.next(0);
    }
    returns.push_back(G);
  }
  const double first = returns.front();
  for (double& G : returns) G -= first;
  return {{"return_differences", returns}};
}

json robust_unbiased_case(const json& in) {
  const double eps = input(in, "eps");
  const DifferenceLoss<RobustCurve> robust{{.label_smoothing = eps}, input(in, "beta")};
  Row clean;
  for (const double h : list_at(in, "h"))
    clean.push_back((1 - eps) * robust({.policy_chosen = h, .policy_rejected = 0}).value +
                    eps * robust({.policy_chosen = -h, .policy_rejected = 0}).value);
  return {{"clean", clean}};
}

json robust_unbounded_case(const json& in) {
  const DifferenceLoss<RobustCurve> robust{{.label_smoothing = input(in, "eps")},
                                           input(in, "beta")};
  Row loss;
  Row slope;
  for (const double h : list_at(in, "h")) {
    const PairLoss l = robust({.policy_chosen = h, .policy_rejected = 0});
    loss.push_back(l.value);
    slope.push_back(l.slope_chosen);
  }
  return {{"loss", loss}, {"grad", slope}};
}

json tilting_gap_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of(model, in);
  const double beta = input(in, "beta");
  const int horizon = small_integer(in, "horizon");
  const Eigen::VectorXd start = start_distribution(model);
  const StateValues log_z = trajectory_log_partition(model, reference, beta, horizon);
  const HorizonPlan plan = soft_backward_induction(model, 1, reference, beta, horizon);
  // The start is chance, too: it is tilted with the rest.
  const Row weight(start.data(), start.data() + start.size());
  const Row gain(log_z.data(), log_z.data() + log_z.size());
  return {{"beta_logZ", tilted(weight, gain, beta).value},
          {"soft_value", start.dot(plan.V.front())}};
}

// ---- the table ----------------------------------------------------------------------------------

struct PreferenceKind {
  const char* name;
  json (*compute)(const json& inputs);
  const char* inputs;  ///< their names; a "note" may stand beside them
};

constexpr auto kPreferenceKinds = std::to_array<PreferenceKind>({
    {"advantage/grpo_group", grpo_group_case, "rewards scale_rewards ddof eps"},
    {"advantage/rloo", rloo_case, "rewards"},
    {"advantage/whiten", whiten_case, "x"},
    {"bc", bc_case, "action_counts features l2 laplace"},
    {"best_of_n", best_of_n_case, "ref proxy gold n"},
    {"bt_items", bt_items_case, "wins l2"},
    {"bt_segments", bt_segments_case, "feature_differences labels l2 flip_probability"},
    {"bt_ties", bt_ties_case, "wins ties"},
    {"ensemble", ensemble_case, "members lam ddof"},
    {"gae", gae_case, "score logps ref_logps kl_coef kl_estimator values gamma lam"},
    {"gae/limits", gae_limits_case, "rewards values gamma last_value"},
    {"gradient", gradient_case, "P rewards ref beta gamma start_distribution features w logits"},
    {"identity/advantage_logratio_bijection", bijection_case, "P rewards gamma beta ref"},
    {"identity/constant_shift_and_segment_length", constant_shift_case,
     "segment_a segment_b segment_c shift"},
    {"identity/cpl_population_optimum", cpl_optimum_case, "P rewards gamma alpha ref"},
    {"identity/dpo_annotator_rationality", rationality_case,
     "rewards ref beta annotator_rationality"},
    {"identity/dpo_equals_bt_then_rl_finite_sample", bt_then_rl_case, "wins ref beta"},
    {"identity/dpo_equals_rlhf_bandit", dpo_bandit_case, "rewards ref beta pairs"},
    {"identity/dpo_equals_soft_vi_mdp", dpo_mdp_case, "next_state rewards ref beta horizon start"},
    {"identity/dpo_flat_direction_partial_coverage", flat_direction_case,
     "wins ref beta logits shift_on_compared"},
    {"identity/frontier_monotone_and_slope", frontier_case, "rewards ref betas"},
    {"identity/ipo_population_optimum", ipo_optimum_case, "rewards ref tau"},
    {"identity/regret_invariant_to_shaping", regret_shaping_case,
     "P rewards potential gamma beta ref"},
    {"identity/robust_unbiased", robust_unbiased_case, "h beta eps"},
    {"identity/robust_unbounded_below", robust_unbounded_case, "beta eps h"},
    {"identity/shaping_invariance_full_trajectories", shaping_returns_case,
     "next_state rewards potential horizon"},
    {"identity/stochastic_tilting_gap", tilting_gap_case,
     "P rewards ref beta horizon start_distribution"},
    {"kl", kl_case, "logits ref"},
    {"kl_bandit", kl_bandit_case, "rewards ref beta"},
    {"kl_bandit/forward", kl_bandit_forward_case, "rewards ref beta"},
    {"kl_controller", kl_controller_case, "init_kl_coef target horizon n_steps observed_kl"},
    {"kl_mdp_discounted", kl_mdp_discounted_case, "P rewards ref beta gamma start_distribution"},
    {"kl_mdp_finite", kl_mdp_finite_case, "next_state rewards ref beta horizon start gamma"},
    {"kto", kto_case,
     "policy_logps ref_logps labels policy_kl_logps ref_kl_logps beta desirable_weight "
     "undesirable_weight"},
    {"overoptimization", overoptimization_case, "d gold_rl gold_bon"},
    {"pair_loss/rm", reward_pair_case,
     "policy_chosen_logp policy_rejected_logp ref_chosen_logp ref_rejected_logp beta lam gamma"},
    {"ppo", ppo_case,
     "logps old_logps advantages cliprange values old_values returns cliprange_value"},
    {"win_rate", win_rate_case, "pi_a pi_b gold"},
});

constexpr const char* kPairInputs =
    "policy_chosen_logp policy_rejected_logp ref_chosen_logp ref_rejected_logp nc nr beta";
constexpr const char* kPairBatchInputs =
    "policy_chosen_logps policy_rejected_logps ref_chosen_logps ref_rejected_logps";

/// What the options of a loss are called in a case.
std::string option_inputs(const PairLossCase& c) {
  std::string names;
  for (const auto& option : c.options) names += std::string(" ") + option.first;
  return names;
}

constexpr std::string_view kPairLossPrefix = "pair_loss/";
constexpr std::string_view kPairBatchPrefix = "pair_batch/";

const PairLossCase* pair_loss_case_of(std::string_view kind, std::string_view prefix) {
  if (kind.substr(0, prefix.size()) != prefix) return nullptr;
  const auto& cases = pair_loss_cases();
  const auto found = std::find_if(cases.begin(), cases.end(), [&](const PairLossCase& c) {
    return c.kind == kind.substr(prefix.size());
  });
  return found == cases.end() ? nullptr : &*found;
}

const PreferenceKind* preference_kind(std::string_view name) {
  const auto found = std::find_if(kPreferenceKinds.begin(), kPreferenceKinds.end(),
                                  [&](const PreferenceKind& kind) { return kind.name == name; });
  return found == kPreferenceKinds.end() ? nullptr : &*found;
}

/// Throws, with the nearest name, for an input that is not among `names`, words with blanks
/// between.
void check_inputs(const json& inputs, const std::string& names) {
  if (!inputs.is_object())
    throw std::invalid_argument("inputs: expected an object, not " + shown(inputs));
  std::vector<std::string> known;
  std::istringstream words(names);
  for (std::string word; words >> word;) known.push_back(word);
  for (const auto& item : inputs.items())
    if (item.key() != "note" && std::find(known.begin(), known.end(), item.key()) == known.end())
      throw std::invalid_argument(unknown_name("key of inputs", item.key(), known));
}

json compute_kind(std::string_view kind, const json& inputs) {
  if (const PreferenceKind* k = preference_kind(kind)) {
    check_inputs(inputs, k->inputs);
    return k->compute(inputs);
  }
  if (const PairLossCase* c = pair_loss_case_of(kind, kPairLossPrefix)) {
    check_inputs(inputs, std::string(kPairInputs) + option_inputs(*c));
    return pair_loss_case(*c, inputs);
  }
  if (const PairLossCase* c = pair_loss_case_of(kind, kPairBatchPrefix)) {
    check_inputs(inputs, std::string(kPairBatchInputs) + option_inputs(*c));
    return pair_batch_case(*c, inputs);
  }
  throw std::invalid_argument(unknown_name("kind", std::string(kind), preference_kinds()));
}

/// The keys that a case asks for.
json only_asked(const json& computed, const Case& c) {
  const json& asked = c.expected.is_object()               ? c.expected
                      : c.whole.contains("expected_shape") ? c.whole["expected_shape"]
                                                           : computed;
  json result = json::object();
  for (const auto& item : asked.items())
    if (const auto found = computed.find(item.key()); found != computed.end())
      result[item.key()] = *found;
  return result;
}

}  // namespace

std::vector<std::string> preference_kinds() {
  std::vector<std::string> names;
  for (const PreferenceKind& kind : kPreferenceKinds) names.emplace_back(kind.name);
  for (const PairLossCase& c : pair_loss_cases()) {
    names.push_back(std::string(kPairLossPrefix) + c.kind);
    names.push_back(std::string(kPairBatchPrefix) + c.kind);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_preference_kind(std::string_view kind) {
  return preference_kind(kind) != nullptr || pair_loss_case_of(kind, kPairLossPrefix) != nullptr ||
         pair_loss_case_of(kind, kPairBatchPrefix) != nullptr;
}

json compute_preference(const Case& c) {
  try {
    return only_asked(compute_kind(c.kind, needed(c.whole, "inputs")), c);
  } catch (const std::out_of_range&) {
    throw std::invalid_argument(fmt::format("{}: a list is too short", clipped(c.kind)));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", clipped(c.kind), e.what()));
  }
}

}  // namespace rl::reproduce
