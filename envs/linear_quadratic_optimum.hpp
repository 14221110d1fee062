#pragma once
/// \file
/// Exact values of the linear-quadratic regulator: of every linear policy, and of the best one.
///
/// The policy u = -K x has the value v(x) = -x'P x - c with
///
///     P = Q + K'R K + gamma (A - B K)' P (A - B K)         (discounted Lyapunov equation)
///     c = gamma / (1 - gamma) noise_sd^2 trace(P)
///
/// where sqrt(gamma) (A - B K) has all its eigenvalues inside the unit circle; else the value is
/// -infinity. The best of all policies, linear or not, is the K that is greedy for its own P:
///
///     K = gamma (R + gamma B'P B)^-1 B'P A
///     P = Q + gamma A'P A - gamma A'P B K                  (discounted Riccati equation)
#include "envs/linear_quadratic.hpp"

namespace rl {

/// v(x) = -x'P x - c. Where it is -infinity, P and c are infinity.
struct LqrValue {
  LinearQuadraticModel::Matrix P;
  double c = 0;

  bool finite() const;
  double at(const Point& x) const;
  /// The mean of v(x) over the starts of the model: E[x'P x] = m'P m + sum_i P_ii var_i.
  double at_start(const LinearQuadraticModel& model) const;
};

struct LqrOptimum : LqrValue {
  LinearQuadraticModel::Matrix K;  ///< [actions x states]; 0 where no gain has a finite value
};

/// Of the policy u = -K x. Throws std::invalid_argument for another shape of K, or gamma outside of
/// [0, 1].
LqrValue lqr_value(const LinearQuadraticModel& model, const LinearQuadraticModel::Matrix& K,
                   double gamma);

/// The gain that is greedy for the value -x'P x of the next state.
LinearQuadraticModel::Matrix lqr_greedy_gain(const LinearQuadraticModel& model,
                                             const LinearQuadraticModel::Matrix& P, double gamma);

/// Value iteration from P = 0 until its greedy gain has a finite value, then policy iteration,
/// whose error is squared by each round, until K stands still. Infinite where 100,000 sweeps find
/// no such gain. Throws std::invalid_argument for gamma outside of [0, 1].
LqrOptimum lqr_optimum(const LinearQuadraticModel& model, double gamma);

}  // namespace rl
