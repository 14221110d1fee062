#include "apps/rlhf/language_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/rlhf/over_seeds.hpp"

namespace rl::apps {

namespace {

/// The mean over runs of number(run), with the ends of its interval where there are two runs.
template <class Runs, class Number>
void add_band_point(ChartSeries& series, double x, const Runs& runs, const Number& number) {
  const OverSeeds y = over_runs(runs, number);
  series.x.push_back(x);
  series.y.push_back(y.mean);
  if (y.n < 2) return;
  series.low.push_back(y.low());
  series.high.push_back(y.high());
}

double mean_kl(const FrontierRow& row) {
  return over_runs(row.points, [](const FrontierPoint& point) { return point.kl; }).mean;
}

/// A band that goes back and forth would cross itself.
ChartSeries in_order_of_x(const ChartSeries& series) {
  std::vector<std::size_t> order(series.x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return series.x[i] < series.x[j]; });
  ChartSeries sorted{.name = series.name};
  for (const std::size_t i : order) {
    sorted.x.push_back(series.x[i]);
    sorted.y.push_back(series.y[i]);
    if (series.low.empty()) continue;
    sorted.low.push_back(series.low[i]);
    sorted.high.push_back(series.high[i]);
  }
  return sorted;
}

std::size_t most_points(const Frontier& frontier) {
  std::size_t most = 0;
  for (const FrontierRow& row : frontier.rows) most = std::max(most, row.points.size());
  return most;
}

/// A series for each method, a point for each beta.
template <class X>
std::vector<ChartSeries> series_of_methods(const Frontier& frontier, double FrontierPoint::*number,
                                           X&& x_of) {
  std::vector<ChartSeries> all;
  for (const FrontierRow& row : frontier.rows) {
    if (row.points.empty()) continue;
    if (all.empty() || all.back().name != row.method) all.push_back({.name = row.method});
    ChartSeries& series = all.back();
    add_band_point(series, x_of(row), row.points,
                   [&](const FrontierPoint& p) { return p.*number; });
    // A method that no seed changes has one point: no band.
    if (series.low.size() < series.y.size()) {
      series.low.resize(series.y.size(), series.y.back());
      series.high.resize(series.y.size(), series.y.back());
    }
  }
  for (ChartSeries& series : all)
    if (series.low == series.y) {
      series.low.clear();
      series.high.clear();
    }
  return all;
}

/// Leaves out the proxies, but for the series `proxy`; names lose their ": gold".
void keep_gold(LineChart& chart, const std::string& proxy) {
  constexpr std::string_view kGold = ": gold";
  std::erase_if(chart.series, [&](const ChartSeries& series) {
    return !series.name.ends_with(kGold) && series.name != proxy;
  });
  for (ChartSeries& series : chart.series)
    if (series.name.ends_with(kGold)) series.name.resize(series.name.size() - kGold.size());
}

/// One number of DPO along its steps.
ChartSeries dpo_series(const DpoCurve& curve, const std::string& name, double DpoPoint::*number) {
  ChartSeries series{.name = name};
  if (curve.runs.empty()) return series;
  for (std::size_t i = 0; i < curve.runs[0].size(); ++i)
    add_band_point(series, static_cast<double>(curve.runs[0][i].step), curve.runs,
                   [&](const auto& run) { return run[i].*number; });
  return series;
}

}  // namespace

LineChart frontier_chart(const Frontier& frontier) {
  LineChart chart{.title = "What each road buys",
                  .x_label = "KL(pi || SFT), nats a response",
                  .y_label = "gold",
                  .band_note = band_note(most_points(frontier))};
  ChartSeries upper{.name = "exact frontier"};
  for (const FrontierPoint& point : frontier.upper) {
    upper.x.push_back(point.kl);
    upper.y.push_back(point.gold);
  }
  chart.series.push_back(std::move(upper));
  for (ChartSeries& series : series_of_methods(frontier, &FrontierPoint::gold, mean_kl))
    if (series.name != "exact") chart.series.push_back(in_order_of_x(series));  // on the frontier
  chart.levels.push_back({frontier.reference.gold, "SFT"});
  return chart;
}

LineChart win_rate_chart(const Frontier& frontier) {
  LineChart chart{.title = "Win rate against SFT",
                  .x_label = "beta",
                  .y_label = "share of wins by gold, ties 1/2",
                  .band_note = band_note(most_points(frontier)),
                  .log_x = true};
  chart.series = series_of_methods(frontier, &FrontierPoint::win_rate,
                                   [](const FrontierRow& row) { return row.beta; });
  chart.levels.push_back({0.5, "SFT"});
  return chart;
}

LineChart overoptimization_chart(std::span<const OveroptCurve> curves, double reference_gold,
                                 const std::string& title) {
  LineChart chart{.title = title, .x_label = "sqrt(KL), nats a response", .y_label = "reward"};
  for (const OveroptCurve& curve : curves) {
    if (curve.runs.empty()) continue;
    chart.band_note = band_note(curve.runs.size());
    ChartSeries gold{.name = curve.name + ": gold"};
    ChartSeries proxy{.name = curve.name + ": proxy"};
    for (std::size_t i = 0; i < curve.pressure.size(); ++i) {
      const double x = over_runs(curve.runs, [&](const auto& run) {
                         return std::sqrt(std::max(0.0, run[i].kl));
                       }).mean;
      add_band_point(gold, x, curve.runs, [&](const auto& run) { return run[i].gold; });
      add_band_point(proxy, x, curve.runs, [&](const auto& run) { return run[i].proxy; });
    }
    chart.series.push_back(std::move(gold));
    chart.series.push_back(std::move(proxy));
  }
  chart.levels.push_back({reference_gold, "SFT"});
  return chart;
}

LineChart proxy_chart(const Overoptimization& all, const std::string& proxy,
                      std::size_t comparisons) {
  std::vector<OveroptCurve> curves;
  const auto add = [&](const OveroptCurve& curve, const std::string& name) {
    if (curve.name != proxy || curve.runs.empty()) return;
    curves.push_back(curve);
    curves.back().name = name;
  };
  for (const OveroptCurve& curve : all.tilts)
    add(curve, fmt::format("{} pairs", curve.comparisons));
  for (const OveroptCurve& curve : all.best_of_n)
    add(curve, fmt::format("best of n, {}", curve.comparisons));
  LineChart chart = overoptimization_chart(curves, all.reference_gold,
                                           fmt::format("The {} reward model is pushed", proxy));
  keep_gold(chart, fmt::format("{} pairs: proxy", comparisons));
  for (ChartSeries& series : chart.series)
    if (series.name.starts_with("best of n")) series.points_only = true;
  return chart;
}

LineChart gold_of_ensembles(const Overoptimization& all) {
  LineChart chart = overoptimization_chart(all.ensembles, all.reference_gold,
                                           "Reward models of few and noisy labels are pushed");
  chart.y_label = "gold";
  keep_gold(chart, "");
  return chart;
}

LineChart dpo_chart(const DpoCurve& curve) {
  LineChart chart{.title = fmt::format("DPO, beta = {}: rewards of the data, and gold", curve.beta),
                  .x_label = "step",
                  .y_label = "beta ln(pi / SFT); gold",
                  .band_note = band_note(curve.runs.size())};
  chart.series = {dpo_series(curve, "rewards/chosen", &DpoPoint::reward_chosen),
                  dpo_series(curve, "rewards/rejected", &DpoPoint::reward_rejected),
                  dpo_series(curve, "gold", &DpoPoint::gold)};
  chart.levels.push_back({0, ""});
  return chart;
}

LineChart dpo_log_probability_chart(const DpoCurve& curve) {
  LineChart chart{.title = fmt::format("DPO, beta = {}: log-probabilities", curve.beta),
                  .x_label = "step",
                  .y_label = "ln pi, mean of the pairs",
                  .band_note = band_note(curve.runs.size())};
  chart.series = {dpo_series(curve, "logps/chosen", &DpoPoint::logp_chosen),
                  dpo_series(curve, "logps/rejected", &DpoPoint::logp_rejected)};
  return chart;
}

}  // namespace rl::apps
