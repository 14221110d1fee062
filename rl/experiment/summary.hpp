#pragma once
/// \file
/// What an experiment says in numbers: a row for each learner, world and metric, and a test for
/// each pair of learners in each world. What counts as the final value of a run, and what a failed
/// run counts as, is told in experiment/run_curve.hpp.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/results.hpp"
#include "rl/statistics/bootstrap.hpp"
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

enum class PairTest : int {
  welch,         ///< the default: holds with unequal n and variances
  paired_t,      ///< for learners that share their seeds
  mann_whitney,  ///< of ranks
  permutation,   ///< of means; for equal n only
};
enum class Adjustment : int { holm, bonferroni, benjamini_hochberg, none };

/// How sure one can be is said in these ways.
struct SummaryOptions {
  PairTest test = PairTest::welch;
  Adjustment adjustment = Adjustment::holm;
  IntervalMethod interval = IntervalMethod::percentile;  ///< of bootstraps
  double level = 0.95;
  bool resample_tasks = false;  ///< worlds are a sample, too
  bool paired() const { return test == PairTest::paired_t; }
};

/// A test on the final score.
struct SummaryPair {
  std::string a, b;  ///< labels: "q_learning", "sarsa:alpha=0.5"
  std::string environment;
  double difference = 0;  ///< of the means
  std::string ci_name = "Welch t";
  Interval ci = {0, 0};   ///< of the difference
  double p = 1;           ///< two-sided
  double p_adjusted = 1;  ///< over all pairs in all worlds
  double p_improvement = 0.5;
  std::string decision = {};  ///< "a is better", "no evidence of a difference"
};

struct Summary {
  SummaryOptions options = {};
  std::string score_text = {};  ///< what a score is
  std::vector<std::string> environments = {};
  std::vector<SummaryRow> rows = {};
  std::vector<SummaryPair> pairs = {};
  std::vector<std::string> notes = {};  ///< what must be known beside the numbers, as sentences
};

/// Of the runs that are complete or failed; those that were cut off are left out, and a note says
/// so. Throws std::invalid_argument where the runs do not fit the test: learners that do not share
/// their seeds, or unequal n.
Summary summarize(const Results& results, const SummaryOptions& options = {});
inline Summary summarize(const Experiment& experiment, const ExperimentResult& result,
                         const SummaryOptions& options = {}) {
  return summarize(results_of(experiment, result), options);
}

/// The tests of all pairs in all worlds, without anything else.
std::vector<SummaryPair> compare_pairs(const Results& results, const SummaryOptions& options = {});

// Names as options have them, "paired_t", and as texts have them, "paired t". By an unknown option
// name std::invalid_argument is thrown, with the nearest one.
PairTest pair_test(const std::string& option);
std::string option_name(PairTest test);
std::string name_of(PairTest test);
/// "holm", "bonferroni", "benjamini_hochberg", "none"
Adjustment adjustment(const std::string& option);
std::string option_name(Adjustment adjustment);
std::string name_of(Adjustment adjustment);
/// "percentile", "basic", "bca"
IntervalMethod interval_method(const std::string& option);
std::string option_name(IntervalMethod method);

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
/// A row a pair: difference, interval, p, adjusted p, P(improvement), decision.
TextTable pair_table(const Summary& summary, const std::string& environment);
/// "Welch on final score, Holm over 3 tests"
std::string tests_text(const Summary& summary);
/// "p = 0.042", "p < 0.001"
std::string p_value_text(double p);
/// Two lines a pair: who is better, and the numbers.
std::vector<std::string> pair_sentences(const Summary& summary, const std::string& environment);
/// "n=30 per learner; a difference of 0.74 sd would be found with power 0.8"; empty where no pair
/// was tested or learners differ in n.
std::string power_sentence(const Summary& summary, const std::string& environment);

}  // namespace rl
