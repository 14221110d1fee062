#pragma once
/// \file
/// Policy gradients computed from the model, for policies pi(a | s; theta) whose score
/// grad ln pi(a | s) is known (MFRL 9.2, 9.3; S&B 13.2, 13.6). Every one of them is
///
///     g = sum_s eta(s) sum_a pi(a | s) q(s, a) grad ln pi(a | s)
///
///     metric                           eta                                q
///     J = sum_s start(s) v(s)          (I - gamma P')^-1 start            of v_pi
///     average reward, sum_s d(s) r(s)  d, the stationary distribution     differential (Poisson)
///     average value, sum_s d(s) v(s)   the same over 1 - gamma            (MFRL Lemma 9.1)
///
/// For a softmax of preferences h(s, a) = theta . x(s, a), the score is x(s, a) less its mean under
/// pi(. | s). x may be one feature for each pair: then theta is a table.
#include <Eigen/Core>

#include "algorithms/linear_analysis.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"

namespace rl {

/// A policy, and how each of its probabilities changes with theta: [n].
struct ScoredPolicy {
  TabularPolicy pi;
  FeatureMatrix score;  ///< grad ln pi(a | s): [S*A x n], row by row; 0 where not available
};

/// pi(a | s) proportional to exp(theta . x(s, a)) over the available actions. x: [S*A x n]. Throws
/// std::invalid_argument where sizes differ.
ScoredPolicy softmax_of_preferences(const FiniteMdp& model, const FeatureMatrix& x,
                                    const Eigen::VectorXd& theta);

/// The same policy as a softmax at preferences that give it: its score needs no theta. Throws
/// where sizes differ.
ScoredPolicy with_softmax_score(const FiniteMdp& model, const TabularPolicy& policy,
                                const FeatureMatrix& x);

/// One preference a pair: x = [S*A x S*A] identity.
FeatureMatrix pair_table(const FiniteMdp& model);

// ---- gradients, [n]
// ------------------------------------------------------------------------------- Where gamma = 1,
// all throw std::invalid_argument unless the policy ends from everywhere.

/// Of J, the expected return from the start distribution (MFRL Theorem 9.2; S&B 13.2).
Eigen::VectorXd return_gradient(const FiniteMdp& model, const ScoredPolicy& policy, double gamma);

/// Of v_pi(s) (MFRL Lemma 9.2).
Eigen::VectorXd value_gradient(const FiniteMdp& model, const ScoredPolicy& policy, double gamma,
                               State s);

/// Of the average reward a step (MFRL Theorem 9.5; S&B 13.6). Requires a single recurrent class and
/// no terminal states, as do the next two.
Eigen::VectorXd average_reward_gradient(const FiniteMdp& model, const ScoredPolicy& policy);

/// Of sum_s d(s) v_pi(s), d the stationary distribution; gamma < 1.
Eigen::VectorXd average_value_gradient(const FiniteMdp& model, const ScoredPolicy& policy,
                                       double gamma);

/// What stands for the gradient of the average reward where gamma < 1: eta = d with q of the
/// discounted values (MFRL Theorem 9.3). It leaves out the change of d, and is exact for gamma
/// -> 1.
Eigen::VectorXd average_reward_gradient_discounted(const FiniteMdp& model,
                                                   const ScoredPolicy& policy, double gamma);

// ---- the natural gradient
// -------------------------------------------------------------------------

/// sum_k gamma^k Pr(s_k = s) from the start distribution: [S], 0 in terminal states.
Eigen::VectorXd discounted_state_visits(const FiniteMdp& model, const TabularPolicy& policy,
                                        double gamma);

/// F = sum_s eta(s) sum_a pi(a | s) score score', [n x n]: how far pi moves, in the states as often
/// as they are visited, when theta does. eta: those visits, or a stationary distribution.
Eigen::MatrixXd fisher_information(const ScoredPolicy& policy, const Eigen::VectorXd& eta);

/// F^+ g: the steepest ascent for small moves of pi instead of theta, without a part that does not
/// change pi.
Eigen::VectorXd natural_gradient(const Eigen::MatrixXd& fisher, const Eigen::VectorXd& gradient);

}  // namespace rl
