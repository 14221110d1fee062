#pragma once
/// \file
/// Behaviour cloning (supervised fine-tuning): the policy under which demonstrations are most
/// likely, from how often each action was taken in each state.
///
///     table     pi(a | s) = (n(s, a) + k) / sum_b (n(s, b) + k),   k: pseudo-counts (Laplace)
///     linear    min_w  -sum n(s, a) ln pi(a | s) + l2 / 2 |w|^2,
///               pi(a | s) proportional to exp(w . x(s, a))
#include <Eigen/Core>
#include <cstdint>
#include <span>

#include "algorithms/policy_gradient_exact.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/segment.hpp"

namespace rl {

/// n(s, a): [S x A], row-major.
Eigen::VectorXd action_counts(const FiniteMdp& model, std::span<const Segment> demonstrations);

/// A state without demonstrations gets the uniform policy; k >= 0 goes to available actions only.
/// Throws std::invalid_argument where an action was shown that is not available.
TabularPolicy clone_table(const FiniteMdp& model, const Eigen::VectorXd& counts, double laplace);

/// The same for a policy whose states share contexts: demonstrations of all states of a context
/// count together.
TablePolicy clone_contexts(const FiniteMdp& model, Contexts contexts,
                           std::span<const Segment> demonstrations, double laplace);

/// -sum n(s, a) ln pi(a | s), infinite where the policy rules out what was shown.
double negative_log_likelihood(const TabularPolicy& policy, const Eigen::VectorXd& counts);

struct LinearClone {
  Eigen::VectorXd w;
  double objective;  ///< at w, the penalty included
  int iterations;
  bool converged;
};
/// By Newton's method with a line search. x: [S*A x n], row by row. Throws std::invalid_argument
/// where l2 = 0 and the data do not determine w: some direction of w changes nothing, or ever
/// larger weights explain the demonstrations ever better; and where an action was shown that is not
/// available.
LinearClone clone_linear(const FiniteMdp& model, const FeatureMatrix& x,
                         const Eigen::VectorXd& counts, double l2);

}  // namespace rl
