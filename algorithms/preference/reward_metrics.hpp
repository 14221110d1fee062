#pragma once
/// \file
/// How a reward stands to labelled pairs, and what the labels let any reward reach: a model that is
/// right half of the time may be a bad model, or its labels may contradict each other.
///
///     z_i = rationality (G_i1 - G_i2) - margin_i     P = (1 - 2 eps) sigmoid(z) + eps
///     loss = sum_i weight_i [ -y_i log P_i - (1 - y_i) log(1 - P_i) ] / sum_i weight_i
#include <Eigen/Core>
#include <cstddef>
#include <span>

#include "algorithms/preference/dataset.hpp"

namespace rl {

/// What a reward pays the two segments of each pair: G_i1, G_i2, [N].
struct PairReturns {
  Eigen::VectorXd first, second;
};

/// What is known of the pairs. What is optional is empty where it is not given.
struct PairLabels {
  Eigen::VectorXd labels;        ///< y = P(first preferred) in [0, 1]: [N]
  Eigen::VectorXd weights = {};  ///< >= 0: [N], or empty: all 1
  Eigen::VectorXd margins = {};  ///< log-odds by which the first has to be ahead: [N], or empty: 0
};

/// All means are by weights. Labels of 1/2 are left out of accuracy and margin, for there is
/// nothing to be right about; where there are no others, both are NaN.
struct RewardMetrics {
  double loss;
  double
      accuracy;  ///< labels whose side the reward is on; equal returns, to rounding: right by half
  double accuracy_expected;  ///< mean max(P, 1 - P), without margins
  double margin;             ///< of the preferred segment's return over the other's
  double min_reward, mean_reward, max_reward;  ///< of the segments' returns
};

/// Throws std::invalid_argument for no pairs, sizes that do not fit, a label outside [0, 1], a
/// weight that is not at least 0 and weights that are all 0.
RewardMetrics reward_metrics(const PairReturns& returns, const PairLabels& data,
                             double rationality = 1, double flip_probability = 0);

/// The same segments compared again are one comparison, whichever stands first.
struct LabelBounds {
  std::size_t comparisons;  ///< different ones
  bool all_ties;            ///< every label is 1/2
  /// Every comparison is answered as often one way as the other: equal rewards are the best fit.
  bool balanced;
  /// By majorities, which no accuracy exceeds; NaN where all labels are ties. 1 where no comparison
  /// is repeated.
  double accuracy;
  /// Mean entropy of the comparisons' mean labels, nats, which no loss without margins falls below.
  double entropy;
};

/// `weights`: empty, or one >= 0 a pair. Throws std::invalid_argument as above.
LabelBounds label_bounds(std::span<const SegmentPair> pairs, std::span<const double> weights = {});

}  // namespace rl
