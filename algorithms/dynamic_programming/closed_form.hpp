#pragma once
/// \file
/// Exact answers by linear algebra (MFRL 2.7: the closed-form solution of the Bellman equation).
///
///     v_pi = (I - gamma P_pi)^-1 r_pi,     d_pi' = d_pi' P_pi with sum 1 (MFRL 8.2)
#include <Eigen/SparseCore>

#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// The Markov chain of a policy: P_pi [S x S] (rows of terminal states are zero) and r_pi [S].
struct PolicyChain {
  Eigen::SparseMatrix<double, Eigen::RowMajor> transition;
  Eigen::VectorXd reward;
};
PolicyChain policy_chain(const FiniteMdp& model, const TabularPolicy& policy);

/// The chain of a policy over pairs, (s, a) -> (s', a') with p(s' | s, a) pi(a' | s'): [S*A x S*A].
/// Rows of pairs that are not available are zero; its values are q_pi.
PolicyChain pair_chain(const FiniteMdp& model, const TabularPolicy& policy);

/// sum_k gamma^k P^k b = (I - gamma P)^-1 b, b: [S] or [S x n]; where gamma = 1, the chain must
/// end from everywhere.
Eigen::MatrixXd discounted_sum(const PolicyChain& chain, double gamma, const Eigen::MatrixXd& b);

/// sum_k gamma^k (P')^k start = (I - gamma P')^-1 start, [S]: how often each state is visited from
/// there, later visits counted less. The same holds where gamma = 1.
Eigen::VectorXd discounted_visits(const PolicyChain& chain, double gamma,
                                  const Eigen::VectorXd& start);

/// The model's probability of each state to be the first, [S].
Eigen::VectorXd start_distribution(const FiniteMdp& model);

/// Throws std::invalid_argument where the policy never ends from some state: without a discount
/// its values are not defined.
void require_end(const FiniteMdp& model, const TabularPolicy& policy);

/// Elimination fills in as a model grows; beyond so many states sweeps to rounding are faster.
inline constexpr State kLargestClosedForm = 20'000;

/// v_pi by sparse LU; where gamma = 1, requires an end.
StateValues evaluate_exactly(const FiniteMdp& model, const TabularPolicy& policy, double gamma);

/// d_pi(s): share of time in s under the policy in the long run, [S], sum 1. Requires a single
/// recurrent class and no terminal states; throws std::invalid_argument otherwise.
Eigen::VectorXd stationary_distribution(const FiniteMdp& model, const TabularPolicy& policy);

/// Expected number of visits to each state in an episode from the start distribution, [S]; throws
/// where the policy may never end.
Eigen::VectorXd expected_visits(const FiniteMdp& model, const TabularPolicy& policy);

}  // namespace rl
