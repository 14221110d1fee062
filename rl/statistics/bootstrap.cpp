#include "rl/statistics/bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "rl/statistics/checks.hpp"
#include "rl/statistics/distributions.hpp"

namespace rl {

namespace {

std::size_t random_index(std::size_t n, Rng& rng) {
  return static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(n)));
}

void check_options(const BootstrapOptions& options) {
  check_fraction("level", options.level);
  if (options.resamples < 1)
    throw std::invalid_argument(
        fmt::format("resamples: expected at least 1, not {}", options.resamples));
}

void check_learners(const Scores& x, const Scores& y, bool paired) {
  if (x.tasks() != y.tasks())
    throw std::invalid_argument(
        fmt::format("bootstrap: x has {} tasks, y has {}", x.tasks(), y.tasks()));
  if (paired && x.runs() != y.runs())
    throw std::invalid_argument(
        fmt::format("paired bootstrap: x has {} runs, y has {}", x.runs(), y.runs()));
}

void check_resample(const Scores& scores, const Resample& which) {
  if (which.run.size() != scores.all().size() ||
      (!which.task.empty() && which.task.size() != scores.tasks()))
    throw std::invalid_argument(fmt::format("resample: expected {} runs x {} tasks, not {} indices",
                                            scores.runs(), scores.tasks(), which.run.size()));
  for (const std::size_t run : which.run)
    if (run >= scores.runs())
      throw std::invalid_argument(fmt::format("resample: run {} of {} runs", run, scores.runs()));
  for (const std::size_t task : which.task)
    if (task >= scores.tasks())
      throw std::invalid_argument(
          fmt::format("resample: task {} of {} tasks", task, scores.tasks()));
}

void draw_tasks(Resample& which, std::size_t tasks, const BootstrapOptions& options, Rng& rng) {
  which.task.resize(options.resample_tasks ? tasks : 0);
  for (std::size_t& task : which.task) task = random_index(tasks, rng);
}

void draw_runs(Resample& which, std::size_t runs, std::size_t tasks, Resampling resampling,
               Rng& rng) {
  which.run.resize(runs * tasks);
  for (std::size_t run = 0; run < runs; ++run) {
    const auto row = which.run.begin() + static_cast<std::ptrdiff_t>(run * tasks);
    if (resampling == Resampling::whole_runs)
      std::fill_n(row, tasks, random_index(runs, rng));
    else
      std::generate_n(row, tasks, [&] { return random_index(runs, rng); });
  }
}

/// theta_(-i) of x with y as it is; and of both without their runs i.
std::vector<double> jackknife_x(const Scores& x, const Scores& y, const PairStatistic& statistic) {
  return jackknife(x, [&](const Scores& rest) { return statistic(rest, y); });
}
std::vector<double> jackknife_y(const Scores& x, const Scores& y, const PairStatistic& statistic) {
  return jackknife(y, [&](const Scores& rest) { return statistic(x, rest); });
}
std::vector<double> jackknife_pairs(const Scores& x, const Scores& y,
                                    const PairStatistic& statistic) {
  std::vector<double> theta;
  for (std::size_t run = 0; run < x.runs(); ++run)
    theta.push_back(statistic(x.without_run(run), y.without_run(run)));
  return theta;
}

/// a; NaN where theta_(-i) does not vary.
double acceleration_of(std::span<const std::vector<double>> jackknifes) {
  double squares = 0;
  double cubes = 0;
  for (const std::vector<double>& theta : jackknifes) {
    const auto [low, high] = std::minmax_element(theta.begin(), theta.end());
    const double center = *low == *high ? *low : mean(theta);  // without a rounding error of u = 0
    const double n = static_cast<double>(theta.size());
    for (const double without : theta) {
      const double u = (n - 1) / n * (center - without);
      squares += u * u;
      cubes += u * u * u;
    }
  }
  return cubes / (6 * std::pow(squares, 1.5));
}

/// Phi(z0 + (z0 + z) / (1 - a (z0 + z)))
double bca_probability(double z0, double a, double z) {
  return normal_cdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
}

template <class Jackknifes>
BootstrapInterval interval_of(double estimate, std::span<const double> theta,
                              const BootstrapOptions& options, Jackknifes jackknifes) {
  BootstrapInterval result;
  result.estimate = estimate;
  result.method = options.method;
  switch (options.method) {
    case IntervalMethod::percentile:
      result.interval = percentile_interval(theta, options.level);
      break;
    case IntervalMethod::basic:
      result.interval = basic_interval(estimate, theta, options.level);
      break;
    case IntervalMethod::bca: {
      const BcaInterval bca = bca_interval(estimate, theta, jackknifes(), options.level);
      result.interval = bca.interval;
      result.note = bca.fallback;
      if (!bca.fallback.empty()) result.method = IntervalMethod::percentile;
    }
  }
  return result;
}

}  // namespace

std::string_view name_of(IntervalMethod method) {
  return method == IntervalMethod::percentile ? "percentile bootstrap"
         : method == IntervalMethod::basic    ? "basic bootstrap"
                                              : "BCa bootstrap";
}

PairStatistic difference_of(ScoreStatistic statistic) {
  return [statistic = std::move(statistic)](const Scores& x, const Scores& y) {
    return statistic(x) - statistic(y);
  };
}

PairStatistic improvement() {
  return [](const Scores& x, const Scores& y) { return probability_of_improvement(x, y); };
}

Resample draw_resample(std::size_t runs, std::size_t tasks, const BootstrapOptions& options,
                       Rng& rng) {
  Resample which;
  draw_tasks(which, tasks, options, rng);
  draw_runs(which, runs, tasks, options.resampling, rng);
  return which;
}

std::vector<double> replicates(const Scores& scores, const ScoreStatistic& statistic,
                               std::span<const Resample> given) {
  std::vector<double> theta;
  Scores resampled = scores;
  for (const Resample& which : given) {
    check_resample(scores, which);
    resampled.resample(scores, which);
    theta.push_back(statistic(resampled));
  }
  return theta;
}

std::vector<double> replicates(const Scores& x, const Scores& y, const PairStatistic& statistic,
                               std::span<const Resample> given_x,
                               std::span<const Resample> given_y) {
  check_learners(x, y, false);
  if (given_x.size() != given_y.size())
    throw std::invalid_argument(
        fmt::format("resamples: {} of x, {} of y", given_x.size(), given_y.size()));
  std::vector<double> theta;
  Scores resampled_x = x;
  Scores resampled_y = y;
  for (std::size_t b = 0; b < given_x.size(); ++b) {
    check_resample(x, given_x[b]);
    check_resample(y, given_y[b]);
    resampled_x.resample(x, given_x[b]);
    resampled_y.resample(y, given_y[b]);
    theta.push_back(statistic(resampled_x, resampled_y));
  }
  return theta;
}

std::vector<double> replicates(const Scores& scores, const ScoreStatistic& statistic,
                               const BootstrapOptions& options, Rng rng) {
  check_options(options);
  std::vector<double> theta(static_cast<std::size_t>(options.resamples));
  const bool in_order = options.resampling == Resampling::stratified;  // any order is as good
  const Scores from = in_order ? scores.ordered() : scores;
  Scores resampled = from;
  Resample which;
  for (double& replicate : theta) {
    draw_tasks(which, scores.tasks(), options, rng);
    draw_runs(which, scores.runs(), scores.tasks(), options.resampling, rng);
    resampled.resample(from, which);
    replicate = statistic(resampled);
  }
  return theta;
}

std::vector<double> replicates(const Scores& x, const Scores& y, const PairStatistic& statistic,
                               const BootstrapOptions& options, Rng rng) {
  check_options(options);
  check_learners(x, y, options.paired);
  std::vector<double> theta(static_cast<std::size_t>(options.resamples));
  Scores resampled_x = x;
  Scores resampled_y = y;
  Resample which;
  for (double& replicate : theta) {
    draw_tasks(which, x.tasks(), options, rng);  // the same tasks for both
    draw_runs(which, x.runs(), x.tasks(), options.resampling, rng);
    resampled_x.resample(x, which);
    if (!options.paired) draw_runs(which, y.runs(), y.tasks(), options.resampling, rng);
    resampled_y.resample(y, which);
    replicate = statistic(resampled_x, resampled_y);
  }
  return theta;
}

std::vector<double> jackknife(const Scores& scores, const ScoreStatistic& statistic) {
  std::vector<double> theta;
  for (std::size_t run = 0; run < scores.runs(); ++run)
    theta.push_back(statistic(scores.without_run(run)));
  return theta;
}

Interval percentile_interval(std::span<const double> replicates, double level) {
  check_fraction("level", level);
  return {quantile(replicates, (1 - level) / 2), quantile(replicates, (1 + level) / 2)};
}

Interval basic_interval(double estimate, std::span<const double> replicates, double level) {
  const Interval percentiles = percentile_interval(replicates, level);
  return {2 * estimate - percentiles.high, 2 * estimate - percentiles.low};
}

BcaInterval bca_interval(double estimate, std::span<const double> replicates,
                         std::span<const std::vector<double>> jackknifes, double level) {
  BcaInterval bca;
  bca.interval = percentile_interval(replicates, level);
  bca.probabilities = {(1 - level) / 2, (1 + level) / 2};
  const auto below =
      std::count_if(replicates.begin(), replicates.end(), [&](double x) { return x < estimate; });
  const double a = acceleration_of(jackknifes);
  if (below == 0 || below == static_cast<std::ptrdiff_t>(replicates.size()))
    bca.fallback = fmt::format("{} of {} replicates are below the estimate: percentile interval",
                               below, replicates.size());
  else if (!std::isfinite(a))
    bca.fallback = "the statistic is the same without any one run: percentile interval";
  if (!bca.fallback.empty()) return bca;
  bca.z0 = normal_quantile(static_cast<double>(below) / static_cast<double>(replicates.size()));
  bca.acceleration = a;
  const double z = normal_quantile((1 + level) / 2);
  bca.probabilities = {bca_probability(bca.z0, a, -z), bca_probability(bca.z0, a, z)};
  bca.interval = {quantile(replicates, bca.probabilities.low),
                  quantile(replicates, bca.probabilities.high)};
  return bca;
}

BootstrapInterval bootstrap_interval(const Scores& scores, const ScoreStatistic& statistic, Rng rng,
                                     const BootstrapOptions& options) {
  return interval_of(statistic(scores), replicates(scores, statistic, options, rng), options, [&] {
    return std::vector<std::vector<double>>{jackknife(scores, statistic)};
  });
}

BootstrapInterval bootstrap_interval(const Scores& x, const Scores& y,
                                     const PairStatistic& statistic, Rng rng,
                                     const BootstrapOptions& options) {
  const std::vector<double> theta = replicates(x, y, statistic, options, rng);
  return interval_of(statistic(x, y), theta, options, [&] {
    using Jackknifes = std::vector<std::vector<double>>;
    return options.paired ? Jackknifes{jackknife_pairs(x, y, statistic)}
                          : Jackknifes{jackknife_x(x, y, statistic), jackknife_y(x, y, statistic)};
  });
}

Interval bootstrap_interval(std::span<const double> x, SampleStatistic statistic, Rng rng,
                            double level, int resamples) {
  BootstrapOptions options;
  options.level = level;
  options.resamples = resamples;
  const auto of_task = [statistic](const Scores& scores) { return statistic(scores.task(0)); };
  return bootstrap_interval(Scores::of_one_task(x), of_task, rng, options).interval;
}

}  // namespace rl
