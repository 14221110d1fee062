#pragma once
/// \file
/// Control under a KL penalty, exact: the policy that makes the most of
///
///     J_beta(pi) = E_pi[ sum_t gamma^t (r_{t+1} - beta ln pi(a_t | s_t) / ref(a_t | s_t)) ]
///
///     one choice   V = beta ln sum_a ref(a) exp(r(a) / beta)
///                  pi(a) = ref(a) exp((r(a) - V) / beta)
///     H steps      Q_t(s, a) = E[r + gamma V_{t+1}(s')],   V_t as above of Q_t(s, .),   V_H = 0
///     discounted   `soft_value_iteration`, the fixed point of the same backup
///
/// pi* = ref exp((Q - V) / beta), so the advantage Q - V is beta times the log-ratio. In a
/// deterministic world without discount and with one start, pi*(tau) = ref(tau) exp((R(tau) - V) /
/// beta) holds for whole trajectories, too; where chance plays a part it does not: beta ln E_ref
/// exp(R / beta) lies above V, for it would pick the luck as well.
#include <span>
#include <vector>

#include "algorithms/policy_gradient_exact.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// The optimum of one choice.
struct TiltedChoice {
  std::vector<double> pi;  ///< [A]
  double value;            ///< V = E_pi r - beta KL(pi || ref)
};
/// beta > 0; ref sums to 1.
TiltedChoice tilted(std::span<const double> reference, std::span<const double> reward, double beta);

/// What on-policy learning comes to where k3 stands as a *loss* instead: the penalty is then
/// KL(ref || pi), and pi(a) = beta ref(a) / (beta + r_mean - r(a)), r_mean = E_pi r.
std::vector<double> forward_kl_optimum(std::span<const double> reference,
                                       std::span<const double> reward, double beta);

/// H steps that a policy with a clock makes.
struct HorizonPlan {
  std::vector<StateValues> V;     ///< [H + 1], V[H] = 0
  std::vector<QTable> Q;          ///< [H]
  std::vector<TabularPolicy> pi;  ///< [H]
};
HorizonPlan soft_backward_induction(const FiniteMdp& model, double gamma,
                                    const TabularPolicy& reference, double beta, int horizon);

/// What a policy earns and how far it has gone from the reference, from the start distribution.
/// J = reward - beta kl.
struct RegularizedReturn {
  double reward;  ///< E[sum_t gamma^t r_{t+1}]
  double kl;      ///< E[sum_t gamma^t KL(pi(. | s_t) || ref(. | s_t))], nats
};
/// Exact. Throws std::invalid_argument where the policy takes what the reference never does, and
/// where gamma = 1 and it may never end.
RegularizedReturn regularized_return(const FiniteMdp& model, double gamma,
                                     const TabularPolicy& policy, const TabularPolicy& reference);
/// The same for a policy with a clock.
RegularizedReturn regularized_return(const FiniteMdp& model, double gamma,
                                     std::span<const TabularPolicy> policy,
                                     const TabularPolicy& reference);

/// beta ln E_ref[exp(R / beta)] over H steps without discount, from each state: what tilting whole
/// trajectories would be worth. [S]
StateValues trajectory_log_partition(const FiniteMdp& model, const TabularPolicy& reference,
                                     double beta, int horizon);

/// The world in which each step pays r - beta ln pi(a | s) / ref(a | s). The policy's return in it
/// is J_beta, and so is its gradient (`return_gradient`): what comes of differentiating ln pi has
/// mean 0.
FiniteMdp regularized_model(const FiniteMdp& model, const TabularPolicy& policy,
                            const TabularPolicy& reference, double beta);

}  // namespace rl
