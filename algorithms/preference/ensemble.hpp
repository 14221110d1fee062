#pragma once
/// \file
/// Several reward models of the same data, each fitted to another bag of it (Breiman 1996), and how
/// their K predictions become one reward. Where the models disagree, data were few, and an
/// optimiser of the mean goes there:
///
///     mean
///     min_k r_k                  worst case (WCO, Coste et al. 2023)
///     mean - lambda variance     uncertainty-weighted (UWO, the same)
///     mean - lambda sd           lower confidence bound
///     mean + alpha sd            upper one; alpha < 0 is pessimistic
///
/// ddof is what is subtracted from K in the variance: 0 for the members as they are, 1 for an
/// unbiased estimate.
#include <Eigen/Core>
#include <vector>

#include "rl/random.hpp"

namespace rl {

class EnsembleRewards {
 public:
  /// predictions: [K x n], a row a member. Throws std::invalid_argument for none, or one that is
  /// not finite.
  explicit EnsembleRewards(Eigen::MatrixXd predictions);

  Eigen::Index num_members() const { return predictions_.rows(); }
  Eigen::Index size() const { return predictions_.cols(); }
  const Eigen::MatrixXd& predictions() const { return predictions_; }

  // All [n]. Where a ddof is given, they throw std::invalid_argument unless 0 <= ddof < K.
  Eigen::VectorXd mean() const;
  Eigen::VectorXd worst_case() const;
  Eigen::VectorXd variance(int ddof) const;
  Eigen::VectorXd sd(int ddof) const;
  /// lambda >= 0
  Eigen::VectorXd uncertainty_weighted(double lambda, int ddof) const;
  /// lambda >= 0
  Eigen::VectorXd lower_bound(double lambda, int ddof) const;
  Eigen::VectorXd mean_plus_sd(double alpha, int ddof) const;

 private:
  Eigen::MatrixXd predictions_;
};

/// Rows of a bag: n of n, drawn with replacement.
std::vector<Eigen::Index> bootstrap_rows(Eigen::Index n, Rng& rng);

/// How often each of n rows is in a bag: as weights of the rows, they stand for it without a copy.
Eigen::VectorXd row_counts(const std::vector<Eigen::Index>& rows, Eigen::Index n);

}  // namespace rl
