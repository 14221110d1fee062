#pragma once
/// \file
/// One sample of n numbers: n counts independent runs, never episodes.
///
///     IQM        mean of the numbers without the floor(n/4) smallest and the floor(n/4) largest
///     quantile   linear between order statistics, h = (n - 1) p           (type 7)
///     t interval mean +- t_{n-1, 1 - alpha/2} s / sqrt(n)
///     tolerance  (x_(r), x_(n+1-r)) holds a share of more than beta of all future runs
///                with probability P(Beta(n + 1 - 2r, 2r) > beta)
///
/// Where a number is NaN, so is the result. Every function throws std::invalid_argument for fewer
/// numbers than it needs: one where nothing else is said.
#include <cstddef>
#include <optional>
#include <span>

namespace rl {

struct Interval {
  double low;
  double high;
};

double mean(std::span<const double> x);
/// With n - 1 below; NaN for one number.
double variance(std::span<const double> x);
double standard_deviation(std::span<const double> x);
/// Of the mean: s / sqrt(n).
double standard_error(std::span<const double> x);
/// Mean without the floor(proportion n) smallest and as many of the largest; proportion in
/// [0, 1/2).
double trimmed_mean(std::span<const double> x, double proportion);
/// The interquartile mean: trimmed by a quarter on each side. Fewer than four numbers: the mean.
double iqm(std::span<const double> x);
/// p in [0, 1]. Infinite numbers are allowed: half of them make the median infinite.
double quantile(std::span<const double> x, double p);
double median(std::span<const double> x);

/// For the mean of at least two numbers.
Interval t_interval(std::span<const double> x, double level = 0.95);

// ---- where the next run will fall ---------------------------------------------------------------

/// The r-th smallest and the r-th largest number.
struct ToleranceRank {
  std::size_t r;      ///< from 1
  double confidence;  ///< P(Beta(n + 1 - 2r, 2r) > content): at least the one asked for
};
/// The largest r that holds; empty where n is too small for any (see runs_for_tolerance).
std::optional<ToleranceRank> tolerance_rank(std::size_t n, double content,
                                            double confidence = 0.95);
/// The smallest n that has a tolerance interval: 46 for 90 % content at 95 % confidence. Throws
/// for content above 1 - 1e-6.
std::size_t runs_for_tolerance(double content, double confidence = 0.95);
/// The narrowest symmetric pair of order statistics that holds; empty where n is too small.
std::optional<Interval> tolerance_interval(std::span<const double> x, double content,
                                           double confidence = 0.95);

}  // namespace rl
