#pragma once
/// \file
/// Bootstrap: how far a statistic theta could have come out differently, told by resamples of the
/// runs with replacement (Efron and Tibshirani 1993; stratified as in Agarwal et al. 2021).
///
///     percentile  [Q(alpha/2), Q(1 - alpha/2)]                     Q: quantile of the replicates
///     basic       [2 theta - Q(1 - alpha/2), 2 theta - Q(alpha/2)]
///     BCa         [Q(p(-z)), Q(p(z))], z = Phi^-1(1 - alpha/2)
///                 p(z) = Phi(z0 + (z0 + z) / (1 - a (z0 + z)))
///                 z0 = Phi^-1(#{theta* < theta} / B)
///                 a  = sum u^3 / (6 (sum u^2)^(3/2)), u_i = mean(theta_(.)) - theta_(-i)
///
/// theta_(-i) is theta without run i in any task. For two independent learners u runs over the runs
/// of both, each weighted by (n - 1) / n of its learner (Davison and Hinkley 1997, chapter 5).
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/random.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/statistics/scores.hpp"

namespace rl {

inline constexpr int kResamplesForTables = 10'000;
inline constexpr int kResamplesForCurves = 2'000;  ///< curves and profiles

/// A number made of one learner's scores, of a sample, of the scores of two learners; the order of
/// the runs in a task must not matter.
using ScoreStatistic = std::function<double(const Scores&)>;
using SampleStatistic = double (*)(std::span<const double>);
using PairStatistic = std::function<double(const Scores& x, const Scores& y)>;

/// statistic(x) - statistic(y)
PairStatistic difference_of(ScoreStatistic statistic);
/// P(X > Y), mean over tasks.
PairStatistic improvement();

enum class Resampling : std::uint8_t {
  stratified,  ///< runs independently inside each task: seeds mean nothing across tasks
  whole_runs,  ///< a run keeps its scores in all tasks
};
enum class IntervalMethod : std::uint8_t { percentile, basic, bca };
std::string_view name_of(IntervalMethod method);

struct BootstrapOptions {
  IntervalMethod method = IntervalMethod::percentile;
  double level = 0.95;
  int resamples = kResamplesForTables;  ///< B >= 1
  Resampling resampling = Resampling::stratified;
  /// Tasks are drawn with replacement too: a claim about tasks like these, not about these tasks.
  bool resample_tasks = false;
  /// Two learners with the same seeds (common random numbers): the runs drawn for one are drawn for
  /// the other. Needs equal numbers of runs.
  bool paired = false;
};

// ---- replicates ---------------------------------------------------------------------------------

/// One resample of `runs` runs of `tasks` tasks: index(run, task) in the order of the rows.
Resample draw_resample(std::size_t runs, std::size_t tasks, const BootstrapOptions& options,
                       Rng& rng);

/// The statistic on each of the given resamples. Throws std::invalid_argument for a resample of
/// another size or with a run that is not there.
std::vector<double> replicates(const Scores& scores, const ScoreStatistic& statistic,
                               std::span<const Resample> given);
/// The same of two learners: resample i of x goes with resample i of y.
std::vector<double> replicates(const Scores& x, const Scores& y, const PairStatistic& statistic,
                               std::span<const Resample> given_x,
                               std::span<const Resample> given_y);
/// On resamples that are drawn from `rng`.
std::vector<double> replicates(const Scores& scores, const ScoreStatistic& statistic,
                               const BootstrapOptions& options, Rng rng);
std::vector<double> replicates(const Scores& x, const Scores& y, const PairStatistic& statistic,
                               const BootstrapOptions& options, Rng rng);

/// theta_(-i) for each run i, of at least two.
std::vector<double> jackknife(const Scores& scores, const ScoreStatistic& statistic);

// ---- intervals from replicates ------------------------------------------------------------------

Interval percentile_interval(std::span<const double> replicates, double level = 0.95);
Interval basic_interval(double estimate, std::span<const double> replicates, double level = 0.95);

/// Bias-corrected and accelerated.
struct BcaInterval {
  Interval interval = {0, 0};
  double z0 = 0;
  double acceleration = 0;
  Interval probabilities = {0, 0};  ///< the interval's ends as quantiles of the replicates
  /// Why it is the percentile interval instead, with z0 and acceleration 0; empty: it is not.
  std::string fallback = {};
};
/// `jackknifes`: theta_(-i) over the runs of each independent learner. Where no replicate or every
/// one is below the estimate, or the jackknife does not vary, the percentile interval stands in.
BcaInterval bca_interval(double estimate, std::span<const double> replicates,
                         std::span<const std::vector<double>> jackknifes, double level = 0.95);

// ---- all in one ---------------------------------------------------------------------------------

struct BootstrapInterval {
  double estimate = 0;
  Interval interval = {0, 0};
  IntervalMethod method = IntervalMethod::percentile;  ///< the one that was used
  std::string note = {};  ///< why it is not the one asked for; empty: it is
};
BootstrapInterval bootstrap_interval(const Scores& scores, const ScoreStatistic& statistic, Rng rng,
                                     const BootstrapOptions& options = {});
BootstrapInterval bootstrap_interval(const Scores& x, const Scores& y,
                                     const PairStatistic& statistic, Rng rng,
                                     const BootstrapOptions& options = {});
/// Percentiles, of one sample.
Interval bootstrap_interval(std::span<const double> x, SampleStatistic statistic, Rng rng,
                            double level = 0.95, int resamples = kResamplesForCurves);

}  // namespace rl
