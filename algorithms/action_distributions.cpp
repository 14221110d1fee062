#include "algorithms/action_distributions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "rl/values.hpp"

namespace rl {

namespace {

const double kLogRootTwoPi = std::log(2 * std::numbers::pi) / 2;

/// ln sum_b exp h_b, and in `pi` where it is not empty exp h_b / sum.
double log_sum_exp(std::span<const double> h, std::span<double> pi) {
  const double most = max_value(h);
  double sum = 0;
  for (std::size_t b = 0; b < h.size(); ++b) {
    const double weight = std::exp(h[b] - most);
    sum += weight;
    if (!pi.empty()) pi[b] = weight;
  }
  for (double& p : pi) p /= sum;
  return most + std::log(sum);
}

}  // namespace

// ---- softmax ------------------------------------------------------------------------------------

void Softmax::probabilities(std::span<const double> h, std::span<double> pi) { log_sum_exp(h, pi); }

double Softmax::log_probability(std::span<const double> h, Action a, std::span<double> slopes) {
  const double log_sum = log_sum_exp(h, slopes);
  for (double& slope : slopes) slope = -slope;
  if (!slopes.empty()) slopes[index(a)] += 1;
  return h[index(a)] - log_sum;
}

double Softmax::entropy(std::span<const double> h, std::span<double> slopes) {
  const double log_sum = log_sum_exp(h, slopes);
  double H = 0;
  for (const double x : h)
    if (x != kUnavailable) H -= std::exp(x - log_sum) * (x - log_sum);
  for (std::size_t b = 0; b < slopes.size(); ++b)
    slopes[b] = h[b] == kUnavailable ? 0 : -slopes[b] * (h[b] - log_sum + H);
  return H;
}

double Softmax::divergence(std::span<const double> p, std::span<const double> q,
                           std::span<double> slopes) {
  const double log_sum_p = log_sum_exp(p, {});
  const double log_sum_q = log_sum_exp(q, slopes);
  double sum = 0;
  for (std::size_t b = 0; b < p.size(); ++b) {
    if (p[b] == kUnavailable) continue;
    const double pi = std::exp(p[b] - log_sum_p);
    sum += pi * (p[b] - log_sum_p - q[b] + log_sum_q);
    if (!slopes.empty()) slopes[b] -= pi;
  }
  return sum;
}

void Softmax::fisher_product(std::span<const double> h, std::span<const double> x,
                             std::span<double> product) {
  const double log_sum = log_sum_exp(h, {});
  double mean = 0;
  for (std::size_t b = 0; b < h.size(); ++b) mean += std::exp(h[b] - log_sum) * x[b];
  for (std::size_t b = 0; b < h.size(); ++b) product[b] = std::exp(h[b] - log_sum) * (x[b] - mean);
}

Action Softmax::sample(std::span<const double> h, Rng& rng) {
  std::array<double, 32> few;
  std::vector<double> many(h.size() > few.size() ? h.size() : 0);
  const std::span<double> pi = many.empty() ? std::span(few).first(h.size()) : std::span(many);
  probabilities(h, pi);
  return rng.categorical(pi);
}

Action Softmax::mode(std::span<const double> h, Rng& rng) { return random_greedy(h, rng); }

// ---- Gaussian -----------------------------------------------------------------------------------

double Gaussian::log_probability(std::span<const double> numbers, const Point& u,
                                 std::span<double> slopes) {
  const std::size_t D = numbers.size() / 2;
  double sum = 0;
  for (std::size_t d = 0; d < D; ++d) {
    const double l = numbers[D + d];
    const double sigma = std::exp(l);
    const double z = (u[d] - numbers[d]) / sigma;
    sum -= z * z / 2 + l + kLogRootTwoPi;
    if (slopes.empty()) continue;
    slopes[d] = z / sigma;
    slopes[D + d] = z * z - 1;
  }
  return sum;
}

double Gaussian::entropy(std::span<const double> numbers, std::span<double> slopes) {
  const std::size_t D = numbers.size() / 2;
  double sum = 0;
  for (const double l : numbers.last(D)) sum += l + 0.5 + kLogRootTwoPi;
  for (std::size_t i = 0; i < slopes.size(); ++i) slopes[i] = i < D ? 0 : 1;
  return sum;
}

/// ln(sigma_q / sigma_p) + (sigma_p^2 + (mu_p - mu_q)^2) / (2 sigma_q^2) - 1/2
double Gaussian::divergence(std::span<const double> p, std::span<const double> q,
                            std::span<double> slopes) {
  const std::size_t D = p.size() / 2;
  double sum = 0;
  for (std::size_t d = 0; d < D; ++d) {
    const double precision = std::exp(-2 * q[D + d]);
    const double off = q[d] - p[d];
    const double spread = (std::exp(2 * p[D + d]) + off * off) * precision;
    sum += q[D + d] - p[D + d] + (spread - 1) / 2;
    if (slopes.empty()) continue;
    slopes[d] = off * precision;
    slopes[D + d] = 1 - spread;
  }
  return sum;
}

void Gaussian::fisher_product(std::span<const double> numbers, std::span<const double> x,
                              std::span<double> product) {
  const std::size_t D = numbers.size() / 2;
  for (std::size_t d = 0; d < D; ++d) {
    product[d] = x[d] * std::exp(-2 * numbers[D + d]);
    product[D + d] = 2 * x[D + d];
  }
}

Point Gaussian::sample(std::span<const double> numbers, Rng& rng) {
  const std::size_t D = numbers.size() / 2;
  Point u;
  for (std::size_t d = 0; d < D; ++d)
    u.append(numbers[d] + std::exp(numbers[D + d]) * rng.normal());
  return u;
}

Point Gaussian::mode(std::span<const double> numbers, Rng& /*rng*/) {
  return Point(numbers.first(numbers.size() / 2));
}

}  // namespace rl
