#include "algorithms/linear_analysis.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rl {

namespace {

constexpr double kRankTolerance = 1e-13;      // singular values relative to the largest
constexpr double kSolutionTolerance = 1e-10;  // |A w - b| relative to what is added up in it

void require_rows(Eigen::Index rows, Eigen::Index expected, const char* what) {
  if (rows != expected)
    throw std::invalid_argument(
        fmt::format("linear prediction: {} {} for {} places", rows, what, expected));
}

/// v = 0 in terminal states and where an action is not available, by definition: no features, no
/// updates. `exists(i)`: whether place i is another.
template <class Exists>
LinearPrediction predicted_where(const Exists& exists, PolicyChain chain, double gamma,
                                 FeatureMatrix features, Eigen::VectorXd weighting) {
  require_rows(features.rows(), chain.reward.size(), "rows of features");
  require_rows(weighting.size(), chain.reward.size(), "weights");
  for (Eigen::Index i = 0; i < features.rows(); ++i) {
    if (exists(i)) continue;
    features.row(i).setZero();
    weighting[i] = 0;
  }
  return {std::move(chain), gamma, std::move(features), std::move(weighting)};
}

/// Columns span the phi(s) with d(s) > 0, orthonormal: [n x rank].
Eigen::MatrixXd updated_span(const LinearPrediction& p) {
  const Eigen::MatrixXd weighted =
      p.features().transpose() * p.weighting().cwiseSqrt().asDiagonal();
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr;
  qr.setThreshold(kRankTolerance);
  qr.compute(weighted);
  return qr.householderQ() * Eigen::MatrixXd::Identity(weighted.rows(), qr.rank());
}

LinearSolution solve_min_norm(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> factors;
  factors.setThreshold(kRankTolerance);
  factors.compute(a);
  return {factors.solve(b), factors.rank(), factors.rank() == a.cols()};
}

/// argmin_w sum_s d(s) (x(s) . w - target(s))^2, by orthogonal factors of D^1/2 X: the normal
/// equations would square its condition.
LinearSolution weighted_least_squares(const Eigen::MatrixXd& x, const Eigen::VectorXd& target,
                                      const Eigen::VectorXd& d) {
  const Eigen::VectorXd root = d.cwiseSqrt();
  return solve_min_norm(root.asDiagonal() * x, root.cwiseProduct(target));
}

double weighted_square(const Eigen::VectorXd& x, const Eigen::VectorXd& d) {
  return d.dot(x.cwiseAbs2());
}

/// (I - gamma P) Phi: [S x n].
Eigen::MatrixXd differences(const LinearPrediction& p) {
  return p.features() - p.gamma() * (p.chain().transition * p.features());
}

}  // namespace

FeatureMatrix feature_matrix(const FeatureMap& map, std::span<const double> coordinates) {
  const std::size_t columns = map.num_coordinates();
  const std::size_t rows = columns == 0 ? 0 : coordinates.size() / columns;
  FeatureMatrix features =
      FeatureMatrix::Zero(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(map.size()));
  std::vector<Feature> active;
  for (std::size_t i = 0; i < rows; ++i) {
    map(coordinates.subspan(i * columns, columns), active);
    for (const Feature& f : active)
      features(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(f.index)) = f.value;
  }
  return features;
}

LinearPrediction::LinearPrediction(PolicyChain chain, double gamma, FeatureMatrix features,
                                   Eigen::VectorXd weighting)
    : chain_(std::move(chain)),
      gamma_(gamma),
      features_(std::move(features)),
      weighting_(std::move(weighting)) {
  if (!(gamma_ >= 0 && gamma_ <= 1))
    throw std::invalid_argument(
        fmt::format("linear prediction: gamma {} is not in [0, 1]", gamma_));
  require_rows(features_.rows(), chain_.reward.size(), "rows of features");
  require_rows(weighting_.size(), chain_.reward.size(), "weights");
  if (!features_.allFinite()) throw std::invalid_argument("linear prediction: features not finite");
  if (!weighting_.allFinite() || weighting_.minCoeff() < 0 || weighting_.maxCoeff() <= 0)
    throw std::invalid_argument(
        "linear prediction: weights must be finite, none negative, one positive");
  values_ = discounted_sum(chain_, gamma_, chain_.reward);
}

LinearPrediction LinearPrediction::with_weighting(const Eigen::VectorXd& weighting) const {
  return {chain_, gamma_, features_, weighting};
}

LinearPrediction linear_prediction(const FiniteMdp& model, const TabularPolicy& policy,
                                   double gamma, const FeatureMatrix& features,
                                   const Eigen::VectorXd& weighting) {
  if (gamma >= 1) require_end(model, policy);
  const auto exists = [&](Eigen::Index i) { return !model.terminal(static_cast<State>(i)); };
  return predicted_where(exists, policy_chain(model, policy), gamma, features, weighting);
}

LinearPrediction linear_q_prediction(const FiniteMdp& model, const TabularPolicy& policy,
                                     double gamma, const FeatureMatrix& features,
                                     const Eigen::VectorXd& weighting) {
  if (gamma >= 1) require_end(model, policy);
  const auto exists = [&](Eigen::Index i) {
    const auto s = static_cast<State>(i / model.num_actions());
    return !model.terminal(s) && model.available(s, static_cast<Action>(i % model.num_actions()));
  };
  return predicted_where(exists, pair_chain(model, policy), gamma, features, weighting);
}

// ---- how often each state is updated ------------------------------------------------------------

Eigen::VectorXd on_policy_distribution(const FiniteMdp& model, const TabularPolicy& policy) {
  if (!model.has_terminal()) return stationary_distribution(model, policy);
  Eigen::VectorXd visits = expected_visits(model, policy);
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) visits[s] = 0;
  return visits / visits.sum();
}

Eigen::VectorXd uniform_distribution(const FiniteMdp& model) {
  Eigen::VectorXd d(model.num_states());
  for (State s = 0; s < model.num_states(); ++s) d[s] = model.terminal(s) ? 0 : 1;
  return d / d.sum();
}

Eigen::VectorXd pair_distribution(const Eigen::VectorXd& d, const TabularPolicy& behavior) {
  const Action num_actions = behavior.num_actions();
  Eigen::VectorXd pairs(d.size() * num_actions);
  for (State s = 0; s < behavior.num_states(); ++s)
    for (Action a = 0; a < num_actions; ++a)
      pairs[s * num_actions + a] = d[s] * behavior.probability(s, a);
  return pairs;
}

Eigen::VectorXd emphatic_weighting(const LinearPrediction& prediction,
                                   const Eigen::VectorXd& interest, double lambda) {
  const Eigen::VectorXd own = prediction.weighting().cwiseProduct(interest);
  const Eigen::VectorXd follow_on = discounted_visits(prediction.chain(), prediction.gamma(), own);
  return lambda * own + (1 - lambda) * follow_on;
}

// ---- solutions ----------------------------------------------------------------------------------

LinearSolution best_approximation(const LinearPrediction& prediction) {
  return weighted_least_squares(prediction.features(), prediction.values(), prediction.weighting());
}

LinearSolution least_bellman_error(const LinearPrediction& prediction) {
  return weighted_least_squares(differences(prediction), prediction.chain().reward,
                                prediction.weighting());
}

TdEquation td_equation(const LinearPrediction& prediction, double lambda) {
  if (!(lambda >= 0 && lambda <= 1))
    throw std::invalid_argument(fmt::format("td equation: lambda {} is not in [0, 1]", lambda));
  Eigen::MatrixXd forward(prediction.features().rows(), prediction.num_features() + 1);
  forward << differences(prediction), prediction.chain().reward;
  if (const double decay = prediction.gamma() * lambda; decay > 0)
    forward = discounted_sum(prediction.chain(), decay, forward);
  const Eigen::MatrixXd both =
      prediction.features().transpose() * (prediction.weighting().asDiagonal() * forward);
  return {both.leftCols(prediction.num_features()), both.col(prediction.num_features())};
}

LinearSolution solve(const TdEquation& equation, double ridge) {
  const Eigen::Index n = equation.b.size();
  const Eigen::MatrixXd a = equation.A + ridge * Eigen::MatrixXd::Identity(n, n);
  LinearSolution solution = solve_min_norm(a, equation.b);
  const double scale = a.norm() * solution.w.norm() + equation.b.norm();
  solution.exists = (a * solution.w - equation.b).norm() <= kSolutionTolerance * scale;
  return solution;
}

LinearSolution td_fixed_point(const LinearPrediction& prediction, double lambda, double ridge) {
  return solve(td_equation(prediction, lambda), ridge);
}

TdStability td_stability(const LinearPrediction& prediction, double lambda) {
  const Eigen::MatrixXd span = updated_span(prediction);
  const Eigen::MatrixXd A = span.transpose() * td_equation(prediction, lambda).A * span;
  if (A.size() == 0) return {{}, true, true, std::numeric_limits<double>::infinity()};
  const double rounding = kRankTolerance * A.norm();
  const Eigen::VectorXcd eigenvalues = A.eigenvalues();
  const Eigen::VectorXd symmetric =
      ((A + A.transpose()) / 2).selfadjointView<Eigen::Lower>().eigenvalues();
  const bool converges = eigenvalues.real().minCoeff() > rounding;
  // |1 - alpha x| < 1 for an eigenvalue x where alpha < 2 Re x / |x|^2
  const double bound =
      (2 * eigenvalues.real().array() / eigenvalues.cwiseAbs2().array()).minCoeff();
  return {eigenvalues, symmetric.minCoeff() > rounding, converges, converges ? bound : 0};
}

// ---- errors -------------------------------------------------------------------------------------

Eigen::VectorXd bellman_errors(const LinearPrediction& prediction, const Eigen::VectorXd& w) {
  return prediction.chain().reward - differences(prediction) * w;
}

double LinearErrors::value_rms() const { return std::sqrt(value); }

LinearErrors linear_errors(const LinearPrediction& prediction, const Eigen::VectorXd& w) {
  require_rows(w.size(), prediction.num_features(), "parameters");
  const FeatureMatrix& Phi = prediction.features();
  const Eigen::VectorXd& d = prediction.weighting();
  const Eigen::VectorXd bellman = bellman_errors(prediction, w);
  const Eigen::VectorXd projected = Phi * weighted_least_squares(Phi, bellman, d).w;
  return {weighted_square(Phi * w - prediction.values(), d), weighted_square(bellman, d),
          weighted_square(projected, d)};
}

Eigen::VectorXd squared_td_errors(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                                  const StateValues& v) {
  if (model.rewards_are_means())
    throw std::invalid_argument("squared TD errors: the model knows means of rewards only");
  const TabularPolicy pi = normalized(policy);
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(model.num_states());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (model.terminal(s) || pi.probability(s, a) == 0) continue;
      for (const Outcome& o : model.outcomes(s, a)) {
        const double delta = o.reward + gamma * v[o.next] - v[s];
        squares[s] +=
            pi.probability(s, a) * o.probability * (delta * delta + o.reward_sd * o.reward_sd);
      }
    }
  return squares;
}

/// G - v(s) is the TD error delta of v_pi plus gamma times the same of s', and they do not
/// correlate: Var(s) = E[delta^2 | s] + gamma^2 sum_s' P(s, s') Var(s').
Eigen::VectorXd return_variance(const FiniteMdp& model, const TabularPolicy& policy, double gamma) {
  const StateValues v = evaluate_exactly(model, policy, gamma);
  return discounted_sum(policy_chain(model, policy), gamma * gamma,
                        squared_td_errors(model, policy, gamma, v));
}

}  // namespace rl
