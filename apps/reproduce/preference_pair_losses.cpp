// The losses of one pair, of a batch of pairs and of labelled responses.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/kto.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"
#include "apps/reproduce/reading.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

PairLogProbabilities pair_of(const json& in) {
  return {.policy_chosen = number_at(in, "policy_chosen_logp"),
          .policy_rejected = number_at(in, "policy_rejected_logp"),
          .reference_chosen = number_or(in, "ref_chosen_logp", 0),
          .reference_rejected = number_or(in, "ref_rejected_logp", 0),
          .chosen_length = number_or(in, "nc", 1),
          .rejected_length = number_or(in, "nr", 1)};
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
       {{"f_divergence_type", "alpha"}}},
      {"fdpo_forward_kl", "sigmoid", {{"beta", "beta"}}, {{"f_divergence_type", "forward_kl"}}},
      {"fdpo_js", "sigmoid", {{"beta", "beta"}}, {{"f_divergence_type", "js"}}},
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
    if (in.contains(option.first)) options[option.second] = number_at(in, option.first);
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
  const double beta = number_at(in, "beta");
  result["rewards/chosen"] = beta * pair.u();
  result["rewards/rejected"] = beta * pair.v();
  result["rewards/margins"] = beta * (pair.u() - pair.v());
  result["rewards/accuracies"] = pair.u() > pair.v() ? 1.0 : 0.0;
  return result;
}

json reward_pair_case(const json& in) {
  const PairLogProbabilities pair = pair_of(in);
  return pair_loss_json(RewardPairLoss{number_or(in, "lam", 0)}(
      pair.policy_chosen, pair.policy_rejected, number_or(in, "gamma", 0)));
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
  const KtoOptions options{.beta = number_at(in, "beta"),
                           .desirable_weight = number_or(in, "desirable_weight", 1),
                           .undesirable_weight = number_or(in, "undesirable_weight", 1)};
  const KtoLoss loss = kto_loss(ratios("policy_logps", "ref_logps"), desirable,
                                kto_baseline(ratios("policy_kl_logps", "ref_kl_logps")), options);
  return {{"loss", loss.value},
          {"kl", loss.z0},
          {"per_example", loss.per_example},
          {"grad_policy_logps", loss.slope}};
}

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

}  // namespace

std::vector<PreferenceKind> pair_loss_kinds() {
  std::vector<PreferenceKind> kinds = {
      {"kto", kto_case,
       "policy_logps ref_logps labels policy_kl_logps ref_kl_logps beta desirable_weight "
       "undesirable_weight"},
      {"pair_loss/rm", reward_pair_case,
       "policy_chosen_logp policy_rejected_logp ref_chosen_logp ref_rejected_logp beta lam gamma"}};
  for (const PairLossCase& c : pair_loss_cases()) {
    const std::string options = option_inputs(c);
    kinds.push_back({std::string("pair_loss/") + c.kind,
                     [&c](const json& in) { return pair_loss_case(c, in); },
                     kPairInputs + options});
    kinds.push_back({std::string("pair_batch/") + c.kind,
                     [&c](const json& in) { return pair_batch_case(c, in); },
                     kPairBatchInputs + options});
  }
  return kinds;
}

}  // namespace rl::reproduce
