#include "rl/experiment/report_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "rl/experiment/run_curve.hpp"
#include "rl/statistics/curves.hpp"

namespace rl {

namespace {

// ---- curves -------------------------------------------------------------------------------------

/// Content and confidence of the tolerance bands: where the next run will lie.
constexpr double kToleranceContent = 0.8;

const char* place_name(const Results& o) {
  return counts_episodes(o.budget) ? "episodes" : "environment steps";
}

/// The curves of a learner where all of its runs have a number; empty where there are none.
std::optional<Curves> shared_curves(const Results& o, std::size_t learner, std::size_t world,
                                    const EvaluationMetric& metric) {
  const AlignedCurves all = aligned(run_curves(o, learner, world, metric));
  std::vector<double> at;
  std::vector<std::vector<double>> value(all.value.size());
  for (std::size_t i = 0; i < all.at.size(); ++i) {
    const bool whole = std::all_of(all.value.begin(), all.value.end(),
                                   [&](const auto& run) { return std::isfinite(run[i]); });
    if (!whole) continue;
    at.push_back(all.at[i]);
    for (std::size_t r = 0; r < value.size(); ++r) value[r].push_back(all.value[r][i]);
  }
  if (value.empty() || at.empty()) return std::nullopt;
  return Curves::by_run(at, value);
}

/// A way to draw many runs as one curve with a band.
struct BandView {
  std::string name;
  std::optional<Band> (*of)(const Curves& curves, const std::string& stream, double level);
  bool log_x = false;
};

std::optional<Band> confidence_view(const Curves& curves, const std::string& stream, double level) {
  if (curves.runs() < 2) {
    Band line{.name = "one run", .low = {}, .middle = {}, .high = {}};
    for (std::size_t i = 0; i < curves.evaluations(); ++i)
      line.middle.push_back(curves.at(i).front());
    return line;
  }
  return confidence_band(curves, Rng(0).split("curve").split(stream), level);
}

std::optional<Band> tolerance_view(const Curves& curves, const std::string&, double) {
  if (!tolerance_rank(curves.runs(), kToleranceContent)) return std::nullopt;
  Band band{.name = fmt::format("median; {:.0f} % of future runs lie inside, with 95 % confidence, "
                                "n = {}",
                                100 * kToleranceContent, curves.runs()),
            .low = {},
            .middle = {},
            .high = {}};
  for (std::size_t i = 0; i < curves.evaluations(); ++i) {
    const Interval ends = *tolerance_interval(curves.at(i), kToleranceContent);
    band.low.push_back(ends.low);
    band.middle.push_back(median(curves.at(i)));
    band.high.push_back(ends.high);
  }
  return band;
}

std::optional<Band> range_view(const Curves& curves, const std::string&, double) {
  Band band{
      .name = fmt::format("median, from the smallest to the largest of n = {} runs", curves.runs()),
      .low = {},
      .middle = {},
      .high = {}};
  for (std::size_t i = 0; i < curves.evaluations(); ++i) {
    const auto [low, high] = std::minmax_element(curves.at(i).begin(), curves.at(i).end());
    band.low.push_back(*low);
    band.middle.push_back(median(curves.at(i)));
    band.high.push_back(*high);
  }
  return band;
}

/// One metric in one world, and how it is drawn.
struct CurveTopic {
  const char* section;
  const char* metric;
  const char* title;
  const char* y_label;
  bool log_y;
};
constexpr CurveTopic kScoreTopic = {"curves", "eval/score", "Learning curves", "score", false};
constexpr CurveTopic kErrorTopic = {"value_error", "eval/value_rmse",
                                    "Error of the estimates against the exact values",
                                    "RMS value error", true};
constexpr CurveTopic kReturnTopic = {"train_return", "train/return",
                                     "Reward sum of the episodes lived through", "reward sum",
                                     false};

/// Band notes of all learners as one text: one where they agree.
std::string joint_note(const std::vector<std::pair<std::string, std::string>>& notes) {
  std::set<std::string> different;
  for (const auto& [learner, note] : notes) different.insert(note);
  if (different.size() == 1) return *different.begin();
  std::string text;
  for (const auto& [learner, note] : notes)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", learner, note);
  return text;
}

std::optional<LineChart> curve_chart(const Results& o, std::size_t world, const CurveTopic& topic,
                                     const BandView& view, double level) {
  LineChart chart{.title = fmt::format("{}: {}", topic.title, o.worlds[world]),
                  .x_label = place_name(o),
                  .y_label = topic.y_label,
                  .log_x = view.log_x,
                  .log_y = topic.log_y};
  std::vector<std::pair<std::string, std::string>> notes;
  for (std::size_t l = 0; l < o.learners.size(); ++l) {
    const auto curves = shared_curves(o, l, world, evaluation_metric(topic.metric));
    if (!curves) continue;
    const std::string label = o.learners[l].label();
    auto band =
        view.of(*curves, fmt::format("{} {} {}", label, o.worlds[world], topic.metric), level);
    if (!band) return std::nullopt;
    notes.emplace_back(label, band->name);
    chart.series.push_back({.name = label,
                            .x = curves->steps(),
                            .y = std::move(band->middle),
                            .low = std::move(band->low),
                            .high = std::move(band->high)});
  }
  if (chart.series.empty()) return std::nullopt;
  chart.band_note = joint_note(notes);
  if (topic.metric == std::string("eval/score")) chart.levels = {{1, "optimal"}, {0, "random"}};
  return chart;
}

void add_curves(std::vector<ReportChart>& charts, const Results& o, std::size_t world,
                const CurveTopic& topic, const std::vector<BandView>& views, double level) {
  for (const BandView& view : views)
    if (auto chart = curve_chart(o, world, topic, view, level)) {
      std::string file = fmt::format("{}-{}-{}", topic.section, o.worlds[world], view.name);
      std::replace(file.begin(), file.end(), ' ', '_');
      charts.push_back({.section = topic.section,
                        .world = o.worlds[world],
                        .view = view.name,
                        .file = folder_name(file),
                        .chart = std::move(*chart)});
    }
}

// ---- every run as a dot -------------------------------------------------------------------------

const SummaryRow* score_row(const Summary& summary, const LearnerVariant& learner,
                            const std::string& world) {
  for (const SummaryRow& row : summary.rows)
    if (row.environment == world && row.metric == "eval/score" && row.learner == learner.name &&
        row.variant == learner.variant)
      return &row;
  return nullptr;
}

void add_runs(std::vector<ReportChart>& charts, const Results& o, std::size_t world,
              const Summary& summary) {
  IntervalChart chart{.title = fmt::format("Every run: {}", o.worlds[world]),
                      .x_label = o.scores_only ? "score" : "final score",
                      .interval_note = {},
                      .rows = {},
                      .reference = {}};
  std::vector<std::pair<std::string, std::string>> notes;
  for (std::size_t l = 0; l < o.learners.size(); ++l) {
    const SummaryRow* row = score_row(summary, o.learners[l], o.worlds[world]);
    if (row == nullptr) continue;
    const bool of_iqm = row->n >= kRunsForIqm;
    IntervalChart::Row drawn{.name = o.learners[l].label(),
                             .value = of_iqm ? row->iqm : row->mean,
                             .low = row->ci.low,
                             .high = row->ci.high};
    for (const RunCurve& curve : run_curves(o, l, world, evaluation_metric("eval/score"))) {
      drawn.dots.push_back(curve.final);
      drawn.failed.push_back(curve.failed);
    }
    notes.emplace_back(drawn.name, row->ci_name.empty()
                                       ? std::string("one run, no interval")
                                       : fmt::format("{}, {:g} %, n = {}", row->ci_name,
                                                     100 * summary.options.level, row->n));
    chart.rows.push_back(std::move(drawn));
  }
  if (chart.rows.empty()) return;
  chart.interval_note = joint_note(notes);
  if (!o.scores_only) chart.reference = IntervalChart::Reference{1, "optimal"};
  charts.push_back({.section = "runs",
                    .world = o.worlds[world],
                    .file = folder_name("runs-" + o.worlds[world]),
                    .chart = std::move(chart)});
}

// ---- all worlds together ------------------------------------------------------------------------

void add_aggregates(std::vector<ReportChart>& charts, const AcrossWorlds& across,
                    const SummaryOptions& options) {
  for (const char* name : {"mean", "median", "IQM", "optimality gap"}) {
    IntervalChart chart{.title = fmt::format("Aggregate over {} world{}: {}", across.worlds.size(),
                                             across.worlds.size() == 1 ? "" : "s", name),
                        .x_label = "normalised score",
                        .interval_note = {},
                        .rows = {},
                        .reference = {}};
    for (const Aggregate& a : across.aggregates) {
      if (a.name != name) continue;
      const bool sure = !a.ci_name.empty();
      chart.rows.push_back({.name = a.learner,
                            .value = a.value,
                            .low = sure ? a.ci.low : kNoNumber,
                            .high = sure ? a.ci.high : kNoNumber});
      chart.interval_note =
          fmt::format("{}, {:g} %, n = {} runs", sure ? "stratified " + a.ci_name : "no interval",
                      100 * options.level, across.scores.front().runs());
    }
    charts.push_back({.section = "aggregates",
                      .view = name,
                      .file = folder_name(fmt::format("aggregate-{}", name)),
                      .chart = std::move(chart)});
  }
}

/// The same resamples for every tau: a band is of whole profiles.
std::vector<Resample> profile_resamples(const Scores& scores, Rng rng) {
  std::vector<Resample> drawn;
  for (int i = 0; i < kResamplesForCurves; ++i)
    drawn.push_back(draw_resample(scores.runs(), scores.tasks(), {}, rng));
  return drawn;
}

void add_profile(std::vector<ReportChart>& charts, const AcrossWorlds& across,
                 const SummaryOptions& options) {
  const std::vector<double> taus = profile_taus(across.scores);
  LineChart chart{.title = "Performance profile",
                  .x_label = "score tau",
                  .y_label = "share of runs with a score above tau",
                  .y_low = 0,
                  .y_high = 1};
  for (std::size_t l = 0; l < across.learners.size(); ++l) {
    const Scores& scores = across.scores[l];
    ChartSeries series{
        .name = across.learners[l], .x = taus, .y = performance_profile(scores, taus)};
    const std::vector<Resample> drawn =
        profile_resamples(scores, Rng(0).split("profile").split(series.name));
    for (const double tau : taus) {
      const ScoreStatistic share = [&](const Scores& x) {
        return performance_profile(x, std::span(&tau, 1)).front();
      };
      const Interval ci = percentile_interval(replicates(scores, share, drawn), options.level);
      series.low.push_back(ci.low);
      series.high.push_back(ci.high);
    }
    chart.band_note = fmt::format("{:g} % stratified percentile bootstrap, n = {} runs x {} worlds",
                                  100 * options.level, scores.runs(), scores.tasks());
    chart.series.push_back(std::move(series));
  }
  charts.push_back(
      {.section = "profile", .file = "performance_profile", .chart = std::move(chart)});
}

void add_improvement(std::vector<ReportChart>& charts, const AcrossWorlds& across) {
  const std::size_t n = across.learners.size();
  if (n < 2) return;
  MatrixChart chart{
      .title = "Probability of improvement",
      .note = fmt::format("P(a run of the row scores higher than one of the column), ties count "
                          "half, n = {} runs",
                          across.scores.front().runs()),
      .names = across.learners,
      .value = std::vector<double>(n * n, kNoNumber),
      .neutral = 0.5};
  std::size_t pair = 0;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b, ++pair) {
      const double p = across.improvements[pair].probability;
      chart.value[a * n + b] = p;
      chart.value[b * n + a] = 1 - p;
    }
  charts.push_back(
      {.section = "improvement", .file = "probability_of_improvement", .chart = std::move(chart)});
}

// ---- tuning -------------------------------------------------------------------------------------

/// An option's value as a number where it is one.
std::optional<double> option_number(const LearnerVariant& learner, const std::string& option) {
  const auto options = nlohmann::json::parse(learner.options);
  if (!options.contains(option) || !options[option].is_number()) return std::nullopt;
  return options[option].get<double>();
}

/// The options in which configurations of a learner differ, with their distinct values in order of
/// appearance.
std::map<std::string, std::vector<nlohmann::json>> varied_options(const Tuning& tuning,
                                                                  const std::string& learner) {
  std::map<std::string, std::vector<nlohmann::json>> values;
  for (const Configuration& c : tuning.configurations) {
    if (c.learner.name != learner) continue;
    const auto options = nlohmann::json::parse(c.learner.options);
    for (const auto& [name, value] : options.items()) {
      std::vector<nlohmann::json>& seen = values[name];
      if (std::find(seen.begin(), seen.end(), value) == seen.end()) seen.push_back(value);
    }
  }
  std::erase_if(values, [](const auto& option) { return option.second.size() < 2; });
  return values;
}

/// The configurations that share all options but one, joined: a curve a setting of the others.
LineChart sensitivity_chart(const Tuning& tuning, const std::string& learner,
                            const std::string& option) {
  std::map<std::string, ChartSeries> series;  // by the other varied options
  std::map<std::string, std::vector<std::pair<double, const Configuration*>>> points;
  const auto varied = varied_options(tuning, learner);
  for (const Configuration& c : tuning.configurations) {
    if (c.learner.name != learner) continue;
    const auto options = nlohmann::json::parse(c.learner.options);
    std::string others;
    for (const auto& [name, values] : varied)
      if (name != option)
        others += fmt::format("{}{}={}", others.empty() ? "" : ", ", name, options[name].dump());
    points[others].emplace_back(*option_number(c.learner, option), &c);
  }
  LineChart chart{.title = fmt::format("Sensitivity of {} to {}", learner, option),
                  .x_label = option,
                  .y_label = "score on the tuning seeds"};
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (auto& [others, list] : points) {
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    ChartSeries one{.name = others.empty() ? learner : others, .x = {}, .y = {}};
    for (const auto& [x, c] : list) {
      least = std::min(least, x);
      most = std::max(most, x);
      one.x.push_back(x);
      one.y.push_back(c->tuning.mean);
      one.low.push_back(c->tuning.ci.low);
      one.high.push_back(c->tuning.ci.high);
    }
    chart.series.push_back(std::move(one));
  }
  chart.log_x = least > 0 && most / least >= 8;
  chart.band_note =
      fmt::format("mean, 95 % t interval, n = {} tuning seeds", tuning.tuning_seeds.size());
  return chart;
}

std::vector<std::string> tuned_learners(const Tuning& tuning) {
  std::vector<std::string> names;
  for (const Configuration& c : tuning.configurations)
    if (std::find(names.begin(), names.end(), c.learner.name) == names.end())
      names.push_back(c.learner.name);
  return names;
}

}  // namespace

std::vector<ReportChart> report_charts(const Results& o, const Summary& summary,
                                       const std::optional<AcrossWorlds>& across) {
  static const std::vector<BandView> score_views = {{"confidence", confidence_view},
                                                    {"tolerance", tolerance_view},
                                                    {"all runs", range_view},
                                                    {"log steps", confidence_view, true}};
  static const std::vector<BandView> one_view = {{"confidence", confidence_view}};
  const double level = summary.options.level;
  std::vector<ReportChart> charts;
  for (std::size_t w = 0; w < o.worlds.size(); ++w) {
    if (!o.scores_only) {
      add_curves(charts, o, w, kScoreTopic, score_views, level);
      add_curves(charts, o, w, kErrorTopic, one_view, level);
      add_curves(charts, o, w, kReturnTopic, one_view, level);
    }
    add_runs(charts, o, w, summary);
  }
  if (across) {
    add_aggregates(charts, *across, summary.options);
    add_profile(charts, *across, summary.options);
    add_improvement(charts, *across);
  }
  return charts;
}

std::vector<ReportChart> sensitivity_charts(const Tuning& tuning) {
  std::vector<ReportChart> charts;
  for (const std::string& learner : tuned_learners(tuning))
    for (const auto& [option, values] : varied_options(tuning, learner)) {
      const bool numbers = std::all_of(values.begin(), values.end(),
                                       [](const auto& value) { return value.is_number(); });
      if (numbers)
        charts.push_back({.section = "sensitivity",
                          .view = fmt::format("{} {}", learner, option),
                          .file = folder_name(fmt::format("sensitivity-{}-{}", learner, option)),
                          .chart = sensitivity_chart(tuning, learner, option)});
    }
  return charts;
}

}  // namespace rl
