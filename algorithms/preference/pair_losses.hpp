#pragma once
/// \file
/// Losses of one preferred pair, y_w over y_l: functions of log-probabilities alone, each a struct
/// with its options. A policy's gradient follows from the two slopes:
///
///     grad L = dL/du grad ln pi(y_w | x) + dL/dv grad ln pi(y_l | x)
///     u = ln pi(y_w | x) - ln pi_ref(y_w | x),   v the same of y_l,   h = u - v
///
/// Names, formulas and options stand once, in `pair_loss_types`; an option that a loss does not
/// have is an error there.
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rl/loss.hpp"
#include "rl/options.hpp"

namespace rl {

/// What a loss is told of a pair. ln pi(y | x) is the sum over the steps of y.
struct PairLogProbabilities {
  double policy_chosen;
  double policy_rejected;
  double reference_chosen = 0;
  double reference_rejected = 0;
  double chosen_length = 1;  ///< |y_w|: steps, the end of the sequence counted once
  double rejected_length = 1;

  double u() const { return policy_chosen - reference_chosen; }
  double v() const { return policy_rejected - reference_rejected; }
};

struct PairLoss {
  double value;
  double slope_chosen;    ///< dL / d ln pi(y_w | x)
  double slope_rejected;  ///< dL / d ln pi(y_l | x)
};

// ---- losses of z = beta h, as curves: L(z) and dL/dz -------------------------------------------

/// -ln sigma(z): DPO (Rafailov et al. 2023). ln 2 where the policy is its reference.
struct SigmoidCurve {
  static constexpr double kBeta = 0.1;
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& /*v*/) {}
};

/// -(1 - epsilon) ln sigma(z) - epsilon ln sigma(-z): conservative DPO; at rest at z = logit(1 -
/// epsilon).
struct ConservativeCurve {
  static constexpr double kBeta = 0.1;
  double label_smoothing = 0.1;  ///< epsilon in [0, 0.5)
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("label_smoothing", label_smoothing, "epsilon: share of the labels that are taken for wrong",
      Range{0, 0.5});
  }
};

/// (-(1 - epsilon) ln sigma(z) + epsilon ln sigma(-z)) / (1 - 2 epsilon): its mean over labels that
/// flip with probability epsilon is the sigmoid loss of the true ones (Chowdhury et al. 2024). It
/// falls for ever: on pairs of which one side is never preferred it is unbounded below.
struct RobustCurve {
  static constexpr double kBeta = 0.1;
  double label_smoothing = 0.1;  ///< epsilon in [0, 0.5)
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("label_smoothing", label_smoothing, "epsilon: probability that a label was flipped",
      Range{0, 0.49});
  }
};

/// max(0, 1 - z)
struct HingeCurve {
  static constexpr double kBeta = 0.1;
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& /*v*/) {}
};

/// KL(sigma(z) || 1 - epsilon) between two coins: EXO for pairs (Ji et al. 2024).
struct ExoPairCurve {
  static constexpr double kBeta = 0.1;
  double label_smoothing = 1e-3;  ///< epsilon in (0, 0.5)
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("label_smoothing", label_smoothing, "epsilon: probability left to the rejected one",
      Range{1e-12, 0.5});
  }
};

/// -(1 - m) ln sigma(z) + m e^-z, m = sigma(z / tau) (DiscoPOP, Lu et al. 2024).
struct DiscoPopCurve {
  static constexpr double kBeta = 0.1;
  double tau = 0.05;  ///< in (0, 1]
  Loss<double> operator()(double z) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tau", tau, "temperature of the mixture", Range{1e-3, 1});
  }
};

/// What stands for ln pi / pi_ref where the KL divergence that holds the policy is replaced by
/// another f-divergence (Wang et al. 2023): f'(pi / pi_ref), up to a constant.
enum class FDivergence : int { reverse_kl, forward_kl, js, alpha };

/// A curve at z = beta (f'(u) - f'(v)); z = beta h for the reverse KL.
template <class Curve>
struct DifferenceLoss : Curve {
  double beta = Curve::kBeta;
  FDivergence f_divergence = FDivergence::reverse_kl;
  double f_alpha = 0.5;
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "how strongly the policy is held to the reference", Range{1e-9, 1e9});
    Curve::visit(v);
    v("f_divergence_type", f_divergence, "the divergence from the reference that beta weighs",
      {"reverse_kl", "forward_kl", "js", "alpha"});
    v("f_alpha", f_alpha, "of the alpha-divergence; not 1", Range{-10, 10});
  }
};

// ---- the others --------------------------------------------------------------------------------

struct HeldToReference {
  double beta = 0.1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "how strongly the policy is held to the reference", Range{1e-9, 1e9});
  }
};

/// (u - v - 1 / (2 beta))^2 (IPO, Azar et al. 2024; beta is the paper's tau). `mean`: u / |y_w| -
/// v / |y_l|, which widely used code means by IPO; the two differ on the same data.
enum class IpoReduction : int { sum, mean };
struct IpoLoss {
  double beta = 0.1;
  IpoReduction ipo_reduction = IpoReduction::sum;
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "tau: h is drawn to 1 / (2 tau)", Range{1e-9, 1e9});
    v("ipo_reduction", ipo_reduction, "log-ratios of whole responses, or means over their steps",
      {"sum", "mean"});
  }
};

/// -ln sigma(beta (u / |y_w| - v / |y_l|))
struct SigmoidNormLoss : HeldToReference {
  PairLoss operator()(const PairLogProbabilities& p) const;
};

/// (1 - sigma(beta u)) + sigma(beta v): the chosen one up, the rejected one down (APO,
/// D'Oosterlinck et al. 2024).
struct ApoZeroLoss : HeldToReference {
  PairLoss operator()(const PairLogProbabilities& p) const;
};

/// sigma(beta u) + (1 - sigma(beta h)): both down, the rejected one more.
struct ApoDownLoss : HeldToReference {
  PairLoss operator()(const PairLogProbabilities& p) const;
};

/// -ln sigma(beta u - delta) - ln sigma(delta - beta v): a classifier of responses (BCO, Jung et
/// al. 2024).
struct BcoPairLoss : HeldToReference {
  double delta = 0;  ///< mean reward of the data
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    HeldToReference::visit(v);
    v("delta", delta, "the reward between good and bad", Range{-1e9, 1e9});
  }
};

/// -ln sigma(beta u) - ln sigma(-beta u) / 2 - ln sigma(-beta v) / 2 (NCA, Chen et al. 2024).
struct NcaPairLoss : HeldToReference {
  PairLoss operator()(const PairLogProbabilities& p) const;
};

/// (u - 1 / (2 beta))^2 + (v + 1 / (2 beta))^2 (SPPO, Wu et al. 2024).
struct SppoHardLoss {
  double beta = 0.1;
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "u is drawn to 1 / (2 beta), v to its negative", Range{1e-9, 1e9});
  }
};

/// softplus(lambda A_l - A_w), A = alpha sum_t gamma^t ln pi (CPL, Hejna et al. 2024): lambda below
/// 1 keeps mass on what the data hold. With ln pi / pi_ref in place of ln pi it is CPL's KL form;
/// there lambda = 1 is DPO.
struct CplLoss {
  double alpha = 0.1;
  double contrastive_bias = 1;  ///< lambda in (0, 1]
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "temperature of the advantage that ln pi stands for", Range{1e-9, 1e9});
    v("contrastive_bias", contrastive_bias,
      "lambda: weight of the rejected one; 1 where the data cover all actions", Range{1e-9, 1});
  }
};

/// -ln sigma(beta (ln pi(y_w) / |y_w| - ln pi(y_l) / |y_l|) - gamma) (SimPO, Meng et al. 2024).
struct SimPoLoss {
  double beta = 2;
  double margin = 0.5;  ///< gamma, outside beta
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "scale of the mean log-probabilities", Range{1e-9, 1e9});
    v("margin", margin, "gamma: by how much the chosen one should lead", Range{-1e9, 1e9});
  }
};

/// -l_w - lambda ln sigma(ln odds_w - ln odds_l), l = ln pi(y) / |y|, odds = e^l / (1 - e^l) (ORPO,
/// Hong et al. 2024).
struct OrpoLoss {
  double weight = 0.1;  ///< lambda
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("weight", weight, "lambda: of the odds ratio, beside the likelihood", Range{0, 1e9});
  }
};

/// -(1 - epsilon) ln sigma(d) - epsilon ln sigma(-d) - alpha ln pi(y_w) / |y_w|, d = beta (ln
/// pi(y_w)
/// - ln pi(y_l)) (CPO, Xu et al. 2024).
struct CpoLoss {
  double beta = 0.1;
  double label_smoothing = 0;
  double nll_weight = 1;  ///< alpha
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "scale of the log-probabilities", Range{1e-9, 1e9});
    v("label_smoothing", label_smoothing, "epsilon: share of the labels that are taken for wrong",
      Range{0, 0.5});
    v("nll_weight", nll_weight, "alpha: of the chosen response's mean log-probability",
      Range{0, 1e9});
  }
};

/// max(0, delta - ln pi(y_w) + ln pi(y_l)) - lambda ln pi(y_w) (SLiC, Zhao et al. 2023).
struct SlicLoss {
  double delta = 1;
  double nll_weight = 0.1;  ///< lambda
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& v) {
    v("delta", delta, "margin of the log-probabilities", Range{0, 1e9});
    v("nll_weight", nll_weight, "lambda: of the chosen response's log-probability", Range{0, 1e9});
  }
};

/// -ln pi(y_w) / |y_w|: the likelihood of what was preferred.
struct ChosenNllLoss {
  PairLoss operator()(const PairLogProbabilities& p) const;
  template <class Visitor>
  void visit(Visitor& /*v*/) {}
};

/// -ln sigma(r_w - r_l - m) + c (r_w + r_l)^2: Bradley-Terry, for a reward model. Told of rewards
/// in place of log-probabilities; `m` is the pair's own margin.
struct RewardPairLoss {
  double centering = 0;  ///< c
  PairLoss operator()(double chosen, double rejected, double margin = 0) const;
};

// ---- by name -----------------------------------------------------------------------------------

using PairLossFunction = std::function<PairLoss(const PairLogProbabilities&)>;

struct PairLossType {
  std::string name;     ///< "sigmoid"
  std::string formula;  ///< in u, v, h as above
  std::string source;
  bool needs_reference;
  std::vector<OptionInfo> options;
  /// Throws std::invalid_argument, with the choices, for an option that this loss does not have,
  /// and for one that has no effect beside the others.
  std::function<PairLossFunction(const nlohmann::json& options)> make;
};

const std::vector<PairLossType>& pair_loss_types();
/// By name, `-` and `_` alike. Throws std::invalid_argument with the nearest name.
const PairLossType& pair_loss_type(std::string_view name);

/// sum_k weight_k L_k
PairLossFunction weighted_pair_loss(std::vector<std::pair<double, PairLossFunction>> losses);

}  // namespace rl
