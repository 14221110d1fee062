#pragma once
/// \file
/// Exact answers for linear value functions v(s) = phi(s) . w where the model is known: the best
/// approximation, the weights at which TD(lambda) comes to rest and whether it gets there, and the
/// errors of any weights (S&B 9.2, 9.4, 9.8, 11.4-11.8; MFRL 8.2.4, 8.2.5).
///
///     min_w  sum_s d(s) (phi(s) . w - v_pi(s))^2                            best approximation
///     A w = b,   A = Phi' D (I - gamma lambda P)^-1 (I - gamma P) Phi        TD(lambda)
///                b = Phi' D (I - gamma lambda P)^-1 r
///
/// P and r are the chain of the policy that is evaluated; D = diag(d) says how often each state is
/// updated. On policy d is P's own distribution, off policy it is a behaviour's. The same holds for
/// q(s, a) = phi(s, a) . w with pairs in place of states, which is what LSTDQ computes.
#include <Eigen/Core>
#include <span>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "rl/features.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// Phi: one row a state, [S x n], or a pair, [S*A x n].
using FeatureMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Phi of a feature map, one row a point. coordinates: [rows x map.num_coordinates()], as
/// `coordinates_of` and `pair_coordinates` have them.
FeatureMatrix feature_matrix(const FeatureMap& map, std::span<const double> coordinates);

/// What is to be approximated, by what and where it matters.
class LinearPrediction {
 public:
  /// Features and weights of terminal states must be zero; where gamma = 1, the chain must end from
  /// everywhere: the two functions below see to both. Throws std::invalid_argument where sizes
  /// differ, a number is not finite, a weight is negative or none is positive.
  LinearPrediction(PolicyChain chain, double gamma, FeatureMatrix features,
                   Eigen::VectorXd weighting);

  const PolicyChain& chain() const { return chain_; }
  double gamma() const { return gamma_; }
  const FeatureMatrix& features() const { return features_; }      ///< Phi: [S x n]
  const Eigen::VectorXd& weighting() const { return weighting_; }  ///< d: [S], as it was given
  const StateValues& values() const { return values_; }            ///< v_pi: [S], what is true
  Eigen::Index num_features() const { return features_.cols(); }

  /// The same with another d.
  [[nodiscard]] LinearPrediction with_weighting(const Eigen::VectorXd& weighting) const;

 private:
  PolicyChain chain_;
  double gamma_;
  FeatureMatrix features_;
  Eigen::VectorXd weighting_;
  StateValues values_;
};

/// v_pi by features of states, [S x n], and weights, [S]; those of terminal states are ignored.
/// Throws where gamma = 1 and the policy may never end.
LinearPrediction linear_prediction(const FiniteMdp& model, const TabularPolicy& policy,
                                   double gamma, const FeatureMatrix& features,
                                   const Eigen::VectorXd& weighting);
/// q_pi by features of pairs, [S*A x n], and weights, [S*A], the pairs row by row; those of pairs
/// that are not available are ignored, too.
LinearPrediction linear_q_prediction(const FiniteMdp& model, const TabularPolicy& policy,
                                     double gamma, const FeatureMatrix& features,
                                     const Eigen::VectorXd& weighting);

// ---- how often each state is updated ------------------------------------------------------------

/// mu(s), the share of time in s under the policy: stationary where nothing ends (MFRL 8.2.1), else
/// expected visits in an episode over its expected length (S&B 9.2). [S], sum 1.
Eigen::VectorXd on_policy_distribution(const FiniteMdp& model, const TabularPolicy& policy);

/// Every non-terminal state alike. [S], sum 1.
Eigen::VectorXd uniform_distribution(const FiniteMdp& model);

/// d(s) b(a | s) of the pairs, [S*A].
Eigen::VectorXd pair_distribution(const Eigen::VectorXd& d, const TabularPolicy& behavior);

/// The emphasis that emphatic TD(lambda) gives each state in the long run, for an interest i(s):
///
///     m = lambda d i + (1 - lambda) f,   f = (I - gamma P')^-1 (d i)        (S&B 9.11, 11.8)
///
/// With it as weighting, A is positive definite whatever the behaviour, and `td_equation` is
/// emphatic TD's. [S], sum at least that of d i.
Eigen::VectorXd emphatic_weighting(const LinearPrediction& prediction,
                                   const Eigen::VectorXd& interest, double lambda = 0);

// ---- solutions ----------------------------------------------------------------------------------

/// Weights, and whether they are the only ones.
struct LinearSolution {
  Eigen::VectorXd w;   ///< of all solutions the one with the smallest norm
  Eigen::Index rank;   ///< of the matrix that was solved, singular values below 1e-13 of it are 0
  bool unique;         ///< the rank is full
  bool exists = true;  ///< false: A w = b has no solution, w makes |A w - b| smallest
};

/// min VE: weighted least squares. Where features depend on each other on the states of positive
/// weight, several w are best.
LinearSolution best_approximation(const LinearPrediction& prediction);

/// min BE: the w whose Bellman error is smallest, where the residual gradient comes to rest
/// (S&B 11.5).
LinearSolution least_bellman_error(const LinearPrediction& prediction);

/// b - A w is the expected update of TD(lambda), which is at rest where A w = b.
struct TdEquation {
  Eigen::MatrixXd A;  ///< [n x n]
  Eigen::VectorXd b;  ///< [n]
};
TdEquation td_equation(const LinearPrediction& prediction, double lambda = 0);

/// (A + ridge I) w = b: what LSTD computes from endless data.
LinearSolution solve(const TdEquation& equation, double ridge = 0);

/// The TD fixed point. For lambda = 1 it is the best approximation.
LinearSolution td_fixed_point(const LinearPrediction& prediction, double lambda = 0,
                              double ridge = 0);

/// w <- w + alpha (b - A w), the expected update, and by that TD itself with small steps (S&B 9.4,
/// 11.3). Only weights that an update can change count: A is taken on the span of the features of
/// states that are updated.
struct TdStability {
  Eigen::VectorXcd eigenvalues;  ///< of A there
  bool positive_definite;        ///< x' A x > 0 there: each step brings w nearer to the fixed point
  bool converges;                ///< all real parts are positive
  double largest_alpha;          ///< converges for every alpha below; 0 where for none
};
TdStability td_stability(const LinearPrediction& prediction, double lambda = 0);

// ---- errors -------------------------------------------------------------------------------------

/// r + gamma P v_w - v_w, the expected TD error of each state: [S].
Eigen::VectorXd bellman_errors(const LinearPrediction& prediction, const Eigen::VectorXd& w);

/// Means of squares, weighted by d (S&B 11.4).
struct LinearErrors {
  double value;              ///< VE = |v_w - v_pi|^2
  double bellman;            ///< BE = |r + gamma P v_w - v_w|^2
  double projected_bellman;  ///< PBE: of it, what the features can express; 0 at the fixed point
  double value_rms() const;
};
LinearErrors linear_errors(const LinearPrediction& prediction, const Eigen::VectorXd& w);

/// E[(r + gamma v(s') - v(s))^2 | s], noise of rewards included: [S]. Its mean over d is the TD
/// error TDE of S&B 11.5. Throws std::invalid_argument for a model that knows means of rewards
/// only.
Eigen::VectorXd squared_td_errors(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                                  const StateValues& v);

/// Var[G | s], [S]: the part of the return error that no estimate can remove, RE = VE + sum d Var
/// (S&B 11.4). Throws as above.
Eigen::VectorXd return_variance(const FiniteMdp& model, const TabularPolicy& policy, double gamma);

}  // namespace rl
