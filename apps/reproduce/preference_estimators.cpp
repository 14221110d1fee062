// Advantages of responses and of their groups, whitening, and the losses of PPO.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/advantages.hpp"
#include "algorithms/ppo.hpp"
#include "algorithms/preference/group_advantages.hpp"
#include "algorithms/preference/kl.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"
#include "apps/reproduce/reading.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

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
  const double coefficient = number_at(in, "kl_coef");
  Row kl;
  Row reward;
  double penalty = 0;
  for (std::size_t t = 0; t < log_pi.size(); ++t) {
    kl.push_back(kl_estimate(estimator, log_pi[t] - log_reference[t]).value);
    reward.push_back(-coefficient * kl.back());
    penalty += reward.back();
  }
  const double score = number_at(in, "score");
  reward.back() += score;
  const Row A = response_advantages(reward, v, number_at(in, "gamma"), number_at(in, "lam"));
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
  const double gamma = number_at(in, "gamma");
  return {{"lambda1", response_advantages(reward, v, gamma, 1)},
          {"lambda0", response_advantages(reward, v, gamma, 0)}};
}

json ppo_values_case(const json& in) {
  const Row v = list_at(in, "values");
  const Row v_old = list_at(in, "old_values", v.size());
  const Row G = list_at(in, "returns", v.size());
  const double width = number_at(in, "cliprange_value");
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
  const double width = number_at(in, "cliprange");
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
  group_relative_advantages(reward, RewardScale::group, scaled, number_at(in, "eps"));
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

}  // namespace

std::vector<PreferenceKind> estimator_kinds() {
  return {
      {"advantage/grpo_group", grpo_group_case, "rewards scale_rewards ddof eps"},
      {"advantage/rloo", rloo_case, "rewards"},
      {"advantage/whiten", whiten_case, "x"},
      {"gae", gae_case, "score logps ref_logps kl_coef kl_estimator values gamma lam"},
      {"gae/limits", gae_limits_case, "rewards values gamma last_value"},
      {"ppo", ppo_case,
       "logps old_logps advantages cliprange values old_values returns cliprange_value"},
  };
}

}  // namespace rl::reproduce
