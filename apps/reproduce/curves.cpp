#include "apps/reproduce/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/reproduce/spec.hpp"
#include "rl/statistics/sample.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

using Numbers = std::vector<std::vector<double>>;  // [point][run]

bool changes_only_quantity(const CurvePoint& point) {
  return point.change.size() == 1 && point.change.contains("quantity");
}

json spec_at(const Curve& curve, const CurvePoint& point) {
  json spec = curve.spec;
  spec.merge_patch(point.change);
  return spec;
}

Numbers numbers_of(const Registry& registry, const Curve& curve, const RunPlan& plan) {
  std::vector<json> quantities;
  for (const CurvePoint& point : curve.points)
    quantities.push_back(spec_at(curve, point)["quantity"]);
  if (std::all_of(curve.points.begin(), curve.points.end(), changes_only_quantity))
    return numbers_of_runs(registry, curve.spec, quantities, plan);
  Numbers numbers;
  for (std::size_t k = 0; k < quantities.size(); ++k)
    numbers.push_back(
        numbers_of_runs(registry, spec_at(curve, curve.points[k]), {quantities[k]}, plan).front());
  return numbers;
}

/// Each point the sum of those up to it.
void sum_up(Numbers& numbers) {
  for (std::size_t k = 1; k < numbers.size(); ++k)
    for (std::size_t i = 0; i < numbers[k].size(); ++i) numbers[k][i] += numbers[k - 1][i];
}

ChartSeries exact_curve(const Registry& registry, const Curve& curve) {
  ChartSeries series{curve.name};
  for (const CurvePoint& point : curve.points) {
    series.x.push_back(point.x);
    series.y.push_back(compute(registry, spec_at(curve, point)).get<double>());
  }
  return series;
}

}  // namespace

std::vector<CurvePoint> in_windows(const char* quantity, int last, int stride) {
  std::vector<CurvePoint> points;
  for (int to = stride; to <= last; to += stride)
    points.push_back(
        {static_cast<double>(to),
         {{"quantity", {{"name", quantity}, {"first", to - stride + 1}, {"last", to}}}}});
  return points;
}

std::vector<CurvePoint> after_steps(const json& quantity, const std::vector<int>& steps) {
  std::vector<CurvePoint> points;
  for (const int step : steps) {
    points.push_back({static_cast<double>(step), {{"quantity", quantity}}});
    points.back().change["quantity"]["step"] = step;
  }
  return points;
}

std::vector<CurvePoint> after_episodes(const json& quantity, const std::vector<int>& episodes) {
  std::vector<CurvePoint> points;
  for (const int k : episodes) {
    points.push_back({static_cast<double>(k), {{"quantity", quantity}}});
    json& at = points.back().change["quantity"];
    if (k == 0)
      at["step"] = 0;
    else
      at["first"] = at["last"] = k;
  }
  return points;
}

std::vector<CurvePoint> over_option(const char* option, const std::vector<double>& values) {
  std::vector<CurvePoint> points;
  for (const double x : values) points.push_back({x, {{"options", {{option, x}}}}});
  return points;
}

std::vector<int> every(int step, int first, int last) {
  std::vector<int> numbers;
  for (int k = first; k <= last; k += step) numbers.push_back(k);
  return numbers;
}

std::vector<int> log_spaced(int last, int count) {
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) {
    const int k = static_cast<int>(std::lround(std::pow(last, i / (count - 1.0))));
    if (numbers.empty() || k > numbers.back()) numbers.push_back(k);
  }
  return numbers;
}

bool is_of_runs(const Registry& registry, const json& spec) {
  return spec.contains("algorithm") &&
         registry.algorithm(spec["algorithm"].get<std::string>()).kind == Kind::learner;
}

ChartSeries mean_curve(const Registry& registry, const Curve& curve, const RunPlan& plan) {
  if (!is_of_runs(registry, curve.spec)) return exact_curve(registry, curve);
  Numbers numbers = numbers_of(registry, curve, plan);
  if (curve.summed) sum_up(numbers);
  ChartSeries series{curve.name};
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    series.x.push_back(curve.points[k].x);
    series.y.push_back(mean(numbers[k]));
    if (plan.runs < 2) continue;
    const Interval interval = t_interval(numbers[k]);
    series.low.push_back(interval.low);
    series.high.push_back(interval.high);
  }
  return series;
}

std::vector<ChartSeries> curves_of_runs(const Registry& registry, const Curve& curve,
                                        const RunPlan& plan) {
  Numbers numbers = numbers_of(registry, curve, plan);
  if (curve.summed) sum_up(numbers);
  std::vector<ChartSeries> all;
  for (std::size_t run = 0; run < static_cast<std::size_t>(plan.runs); ++run) {
    ChartSeries& series = all.emplace_back();
    series.name = fmt::format("run {}", run);
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      series.x.push_back(curve.points[k].x);
      series.y.push_back(numbers[k][run]);
    }
  }
  return all;
}

std::string band_note(std::int64_t runs) {
  if (runs == 1) return "one run, seed 0";
  return fmt::format("mean over runs, band: 95 % t interval, n = {}", runs);
}

}  // namespace rl::reproduce
