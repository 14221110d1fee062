#include "rl/experiment/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace rl {

namespace {

double count(std::span<const double> x) { return static_cast<double>(x.size()); }

std::vector<double> sorted(std::span<const double> x) {
  std::vector<double> y(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  return y;
}

double variance(std::span<const double> x) {
  const double m = mean(x);
  double sum = 0;
  for (const double xi : x) sum += (xi - m) * (xi - m);
  return sum / (count(x) - 1);
}

/// t with P(T <= t) = 1/2 + level/2.
double t_quantile(double degrees, double level) {
  return boost::math::quantile(boost::math::students_t(degrees), 0.5 + level / 2);
}

}  // namespace

double mean(std::span<const double> x) {
  assert(!x.empty());
  return std::accumulate(x.begin(), x.end(), 0.0) / count(x);
}

double standard_deviation(std::span<const double> x) {
  return x.size() < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(variance(x));
}

double trimmed_mean(std::span<const double> x, double proportion) {
  assert(proportion >= 0 && proportion < 0.5);
  const std::vector<double> y = sorted(x);
  const auto cut = static_cast<std::size_t>(proportion * count(x));
  return mean(std::span(y).subspan(cut, y.size() - 2 * cut));
}

double iqm(std::span<const double> x) { return trimmed_mean(x, 0.25); }

double quantile(std::span<const double> x, double p) {
  assert(!x.empty() && p >= 0 && p <= 1);
  const std::vector<double> y = sorted(x);
  const double h = p * (count(x) - 1);
  const auto below = static_cast<std::size_t>(h);
  const double weight = h - std::floor(h);
  if (weight == 0 || y[below] == y[below + 1]) return y[below];
  return y[below] + weight * (y[below + 1] - y[below]);
}

Interval t_interval(std::span<const double> x, double level) {
  const double m = mean(x);
  const double half = t_quantile(count(x) - 1, level) * std::sqrt(variance(x) / count(x));
  return {m - half, m + half};
}

Interval percentile_interval(std::span<const double> replicates, double level) {
  return {quantile(replicates, (1 - level) / 2), quantile(replicates, (1 + level) / 2)};
}

Interval bootstrap_interval(std::span<const double> x, double (*statistic)(std::span<const double>),
                            Rng rng, double level, int resamples) {
  std::vector<double> replicates;
  std::vector<double> resample(x.size());
  for (int b = 0; b < resamples; ++b) {
    for (double& y : resample)
      y = x[static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(x.size())))];
    replicates.push_back(statistic(resample));
  }
  return percentile_interval(replicates, level);
}

double area_under_curve(std::span<const double> steps, std::span<const double> values) {
  assert(!steps.empty() && steps.size() == values.size());
  if (steps.size() == 1) return values[0];
  double area = 0;
  for (std::size_t i = 1; i < steps.size(); ++i)
    area += (steps[i] - steps[i - 1]) * (values[i] + values[i - 1]) / 2;
  return area / (steps.back() - steps.front());
}

std::optional<double> first_reached(std::span<const double> steps, std::span<const double> values,
                                    double threshold) {
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (values[i] >= threshold) return steps[i];
  return std::nullopt;
}

WelchTest welch_test(std::span<const double> a, std::span<const double> b) {
  const double u = variance(a) / count(a);
  const double v = variance(b) / count(b);
  WelchTest test{};
  test.difference = mean(a) - mean(b);
  if (u + v == 0) {
    test.degrees = count(a) + count(b) - 2;
    test.t = test.difference == 0
                 ? 0
                 : std::copysign(std::numeric_limits<double>::infinity(), test.difference);
    test.p = test.difference == 0 ? 1 : 0;
    test.ci = {test.difference, test.difference};
    return test;
  }
  test.t = test.difference / std::sqrt(u + v);
  test.degrees = (u + v) * (u + v) / (u * u / (count(a) - 1) + v * v / (count(b) - 1));
  const boost::math::students_t distribution(test.degrees);
  test.p = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(test.t)));
  const double half = t_quantile(test.degrees, 0.95) * std::sqrt(u + v);
  test.ci = {test.difference - half, test.difference + half};
  return test;
}

std::vector<double> holm_adjusted(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t k) { return p[i] < p[k]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(p.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

double probability_of_improvement(std::span<const double> x, std::span<const double> y) {
  double wins = 0;
  for (const double xi : x)
    for (const double yi : y) wins += xi > yi ? 1 : xi == yi ? 0.5 : 0;
  return wins / (count(x) * count(y));
}

double detectable_difference(double n, double alpha, double power) {
  const double degrees = 2 * (n - 1);
  const double critical = t_quantile(degrees, 1 - alpha);
  const auto power_at = [&](double d) {
    const boost::math::non_central_t distribution(degrees, d * std::sqrt(n / 2));
    return boost::math::cdf(boost::math::complement(distribution, critical)) +
           boost::math::cdf(distribution, -critical);
  };
  double low = 0;
  double high = 1;
  while (power_at(high) < power) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (power_at(middle) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace rl
