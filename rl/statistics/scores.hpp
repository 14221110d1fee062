#pragma once
/// \file
/// The scores of one learner, and what several tasks say together (Agarwal et al. 2021).
///
///     normalised       (x - low) / (high - low)       low: random policy, high: optimal policy
///     mean, median     over tasks of the task's mean over runs
///     IQM              of all runs x tasks numbers
///     optimality gap   gamma - mean of min(x, gamma)
///     profile          F(tau) = share of the runs x tasks with x > tau
///     P(X > Y)         mean over tasks of (#{x > y} + #{x = y} / 2) / (n_x n_y)
#include <cstddef>
#include <span>
#include <vector>

namespace rl {

/// Which runs stand in for the runs of a learner.
struct Resample {
  std::vector<std::size_t> run;   ///< [runs x tasks]: the run in (run, task), row by row
  std::vector<std::size_t> task;  ///< [tasks]: the task in each place; empty: every task in its own
};

/// Runs x tasks of one learner: each task with the same number of runs, every number finite. The
/// names say which dimension is meant; nothing takes a bare table.
class Scores {
 public:
  using Lists = std::vector<std::vector<double>>;

  /// Each list holds the scores of one run in all tasks. Throws std::invalid_argument for no runs,
  /// no tasks, lists of different lengths and numbers that are not finite.
  static Scores by_run(const Lists& runs);
  /// Each list holds the scores of all runs in one task.
  static Scores by_task(const Lists& tasks);
  static Scores of_one_task(std::span<const double> runs);

  std::size_t runs() const { return runs_; }
  std::size_t tasks() const { return x_.size() / runs_; }
  double at(std::size_t run, std::size_t task) const { return x_[task * runs_ + run]; }
  /// [runs]
  std::span<const double> task(std::size_t task) const {
    return std::span(x_).subspan(task * runs_, runs_);
  }
  /// [tasks x runs]
  std::span<const double> all() const { return x_; }
  /// Without one of at least two runs.
  Scores without_run(std::size_t run) const;
  /// With each task's scores in ascending order: a row is then no run any more.
  Scores ordered() const;
  /// Becomes a resample of `from`. The runs of a task stand in the order of `from`, not in that of
  /// the draws: where `from` is ordered, so is each task of this, and a trimmed mean of one task
  /// need not search.
  void resample(const Scores& from, const Resample& which);

 private:
  Scores(std::size_t runs, std::vector<double> x);
  std::size_t runs_;
  std::vector<double> x_;  // [tasks x runs]
};

/// (x - low) / (high - low). Throws std::invalid_argument for low = high: then every policy is as
/// good as any, and there is no score; and for anchors that are not finite.
double normalise(double x, double low, double high);
std::vector<double> normalise(std::span<const double> x, double low, double high);

// ---- all tasks as one number --------------------------------------------------------------------

/// Each task's mean over runs: [tasks].
std::vector<double> task_means(const Scores& scores);

double mean_score(const Scores& scores);
double median_score(const Scores& scores);
double iqm_score(const Scores& scores);
double optimality_gap(const Scores& scores, double gamma = 1);

// ---- profiles -----------------------------------------------------------------------------------

enum class ProfileOf {
  runs,        ///< every run in every task counts as one
  task_means,  ///< every task counts as one, by its mean over runs
};
/// F(tau) for each tau.
std::vector<double> performance_profile(const Scores& scores, std::span<const double> taus,
                                        ProfileOf of = ProfileOf::runs);
/// 101 points from min(0, smallest score) to max(1, largest score) of all learners, so that their
/// profiles share one axis. Throws std::invalid_argument for no learners.
std::vector<double> profile_taus(std::span<const Scores> learners);

// ---- two learners -------------------------------------------------------------------------------

/// P(X > Y) + P(X = Y) / 2 over all pairs, in [0, 1]: Vargha and Delaney's A12.
double probability_of_improvement(std::span<const double> x, std::span<const double> y);
/// The mean over tasks. Throws std::invalid_argument where the learners differ in their tasks.
double probability_of_improvement(const Scores& x, const Scores& y);
/// P(X > Y) - P(X < Y) = 2 A12 - 1, in [-1, 1].
double cliffs_delta(std::span<const double> x, std::span<const double> y);

}  // namespace rl
