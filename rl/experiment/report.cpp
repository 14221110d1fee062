#include "rl/experiment/report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "rl/experiment/report_charts.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/experiment/tensorboard.hpp"
#include "rl/files.hpp"

namespace rl {

namespace fs = std::filesystem;

namespace {

/// "sarsa is better than q_learning by 0.12 (95 % CI [0.05, 0.19], Welch t; p = 0.002)"
std::string difference_text(const SummaryPair& pair, const SummaryOptions& options) {
  const bool a_ahead = pair.decision.rfind(pair.a + " is", 0) == 0;
  const double sign = a_ahead ? 1 : -1;
  const double low = a_ahead ? pair.ci.low : -pair.ci.high;
  const double high = a_ahead ? pair.ci.high : -pair.ci.low;
  return fmt::format("{} is better than {} by {:.3f} ({:g} % CI [{:.3f}, {:.3f}], {}; {}{})",
                     a_ahead ? pair.a : pair.b, a_ahead ? pair.b : pair.a, sign * pair.difference,
                     100 * options.level, low, high, pair.ci_name,
                     options.adjustment == Adjustment::none ? "" : "adjusted ",
                     p_value_text(pair.p_adjusted));
}

bool is_decided(const SummaryPair& pair) {
  return pair.decision.find(" is better") != std::string::npos;
}

std::vector<ScalarSeries> scalar_series(const Results& results, const RunRecord& run) {
  std::vector<ScalarSeries> all;
  for (const EvaluationMetric& metric : kEvaluationMetrics) {
    ScalarSeries series{.tag = metric.name, .step = {}, .value = {}};
    for (const Evaluation& e : run.curve) {
      const std::int64_t step = counts_episodes(results.budget) ? e.episode : e.step;
      if (!series.step.empty() && series.step.back() == step) continue;
      series.step.push_back(step);
      series.value.push_back(e.*metric.value);
    }
    all.push_back(std::move(series));
  }
  return all;
}

}  // namespace

std::vector<std::string> answers(const Summary& summary) {
  std::vector<std::string> sentences;
  for (const std::string& world : summary.environments) {
    std::size_t open = 0;
    std::size_t pairs = 0;
    for (const SummaryPair& pair : summary.pairs) {
      if (pair.environment != world) continue;
      ++pairs;
      open += is_decided(pair) ? 0 : 1;
      if (is_decided(pair))
        sentences.push_back(fmt::format("{}: {}.", world, difference_text(pair, summary.options)));
    }
    if (open > 0)
      sentences.push_back(
          pairs == open
              ? fmt::format("{}: no evidence of a difference between any two learners.", world)
              : fmt::format("{}: no evidence of a difference in {} of {} pairs.", world, open,
                            pairs));
  }
  return sentences;
}

Report make_report(const Results& results, const Summary& summary, std::optional<Tuning> tuning) {
  Report report{.summary = summary};
  report.across = across_worlds(results, summary.options);
  report.charts = report_charts(results, summary, report.across);
  if (tuning)
    for (ReportChart& chart : sensitivity_charts(*tuning))
      report.charts.push_back(std::move(chart));
  report.tuning = std::move(tuning);
  return report;
}

void write_report(const std::string& folder, const Report& report) {
  const auto at = [&](const std::string& name) { return folder + "/" + name; };
  write_file(at("summary.csv"), summary_csv(report.summary));
  write_file(at("summary.json"), summary_json(report.summary));
  write_file(at("comparison.md"), comparison_markdown(report.summary));
  write_file(at("tables.tex"), latex_tables(report));
  fs::create_directories(at("figures"));
  for (const ReportChart& chart : report.charts)
    std::visit(
        [&](const auto& drawn) {
          write_file(at("figures/" + chart.file + ".svg"), draw_svg(drawn));
          write_file(at("figures/" + chart.file + ".csv"), chart_csv(drawn));
        },
        chart.chart);
  for (const ReportPolicy& policy : report.policies)
    write_file(at("figures/" +
                  folder_name(fmt::format("policy-{}-{}", policy.world, policy.learner)) + ".svg"),
               draw_svg(policy.picture, policy.learned));
  write_file(at("report.html"), report_html(report));  // last: it is there when all is
}

void write_tensorboard(const std::string& folder, const Results& results) {
  for (std::size_t l = 0; l < results.learners.size(); ++l)
    for (std::size_t w = 0; w < results.worlds.size(); ++w)
      for (std::size_t s = 0; s < results.seeds.size(); ++s) {
        const RunRecord& run = results.run(l, w, s);
        if (run.status == RunStatus::cut_off) continue;
        std::string path = run_folder(results.learners[l], results.worlds[w], results.seeds[s]);
        path.replace(0, std::string("runs").size(), folder + "/tensorboard");
        fs::create_directories(path);
        write_file(path + "/" + kTensorboardFile, tensorboard_events(scalar_series(results, run)));
      }
}

}  // namespace rl
