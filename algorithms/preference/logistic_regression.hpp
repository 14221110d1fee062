#pragma once
/// \file
/// A linear reward r = w . phi from preferences between segments (Bradley-Terry on their returns,
/// Christiano et al. 2017). With x = Phi(segment 1) - Phi(segment 2), y the label and eps the
/// probability that an annotator flips it:
///
///     z = rationality w . x - margin        P = (1 - 2 eps) sigmoid(z) + eps
///     loss = sum_i weight_i [ -y_i log P_i - (1 - y_i) log(1 - P_i) + centering (w . s_i)^2 ]
///            + l2/2 |w|^2,                  s = Phi(segment 1) + Phi(segment 2)
///
/// Convex where eps = 0; else what is found is a minimum that the method reaches from w = 0.
#include <Eigen/Core>

#include "algorithms/linear_analysis.hpp"

namespace rl {

/// Row i is a pair. What is optional is empty where it is not given.
struct SegmentComparisons {
  FeatureMatrix differences;     ///< x: [N x n]
  Eigen::VectorXd labels;        ///< y = P(segment 1 preferred) in [0, 1], a tie is 1/2: [N]
  Eigen::VectorXd weights = {};  ///< >= 0; 2 is the pair twice: [N], or empty: all 1
  Eigen::VectorXd margins = {};  ///< log-odds by which segment 1 has to be ahead: [N], or empty: 0
  FeatureMatrix sums = {};       ///< s: [N x n], or empty; needed for centering
};

struct SegmentRegressionOptions {
  double l2 = 0;                ///< >= 0
  double flip_probability = 0;  ///< eps in [0, 0.5)
  double rationality = 1;       ///< > 0
  double centering = 0;         ///< >= 0; draws a pair's two returns to a mean of 0
  double tolerance = 1e-12;     ///< in log-odds: stops when a step moves no pair further
  int max_iterations = 200;
};

struct SegmentRewards {
  Eigen::VectorXd weights;  ///< w: [n]
  double objective = 0;
  int iterations = 0;        ///< steps made
  bool converged = false;    ///< the last step was within the tolerance, or rounding was reached
  double gradient_norm = 0;  ///< largest component
};

/// Newton's method with backtracking. Where the Hessian is not positive definite (only if eps > 0),
/// Fisher's information takes its place. One matrix serves until some log-odds have moved by a
/// half, for it costs n times as much as a gradient.
///
/// Throws std::invalid_argument for sizes and values that do not fit, and where l2 = 0 and there is
/// no estimate: features that these pairs cannot see or tell apart, or labels that ever larger
/// weights explain ever better.
SegmentRewards logistic_regression(const SegmentComparisons& data,
                                   const SegmentRegressionOptions& options = {});

struct SegmentLoss {
  double value;
  Eigen::VectorXd gradient;  ///< [n]
  Eigen::MatrixXd hessian;   ///< [n x n]
};

/// The loss at any weights, with its derivatives.
SegmentLoss segment_loss(const SegmentComparisons& data, const SegmentRegressionOptions& options,
                         const Eigen::VectorXd& weights);

/// One label's cross-entropy at log-odds z, and how it changes with z.
struct LabelLoss {
  double value;
  double slope;        ///< dL/dz
  double curvature;    ///< d^2 L/dz^2; may be negative if flips are possible
  double information;  ///< Fisher's: what the curvature is on average over labels drawn by P
};

/// No log-odds are clipped: the slope stays alive as far as e^-|z| does.
LabelLoss label_loss(double z, double label, double flip_probability);

/// P for each pair: [N]
Eigen::VectorXd preference_probabilities(const Eigen::VectorXd& weights,
                                         const FeatureMatrix& differences, double rationality = 1,
                                         double flip_probability = 0);

/// Elsewhere an annotator errs by answering at random: P = (1 - noise) sigmoid(z) + noise/2.
constexpr double flip_probability_of_noise(double noise_prob) { return noise_prob / 2; }

// ---- held-out pairs

/// The fraction of labels whose side w . x is on. Labels of exactly 1/2 are left out, for there is
/// nothing to be right about; w . x = 0 is right by half. Throws std::invalid_argument where all
/// labels are ties.
double accuracy(const Eigen::VectorXd& weights, const FeatureMatrix& differences,
                const Eigen::VectorXd& labels);

/// mean max(p, 1 - p): what nobody's accuracy can exceed on average, if p are the probabilities by
/// which labels are drawn.
double accuracy_ceiling(const Eigen::VectorXd& probabilities);

/// Mean of -y log y - (1 - y) log(1 - y), in nats: what no cross-entropy of these labels falls
/// below.
double label_entropy(const Eigen::VectorXd& labels);

}  // namespace rl
