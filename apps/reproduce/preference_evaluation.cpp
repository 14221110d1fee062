// Best of n, win rates, and curves of over-optimisation.
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/preference/evaluation.hpp"
#include "algorithms/preference/kl.hpp"
#include "apps/reproduce/preference_inputs.hpp"
#include "apps/reproduce/preference_kinds.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json best_of_n_case(const json& in) {
  const Row reference = list_at(in, "ref");
  const Row proxy = list_at(in, "proxy", reference.size());
  const Row gold = list_at(in, "gold", reference.size());
  const int n = integer_at(in, "n");
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

}  // namespace

std::vector<PreferenceKind> evaluation_kinds() {
  return {
      {"best_of_n", best_of_n_case, "ref proxy gold n"},
      {"overoptimization", overoptimization_case, "d gold_rl gold_bon"},
      {"win_rate", win_rate_case, "pi_a pi_b gold"},
  };
}

}  // namespace rl::reproduce
