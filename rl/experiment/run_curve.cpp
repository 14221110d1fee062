#include "rl/experiment/run_curve.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <stdexcept>

#include "rl/statistics/sample.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

/// What a failed run counts as; NaN where there is no such number.
double of_failed(const EvaluationMetric& metric, const RunRecord& run) {
  if (metric.value == &Evaluation::score)
    return has_score(run.random_return, run.optimal_return) ? 0 : kNoNumber;
  if (metric.value == &Evaluation::greedy_return) return run.random_return;
  if (metric.value == &Evaluation::regret) return run.optimal_return - run.random_return;
  return kNoNumber;
}

/// Down to the level of a failed run, and on to the end of the budget.
bool end_as_failed(RunCurve& curve, const Budget& budget, const EvaluationMetric& metric,
                   const RunRecord& run) {
  const double level = of_failed(metric, run);
  if (std::isnan(level)) return false;
  const auto limit = static_cast<double>(counts_episodes(budget) ? budget.episodes : budget.steps);
  const auto failed_at = static_cast<double>(counts_episodes(budget) ? run.episodes : run.steps);
  curve.at.insert(curve.at.end(), {failed_at, std::max(failed_at, limit)});
  curve.value.insert(curve.value.end(), {level, level});
  curve.final = level;
  curve.failed = true;
  return true;
}

}  // namespace

std::optional<RunCurve> run_curve(const Budget& budget, const EvaluationMetric& metric,
                                  const RunRecord& run) {
  if (run.status == RunStatus::cut_off) return std::nullopt;
  RunCurve curve;
  for (const Evaluation& e : run.curve)
    if (const double x = e.*metric.value; !std::isnan(x)) {
      curve.at.push_back(static_cast<double>(counts_episodes(budget) ? e.episode : e.step));
      curve.value.push_back(x);
    }
  if (run.status == RunStatus::failed)
    return end_as_failed(curve, budget, metric, run) ? std::optional(curve) : std::nullopt;
  if (curve.value.empty()) return std::nullopt;
  const std::size_t tenth = std::max<std::size_t>(1, curve.value.size() / 10);
  curve.final = mean(std::span(curve.value).last(tenth));
  return curve;
}

std::vector<RunCurve> run_curves(const Results& results, std::size_t learner, std::size_t world,
                                 const EvaluationMetric& metric) {
  std::vector<RunCurve> curves;
  for (std::size_t s = 0; s < results.seeds.size(); ++s)
    if (auto curve = run_curve(results.budget, metric, results.run(learner, world, s)))
      curves.push_back(std::move(*curve));
  return curves;
}

AlignedCurves aligned(const std::vector<RunCurve>& curves) {
  std::set<double> places;
  for (const RunCurve& curve : curves) places.insert(curve.at.begin(), curve.at.end());
  AlignedCurves all{.at = {places.begin(), places.end()}, .value = {}};
  for (const RunCurve& curve : curves) {
    all.value.emplace_back();
    std::size_t next = 0;
    for (const double place : all.at) {
      while (next < curve.at.size() && curve.at[next] <= place) ++next;
      all.value.back().push_back(next == 0 ? kNoNumber : curve.value[next - 1]);
    }
  }
  return all;
}

const EvaluationMetric& evaluation_metric(const std::string& name) {
  std::vector<std::string> names;
  for (const EvaluationMetric& metric : kEvaluationMetrics) {
    if (name == metric.name) return metric;
    names.emplace_back(metric.name);
  }
  throw std::invalid_argument(unknown_name("metric", name, names));
}

}  // namespace rl
