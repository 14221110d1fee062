#include "envs/linear_quadratic_optimum.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace rl {

namespace {

using GainMatrix = LinearQuadraticModel::Matrix;

constexpr double kInfiniteCost = std::numeric_limits<double>::infinity();

void check_lqr_gamma(double gamma) {
  if (!(gamma >= 0 && gamma <= 1))
    throw std::invalid_argument(
        fmt::format("linear-quadratic regulator: gamma = {} is no number from 0 to 1", gamma));
}

double spectral_radius(const GainMatrix& m) { return m.eigenvalues().cwiseAbs().maxCoeff(); }

/// The way of the state under u = -K x, each step shrunk by sqrt(gamma).
GainMatrix closed_loop(const LinearQuadraticModel& model, const GainMatrix& K, double gamma) {
  return std::sqrt(gamma) * (model.A - model.B * K);
}

bool stable(const LinearQuadraticModel& model, const GainMatrix& K, double gamma) {
  return K.allFinite() && spectral_radius(closed_loop(model, K, gamma)) < 1;
}

/// sum_k (M^k)' S M^k of a stable M. Each round doubles the number of terms.
GainMatrix summed_costs(GainMatrix M, GainMatrix S) {
  for (int round = 0; round < 64; ++round) {
    const GainMatrix longer = S + M.transpose() * S * M;
    if (longer == S) break;
    S = longer;
    M = (M * M).eval();
  }
  return (S + S.transpose()) / 2;
}

double noise_cost(const LinearQuadraticModel& model, const GainMatrix& P, double gamma) {
  if (model.noise_sd == 0 || gamma == 0) return 0;
  if (gamma == 1) return kInfiniteCost;
  return gamma / (1 - gamma) * model.noise_sd * model.noise_sd * P.trace();
}

LqrValue no_value(const LinearQuadraticModel& model) {
  return {GainMatrix::Constant(model.A.rows(), model.A.rows(), kInfiniteCost), kInfiniteCost};
}

}  // namespace

bool LqrValue::finite() const { return P.allFinite() && std::isfinite(c); }

double LqrValue::at(const Point& x) const {
  if (!finite()) return -kInfiniteCost;
  const Eigen::Map<const Eigen::VectorXd> v(x.numbers().data(), P.rows());
  return -v.dot(P * v) - c;
}

double LqrValue::at_start(const LinearQuadraticModel& model) const {
  if (!finite()) return -kInfiniteCost;
  const LinearQuadraticModel::Vector mean = (model.start_low + model.start_high) / 2;
  const LinearQuadraticModel::Vector variance =
      (model.start_high - model.start_low).array().square() / 12;
  return -mean.dot(P * mean) - P.diagonal().dot(variance) - c;
}

LqrValue lqr_value(const LinearQuadraticModel& model, const GainMatrix& K, double gamma) {
  check_lqr_gamma(gamma);
  if (K.rows() != model.B.cols() || K.cols() != model.A.rows())
    throw std::invalid_argument(
        fmt::format("linear-quadratic regulator: K must have {} x {} numbers, not {} x {}",
                    model.B.cols(), model.A.rows(), K.rows(), K.cols()));
  if (!stable(model, K, gamma)) return no_value(model);
  const GainMatrix S = model.Q + K.transpose() * model.R * K;
  const GainMatrix P = summed_costs(closed_loop(model, K, gamma), S);
  return {P, noise_cost(model, P, gamma)};
}

GainMatrix lqr_greedy_gain(const LinearQuadraticModel& model, const GainMatrix& P, double gamma) {
  const auto& [A, B, Q, R, noise_sd, low, high] = model;
  const GainMatrix curvature = R + gamma * B.transpose() * P * B;
  return gamma * curvature.llt().solve(B.transpose() * P * A);
}

LqrOptimum lqr_optimum(const LinearQuadraticModel& model, double gamma) {
  check_lqr_gamma(gamma);
  const auto& [A, B, Q, R, noise_sd, low, high] = model;
  GainMatrix P = Q;
  GainMatrix K = lqr_greedy_gain(model, P, gamma);
  for (int sweep = 0; !stable(model, K, gamma); ++sweep) {
    if (sweep == 100'000 || !P.allFinite())
      return {no_value(model), GainMatrix::Zero(B.cols(), A.rows())};
    P = (Q + gamma * A.transpose() * P * (A - B * K)).eval();
    K = lqr_greedy_gain(model, P, gamma);
  }
  double change = 1;
  for (int round = 0; change > 1e-15 && round < 50; ++round) {
    const GainMatrix better = lqr_greedy_gain(model, lqr_value(model, K, gamma).P, gamma);
    change = (better - K).norm() / (1 + K.norm());
    K = better;
  }
  return {lqr_value(model, K, gamma), K};
}

}  // namespace rl
