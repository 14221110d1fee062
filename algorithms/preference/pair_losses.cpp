#include "algorithms/preference/pair_losses.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "algorithms/preference/logistic.hpp"
#include "rl/text.hpp"

namespace rl {

// ---- curves ------------------------------------------------------------------------------------

Loss<double> SigmoidCurve::operator()(double z) const { return {softplus(-z), -sigmoid(-z)}; }

Loss<double> ConservativeCurve::operator()(double z) const {
  const double e = label_smoothing;
  return {(1 - e) * softplus(-z) + e * softplus(z), sigmoid(z) - (1 - e)};
}

Loss<double> RobustCurve::operator()(double z) const {
  const double e = label_smoothing;
  return {((1 - e) * softplus(-z) - e * softplus(z)) / (1 - 2 * e),
          -((1 - e) * sigmoid(-z) + e * sigmoid(z)) / (1 - 2 * e)};
}

Loss<double> HingeCurve::operator()(double z) const {
  return z < 1 ? Loss<double>{1 - z, -1} : Loss<double>{0, 0};
}

Loss<double> ExoPairCurve::operator()(double z) const {
  const double q = sigmoid(z);
  const double not_q = sigmoid(-z);
  const double e = label_smoothing;
  return {q * (log_sigmoid(z) - std::log1p(-e)) + not_q * (log_sigmoid(-z) - std::log(e)),
          q * not_q * (z - logit(1 - e))};
}

Loss<double> DiscoPopCurve::operator()(double z) const {
  const double m = sigmoid(z / tau);
  const double not_m = sigmoid(-z / tau);
  const double m_exp = std::exp(log_sigmoid(z / tau) - z);  // m e^-z, which e^-z alone overflows
  return {not_m * softplus(-z) + m_exp,
          -m * not_m / tau * softplus(-z) - not_m * sigmoid(-z) + not_m / tau * m_exp - m_exp};
}

// ---- f-divergences -----------------------------------------------------------------------------

namespace {

/// f'(pi / pi_ref) as a function of ln pi / pi_ref, and its slope.
Loss<double> divergence_slope(FDivergence f, double alpha, double log_ratio) {
  // The difference of two such numbers is taken: neither may be infinite.
  const auto bounded_exp = [](double x) { return std::exp(std::min(x, 600.0)); };
  switch (f) {
    case FDivergence::reverse_kl:
      return {log_ratio, 1};
    case FDivergence::forward_kl:
      return {-bounded_exp(-log_ratio), bounded_exp(-log_ratio)};
    case FDivergence::js:
      return {log_sigmoid(log_ratio), sigmoid(-log_ratio)};
    case FDivergence::alpha:
      break;
  }
  const double power = bounded_exp((alpha - 1) * log_ratio);
  return {power / (alpha - 1), power};
}

}  // namespace

template <class Curve>
PairLoss DifferenceLoss<Curve>::operator()(const PairLogProbabilities& p) const {
  const Loss<double> chosen = divergence_slope(f_divergence, f_alpha, p.u());
  const Loss<double> rejected = divergence_slope(f_divergence, f_alpha, p.v());
  const Loss<double> loss = Curve::operator()(beta*(chosen.value - rejected.value));
  return {loss.value, beta * loss.slope * chosen.slope, -beta * loss.slope * rejected.slope};
}

template struct DifferenceLoss<SigmoidCurve>;
template struct DifferenceLoss<ConservativeCurve>;
template struct DifferenceLoss<RobustCurve>;
template struct DifferenceLoss<HingeCurve>;
template struct DifferenceLoss<ExoPairCurve>;
template struct DifferenceLoss<DiscoPopCurve>;

// ---- the others --------------------------------------------------------------------------------

namespace {

/// d sigma(x) / dx
double sigmoid_slope(double x) { return sigmoid(x) * sigmoid(-x); }

}  // namespace

PairLoss IpoLoss::operator()(const PairLogProbabilities& p) const {
  const bool mean = ipo_reduction == IpoReduction::mean;
  const double n_w = mean ? p.chosen_length : 1;
  const double n_l = mean ? p.rejected_length : 1;
  const double off = p.u() / n_w - p.v() / n_l - 1 / (2 * beta);
  return {off * off, 2 * off / n_w, -2 * off / n_l};
}

PairLoss SigmoidNormLoss::operator()(const PairLogProbabilities& p) const {
  const double z = beta * (p.u() / p.chosen_length - p.v() / p.rejected_length);
  const double pull = beta * sigmoid(-z);
  return {softplus(-z), -pull / p.chosen_length, pull / p.rejected_length};
}

PairLoss ApoZeroLoss::operator()(const PairLogProbabilities& p) const {
  return {sigmoid(-beta * p.u()) + sigmoid(beta * p.v()), -beta * sigmoid_slope(beta * p.u()),
          beta * sigmoid_slope(beta * p.v())};
}

PairLoss ApoDownLoss::operator()(const PairLogProbabilities& p) const {
  const double z = beta * (p.u() - p.v());
  return {sigmoid(beta * p.u()) + sigmoid(-z),
          beta * (sigmoid_slope(beta * p.u()) - sigmoid_slope(z)), beta * sigmoid_slope(z)};
}

PairLoss BcoPairLoss::operator()(const PairLogProbabilities& p) const {
  const double chosen = beta * p.u() - delta;
  const double rejected = beta * p.v() - delta;
  return {softplus(-chosen) + softplus(rejected), -beta * sigmoid(-chosen),
          beta * sigmoid(rejected)};
}

PairLoss NcaPairLoss::operator()(const PairLogProbabilities& p) const {
  const double u = beta * p.u();
  const double v = beta * p.v();
  return {softplus(-u) + softplus(u) / 2 + softplus(v) / 2, beta * (sigmoid(u) / 2 - sigmoid(-u)),
          beta * sigmoid(v) / 2};
}

PairLoss SppoHardLoss::operator()(const PairLogProbabilities& p) const {
  const double off_w = p.u() - 1 / (2 * beta);
  const double off_l = p.v() + 1 / (2 * beta);
  return {off_w * off_w + off_l * off_l, 2 * off_w, 2 * off_l};
}

PairLoss CplLoss::operator()(const PairLogProbabilities& p) const {
  const double lead = alpha * (p.u() - contrastive_bias * p.v());
  const double pull = alpha * sigmoid(-lead);
  return {softplus(-lead), -pull, contrastive_bias * pull};
}

PairLoss SimPoLoss::operator()(const PairLogProbabilities& p) const {
  const double z =
      beta * (p.policy_chosen / p.chosen_length - p.policy_rejected / p.rejected_length) - margin;
  const double pull = beta * sigmoid(-z);
  return {softplus(-z), -pull / p.chosen_length, pull / p.rejected_length};
}

PairLoss OrpoLoss::operator()(const PairLogProbabilities& p) const {
  constexpr double kSurest = -1e-15;  // odds of a certain response would be infinite
  const double l_w = std::min(p.policy_chosen / p.chosen_length, kSurest);
  const double l_l = std::min(p.policy_rejected / p.rejected_length, kSurest);
  const double log_odds_ratio = l_w - log1mexp(l_w) - (l_l - log1mexp(l_l));
  const double pull = weight * sigmoid(-log_odds_ratio);
  return {-l_w + weight * softplus(-log_odds_ratio),
          (-1 + pull / std::expm1(l_w)) / p.chosen_length,
          -pull / std::expm1(l_l) / p.rejected_length};
}

PairLoss CpoLoss::operator()(const PairLogProbabilities& p) const {
  const double d = beta * (p.policy_chosen - p.policy_rejected);
  const double e = label_smoothing;
  const double slope = beta * (sigmoid(d) - (1 - e));
  return {(1 - e) * softplus(-d) + e * softplus(d) - nll_weight * p.policy_chosen / p.chosen_length,
          slope - nll_weight / p.chosen_length, -slope};
}

PairLoss SlicLoss::operator()(const PairLogProbabilities& p) const {
  const double short_of = delta - p.policy_chosen + p.policy_rejected;
  const double active = short_of > 0 ? 1 : 0;
  return {active * short_of - nll_weight * p.policy_chosen, -active - nll_weight, active};
}

PairLoss ChosenNllLoss::operator()(const PairLogProbabilities& p) const {
  return {-p.policy_chosen / p.chosen_length, -1 / p.chosen_length, 0};
}

PairLoss RewardPairLoss::operator()(double chosen, double rejected, double margin) const {
  const double z = chosen - rejected - margin;
  const double sum = chosen + rejected;
  const double center = 2 * centering * sum;
  return {softplus(-z) + centering * sum * sum, -sigmoid(-z) + center, sigmoid(-z) + center};
}

// ---- by name -----------------------------------------------------------------------------------

namespace {

template <class L>
void check_effect(const L& /*loss*/, const nlohmann::json& /*given*/) {}

template <class Curve>
void check_effect(const DifferenceLoss<Curve>& loss, const nlohmann::json& given) {
  const bool alpha_given =
      std::any_of(given.items().begin(), given.items().end(),
                  [](const auto& item) { return canonical_name(item.key()) == "f_alpha"; });
  if (loss.f_divergence != FDivergence::alpha && alpha_given)
    throw std::invalid_argument(
        "option 'f_alpha' has no effect unless f_divergence_type is 'alpha'");
  if (loss.f_divergence == FDivergence::alpha && loss.f_alpha == 1)
    throw std::invalid_argument(
        "option 'f_alpha': 1 is the reverse KL; give f_divergence_type for it");
}

/// Of log-probabilities, whatever reference the pair has.
template <class L>
struct WithoutReference : L {
  PairLoss operator()(PairLogProbabilities p) const {
    p.reference_chosen = p.reference_rejected = 0;
    return L::operator()(p);
  }
};

template <class L>
PairLossType pair_loss_entry(const char* name, const char* formula, const char* source,
                             bool needs_reference) {
  return {name,
          formula,
          source,
          needs_reference,
          describe(L{}),
          [](const nlohmann::json& given) -> PairLossFunction {
            const L loss = parse(given, L{});
            check_effect(loss, given);
            return loss;
          }};
}

}  // namespace

const std::vector<PairLossType>& pair_loss_types() {
  static const std::vector<PairLossType> types = {
      pair_loss_entry<DifferenceLoss<SigmoidCurve>>("sigmoid", "-ln sigma(beta h)",
                                                    "DPO, Rafailov et al. 2023", true),
      pair_loss_entry<DifferenceLoss<ConservativeCurve>>(
          "cdpo", "-(1 - eps) ln sigma(beta h) - eps ln sigma(-beta h)",
          "conservative DPO, Mitchell 2023", true),
      pair_loss_entry<DifferenceLoss<RobustCurve>>(
          "robust", "[-(1 - eps) ln sigma(beta h) + eps ln sigma(-beta h)] / (1 - 2 eps)",
          "robust DPO, Chowdhury et al. 2024", true),
      pair_loss_entry<IpoLoss>("ipo", "(h - 1 / (2 beta))^2", "IPO, Azar et al. 2024", true),
      pair_loss_entry<DifferenceLoss<HingeCurve>>("hinge", "max(0, 1 - beta h)",
                                                  "after SLiC, Zhao et al. 2023", true),
      pair_loss_entry<WithoutReference<CplLoss>>(
          "cpl", "softplus(lambda alpha ln pi(y_l) - alpha ln pi(y_w))", "CPL, Hejna et al. 2024",
          false),
      pair_loss_entry<CplLoss>("cpl_kl", "softplus(lambda alpha v - alpha u)",
                               "CPL with a reference, Hejna et al. 2024", true),
      pair_loss_entry<SimPoLoss>(
          "simpo", "-ln sigma(beta (ln pi(y_w) / |y_w| - ln pi(y_l) / |y_l|) - gamma)",
          "SimPO, Meng et al. 2024", false),
      pair_loss_entry<OrpoLoss>("orpo", "-l_w - lambda ln sigma(ln odds_w - ln odds_l)",
                                "ORPO, Hong et al. 2024", false),
      pair_loss_entry<SlicLoss>("slic",
                                "max(0, delta - ln pi(y_w) + ln pi(y_l)) - lambda ln pi(y_w)",
                                "SLiC, Zhao et al. 2023", false),
      pair_loss_entry<CpoLoss>(
          "cpo", "-(1 - eps) ln sigma(d) - eps ln sigma(-d) - alpha ln pi(y_w) / |y_w|",
          "CPO, Xu et al. 2024", false),
      pair_loss_entry<DifferenceLoss<ExoPairCurve>>(
          "exo_pair", "KL(coin of sigma(beta h) || coin of 1 - eps)", "EXO, Ji et al. 2024", true),
      pair_loss_entry<NcaPairLoss>(
          "nca_pair", "-ln sigma(beta u) - ln sigma(-beta u) / 2 - ln sigma(-beta v) / 2",
          "NCA, Chen et al. 2024", true),
      pair_loss_entry<BcoPairLoss>("bco_pair",
                                   "-ln sigma(beta u - delta) - ln sigma(delta - beta v)",
                                   "BCO, Jung et al. 2024", true),
      pair_loss_entry<SppoHardLoss>("sppo_hard", "(u - 1 / (2 beta))^2 + (v + 1 / (2 beta))^2",
                                    "SPPO, Wu et al. 2024", true),
      pair_loss_entry<ApoZeroLoss>("apo_zero", "1 - sigma(beta u) + sigma(beta v)",
                                   "APO, D'Oosterlinck et al. 2024", true),
      pair_loss_entry<ApoDownLoss>("apo_down", "sigma(beta u) + 1 - sigma(beta h)",
                                   "APO, D'Oosterlinck et al. 2024", true),
      pair_loss_entry<DifferenceLoss<DiscoPopCurve>>(
          "discopop", "-(1 - m) ln sigma(beta h) + m exp(-beta h), m = sigma(beta h / tau)",
          "DiscoPOP, Lu et al. 2024", true),
      pair_loss_entry<SigmoidNormLoss>("sigmoid_norm", "-ln sigma(beta (u / |y_w| - v / |y_l|))",
                                       "DPO of mean log-ratios", true),
      pair_loss_entry<ChosenNllLoss>("sft", "-ln pi(y_w) / |y_w|", "likelihood of the chosen one",
                                     false),
  };
  return types;
}

const PairLossType& pair_loss_type(std::string_view name) {
  std::vector<std::string> names;
  for (const PairLossType& type : pair_loss_types()) {
    if (canonical_name(type.name) == canonical_name(name)) return type;
    names.push_back(type.name);
  }
  throw std::invalid_argument(unknown_name("loss type", name, names));
}

PairLossFunction weighted_pair_loss(std::vector<std::pair<double, PairLossFunction>> losses) {
  if (losses.empty()) throw std::invalid_argument("a weighted loss needs at least one loss");
  return [losses = std::move(losses)](const PairLogProbabilities& p) {
    PairLoss sum{0, 0, 0};
    for (const auto& term : losses) {
      const PairLoss loss = term.second(p);
      sum.value += term.first * loss.value;
      sum.slope_chosen += term.first * loss.slope_chosen;
      sum.slope_rejected += term.first * loss.slope_rejected;
    }
    return sum;
  };
}

}  // namespace rl
