// Identities of one choice: what losses and optima have to do with each other.
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "algorithms/action_distributions.hpp"
#include "algorithms/preference/bradley_terry.hpp"
#include "algorithms/preference/kl.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json constant_shift_case(const json& in) {
  const auto preferred = [&](const char* first, const char* second, double shift) {
    const auto value = [&](const char* key) {
      double sum = 0;
      for (const double r : list_at(in, key)) sum += r + shift;
      return sum;
    };
    return sigmoid(value(first) - value(second));
  };
  const double shift = number_at(in, "shift");
  return {{"p_ab", preferred("segment_a", "segment_b", 0)},
          {"p_ab_shifted", preferred("segment_a", "segment_b", shift)},
          {"p_ac", preferred("segment_a", "segment_c", 0)},
          {"p_ac_shifted", preferred("segment_a", "segment_c", shift)}};
}

json rationality_case(const json& in) {
  Row reward = list_at(in, "rewards");
  for (double& r : reward) r *= number_at(in, "annotator_rationality");
  return {{"pi", tilted(list_at(in, "ref"), reward, number_at(in, "beta")).pi}};
}

json bt_then_rl_case(const json& in) {
  const ItemRewards fit = bradley_terry({matrix_at(in, "wins")});
  const Row rewards(fit.rewards.data(), fit.rewards.data() + fit.rewards.size());
  return {{"bt_rewards", rewards},
          {"pi", tilted(list_at(in, "ref"), rewards, number_at(in, "beta")).pi}};
}

json dpo_bandit_case(const json& in) {
  return {{"pi", tilted(list_at(in, "ref"), list_at(in, "rewards"), number_at(in, "beta")).pi}};
}

json flat_direction_case(const json& in) {
  const Eigen::MatrixXd wins = matrix_at(in, "wins");
  const Row reference = list_at(in, "ref");
  Row h = list_at(in, "logits");
  const DifferenceLoss<SigmoidCurve> dpo{{}, number_at(in, "beta")};
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
    if (compared(i)) h[static_cast<std::size_t>(i)] += number_at(in, "shift_on_compared");
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
  return {{"pi", tilted(list_at(in, "ref"), lead, number_at(in, "tau")).pi}};
}

json robust_unbiased_case(const json& in) {
  const double eps = number_at(in, "eps");
  const DifferenceLoss<RobustCurve> robust{{.label_smoothing = eps}, number_at(in, "beta")};
  Row clean;
  for (const double h : list_at(in, "h"))
    clean.push_back((1 - eps) * robust({.policy_chosen = h, .policy_rejected = 0}).value +
                    eps * robust({.policy_chosen = -h, .policy_rejected = 0}).value);
  return {{"clean", clean}};
}

json robust_unbounded_case(const json& in) {
  const DifferenceLoss<RobustCurve> robust{{.label_smoothing = number_at(in, "eps")},
                                           number_at(in, "beta")};
  Row loss;
  Row slope;
  for (const double h : list_at(in, "h")) {
    const PairLoss l = robust({.policy_chosen = h, .policy_rejected = 0});
    loss.push_back(l.value);
    slope.push_back(l.slope_chosen);
  }
  return {{"loss", loss}, {"grad", slope}};
}

}  // namespace

std::vector<PreferenceKind> identity_kinds() {
  return {
      {"identity/constant_shift_and_segment_length", constant_shift_case,
       "segment_a segment_b segment_c shift"},
      {"identity/dpo_annotator_rationality", rationality_case,
       "rewards ref beta annotator_rationality"},
      {"identity/dpo_equals_bt_then_rl_finite_sample", bt_then_rl_case, "wins ref beta"},
      {"identity/dpo_equals_rlhf_bandit", dpo_bandit_case, "rewards ref beta pairs"},
      {"identity/dpo_flat_direction_partial_coverage", flat_direction_case,
       "wins ref beta logits shift_on_compared"},
      {"identity/frontier_monotone_and_slope", frontier_case, "rewards ref betas"},
      {"identity/ipo_population_optimum", ipo_optimum_case, "rewards ref tau"},
      {"identity/robust_unbiased", robust_unbiased_case, "h beta eps"},
      {"identity/robust_unbounded_below", robust_unbounded_case, "beta eps h"},
  };
}

}  // namespace rl::reproduce
