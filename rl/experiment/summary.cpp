#include "rl/experiment/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "rl/json_text.hpp"
#include "rl/statistics/bootstrap.hpp"
#include "rl/statistics/curves.hpp"
#include "rl/statistics/multiple_testing.hpp"
#include "rl/statistics/power.hpp"
#include "rl/statistics/scores.hpp"

namespace rl {

using Json = nlohmann::ordered_json;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Metric = EvaluationMetric;
constexpr std::string_view kScore = "eval/score";

/// What a failed run counts as; NaN where there is no such number.
double of_failed(const Metric& metric, const RunRecord& run) {
  if (metric.value == &Evaluation::score) return 0;
  if (metric.value == &Evaluation::greedy_return) return run.random_return;
  if (metric.value == &Evaluation::regret) return run.optimal_return - run.random_return;
  return kNoNumber;
}

/// One metric of one run.
struct Curve {
  std::vector<double> at;  ///< steps (or episodes)
  std::vector<double> value;
  double final = 0;  ///< mean of the last tenth
};

/// Empty where the run does not have the metric.
std::optional<Curve> curve_of(const Budget& budget, const Metric& metric, const RunRecord& run) {
  Curve curve;
  for (const Evaluation& e : run.curve)
    if (const double x = e.*metric.value; !std::isnan(x)) {
      curve.at.push_back(static_cast<double>(counts_episodes(budget) ? e.episode : e.step));
      curve.value.push_back(x);
    }
  if (run.status == RunStatus::failed) {
    const double level = of_failed(metric, run);
    const bool scored = has_score(run.random_return, run.optimal_return);
    if (std::isnan(level) || (metric.value == &Evaluation::score && !scored)) return std::nullopt;
    const auto limit =
        static_cast<double>(counts_episodes(budget) ? budget.episodes : budget.steps);
    const auto failed_at = static_cast<double>(counts_episodes(budget) ? run.episodes : run.steps);
    curve.at.insert(curve.at.end(), {failed_at, std::max(failed_at, limit)});
    curve.value.insert(curve.value.end(), {level, level});
    curve.final = level;
    return curve;
  }
  if (curve.value.empty()) return std::nullopt;
  const std::size_t tenth = std::max<std::size_t>(1, curve.value.size() / 10);
  curve.final = mean(std::span(curve.value).last(tenth));
  return curve;
}

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

void add_interval(SummaryRow& row, std::span<const double> finals) {
  row.ci = {kNoNumber, kNoNumber};
  if (row.n < 2 || !all_finite(finals)) return;
  const bool of_iqm = row.n >= kRunsForIqm;
  row.ci_name = of_iqm ? "IQM, percentile bootstrap" : "mean, t";
  row.ci = of_iqm ? bootstrap_interval(finals, iqm, stream_of(row)) : t_interval(finals);
}

void add_threshold(SummaryRow& row, const std::vector<Curve>& curves,
                   const std::vector<bool>& has_failed) {
  std::vector<double> first;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto reached = has_failed[i]
                             ? std::nullopt
                             : first_reached(curves[i].at, curves[i].value, kScoreThreshold);
    first.push_back(reached.value_or(kInfinity));
  }
  row.reached = static_cast<std::size_t>(
      std::count_if(first.begin(), first.end(), [](double x) { return std::isfinite(x); }));
  if (const double median = quantile(first, 0.5); std::isfinite(median))
    row.steps_to_threshold = median;
}

/// All runs of one learner in one world.
struct Cell {
  const Contender* contender;
  std::string environment;
  std::vector<const RunRecord*> runs;  // complete or failed
  std::vector<double> scores;          // their final ones
};

std::optional<SummaryRow> row_of(const Budget& budget, Cell& cell, const Metric& metric) {
  SummaryRow row{.learner = cell.contender->algorithm->name,
                 .variant = cell.contender->variant,
                 .environment = cell.environment,
                 .metric = metric.name};
  std::vector<Curve> curves;
  std::vector<bool> has_failed;
  std::vector<double> finals;
  std::vector<double> areas;
  for (const RunRecord* run : cell.runs) {
    row.failed += run->status == RunStatus::failed ? 1 : 0;
    std::optional<Curve> curve = curve_of(budget, metric, *run);
    if (!curve) continue;
    has_failed.push_back(run->status == RunStatus::failed);
    finals.push_back(curve->final);
    areas.push_back(area_under_curve(curve->at, curve->value));
    curves.push_back(std::move(*curve));
  }
  if (finals.empty()) return std::nullopt;
  row.n = finals.size();
  row.iqm = iqm_or_none(finals);
  row.mean = mean(finals);
  row.sd = standard_deviation(finals);
  row.auc = iqm_or_none(areas);
  add_interval(row, finals);
  if (metric.name == kScore) {
    add_threshold(row, curves, has_failed);
    cell.scores = std::move(finals);
  }
  return row;
}

std::vector<Cell> cells_of(const Experiment& e, const ExperimentResult& result) {
  std::vector<Cell> cells;
  for (std::size_t w = 0; w < e.worlds.size(); ++w)
    for (std::size_t c = 0; c < e.contenders.size(); ++c) {
      Cell cell{&e.contenders[c], e.worlds[w].name, {}, {}};
      for (std::size_t s = 0; s < e.seeds.size(); ++s)
        if (const RunRecord& run = result.runs[run_index(e, {c, w, s})];
            run.status != RunStatus::cut_off)
          cell.runs.push_back(&run);
      cells.push_back(std::move(cell));
    }
  return cells;
}

void add_pairs(Summary& summary, const std::vector<Cell>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    for (std::size_t k = i + 1; k < cells.size(); ++k) {
      const Cell& a = cells[i];
      const Cell& b = cells[k];
      if (a.environment != b.environment || a.scores.size() < 2 || b.scores.size() < 2) continue;
      summary.pairs.push_back({.a = a.contender->label(),
                               .b = b.contender->label(),
                               .environment = a.environment,
                               .test = welch_test(a.scores, b.scores),
                               .p_improvement = probability_of_improvement(a.scores, b.scores)});
    }
  std::vector<double> p;
  for (const SummaryPair& pair : summary.pairs) p.push_back(pair.test.p);
  const std::vector<double> adjusted = holm_adjusted(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    SummaryPair& pair = summary.pairs[i];
    pair.p_adjusted = adjusted[i];
    pair.decision = adjusted[i] >= 0.05
                        ? "no evidence of a difference"
                        : fmt::format("{} is better", pair.test.difference > 0 ? pair.a : pair.b);
  }
}

std::string why_no_score(const RunRecord& run) {
  if (!std::isfinite(run.random_return)) return "the random policy has no finite return";
  if (!std::isfinite(run.optimal_return)) return "the optimal policy has no finite return";
  return "every policy has the same return";
}

void add_notes(Summary& summary, const Experiment& e, const ExperimentResult& result,
               const std::vector<Cell>& cells) {
  std::size_t least = e.seeds.size();
  for (const Cell& cell : cells) {
    least = std::min(least, cell.runs.size());
    const auto failed = std::find_if(cell.runs.begin(), cell.runs.end(), [](const RunRecord* run) {
      return run->status == RunStatus::failed;
    });
    if (failed != cell.runs.end())
      summary.notes.push_back(fmt::format(
          "{} of {} runs of {} in {} failed and count as the random policy; the first: {}",
          std::count_if(cell.runs.begin(), cell.runs.end(),
                        [](const RunRecord* run) { return run->status == RunStatus::failed; }),
          cell.runs.size(), cell.contender->label(), cell.environment, (*failed)->error));
    if (!cell.runs.empty() && cell.scores.empty() && cell.contender == &e.contenders.front())
      summary.notes.push_back(fmt::format("{}: {}, so there is no score and no test",
                                          cell.environment, why_no_score(*cell.runs.front())));
  }
  const auto cut_off =
      std::count_if(result.runs.begin(), result.runs.end(),
                    [](const RunRecord& run) { return run.status == RunStatus::cut_off; });
  if (cut_off > 0)
    summary.notes.push_back(
        fmt::format("{} of {} runs were cut off and are left out", cut_off, result.runs.size()));
  if (summary.rows.empty()) return;
  if (least < kFewRuns)
    summary.notes.push_back(fmt::format("n = {}: too few runs for an interval claim", least));
  if (least < 4) summary.notes.emplace_back("fewer than 4 runs: the IQM is the mean");
}

template <class T>
Json or_null(const std::optional<T>& x) {
  return x ? Json(*x) : Json();
}

Json row_json(const SummaryRow& r) {
  Json ci;
  if (!r.ci_name.empty())
    ci = {{"name", r.ci_name}, {"level", 0.95}, {"low", r.ci.low}, {"high", r.ci.high}};
  return {{"learner", r.learner},
          {"variant", r.variant},
          {"environment", r.environment},
          {"metric", r.metric},
          {"n", r.n},
          {"iqm", number_or_null(r.iqm)},
          {"mean", number_or_null(r.mean)},
          {"sd", number_or_null(r.sd)},
          {"ci", std::move(ci)},
          {"auc", number_or_null(r.auc)},
          {"steps_to_threshold", or_null(r.steps_to_threshold)},
          {"reached", or_null(r.reached)},
          {"failed", r.failed}};
}

Json pair_json(const SummaryPair& p) {
  return {
      {"a", p.a},
      {"b", p.b},
      {"environment", p.environment},
      {"difference", p.test.difference},
      {"ci",
       {{"name", "Welch t"}, {"level", 0.95}, {"low", p.test.ci.low}, {"high", p.test.ci.high}}},
      {"p", p.test.p},
      {"p_adjusted", p.p_adjusted},
      {"test", "Welch t on the final score, Holm"},
      {"p_improvement", p.p_improvement},
      {"decision", p.decision}};
}

// ---- text ---------------------------------------------------------------------------------------

std::string label(const SummaryRow& row) {
  return row.variant == "default" ? row.learner : row.learner + ":" + row.variant;
}

/// 12 345 678
std::string grouped(double x) {
  std::string text = fmt::format("{:.0f}", x);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), 1, ' ');
  return text;
}

/// A quoted field of a CSV file where it needs quotes.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::vector<const SummaryRow*> rows_of(const Summary& summary, const std::string& environment,
                                       std::string_view metric) {
  std::vector<const SummaryRow*> rows;
  for (const SummaryRow& row : summary.rows)
    if (row.environment == environment && row.metric == metric) rows.push_back(&row);
  return rows;
}

}  // namespace

Summary summarize(const Experiment& experiment, const ExperimentResult& result) {
  Summary summary;
  for (const ExperimentWorld& world : experiment.worlds) summary.environments.push_back(world.name);
  std::vector<Cell> cells = cells_of(experiment, result);
  for (Cell& cell : cells)
    for (const Metric& metric : kEvaluationMetrics)
      if (std::optional<SummaryRow> row = row_of(experiment.budget, cell, metric))
        summary.rows.push_back(std::move(*row));
  add_pairs(summary, cells);
  add_notes(summary, experiment, result, cells);
  return summary;
}

std::string summary_json(const Summary& summary) {
  Json rows = Json::array();
  for (const SummaryRow& row : summary.rows) rows.push_back(row_json(row));
  Json pairs = Json::array();
  for (const SummaryPair& pair : summary.pairs) pairs.push_back(pair_json(pair));
  return Json{{"rows", std::move(rows)}, {"pairs", std::move(pairs)}}.dump(1) + '\n';
}

std::string summary_csv(const Summary& summary) {
  std::string text =
      "learner,variant,environment,metric,n,iqm,mean,sd,ci_name,ci_level,ci_low,ci_high,auc,"
      "steps_to_threshold,reached,failed\n";
  const auto shown = [](double x) { return std::isnan(x) ? std::string() : fmt::format("{}", x); };
  for (const SummaryRow& r : summary.rows)
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", field(r.learner),
                        field(r.variant), field(r.environment), r.metric, r.n, shown(r.iqm),
                        shown(r.mean), shown(r.sd), field(r.ci_name),
                        r.ci_name.empty() ? "" : "0.95", shown(r.ci.low), shown(r.ci.high),
                        shown(r.auc), shown(r.steps_to_threshold.value_or(kNoNumber)),
                        r.reached ? std::to_string(*r.reached) : "", r.failed);
  return text;
}

TextTable score_table(const Summary& summary, const std::string& environment) {
  const std::vector<const SummaryRow*> rows = rows_of(summary, environment, kScore);
  if (rows.empty()) return {};
  const bool of_iqm = std::all_of(rows.begin(), rows.end(),
                                  [](const SummaryRow* r) { return r->n >= kRunsForIqm; });
  TextTable table = {
      {"", of_iqm ? "final (IQM)" : "final (mean)", "95 % CI", "AUC", "steps to 90 %", "reached"}};
  for (const SummaryRow* r : rows)
    table.push_back(
        {label(*r), fmt::format("{:.3f}", of_iqm ? r->iqm : r->mean),
         r->ci_name.empty() ? "none" : fmt::format("[{:.3f}, {:.3f}]", r->ci.low, r->ci.high),
         fmt::format("{:.3f}", r->auc),
         r->steps_to_threshold ? grouped(*r->steps_to_threshold) : "never",
         fmt::format("{}/{}", *r->reached, r->n)});
  return table;
}

TextTable spread_table(const Summary& summary, const std::string& environment) {
  const std::pair<const char*, const char*> columns[] = {{"eval/return", "return"},
                                                         {"eval/value_error", "value error"},
                                                         {"eval/value_rmse", "value RMSE"},
                                                         {"train/return", "train return"}};
  TextTable table = {{""}};
  for (const auto& [metric, heading] : columns) table.front().emplace_back(heading);
  for (const SummaryRow* row : rows_of(summary, environment, "eval/return")) {
    table.push_back({label(*row)});
    for (const auto& [metric, heading] : columns) {
      table.back().emplace_back("none");
      for (const SummaryRow* r : rows_of(summary, environment, metric))
        if (label(*r) == label(*row))
          table.back().back() = r->n < 2 ? fmt::format("{:.4g}", r->mean)
                                         : fmt::format("{:.4g} ({:.2g})", r->mean, r->sd);
    }
  }
  return table;
}

std::vector<std::string> pair_sentences(const Summary& summary, const std::string& environment) {
  const auto p_text = [](double p) {
    return p < 0.001 ? std::string("p < 0.001") : fmt::format("p = {:.3f}", p);
  };
  std::vector<std::string> lines;
  for (const SummaryPair& pair : summary.pairs) {
    if (pair.environment != environment) continue;
    lines.push_back(fmt::format("{} - {}: {}", pair.a, pair.b, pair.decision));
    lines.push_back(
        fmt::format("    {:+.3f}, CI [{:+.3f}, {:+.3f}], {}, adjusted {}, P(improvement) = {:.2f}",
                    pair.test.difference, pair.test.ci.low, pair.test.ci.high, p_text(pair.test.p),
                    p_text(pair.p_adjusted), pair.p_improvement));
  }
  return lines;
}

std::string power_sentence(const Summary& summary, const std::string& environment) {
  const std::vector<const SummaryRow*> rows = rows_of(summary, environment, kScore);
  if (rows.size() < 2 || rows.front()->n < 2) return {};
  const std::size_t n = rows.front()->n;
  for (const SummaryRow* row : rows)
    if (row->n != n) return {};
  return fmt::format("n={} per learner; a difference of {:.2f} sd would be found with power 0.8", n,
                     detectable_difference(static_cast<double>(n)));
}

}  // namespace rl
