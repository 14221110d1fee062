// Worlds under a KL penalty: their optimum, its gradient, and identities of trajectories in them.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/policy_gradient_exact.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"
#include "rl/plan.hpp"
#include "rl/with_rewards.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json kl_mdp_finite_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of_case(model, in);
  const double gamma = number_or(in, "gamma", 1);
  const HorizonPlan plan = soft_backward_induction(model, gamma, reference, number_at(in, "beta"),
                                                   integer_at(in, "horizon"));
  json pi = json::array();
  json V = json::array();
  json Q = json::array();
  for (const TabularPolicy& stage : plan.pi) pi.push_back(table_rows(stage));
  for (const StateValues& stage : plan.V) V.push_back(json_list(stage));
  for (const QTable& stage : plan.Q) Q.push_back(table_rows(stage));
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
  return soft_value_iteration(model, number_at(in, "gamma"), reference, number_at(in, beta),
                              kToRounding);
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
  const TabularPolicy reference = reference_of_case(model, in);
  const double gamma = number_at(in, "gamma");
  const Plan plan = soft_plan(model, in, reference, "beta");
  const RegularizedReturn earned = regularized_return(model, gamma, *plan.policy, reference);
  return {{"pi", table_rows(*plan.policy)},
          {"V", json_list(plan.v)},
          {"Q", table_rows(action_values(model, plan.v, gamma))},
          {"discounted_return", earned.reward},
          {"discounted_kl", earned.kl},
          {"objective", earned.reward - number_at(in, "beta") * earned.kl}};
}

json gradient_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of_case(model, in);
  const double gamma = number_at(in, "gamma");
  const bool linear = in.contains("features");
  const Row w = linear ? list_at(in, "w") : Row{};
  const Eigen::VectorXd theta = linear ? Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(
                                             w.data(), static_cast<Eigen::Index>(w.size())))
                                       : flat_at(in, "logits");
  const ScoredPolicy policy = softmax_of_preferences(
      model, linear ? pair_features_at(in, "features") : pair_table(model), theta);
  const double beta = number_at(in, "beta");
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

// ---- identities ---------------------------------------------------------------------------------

json bijection_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of_case(model, in);
  const Plan plan = soft_plan(model, in, reference, "beta");
  json log_ratio = json::array();
  for (State s = 0; s < model.num_states(); ++s) {
    Row row;
    for (Action a = 0; a < model.num_actions(); ++a)
      row.push_back(number_at(in, "beta") *
                    std::log(plan.policy->probability(s, a) / reference.probability(s, a)));
    log_ratio.push_back(row);
  }
  return {{"advantage", table_rows(advantages_of(model, plan, number_at(in, "gamma")))},
          {"log_ratio", log_ratio}};
}

json cpl_optimum_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Plan plan = soft_plan(model, in, reference_of_case(model, in), "alpha");
  return {{"pi", table_rows(*plan.policy)},
          {"advantage", table_rows(advantages_of(model, plan, number_at(in, "gamma")))}};
}

json dpo_mdp_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const int horizon = integer_at(in, "horizon");
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

json regret_shaping_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Row potential = list_at(in, "potential", index(model.num_states()));
  const double gamma = number_at(in, "gamma");
  const FiniteMdp shaped = with_rewards(model, [&](State s, Action, const Outcome& o) {
    return o.reward + gamma * potential.at(index(o.next)) - potential.at(index(s));
  });
  const Plan plan = soft_plan(shaped, in, reference_of_case(model, in), "beta");
  return {{"advantages", table_rows(advantages_of(shaped, plan, gamma))}};
}

json shaping_returns_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const Row potential = list_at(in, "potential", index(model.num_states()));
  const int horizon = integer_at(in, "horizon");
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

json tilting_gap_case(const json& in) {
  const FiniteMdp model = world_of_case(in);
  const TabularPolicy reference = reference_of_case(model, in);
  const double beta = number_at(in, "beta");
  const int horizon = integer_at(in, "horizon");
  const Eigen::VectorXd start = start_distribution(model);
  const StateValues log_z = trajectory_log_partition(model, reference, beta, horizon);
  const HorizonPlan plan = soft_backward_induction(model, 1, reference, beta, horizon);
  // The start is chance, too: it is tilted with the rest.
  const Row weight(start.data(), start.data() + start.size());
  const Row gain(log_z.data(), log_z.data() + log_z.size());
  return {{"beta_logZ", tilted(weight, gain, beta).value},
          {"soft_value", start.dot(plan.V.front())}};
}

}  // namespace

std::vector<PreferenceKind> kl_world_kinds() {
  return {
      {"kl_mdp_discounted", kl_mdp_discounted_case, "P rewards ref beta gamma start_distribution"},
      {"kl_mdp_finite", kl_mdp_finite_case, "next_state rewards ref beta horizon start gamma"},
      {"gradient", gradient_case, "P rewards ref beta gamma start_distribution features w logits"},
      {"identity/advantage_logratio_bijection", bijection_case, "P rewards gamma beta ref"},
      {"identity/cpl_population_optimum", cpl_optimum_case, "P rewards gamma alpha ref"},
      {"identity/dpo_equals_soft_vi_mdp", dpo_mdp_case,
       "next_state rewards ref beta horizon start"},
      {"identity/regret_invariant_to_shaping", regret_shaping_case,
       "P rewards potential gamma beta ref"},
      {"identity/shaping_invariance_full_trajectories", shaping_returns_case,
       "next_state rewards potential horizon"},
      {"identity/stochastic_tilting_gap", tilting_gap_case,
       "P rewards ref beta horizon start_distribution"},
  };
}

}  // namespace rl::reproduce
