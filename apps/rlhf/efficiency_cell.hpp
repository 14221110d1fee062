#pragma once
/// \file
/// A cell of the preference-efficiency experiment: one annotator, one seed and one number of pairs,
/// on which every method is fitted and judged.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "apps/rlhf/efficiency.hpp"
#include "apps/rlhf/efficiency_world.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

/// Places in the experiment's lists.
struct EfficiencyTask {
  std::size_t annotator, seed, size;
};

struct EfficiencyCell {
  std::vector<std::optional<EfficiencyRun>>
      runs;  ///< of each method; empty: it threw or was stopped
  LabelStatistics labels = {};
  std::optional<LearnedRewardMap> map = std::nullopt;
  StudyReport report = {};
};
/// `with_map`: with the reward that was learned, where a method learns one.
EfficiencyCell measure_cell(const EfficiencyExperiment& experiment, const EfficiencyWorld& world,
                            const EfficiencyTask& task, bool with_map, const StopRequest& stop);

/// "regret, 300 pairs, seed 4"
std::string cell_name(const EfficiencyExperiment& experiment, const EfficiencyTask& task);

}  // namespace rl::apps
