#pragma once
/// \file
/// Curves over the runs of a spec: a number at many points of a run, or for many settings, as the
/// mean over independent runs with its 95 % t interval. Run i has seed i, so that a curve depends
/// on the number of runs alone, not on threads.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/reproduce/runs.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/registry.hpp"

namespace rl::reproduce {

/// Where a point lies and what it changes of the curve's spec (merged over it).
struct CurvePoint {
  double x;
  nlohmann::json change;
};

/// Points that change nothing but the quantity are read off the same runs, in their order; else
/// each point has runs of its own. A spec of a planner or a formula is exact and has no band.
struct Curve {
  std::string name;
  nlohmann::json spec;  ///< as of a case, without "runs"
  std::vector<CurvePoint> points;
  bool summed = false;  ///< over the points: each number is of the stretch since the point before
};

// ---- points -------------------------------------------------------------------------------------

/// A quantity of the steps or episodes (from, to], to = stride, 2 stride, ... last; x = to.
std::vector<CurvePoint> in_windows(const char* quantity, int last, int stride = 1);
/// A quantity of estimates after each of these steps, or episodes (0: before the first).
std::vector<CurvePoint> after_steps(const nlohmann::json& quantity, const std::vector<int>& steps);
std::vector<CurvePoint> after_episodes(const nlohmann::json& quantity,
                                       const std::vector<int>& episodes);
/// An option of the learner; x is its value.
std::vector<CurvePoint> over_option(const char* option, const std::vector<double>& values);

/// first, first + step, ... up to last.
std::vector<int> every(int step, int first, int last);
/// About `count` whole numbers from 1 to last, equally apart in their logarithms.
std::vector<int> log_spaced(int last, int count);

// ---- curves -------------------------------------------------------------------------------------

/// Whether the spec is of a learner's runs.
bool is_of_runs(const Registry& registry, const nlohmann::json& spec);

/// One run has no band. Throws std::invalid_argument for a spec that cannot be read, Interrupted
/// where `plan.stop` says so.
ChartSeries mean_curve(const Registry& registry, const Curve& curve, const RunPlan& plan);
/// Each run for itself, named "run 0", "run 1", ...
std::vector<ChartSeries> curves_of_runs(const Registry& registry, const Curve& curve,
                                        const RunPlan& plan);

/// What the bands of `runs` runs are: "mean over runs, 95 % t interval, n = 100".
std::string band_note(std::int64_t runs);

}  // namespace rl::reproduce
