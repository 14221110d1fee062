#pragma once
/// \file
/// KL divergences, exact and estimated from samples of the policy, in nats.
///
///     KL(p || q) = sum_a p(a) ln (p(a) / q(a))
///     d = ln pi(a) - ln pi_ref(a), a ~ pi:    k1 = d     k2 = d^2 / 2     k3 = e^-d - 1 + d
///
/// E k1 = E k3 = KL(pi || pi_ref); E k2 is something else. As a *loss*, differentiated with the
/// samples held fixed, they mean other things than their values say:
///
///     E grad k1 = 0      E grad k2 = grad KL(pi || pi_ref)     E grad k3 = grad KL(pi_ref || pi)
///
/// so k3 as a loss pulls by the *forward* KL. k1 taken off the reward, or rho k3 with its ratio
/// rho = pi / pi_old differentiated, has the gradient of KL(pi || pi_ref). All this is said of one
/// choice; along a response only k1 in the reward also counts what an action does to later states.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rl/options.hpp"

namespace rl {

/// Throws std::invalid_argument, naming the action, where p puts mass and q none: the divergence
/// is infinite.
double kl_divergence(std::span<const double> p, std::span<const double> q);

enum class KlEstimator : int { k1, k2, k3 };

/// The estimate from one sample with log-ratio d, and its slope in ln pi(a).
struct KlEstimate {
  double value;
  double slope;
};
KlEstimate kl_estimate(KlEstimator estimator, double d);

/// Mean and variance of an estimator over a ~ pi, by enumeration.
struct KlMoments {
  double mean;
  double variance;
};
KlMoments kl_moments(KlEstimator estimator, std::span<const double> pi,
                     std::span<const double> reference);

/// Where an estimate stands in the objective.
enum class KlPlacement : int {
  reward,         ///< taken off the reward: grad = E[k grad ln pi]
  loss,           ///< differentiated with the samples fixed: grad = E[grad k]
  weighted_loss,  ///< rho k with rho = pi / pi_old differentiated, too: grad = E[k grad ln pi +
                  ///< grad k]
};

/// The expected gradient of KL as a cost, [A] by the preferences of the softmax pi: what sampling
/// with this estimator in this place follows.
std::vector<double> expected_kl_gradient(KlEstimator estimator, KlPlacement placement,
                                         std::span<const double> pi,
                                         std::span<const double> reference);

/// What beta becomes as the observed KL is above or below a target (Ziegler et al. 2019):
///
///     beta <- beta (1 + clip(KL / target - 1, -0.2, 0.2) n / horizon)
///
/// n is the number of samples (episodes) since the last change. One change leaves at least a tenth:
/// where n is beyond the horizon, the formula alone would turn the penalty into a reward.
class AdaptiveKl {
 public:
  static constexpr double kLeastFactor = 0.1;
  /// Throws std::invalid_argument unless all are positive and finite.
  AdaptiveKl(double beta, double target, double horizon);
  double beta() const { return beta_; }
  /// Throws std::invalid_argument for a KL that is not finite.
  void update(double observed_kl, std::int64_t n);
  template <class Visitor>
  void state(Visitor& visit) {
    visit("adaptive_kl.beta", beta_);
  }

 private:
  double beta_, target_, horizon_;
};

}  // namespace rl
