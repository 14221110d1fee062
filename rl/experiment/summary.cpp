#include "rl/experiment/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "rl/experiment/run_curve.hpp"
#include "rl/statistics/curves.hpp"

namespace rl {

namespace {

using Metric = EvaluationMetric;
constexpr std::string_view kScore = "eval/score";

bool all_finite(std::span<const double> x) {
  return std::all_of(x.begin(), x.end(), [](double y) { return std::isfinite(y); });
}

bool any_nan(std::span<const double> x) {
  return std::any_of(x.begin(), x.end(), [](double y) { return std::isnan(y); });
}

double iqm_or_none(std::span<const double> x) { return any_nan(x) ? kNoNumber : iqm(x); }

/// The interval's stream belongs to the row, so that no other row changes it.
Rng stream_of(const SummaryRow& row) {
  return Rng(0)
      .split("bootstrap")
      .split(row.learner)
      .split(row.variant)
      .split(row.environment)
      .split(row.metric);
}

void add_interval(SummaryRow& row, const std::vector<double>& finals,
                  const SummaryOptions& options) {
  row.ci = {kNoNumber, kNoNumber};
  if (row.n < 2 || !all_finite(finals)) return;
  if (row.n < kRunsForIqm) {
    row.ci_name = "mean, t";
    row.ci = t_interval(finals, options.level);
    return;
  }
  const BootstrapInterval found = bootstrap_interval(
      Scores::of_one_task(finals), [](const Scores& x) { return iqm_score(x); }, stream_of(row),
      {.method = options.interval,
       .level = options.level,
       .resamples = row.metric == kScore ? kResamplesForTables : kResamplesForCurves});
  row.ci_name = fmt::format("IQM, {}", name_of(found.method));
  row.ci = found.interval;
}

void add_threshold(SummaryRow& row, const std::vector<RunCurve>& curves) {
  std::vector<std::optional<double>> first;
  for (const RunCurve& curve : curves)
    first.push_back(curve.failed ? std::nullopt
                                 : first_reached(curve.at, curve.value, kScoreThreshold));
  const Reaching all = reaching(first);
  row.reached = all.reached;
  if (std::isfinite(all.median)) row.steps_to_threshold = all.median;
}

std::size_t failed_runs(const Results& o, std::size_t learner, std::size_t world) {
  std::size_t n = 0;
  for (std::size_t s = 0; s < o.seeds.size(); ++s)
    n += o.run(learner, world, s).status == RunStatus::failed ? 1 : 0;
  return n;
}

std::optional<SummaryRow> row_of(const Results& o, std::size_t learner, std::size_t world,
                                 const Metric& metric, const SummaryOptions& options) {
  const std::vector<RunCurve> curves = run_curves(o, learner, world, metric);
  if (curves.empty()) return std::nullopt;
  std::vector<double> finals;
  std::vector<double> areas;
  for (const RunCurve& curve : curves) {
    finals.push_back(curve.final);
    areas.push_back(area_under_curve(curve.at, curve.value));
  }
  SummaryRow row{.learner = o.learners[learner].name,
                 .variant = o.learners[learner].variant,
                 .environment = o.worlds[world],
                 .metric = metric.name,
                 .n = curves.size(),
                 .iqm = iqm_or_none(finals),
                 .mean = mean(finals),
                 .sd = standard_deviation(finals),
                 .auc = iqm_or_none(areas),
                 .failed = failed_runs(o, learner, world)};
  add_interval(row, finals, options);
  if (metric.name == kScore && !o.scores_only) add_threshold(row, curves);
  return row;
}

// ---- what must be known beside the numbers ------------------------------------------------------

std::string why_no_score(const RunRecord& run) {
  if (!std::isfinite(run.random_return)) return "the random policy has no finite return";
  if (std::isnan(run.optimal_return)) return "nobody knows the return of the optimal policy";
  if (!std::isfinite(run.optimal_return)) return "the optimal policy has no finite return";
  return "every policy has the same return";
}

/// "3 of 30 runs of sarsa in cliff_walking failed and count as ...; the first: ..."
std::optional<std::string> failure_note(const Results& o, std::size_t learner, std::size_t world) {
  std::size_t ended = 0;
  const RunRecord* first = nullptr;
  for (std::size_t s = 0; s < o.seeds.size(); ++s) {
    const RunRecord& run = o.run(learner, world, s);
    ended += run.status == RunStatus::cut_off ? 0 : 1;
    if (first == nullptr && run.status == RunStatus::failed) first = &run;
  }
  if (first == nullptr) return std::nullopt;
  return fmt::format(
      "{} of {} runs of {} in {} failed and count as the random policy; the first: {}",
      failed_runs(o, learner, world), ended, o.learners[learner].label(), o.worlds[world],
      first->error);
}

std::optional<std::string> no_score_note(const Results& o, std::size_t world) {
  if (!run_curves(o, 0, world, evaluation_metric("eval/score")).empty()) return std::nullopt;
  for (std::size_t s = 0; s < o.seeds.size(); ++s)
    if (const RunRecord& run = o.run(0, world, s); run.status != RunStatus::cut_off)
      return fmt::format("{}: {}, so there is no score and no test", o.worlds[world],
                         why_no_score(run));
  return std::nullopt;
}

/// Ended runs of the learner and world that have the fewest.
std::size_t fewest_runs(const Results& o) {
  std::size_t least = o.seeds.size();
  for (std::size_t w = 0; w < o.worlds.size(); ++w)
    for (std::size_t l = 0; l < o.learners.size(); ++l) {
      std::size_t n = 0;
      for (std::size_t s = 0; s < o.seeds.size(); ++s)
        n += o.run(l, w, s).status == RunStatus::cut_off ? 0 : 1;
      least = std::min(least, n);
    }
  return least;
}

std::optional<std::string> cut_off_note(const Results& o) {
  const auto cut_off = std::count_if(o.runs.begin(), o.runs.end(), [](const RunRecord& run) {
    return run.status == RunStatus::cut_off;
  });
  if (cut_off == 0) return std::nullopt;
  return o.scores_only
             ? fmt::format("{} of {} combinations of learner, task and seed have no score", cut_off,
                           o.runs.size())
             : fmt::format("{} of {} runs were cut off and are left out", cut_off, o.runs.size());
}

std::vector<std::string> notes_of(const Results& o, bool any_row) {
  std::vector<std::string> notes;
  const auto add = [&](const std::optional<std::string>& note) {
    if (note) notes.push_back(*note);
  };
  for (std::size_t w = 0; w < o.worlds.size(); ++w) {
    for (std::size_t l = 0; l < o.learners.size(); ++l) add(failure_note(o, l, w));
    if (!o.scores_only) add(no_score_note(o, w));
  }
  add(cut_off_note(o));
  if (!any_row) return notes;
  const std::size_t least = fewest_runs(o);
  if (least < kFewRuns)
    notes.push_back(fmt::format("n = {}: too few runs for an interval claim", least));
  if (least < 4) notes.emplace_back("fewer than 4 runs: the IQM is the mean");
  return notes;
}

}  // namespace

Summary summarize(const Results& o, const SummaryOptions& options) {
  Summary summary{.options = options,
                  .score_text = o.scores_only ? "scores as they were given"
                                              : "score of the greedy policy: 0 random, 1 optimal; "
                                                "final: last 10 % of evaluations",
                  .environments = o.worlds};
  for (std::size_t w = 0; w < o.worlds.size(); ++w)
    for (std::size_t l = 0; l < o.learners.size(); ++l)
      for (const Metric& metric : kEvaluationMetrics)
        if (std::optional<SummaryRow> row = row_of(o, l, w, metric, options))
          summary.rows.push_back(std::move(*row));
  summary.pairs = compare_pairs(o, options);
  summary.notes = notes_of(o, !summary.rows.empty());
  return summary;
}

}  // namespace rl
