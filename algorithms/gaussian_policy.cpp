#include "algorithms/gaussian_policy.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {

GaussianPolicy::GaussianPolicy(const Problem& problem, const Options& options, const Rng& /*rng*/)
    : features_(problem, {.features = options.features}, ActionFeatures::blocks, false),
      dimensions_(problem.continuous->action.size()),
      sigma0_(options.sigma0),
      sigma_min_(options.sigma_min),
      theta_(2 * dimensions_ * features_.size(), 0) {
  if (!(sigma_min_ > 0) || !(sigma0_ > 0))
    throw std::invalid_argument("options 'sigma0' and 'sigma_min': must be greater than 0");
}

double GaussianPolicy::sigma(const Point& s, std::size_t d) const {
  return std::max(sigma0_ * std::exp(features_.dot(s, 0, sigma_weights(d))), sigma_min_);
}

Point GaussianPolicy::sample(const Point& s, Rng& rng) const {
  Point u;
  for (std::size_t d = 0; d < dimensions_; ++d) u.append(mean(s, d) + sigma(s, d) * rng.normal());
  return u;
}

Point GaussianPolicy::greedy(const Point& s, Rng& /*rng*/) const {
  Point u;
  for (std::size_t d = 0; d < dimensions_; ++d) u.append(mean(s, d));
  return u;
}

GaussianPolicy::Score GaussianPolicy::score_of(const Point& s, const Point& u,
                                               std::size_t d) const {
  const double sigma = this->sigma(s, d);
  const double z = (u[d] - mean(s, d)) / sigma;
  return {z / sigma, z * z - 1};
}

void GaussianPolicy::add(const Point& s, const Point& u, double x) {
  for (std::size_t d = 0; d < dimensions_; ++d) {
    const Score score = score_of(s, u, d);
    const std::span<double> theta = theta_;
    features_.add(s, 0, x * score.of_mean, theta.subspan(mean_begin(d), features_.size()));
    features_.add(s, 0, x * score.of_sigma, theta.subspan(sigma_begin(d), features_.size()));
  }
}

std::vector<PolicyNumber> GaussianPolicy::numbers(const Point& s) const {
  std::vector<PolicyNumber> means;
  for (std::size_t d = 0; d < dimensions_; ++d) means.push_back({-1, mean(s, d)});
  return means;
}

}  // namespace rl
