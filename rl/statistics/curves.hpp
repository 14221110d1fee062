#pragma once
/// \file
/// Learning curves: values at increasing steps, one curve a run.
///
///     area       sum of (step_i - step_(i-1)) (value_i + value_(i-1)) / 2
///     AUC        area / (last step - first step)
///     threshold  first reached: the first evaluation at or above it
///                first crossing: where the line between evaluations first is at or above it
///                sustained: the start of the last crossing, after which none is below it
///     band       an interval at each evaluation, over runs
///
/// Runs that never reach a threshold are never left out: they count as infinitely late.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "rl/statistics/sample.hpp"

namespace rl {

// ---- one curve ----------------------------------------------------------------------------------
// These throw std::invalid_argument for curves without a point, with fewer values than steps (or
// more), and with steps that go back.

double area(std::span<const double> steps, std::span<const double> values);
/// The mean height of the curve; the last value where it has no length.
double area_under_curve(std::span<const double> steps, std::span<const double> values);

/// Empty: it never is.
std::optional<double> first_reached(std::span<const double> steps, std::span<const double> values,
                                    double threshold);
std::optional<double> first_crossing(std::span<const double> steps, std::span<const double> values,
                                     double threshold);
std::optional<double> sustained_from(std::span<const double> steps, std::span<const double> values,
                                     double threshold);

/// Times of several runs, empty for those that never got there.
struct Reaching {
  std::size_t reached = 0;
  std::size_t runs = 0;
  double median = 0;  ///< infinite where half of them or more never do
};
Reaching reaching(std::span<const std::optional<double>> times);

// ---- many runs ----------------------------------------------------------------------------------

/// The curves of one learner in one world, on one grid of steps.
class Curves {
 public:
  /// value[run][evaluation]. Throws std::invalid_argument for no runs, no evaluations, runs of
  /// another length, steps that do not increase, and NaN.
  static Curves by_run(std::vector<double> steps, const std::vector<std::vector<double>>& values);

  const std::vector<double>& steps() const { return steps_; }
  std::size_t evaluations() const { return steps_.size(); }
  std::size_t runs() const { return runs_; }
  /// Of all runs at one evaluation: [runs]
  std::span<const double> at(std::size_t evaluation) const {
    return std::span(x_).subspan(evaluation * runs_, runs_);
  }

 private:
  Curves() = default;
  std::vector<double> steps_;
  std::size_t runs_ = 0;
  std::vector<double> x_;  // [evaluations x runs]
};

/// For each evaluation the middle and the ends of an interval.
struct Band {
  std::string name;  ///< what it is, for legends: "mean, 95 % t interval, n = 10"
  std::vector<double> low, middle, high;
};
/// Median and quantiles of the runs: how they spread, not how sure their middle is.
Band percentile_band(const Curves& curves, double level = 0.95);
/// At least two runs.
Band mean_band(const Curves& curves, double level = 0.95);
/// Bootstrap percentiles; whole curves are resampled. For finite curves.
Band iqm_band(const Curves& curves, Rng rng, double level = 0.95, int resamples = 2000);

inline constexpr std::size_t kRunsForIqmBand = 20;
/// The IQM from 20 runs on, else the mean.
Band confidence_band(const Curves& curves, Rng rng, double level = 0.95);

}  // namespace rl
