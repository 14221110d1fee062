// The forms of a summary: JSON, CSV and tables of text (rl/experiment/summary.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "rl/experiment/summary.hpp"
#include "rl/json_text.hpp"
#include "rl/statistics/power.hpp"

namespace rl {

using Json = nlohmann::ordered_json;

namespace {

template <class T>
Json or_null(const std::optional<T>& x) {
  return x ? Json(*x) : Json();
}

Json row_json(const SummaryRow& r, double level) {
  Json ci;
  if (!r.ci_name.empty())
    ci = {{"name", r.ci_name}, {"level", level}, {"low", r.ci.low}, {"high", r.ci.high}};
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

Json pair_json(const SummaryPair& p, const SummaryOptions& options) {
  return {{"a", p.a},
          {"b", p.b},
          {"environment", p.environment},
          {"difference", number_or_null(p.difference)},
          {"ci",
           {{"name", p.ci_name},
            {"level", options.level},
            {"low", number_or_null(p.ci.low)},
            {"high", number_or_null(p.ci.high)}}},
          {"p", p.p},
          {"p_adjusted", p.p_adjusted},
          {"test", fmt::format("{} on the final score, {}", name_of(options.test),
                               name_of(options.adjustment))},
          {"p_improvement", p.p_improvement},
          {"decision", p.decision}};
}

// ---- text ---------------------------------------------------------------------------------------

std::string label(const SummaryRow& row) { return learner_label(row.learner, row.variant); }

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

std::string summary_json(const Summary& summary) {
  Json rows = Json::array();
  for (const SummaryRow& row : summary.rows) rows.push_back(row_json(row, summary.options.level));
  Json pairs = Json::array();
  for (const SummaryPair& pair : summary.pairs) pairs.push_back(pair_json(pair, summary.options));
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
                        r.ci_name.empty() ? "" : fmt::format("{}", summary.options.level),
                        shown(r.ci.low), shown(r.ci.high), shown(r.auc),
                        shown(r.steps_to_threshold.value_or(kNoNumber)),
                        r.reached ? std::to_string(*r.reached) : "", r.failed);
  return text;
}

TextTable score_table(const Summary& summary, const std::string& environment) {
  const std::vector<const SummaryRow*> rows = rows_of(summary, environment, "eval/score");
  if (rows.empty()) return {};
  const bool of_iqm = std::all_of(rows.begin(), rows.end(),
                                  [](const SummaryRow* r) { return r->n >= kRunsForIqm; });
  TextTable table = {{"", of_iqm ? "final (IQM)" : "final (mean)",
                      fmt::format("{:g} % CI", 100 * summary.options.level), "AUC", "steps to 90 %",
                      "reached"}};
  for (const SummaryRow* r : rows)
    table.push_back(
        {label(*r), fmt::format("{:.3f}", of_iqm ? r->iqm : r->mean),
         r->ci_name.empty() ? "none" : fmt::format("[{:.3f}, {:.3f}]", r->ci.low, r->ci.high),
         fmt::format("{:.3f}", r->auc),
         r->steps_to_threshold ? grouped(*r->steps_to_threshold) : "never",
         r->reached ? fmt::format("{}/{}", *r->reached, r->n) : "none"});
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
          table.back().back() = !std::isfinite(r->sd)
                                    ? fmt::format("{:.4g}", r->mean)
                                    : fmt::format("{:.4g} ({:.2g})", r->mean, r->sd);
    }
  }
  return table;
}

TextTable pair_table(const Summary& summary, const std::string& environment) {
  TextTable table = {{"pair", "difference", fmt::format("{:g} % CI", 100 * summary.options.level),
                      "p", "adjusted p", "P(improvement)", "decision"}};
  for (const SummaryPair& pair : summary.pairs)
    if (pair.environment == environment)
      table.push_back({fmt::format("{} - {}", pair.a, pair.b),
                       fmt::format("{:+.3f}", pair.difference),
                       fmt::format("[{:+.3f}, {:+.3f}]", pair.ci.low, pair.ci.high),
                       fmt::format("{:.3g}", pair.p), fmt::format("{:.3g}", pair.p_adjusted),
                       fmt::format("{:.2f}", pair.p_improvement), pair.decision});
  return table;
}

std::string tests_text(const Summary& summary) {
  return fmt::format("{} on final score, {} over {} test{}", name_of(summary.options.test),
                     name_of(summary.options.adjustment), summary.pairs.size(),
                     summary.pairs.size() == 1 ? "" : "s");
}

std::string p_value_text(double p) {
  return p < 0.001 ? std::string("p < 0.001") : fmt::format("p = {:.3f}", p);
}

std::vector<std::string> pair_sentences(const Summary& summary, const std::string& environment) {
  std::vector<std::string> lines;
  for (const SummaryPair& pair : summary.pairs) {
    if (pair.environment != environment) continue;
    lines.push_back(fmt::format("{} - {}: {}", pair.a, pair.b, pair.decision));
    lines.push_back(
        fmt::format("    {:+.3f}, CI [{:+.3f}, {:+.3f}], {}, adjusted {}, P(improvement) = {:.2f}",
                    pair.difference, pair.ci.low, pair.ci.high, p_value_text(pair.p),
                    p_value_text(pair.p_adjusted), pair.p_improvement));
  }
  return lines;
}

std::string power_sentence(const Summary& summary, const std::string& environment) {
  const std::vector<const SummaryRow*> rows = rows_of(summary, environment, "eval/score");
  if (rows.size() < 2 || rows.front()->n < 2) return {};
  const std::size_t n = rows.front()->n;
  for (const SummaryRow* row : rows)
    if (row->n != n) return {};
  return fmt::format("n={} per learner; a difference of {:.2f} sd would be found with power 0.8", n,
                     detectable_difference(static_cast<double>(n)));
}

}  // namespace rl
