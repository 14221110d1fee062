#include "rl/statistics/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "rl/statistics/bootstrap.hpp"

namespace rl {

namespace {

void check_steps(std::span<const double> steps, bool increasing) {
  if (steps.empty()) throw std::invalid_argument("curve: no evaluations");
  for (std::size_t i = 1; i < steps.size(); ++i)
    if (!(increasing ? steps[i - 1] < steps[i] : steps[i - 1] <= steps[i]))
      throw std::invalid_argument(
          fmt::format("curve: step {} comes after step {}", steps[i], steps[i - 1]));
}

void check_curve(std::span<const double> steps, std::span<const double> values) {
  if (steps.size() != values.size())
    throw std::invalid_argument(
        fmt::format("curve: {} steps, {} values", steps.size(), values.size()));
  check_steps(steps, false);
}

/// Where the line from evaluation i - 1 (below) to i (not below) meets the threshold.
double crossing(std::span<const double> steps, std::span<const double> values, double threshold,
                std::size_t i) {
  const double share = (threshold - values[i - 1]) / (values[i] - values[i - 1]);
  return std::isfinite(values[i - 1]) ? steps[i - 1] + (steps[i] - steps[i - 1]) * share : steps[i];
}

template <class IntervalAt>
Band band_of(const Curves& curves, std::string name, double (*middle)(std::span<const double>),
             const IntervalAt& interval_at) {
  Band band{std::move(name), {}, {}, {}};
  for (std::size_t evaluation = 0; evaluation < curves.evaluations(); ++evaluation) {
    const std::span<const double> x = curves.at(evaluation);
    const Interval interval = interval_at(x);
    band.low.push_back(interval.low);
    band.middle.push_back(middle(x));
    band.high.push_back(interval.high);
  }
  return band;
}

std::string band_name(const char* middle, const char* interval, double level,
                      const Curves& curves) {
  return fmt::format("{}, {:.4g} % {}, n = {}", middle, 100 * level, interval, curves.runs());
}

}  // namespace

double area(std::span<const double> steps, std::span<const double> values) {
  check_curve(steps, values);
  double sum = 0;
  for (std::size_t i = 1; i < steps.size(); ++i)
    sum += (steps[i] - steps[i - 1]) * (values[i] + values[i - 1]) / 2;
  return sum;
}

double area_under_curve(std::span<const double> steps, std::span<const double> values) {
  const double sum = area(steps, values);
  const double length = steps.back() - steps.front();
  return length > 0 ? sum / length : values.back();
}

std::optional<double> first_reached(std::span<const double> steps, std::span<const double> values,
                                    double threshold) {
  check_curve(steps, values);
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (values[i] >= threshold) return steps[i];
  return std::nullopt;
}

std::optional<double> first_crossing(std::span<const double> steps, std::span<const double> values,
                                     double threshold) {
  check_curve(steps, values);
  if (values[0] >= threshold) return steps[0];
  for (std::size_t i = 1; i < steps.size(); ++i)
    if (values[i] >= threshold) return crossing(steps, values, threshold, i);
  return std::nullopt;
}

std::optional<double> sustained_from(std::span<const double> steps, std::span<const double> values,
                                     double threshold) {
  check_curve(steps, values);
  std::size_t i = steps.size();  // all from i on are at or above it
  while (i > 0 && values[i - 1] >= threshold) --i;
  if (i == steps.size()) return std::nullopt;
  return i == 0 ? steps[0] : crossing(steps, values, threshold, i);
}

Reaching reaching(std::span<const std::optional<double>> times) {
  Reaching result;
  result.runs = times.size();
  std::vector<double> late;
  for (const std::optional<double>& time : times) {
    late.push_back(time.value_or(std::numeric_limits<double>::infinity()));
    if (time) ++result.reached;
  }
  result.median = median(late);
  return result;
}

Curves Curves::by_run(std::vector<double> steps, const std::vector<std::vector<double>>& values) {
  check_steps(steps, true);
  if (values.empty()) throw std::invalid_argument("curves: no runs");
  for (std::size_t run = 0; run < values.size(); ++run) {
    if (values[run].size() != steps.size())
      throw std::invalid_argument(fmt::format("curves: run {} has {} evaluations, not {}", run,
                                              values[run].size(), steps.size()));
    for (const double x : values[run])
      if (std::isnan(x)) throw std::invalid_argument(fmt::format("curves: run {} has a NaN", run));
  }
  Curves curves;
  curves.runs_ = values.size();
  for (std::size_t evaluation = 0; evaluation < steps.size(); ++evaluation)
    for (const std::vector<double>& run : values) curves.x_.push_back(run[evaluation]);
  curves.steps_ = std::move(steps);
  return curves;
}

Band percentile_band(const Curves& curves, double level) {
  return band_of(curves, band_name("median", "of the runs", level, curves), median,
                 [&](std::span<const double> x) { return percentile_interval(x, level); });
}

Band mean_band(const Curves& curves, double level) {
  return band_of(curves, band_name("mean", "t interval", level, curves), mean,
                 [&](std::span<const double> x) { return t_interval(x, level); });
}

Band iqm_band(const Curves& curves, Rng rng, double level, int resamples) {
  // The same stream at each evaluation draws the same runs: whole curves.
  return band_of(
      curves, band_name("IQM", "percentile bootstrap", level, curves), iqm,
      [&](std::span<const double> x) { return bootstrap_interval(x, iqm, rng, level, resamples); });
}

Band confidence_band(const Curves& curves, Rng rng, double level) {
  return curves.runs() >= kRunsForIqmBand ? iqm_band(curves, rng, level) : mean_band(curves, level);
}

}  // namespace rl
