#pragma once
/// \file
/// Linear reward models r(s, a, s') = w . phi(s, a, s') of segments that were compared, alone or in
/// ensembles; and what planning makes of a reward model: a table, combined and normalised.
///
///     Phi(sigma) = sum_t gamma^t phi(s_t, a_t, s_{t+1})        x = Phi(sigma_1) - Phi(sigma_2)
///     r(s, a) = sum_s' p(s' | s, a) r(s, a, s')                [S x A]
///
/// Steps in a terminal state, which fill up a segment whose episode has ended, have no features
/// here: planning pays nothing there either.
#include <Eigen/Core>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/linear_analysis.hpp"
#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/ensemble.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"
#include "rl/reward_features.hpp"
#include "rl/segment.hpp"

namespace rl {

// ---- features -----------------------------------------------------------------------------------

/// One for each next state, terminal or not, and "bump": 1 where next = s, though there is a state
/// in which the action may lead elsewhere (so not for an action that means to stay). [S + 1]
RewardFeatures next_state_features(const FiniteMdp& model);

/// One for each pair (s, a): every reward of the model's shape. [S * A]
RewardFeatures pair_features(const FiniteMdp& model);

/// Phi: [n]
Eigen::VectorXd segment_features(const RewardFeatures& features, const Segment& segment,
                                 double discount = 1);

/// What a regression reads of labelled pairs. `margins`: empty, or the log-odds by which the first
/// segment of each pair has to be ahead. `weights`: empty, or how often each pair counts.
SegmentComparisons comparisons(const RewardFeatures& features, std::span<const SegmentPair> pairs,
                               double discount = 1, std::span<const double> margins = {},
                               std::span<const double> weights = {});

// ---- models -------------------------------------------------------------------------------------

/// r(s, a, s')
using RewardFunction = std::function<double(State s, Action a, State next)>;

struct LinearReward {
  RewardFeatures features;
  Eigen::VectorXd weights;  ///< w: [n]

  double operator()(State s, Action a, State next) const;
};

/// sum_t gamma^t r(s_t, a_t, s_{t+1})
double segment_return(const RewardFunction& reward, const Segment& segment, double discount = 1);

struct RewardFitOptions {
  double discount = 1;                   ///< within a segment
  SegmentRegressionOptions loss = {};    ///< l2, flips, rationality, centering
  std::span<const double> margins = {};  ///< as above
  std::span<const double> weights = {};  ///< the same
  /// Without it, segments of a pair that differ in length are refused. Whole responses do differ.
  bool allow_variable_horizon = false;
};

struct LinearRewardFit {
  LinearReward reward;
  SegmentRewards fit;  ///< how the regression went
};
LinearRewardFit fit_linear_reward(const RewardFeatures& features,
                                  std::span<const SegmentPair> pairs,
                                  const RewardFitOptions& options = {});

/// K models with the same features.
struct RewardEnsemble {
  RewardFeatures features;
  Eigen::MatrixXd weights;             ///< [K x n]
  Eigen::ArrayX<bool> converged = {};  ///< whether each member's fit did: [K], or empty: unknown

  Eigen::Index num_members() const { return weights.rows(); }
  LinearReward member(Eigen::Index k) const { return {features, weights.row(k)}; }
};

/// Each member is fitted to a bag of its own: as many pairs as there are, drawn with replacement
/// from rng.split(k), each with its weight and margin. Throws std::invalid_argument for members <
/// 1, and whatever a fit throws.
RewardEnsemble fit_reward_ensemble(const RewardFeatures& features,
                                   std::span<const SegmentPair> pairs,
                                   const RewardFitOptions& options, int members, const Rng& rng,
                                   int threads = 1);

/// The log-odds that each member gives the first segment of each pair, [K x M]: rationality times
/// the difference of its returns. For active selection.
Eigen::MatrixXd member_log_odds(const RewardEnsemble& ensemble, std::span<const SegmentPair> pairs,
                                double discount = 1, double rationality = 1);

// ---- tables -------------------------------------------------------------------------------------

/// r(s, a): [S x A]; 0 in terminal states and for actions that are not available.
using RewardTable = FeatureMatrix;

RewardTable reward_table(const FiniteMdp& model, const RewardFunction& reward);

/// The world in which (s, a) pays table(s, a). Throws std::invalid_argument for another shape.
FiniteMdp with_reward_table(const FiniteMdp& model, const RewardTable& table);

// ---- ensembles as one reward --------------------------------------------------------------------

enum class Combination : int { mean, worst_case, uncertainty_weighted, lower_bound, mean_plus_sd };

struct CombinationOptions {
  static constexpr double kLambda = 0.5;
  Combination combine = Combination::mean;
  double lambda = kLambda;
  int ddof = 0;  ///< subtracted from K in variances

  template <class Visitor>
  void visit(Visitor& v) {
    v("combine", combine,
      "mean; least; mean - lambda variance; mean - lambda sd; mean + lambda sd of the members",
      {"mean", "worst_case", "uncertainty_weighted", "lower_bound", "mean_plus_sd"});
    v("lambda", lambda, "how much what the members disagree about counts", Range{-1e9, 1e9});
    v("ddof", ddof, "of the variance: 0 of these members, 1 unbiased", Range{0, 1});
  }
};

/// [n]. Throws std::invalid_argument for an option that has no effect beside the others.
Eigen::VectorXd combined(const EnsembleRewards& members, const CombinationOptions& options);

/// The members' tables, pair by pair, as one that can be planned with. Pessimism about steps is not
/// pessimism about what they add up to: the least of each step is below every member's return. The
/// two are the same where a single step of a response is paid, its last one, as in worlds whose
/// features are 0 before; elsewhere whole responses are combined by `member_returns`.
RewardTable combined_table(std::span<const RewardTable> tables, const CombinationOptions& options);

/// Each member's return of each segment: [K x M].
EnsembleRewards member_returns(const RewardEnsemble& ensemble, std::span<const Segment> segments,
                               double discount = 1);

// ---- normalised rewards -------------------------------------------------------------------------

/// gain r + bias has mean 0 and variance 1 under a reference policy, so that a KL coefficient means
/// the same whatever scale a model came out with (Ziegler et al. 2019).
struct NormalizedReward {
  RewardTable table;
  double mean;  ///< what they were before: gain = 1 / sd, bias = -mean / sd
  double sd;
};

/// By weights >= 0 of the pairs, [S x A], such as the reference's visits; their sum is no matter.
/// Every entry is changed. A step's own luck does not count: r(s, a) is a mean over s'. Throws
/// std::invalid_argument where sizes differ, no weight is positive, or the variance is 0.
NormalizedReward normalize_reward(const RewardTable& table, const RewardTable& weights);

/// How often each pair is met in the long run, or in an episode from the start distribution, as a
/// share: [S x A], sum 1.
RewardTable visit_shares(const FiniteMdp& model, const TabularPolicy& reference);

/// Of whole responses, which are paid at their last step: only the pairs that end one get the bias,
/// for a bias on every step would pay for length. Throws std::invalid_argument where a pair that
/// ends none pays, where an end is left to chance, and as above.
NormalizedReward normalize_response_reward(const FiniteMdp& model, const RewardTable& table,
                                           const TabularPolicy& reference);

}  // namespace rl
