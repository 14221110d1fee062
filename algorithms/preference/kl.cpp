#include "algorithms/preference/kl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace rl {

double kl_divergence(std::span<const double> p, std::span<const double> q) {
  if (p.size() != q.size())
    throw std::invalid_argument(
        fmt::format("KL divergence: {} probabilities beside {}", p.size(), q.size()));
  double sum = 0;
  for (std::size_t a = 0; a < p.size(); ++a) {
    if (p[a] <= 0) continue;
    if (q[a] <= 0)
      throw std::invalid_argument(fmt::format(
          "KL divergence: the reference gives action {} probability 0, the policy {}: it is "
          "infinite",
          a, p[a]));
    sum += p[a] * std::log(p[a] / q[a]);
  }
  return sum;
}

KlEstimate kl_estimate(KlEstimator estimator, double d) {
  switch (estimator) {
    case KlEstimator::k1:
      return {d, 1};
    case KlEstimator::k2:
      return {d * d / 2, d};
    case KlEstimator::k3:
      break;
  }
  return {std::expm1(-d) + d, -std::expm1(-d)};
}

KlMoments kl_moments(KlEstimator estimator, std::span<const double> pi,
                     std::span<const double> reference) {
  kl_divergence(pi, reference);  // or an error
  double mean = 0;
  double square = 0;
  for (std::size_t a = 0; a < pi.size(); ++a) {
    if (pi[a] <= 0) continue;
    const double k = kl_estimate(estimator, std::log(pi[a] / reference[a])).value;
    mean += pi[a] * k;
    square += pi[a] * k * k;
  }
  return {mean, square - mean * mean};
}

std::vector<double> expected_kl_gradient(KlEstimator estimator, KlPlacement placement,
                                         std::span<const double> pi,
                                         std::span<const double> reference) {
  kl_divergence(pi, reference);  // or an error
  // E[w(a) grad ln pi(a)] by preferences: pi(b) (w(b) - E w)
  std::vector<double> weight(pi.size(), 0);
  double mean = 0;
  for (std::size_t a = 0; a < pi.size(); ++a) {
    if (pi[a] <= 0) continue;
    const KlEstimate k = kl_estimate(estimator, std::log(pi[a] / reference[a]));
    if (placement != KlPlacement::loss) weight[a] += k.value;
    // k1 off the reward has a constant slope, whose part vanishes: grad E[d] = E[d grad ln pi]
    if (placement != KlPlacement::reward) weight[a] += k.slope;
    mean += pi[a] * weight[a];
  }
  std::vector<double> gradient(pi.size());
  for (std::size_t b = 0; b < pi.size(); ++b) gradient[b] = pi[b] * (weight[b] - mean);
  return gradient;
}

AdaptiveKl::AdaptiveKl(double beta, double target, double horizon)
    : beta_(beta), target_(target), horizon_(horizon) {
  const bool finite = std::isfinite(beta) && std::isfinite(target) && std::isfinite(horizon);
  if (!(finite && beta > 0 && target > 0 && horizon > 0))
    throw std::invalid_argument(fmt::format(
        "adaptive KL: coefficient {}, target {} and horizon {} must be positive numbers", beta,
        target, horizon));
}

void AdaptiveKl::update(double observed_kl, std::int64_t n) {
  if (!std::isfinite(observed_kl))
    throw std::invalid_argument(fmt::format("adaptive KL: the observed KL is {}", observed_kl));
  const double error = std::clamp(observed_kl / target_ - 1, -0.2, 0.2);
  beta_ *= std::max(kLeastFactor, 1 + error * static_cast<double>(n) / horizon_);
}

}  // namespace rl
