#include "algorithms/preference/ensemble.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

namespace rl {

namespace {

void require_pessimism(double lambda) {
  if (!(lambda >= 0 && std::isfinite(lambda)))
    throw std::invalid_argument(fmt::format("ensemble: lambda is {}; >= 0", lambda));
}

}  // namespace

EnsembleRewards::EnsembleRewards(Eigen::MatrixXd predictions)
    : predictions_(std::move(predictions)) {
  if (predictions_.size() == 0)
    throw std::invalid_argument(fmt::format("ensemble: {} predictions of {} members",
                                            predictions_.cols(), predictions_.rows()));
  for (Eigen::Index i = 0; i < size(); ++i)
    for (Eigen::Index k = 0; k < num_members(); ++k)
      if (!std::isfinite(predictions_(k, i)))
        throw std::invalid_argument(fmt::format(
            "ensemble: member {} predicts {} for reward {}; finite", k, predictions_(k, i), i));
}

Eigen::VectorXd EnsembleRewards::mean() const { return predictions_.colwise().mean(); }

Eigen::VectorXd EnsembleRewards::worst_case() const { return predictions_.colwise().minCoeff(); }

Eigen::VectorXd EnsembleRewards::variance(int ddof) const {
  if (ddof < 0 || ddof >= num_members())
    throw std::invalid_argument(fmt::format("ensemble: ddof is {}; 0 to {} for {} members", ddof,
                                            num_members() - 1, num_members()));
  const Eigen::MatrixXd deviations = predictions_.rowwise() - mean().transpose();
  return deviations.colwise().squaredNorm() / static_cast<double>(num_members() - ddof);
}

Eigen::VectorXd EnsembleRewards::sd(int ddof) const { return variance(ddof).cwiseSqrt(); }

Eigen::VectorXd EnsembleRewards::uncertainty_weighted(double lambda, int ddof) const {
  require_pessimism(lambda);
  return mean() - lambda * variance(ddof);
}

Eigen::VectorXd EnsembleRewards::lower_bound(double lambda, int ddof) const {
  require_pessimism(lambda);
  return mean() - lambda * sd(ddof);
}

Eigen::VectorXd EnsembleRewards::mean_plus_sd(double alpha, int ddof) const {
  if (!std::isfinite(alpha))
    throw std::invalid_argument(fmt::format("ensemble: alpha is {}; finite", alpha));
  return mean() + alpha * sd(ddof);
}

std::vector<Eigen::Index> bootstrap_rows(Eigen::Index n, Rng& rng) {
  if (n < 1 || n > std::numeric_limits<std::int32_t>::max())
    throw std::invalid_argument(fmt::format("ensemble: a bag of {} rows", n));
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(n));
  for (Eigen::Index& row : rows) row = rng.index(static_cast<std::int32_t>(n));
  return rows;
}

Eigen::VectorXd row_counts(const std::vector<Eigen::Index>& rows, Eigen::Index n) {
  Eigen::VectorXd counts = Eigen::VectorXd::Zero(n);
  for (const Eigen::Index row : rows) {
    if (row < 0 || row >= n)
      throw std::invalid_argument(fmt::format("ensemble: row {} of {} rows", row, n));
    counts[row] += 1;
  }
  return counts;
}

}  // namespace rl
