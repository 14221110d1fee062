#pragma once
/// \file
/// A report of an experiment as data: what was run, who is better, charts, learned policies. It is
/// written as one self-contained HTML page, as Markdown, as LaTeX tables, as CSV and as SVG files.
/// Equal results give equal bytes; no clock, host or path stands in any of them.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rl/drawing.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/experiment/across_worlds.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/experiment/results.hpp"
#include "rl/experiment/summary.hpp"
#include "rl/experiment/tuning.hpp"

namespace rl {

using AnyChart = std::variant<LineChart, IntervalChart, MatrixChart>;

/// One drawing. Drawings of one section and world are views of the same data.
struct ReportChart {
  std::string section;     ///< "curves", "value_error", "aggregates", "profile", "improvement",
                           ///< "runs", "sensitivity"
  std::string world = {};  ///< empty: all worlds together
  std::string view = {};   ///< "confidence", "tolerance", "all runs", "log steps"
  std::string file;        ///< without ending
  AnyChart chart;
};

/// The greedy policy of one run beside the optimal one.
struct ReportPolicy {
  std::string learner = {}, world = {};
  std::uint64_t seed = 0;
  double score = 0;  ///< final, of this run
  Picture picture = {};
  PictureContent learned = {};  ///< greedy actions; numbers: the optimal values
  std::size_t states = 0;       ///< non-terminal, reachable
  std::size_t different = 0;    ///< of these, where a greedy action is not optimal
};

struct Report {
  std::string title = "Comparison of learners";
  std::string command = {};  ///< that makes the same results, without paths of a machine
  Build build = {};
  std::string size = {};  ///< what was run, one line
  /// Options, worlds, seeds, budgets: name and value.
  std::vector<std::pair<std::string, std::string>> settings = {};
  Summary summary = {};
  std::optional<AcrossWorlds> across = {};
  std::vector<ReportChart> charts = {};
  std::vector<ReportPolicy> policies = {};
  std::optional<Tuning> tuning = {};
};

/// All that follows from the runs; title, command, size, settings, policies are the caller's.
Report make_report(const Results& results, const Summary& summary,
                   std::optional<Tuning> tuning = {});

/// For each world a sentence a decided pair, and one for the pairs that are not.
std::vector<std::string> answers(const Summary& summary);

/// Below 500 KB for what fits a page; reads with scripts off, which only add hover, switches,
/// sorting and downloads.
std::string report_html(const Report& report);
/// The tables of a summary.
std::string comparison_markdown(const Summary& summary);
/// tabular environments with booktabs rules: scores, aggregates, tests.
std::string latex_tables(const Report& report);

/// summary.csv, summary.json, comparison.md, tables.tex, report.html, figures/*.svg and *.csv, in a
/// folder that is there.
void write_report(const std::string& folder, const Report& report);

/// tensorboard/LEARNER/VARIANT/WORLD/seed-N/: an event file of every run that ended.
void write_tensorboard(const std::string& folder, const Results& results);

}  // namespace rl
