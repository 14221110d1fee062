// One choice under a KL penalty, the estimators of KL and their controller.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/action_distributions.hpp"
#include "algorithms/preference/kl.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json kl_bandit_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  const Row reference = list_at(in, "ref");
  const TiltedChoice best = tilted(reference, reward, number_at(in, "beta"));
  return {{"pi", best.pi},
          {"value", best.value},
          {"expected_reward", mean_under(best.pi, reward)},
          {"kl", kl_divergence(best.pi, reference)}};
}

json kl_bandit_forward_case(const json& in) {
  const Row reward = list_at(in, "rewards");
  const Row reference = list_at(in, "ref");
  const double beta = number_at(in, "beta");
  return {{"pi_forward_kl", forward_kl_optimum(reference, reward, beta)},
          {"pi_reverse_kl", tilted(reference, reward, beta).pi}};
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
  AdaptiveKl controller(number_at(in, "init_kl_coef"), number_at(in, "target"),
                        number_at(in, "horizon"));
  Row beta = {controller.beta()};
  for (const double kl : list_at(in, "observed_kl")) {
    controller.update(kl, integer_at(in, "n_steps"));
    beta.push_back(controller.beta());
  }
  return {{"kl_coef", beta}};
}

}  // namespace

std::vector<PreferenceKind> kl_kinds() {
  return {
      {"kl", kl_case, "logits ref"},
      {"kl_bandit", kl_bandit_case, "rewards ref beta"},
      {"kl_bandit/forward", kl_bandit_forward_case, "rewards ref beta"},
      {"kl_controller", kl_controller_case, "init_kl_coef target horizon n_steps observed_kl"},
  };
}

}  // namespace rl::reproduce
