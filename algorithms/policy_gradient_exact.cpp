#include "algorithms/policy_gradient_exact.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rl/plan.hpp"

namespace rl {

namespace {

constexpr double kFisherTolerance = 1e-12;  // singular values relative to the largest

Eigen::Index row_of_pair(const FiniteMdp& model, State s, Action a) {
  return Eigen::Index{s} * model.num_actions() + a;
}

bool is_pair(const FiniteMdp& model, State s, Action a) {
  return !model.terminal(s) && model.available(s, a);
}

void require_pairs(const FiniteMdp& model, const FeatureMatrix& x) {
  const Eigen::Index pairs = Eigen::Index{model.num_states()} * model.num_actions();
  if (x.rows() != pairs)
    throw std::invalid_argument(
        fmt::format("policy gradient: {} rows of features for {} pairs", x.rows(), pairs));
}

/// sum_s eta(s) sum_a pi(a | s) q(s, a) grad ln pi(a | s).
Eigen::VectorXd gradient_of(const FiniteMdp& model, const ScoredPolicy& policy,
                            const Eigen::VectorXd& eta, const QTable& q) {
  Eigen::VectorXd weight = Eigen::VectorXd::Zero(policy.score.rows());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (is_pair(model, s, a))
        weight[row_of_pair(model, s, a)] = eta[s] * policy.pi.probability(s, a) * q(s, a);
  return policy.score.transpose() * weight;
}

/// The gradient of sum_s start(s) v_pi(s).
Eigen::VectorXd gradient_from(const FiniteMdp& model, const ScoredPolicy& policy, double gamma,
                              const Eigen::VectorXd& start) {
  const StateValues v = evaluate_exactly(model, policy.pi, gamma);
  const Eigen::VectorXd eta = discounted_visits(policy_chain(model, policy.pi), gamma, start);
  return gradient_of(model, policy, eta, action_values(model, v, gamma));
}

/// q(s, a) = r(s, a) - rbar + sum_s' p(s' | s, a) v(s'), v = r - rbar + P v with d . v = 0
/// (the Poisson equation, MFRL 9.3.2). A constant in q changes no gradient: rbar is left out of it.
QTable differential_action_values(const FiniteMdp& model, const TabularPolicy& policy,
                                  const Eigen::VectorXd& d) {
  const PolicyChain chain = policy_chain(model, policy);
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(d.size());
  const Eigen::VectorXd r = chain.reward - d.dot(chain.reward) * ones;
  Eigen::MatrixXd a = ones * d.transpose() - Eigen::MatrixXd(chain.transition);
  a.diagonal().array() += 1;
  return action_values(model, a.partialPivLu().solve(r), 1);
}

}  // namespace

ScoredPolicy softmax_of_preferences(const FiniteMdp& model, const FeatureMatrix& x,
                                    const Eigen::VectorXd& theta) {
  require_pairs(model, x);
  if (theta.size() != x.cols())
    throw std::invalid_argument(
        fmt::format("policy gradient: {} parameters for {} features", theta.size(), x.cols()));
  const Eigen::VectorXd preference = x * theta;
  QTable h(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      h(s, a) = is_pair(model, s, a) ? preference[row_of_pair(model, s, a)] : kUnavailable;
  return with_softmax_score(model, softmax_policy(model, h, 1), x);
}

ScoredPolicy with_softmax_score(const FiniteMdp& model, const TabularPolicy& policy,
                                const FeatureMatrix& x) {
  require_pairs(model, x);
  check_policy(model, policy);
  ScoredPolicy scored{normalized(policy), FeatureMatrix::Zero(x.rows(), x.cols())};
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(x.cols());
    for (Action a = 0; a < model.num_actions(); ++a)
      mean += scored.pi.probability(s, a) * x.row(row_of_pair(model, s, a));
    for (Action a = 0; a < model.num_actions(); ++a)
      if (const Eigen::Index i = row_of_pair(model, s, a); model.available(s, a))
        scored.score.row(i) = x.row(i) - mean;
  }
  return scored;
}

FeatureMatrix pair_table(const FiniteMdp& model) {
  const Eigen::Index pairs = Eigen::Index{model.num_states()} * model.num_actions();
  return FeatureMatrix::Identity(pairs, pairs);
}

// ---- gradients
// ------------------------------------------------------------------------------------

Eigen::VectorXd return_gradient(const FiniteMdp& model, const ScoredPolicy& policy, double gamma) {
  return gradient_from(model, policy, gamma, start_distribution(model));
}

Eigen::VectorXd value_gradient(const FiniteMdp& model, const ScoredPolicy& policy, double gamma,
                               State s) {
  return gradient_from(model, policy, gamma, Eigen::VectorXd::Unit(model.num_states(), s));
}

Eigen::VectorXd average_reward_gradient(const FiniteMdp& model, const ScoredPolicy& policy) {
  const Eigen::VectorXd d = stationary_distribution(model, policy.pi);
  return gradient_of(model, policy, d, differential_action_values(model, policy.pi, d));
}

Eigen::VectorXd average_value_gradient(const FiniteMdp& model, const ScoredPolicy& policy,
                                       double gamma) {
  if (!(gamma < 1))
    throw std::invalid_argument("policy gradient: the average value needs gamma below 1");
  return average_reward_gradient(model, policy) / (1 - gamma);
}

Eigen::VectorXd average_reward_gradient_discounted(const FiniteMdp& model,
                                                   const ScoredPolicy& policy, double gamma) {
  const StateValues v = evaluate_exactly(model, policy.pi, gamma);
  return gradient_of(model, policy, stationary_distribution(model, policy.pi),
                     action_values(model, v, gamma));
}

// ---- the natural gradient
// -------------------------------------------------------------------------

Eigen::VectorXd discounted_state_visits(const FiniteMdp& model, const TabularPolicy& policy,
                                        double gamma) {
  if (gamma >= 1) require_end(model, policy);
  Eigen::VectorXd eta =
      discounted_visits(policy_chain(model, policy), gamma, start_distribution(model));
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) eta[s] = 0;
  return eta;
}

Eigen::MatrixXd fisher_information(const ScoredPolicy& policy, const Eigen::VectorXd& eta) {
  return policy.score.transpose() * (pair_distribution(eta, policy.pi).asDiagonal() * policy.score);
}

Eigen::VectorXd natural_gradient(const Eigen::MatrixXd& fisher, const Eigen::VectorXd& gradient) {
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> factors;
  factors.setThreshold(kFisherTolerance);
  factors.compute(fisher);
  return factors.solve(gradient);
}

}  // namespace rl
