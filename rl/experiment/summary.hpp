#pragma once
/// \file
/// What an experiment says in numbers: a row for each learner, world and metric, and a test for
/// each pair of learners in each world.
///
/// The final value of a run is the mean of its last tenth of evaluations (at least one). A run
/// counts as one number, a failed one as the random policy: score 0, its return, its regret; its
/// value errors do not exist and are left out. Its curve lies at the same level from its failure
/// on, and it never reaches the threshold.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/experiment.hpp"
#include "rl/statistics/hypothesis_tests.hpp"
#include "rl/statistics/sample.hpp"

namespace rl {

inline constexpr double kScoreThreshold = 0.9;  ///< of the way from random to optimal
inline constexpr std::size_t kFewRuns = 10;     ///< below, no claim rests on an interval
inline constexpr std::size_t kRunsForIqm = 20;  ///< from here on, intervals are of the IQM

struct SummaryRow {
  std::string learner, variant, environment;
  std::string metric;  ///< "eval/score", "eval/return", "eval/value_error", ...
  std::size_t n = 0;   ///< runs that have the metric
  double iqm = 0, mean = 0, sd = 0;
  std::string ci_name =
      {};                ///< "IQM, percentile bootstrap" (n >= 20), "mean, t"; empty: too few runs
  Interval ci = {0, 0};  ///< 95 %
  double auc = 0;        ///< IQM of the runs' mean height of the curve
  /// Of the score: median first step at 0.9, runs that never get there counting as infinite (empty:
  /// more than half never do); and how many do.
  std::optional<double> steps_to_threshold = std::nullopt;
  std::optional<std::size_t> reached = std::nullopt;
  std::size_t failed = 0;
};

/// Welch's test on the final score.
struct SummaryPair {
  std::string a, b;  ///< labels: "q_learning", "sarsa:alpha=0.5"
  std::string environment;
  TTest test = {};
  double p_adjusted = 1;  ///< Holm, over all pairs in all worlds
  double p_improvement = 0.5;
  std::string decision = {};  ///< "a is better", "no evidence of a difference"
};

struct Summary {
  std::vector<std::string> environments;
  std::vector<SummaryRow> rows;
  std::vector<SummaryPair> pairs;
  std::vector<std::string> notes;  ///< what must be known beside the numbers, as sentences
};

/// Of the runs that are complete or failed; those that were cut off are left out, and a note says
/// so.
Summary summarize(const Experiment& experiment, const ExperimentResult& result);

/// {"rows": [...], "pairs": [...]}; null for what is not finite or does not exist.
std::string summary_json(const Summary& summary);
/// The rows, one a line, with a heading.
std::string summary_csv(const Summary& summary);

// ---- as text for one world ----------------------------------------------------------------------

using TextTable = std::vector<std::vector<std::string>>;  ///< first row: the heading

/// The final score with its interval, the area under its curve, steps to 90 %. Empty where the
/// world has no scores.
TextTable score_table(const Summary& summary, const std::string& environment);
/// Mean and, in parentheses, standard deviation of the other metrics at the end.
TextTable spread_table(const Summary& summary, const std::string& environment);
/// Two lines a pair: who is better, and the numbers.
std::vector<std::string> pair_sentences(const Summary& summary, const std::string& environment);
/// "n=30 per learner; a difference of 0.74 sd would be found with power 0.8"; empty where no pair
/// was tested or learners differ in n.
std::string power_sentence(const Summary& summary, const std::string& environment);

}  // namespace rl
