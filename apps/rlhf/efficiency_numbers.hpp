#pragma once
/// \file
/// The results of the preference-efficiency experiment as JSON and CSV, and the means that the
/// terminal shows as well.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/rlhf/efficiency.hpp"

namespace rl::apps {

/// Means over the seeds of what one annotator's held-out labels allow; NaN where there are none.
struct LabelMeans {
  double entropy, ceiling;
};
LabelMeans mean_label_statistics(const EfficiencyResult& result, AnnotatorKind annotator);

nlohmann::ordered_json efficiency_json(const EfficiencyExperiment& e,
                                       const EfficiencyResult& result);
/// A line a run.
std::string efficiency_csv(const EfficiencyResult& result);

}  // namespace rl::apps
