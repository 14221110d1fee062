#include "algorithms/preference/evaluation.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace rl {

namespace {

std::vector<std::size_t> ascending(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return x[i] < x[j]; });
  return order;
}

/// f(first, last): each run of equal numbers in ascending order, as places in `order`.
template <class F>
void for_equal_runs(std::span<const double> x, std::span<const std::size_t> order, F&& f) {
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && x[order[last]] == x[order[first]]) ++last;
    f(first, last);
    first = last;
  }
}

void check_responses(const char* what, std::size_t a, std::size_t b, std::size_t c) {
  if (a != b || a != c)
    throw std::invalid_argument(fmt::format("{}: lists of {}, {} and {} responses", what, a, b, c));
}

}  // namespace

double win_rate(std::span<const double> pi_a, std::span<const double> pi_b,
                std::span<const double> gold) {
  check_responses("win rate", pi_a.size(), pi_b.size(), gold.size());
  const std::vector<std::size_t> order = ascending(gold);
  double won = 0;
  double below = 0;  // mass of pi_b on worse responses
  for_equal_runs(gold, order, [&](std::size_t first, std::size_t last) {
    double a = 0;
    double b = 0;
    for (std::size_t k = first; k < last; ++k) {
      a += pi_a[order[k]];
      b += pi_b[order[k]];
    }
    won += a * (below + b / 2);
    below += b;
  });
  return won;
}

std::vector<double> best_of_n(std::span<const double> reference, std::span<const double> proxy,
                              int n) {
  check_responses("best of n", reference.size(), proxy.size(), proxy.size());
  if (n < 1) throw std::invalid_argument(fmt::format("best of n: n = {} is not positive", n));
  const std::vector<std::size_t> order = ascending(proxy);
  std::vector<double> pi(reference.size(), 0);
  double below = 0;
  for_equal_runs(proxy, order, [&](std::size_t first, std::size_t last) {
    double mass = 0;
    for (std::size_t k = first; k < last; ++k) mass += reference[order[k]];
    if (mass <= 0) return;
    const double above = std::min(below + mass, 1.0);
    const double p = std::pow(above, n) - std::pow(below, n);
    for (std::size_t k = first; k < last; ++k) pi[order[k]] = p * reference[order[k]] / mass;
    below = above;
  });
  return pi;
}

double best_of_n_kl_bound(int n) { return std::log(n) - (n - 1.0) / n; }

OveroptimizationFit fit_overoptimization(std::span<const double> d, std::span<const double> gold,
                                         OveroptimizationForm form) {
  check_responses("over-optimisation", d.size(), gold.size(), gold.size());
  const auto n = static_cast<Eigen::Index>(d.size());
  Eigen::MatrixXd x(n, 2);
  Eigen::VectorXd y(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double at = d[static_cast<std::size_t>(i)];
    if (!(at > 0))
      throw std::invalid_argument(fmt::format("over-optimisation: d = {} is not positive", at));
    x(i, 0) = at;
    x(i, 1) = form == OveroptimizationForm::rl ? -at * std::log(at) : -at * at;
    y[i] = gold[static_cast<std::size_t>(i)];
    if (!std::isfinite(y[i]))
      throw std::invalid_argument(fmt::format("over-optimisation: a gold reward is {}", y[i]));
  }
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(x);
  if (n < 2 || qr.rank() < 2)
    throw std::invalid_argument("over-optimisation: a fit needs at least two different d");
  const Eigen::VectorXd ab = qr.solve(y);
  OveroptimizationFit fit{ab[0], ab[1], std::numeric_limits<double>::infinity(), 1};
  if (fit.b > 0)
    fit.peak = form == OveroptimizationForm::rl ? std::exp(fit.a / fit.b - 1)
                                                : std::max(0.0, fit.a / (2 * fit.b));
  const double spread = (y.array() - y.mean()).square().sum();
  if (spread > 0) fit.r_squared = 1 - (y - x * ab).squaredNorm() / spread;
  return fit;
}

}  // namespace rl
