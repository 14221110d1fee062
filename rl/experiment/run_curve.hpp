#pragma once
/// \file
/// One metric of one run, and of all runs of a learner in a world.
///
/// The final value of a run is the mean of its last tenth of evaluations (at least one). A run
/// counts as one number, a failed one as the random policy: score 0, its return, its regret; its
/// value errors do not exist and are left out. Its curve lies at that level from its failure on.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/results.hpp"

namespace rl {

struct RunCurve {
  std::vector<double> at;     ///< steps (episodes, where the budget counts these alone)
  std::vector<double> value;  ///< as long as `at`
  double final = 0;           ///< mean of the last tenth
  bool failed = false;
};

/// Empty where the run is cut off or does not have the metric.
std::optional<RunCurve> run_curve(const Budget& budget, const EvaluationMetric& metric,
                                  const RunRecord& run);

/// Of all runs of a learner in a world that have the metric, in the order of their seeds.
std::vector<RunCurve> run_curves(const Results& results, std::size_t learner, std::size_t world,
                                 const EvaluationMetric& metric);

/// The curves on one axis: a run keeps its value until its next evaluation, and its last one from
/// there on. [runs][at.size()]; NaN before the first evaluation.
struct AlignedCurves {
  std::vector<double> at;
  std::vector<std::vector<double>> value;
};
AlignedCurves aligned(const std::vector<RunCurve>& curves);

/// By its name, "eval/score". Throws std::invalid_argument for an unknown one.
const EvaluationMetric& evaluation_metric(const std::string& name);

}  // namespace rl
