#pragma once
/// \file
/// Statistics of independent runs: a run is one training with its own seed, and n counts runs,
/// never episodes.
///
///     IQM        mean of the numbers without the floor(n/4) smallest and the floor(n/4) largest
///     quantile   linear between order statistics, h = (n - 1) p           (type 7)
///     t interval mean +- t_{n-1, 1 - alpha/2} s / sqrt(n)
///     bootstrap  percentiles of a statistic over resamples of the runs with replacement
///     Welch      t = (mean_a - mean_b) / sqrt(s_a^2/n_a + s_b^2/n_b), Welch-Satterthwaite degrees
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rl/random.hpp"

namespace rl {

struct Interval {
  double low;
  double high;
};

// ---- one sample ---------------------------------------------------------------------------------

double mean(std::span<const double> x);
/// With n - 1 below; NaN for fewer than two numbers.
double standard_deviation(std::span<const double> x);
/// Mean without the floor(proportion n) smallest and as many of the largest; proportion < 1/2.
double trimmed_mean(std::span<const double> x, double proportion);
/// The interquartile mean: trimmed by a quarter on each side. Fewer than four numbers: the mean.
double iqm(std::span<const double> x);
/// p in [0, 1]. Infinite numbers are allowed: half of them make the median infinite.
double quantile(std::span<const double> x, double p);

/// For the mean of at least two numbers.
Interval t_interval(std::span<const double> x, double level = 0.95);
/// Between the quantiles of what a statistic was on resamples.
Interval percentile_interval(std::span<const double> replicates, double level = 0.95);
/// For any statistic, from `resamples` resamples drawn from `rng`.
Interval bootstrap_interval(std::span<const double> x, double (*statistic)(std::span<const double>),
                            Rng rng, double level = 0.95, int resamples = 2000);

// ---- curves -------------------------------------------------------------------------------------

/// Trapezoids over the steps, divided by their length: the mean height of the curve. The value
/// itself where there is one point only.
double area_under_curve(std::span<const double> steps, std::span<const double> values);
/// The first step with a value of at least `threshold`; empty where there is none.
std::optional<double> first_reached(std::span<const double> steps, std::span<const double> values,
                                    double threshold);

// ---- two samples, and many of them --------------------------------------------------------------

struct WelchTest {
  double difference;  ///< mean(a) - mean(b)
  double t;
  double degrees;
  double p;     ///< two-sided
  Interval ci;  ///< 95 %, of the difference
};
/// For samples of at least two numbers. Without any spread, p is 1 for equal means and else 0.
WelchTest welch_test(std::span<const double> a, std::span<const double> b);

/// p-values adjusted for their number (Holm 1979), in the given order.
std::vector<double> holm_adjusted(std::span<const double> p);

/// P(X > Y) + P(X = Y) / 2 over all pairs.
double probability_of_improvement(std::span<const double> x, std::span<const double> y);

/// The difference of means, in standard deviations, that a two-sided t test on n runs a side finds
/// with probability `power`.
double detectable_difference(double n, double alpha = 0.05, double power = 0.8);

}  // namespace rl
