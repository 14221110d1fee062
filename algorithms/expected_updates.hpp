#pragma once
/// \file
/// What the updates of linear methods do on average: one synchronous sweep over all states, each as
/// often as d says, without a sample. So divergence and convergence are seen without noise
/// (S&B 11.2, 11.3, 11.7, 11.8). With x = phi(s), x' = phi(s') and means under d and the chain of
/// the target policy:
///
///     A = E[x (x - gamma x')'],   b = E[r x],   C = E[x x']
///
///     semi-gradient DP    w <- w + alpha (b - A w)
///     least-squares DP    C w <- b + (C - A) w
///     GTD2                w <- w + alpha A' u,                      u <- u + beta (b - A w - C u)
///     TDC                 w <- w + alpha (b - A w - (C - A') u),    u <- u + beta (b - A w - C u)
///     emphatic TD         w <- w + alpha sum_s f(s) delta(s) x(s),  f <- d i + gamma P' f
///
/// All right sides are of the values before the sweep, but f, which emphatic TD renews first.
#include <Eigen/Core>
#include <concepts>
#include <utility>

#include "algorithms/linear_analysis.hpp"

namespace rl {

/// The means that every update but the emphatic one is made of.
struct UpdateMeans {
  Eigen::MatrixXd A;  ///< [n x n]
  Eigen::VectorXd b;  ///< [n]
  Eigen::MatrixXd C;  ///< [n x n]
};
UpdateMeans update_means(const LinearPrediction& prediction);

/// One sweep at a time; w: [n] is what it knows.
template <class U>
concept ExpectedUpdate = requires(U u) {
  u.sweep();
  { u.w } -> std::convertible_to<const Eigen::VectorXd&>;
};

/// The expected update of off-policy TD(0) (S&B Figure 11.2, right).
struct SemiGradientDp {
  UpdateMeans means;
  double alpha;
  Eigen::VectorXd w;
  void sweep();
};

/// The best approximation of one backup, again and again (S&B Example 11.1).
struct LeastSquaresDp {
  UpdateMeans means;
  Eigen::VectorXd w;
  void sweep();
};

/// Descends the projected Bellman error (S&B 11.7).
struct ExpectedGtd2 {
  UpdateMeans means;
  double alpha;
  double beta;
  Eigen::VectorXd w;
  Eigen::VectorXd u = Eigen::VectorXd::Zero(w.size());
  void sweep();
};

/// The same with a correction of TD in place of the gradient (S&B 11.7, Figure 11.5).
struct ExpectedTdc {
  UpdateMeans means;
  double alpha;
  double beta;
  Eigen::VectorXd w;
  Eigen::VectorXd u = Eigen::VectorXd::Zero(w.size());
  void sweep();
};

/// TD whose updates are weighted by what leads to a state (S&B 11.8, Figure 11.6). f comes to rest
/// at `emphatic_weighting`.
struct ExpectedEmphaticTd {
  LinearPrediction prediction;
  double alpha;
  Eigen::VectorXd w;
  Eigen::VectorXd interest = Eigen::VectorXd::Ones(prediction.weighting().size());  ///< i: [S]
  /// f(s) = d(s) E[F | s], F <- i + gamma rho F the follow-on trace: [S].
  Eigen::VectorXd follow_on = Eigen::VectorXd::Zero(prediction.weighting().size());
  void sweep();
};

/// w after so many sweeps more.
template <ExpectedUpdate U>
const Eigen::VectorXd& sweep(U& update, int sweeps) {
  for (int k = 0; k < sweeps; ++k) update.sweep();
  return update.w;
}

}  // namespace rl
