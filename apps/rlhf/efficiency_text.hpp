#pragma once
/// \file
/// The results of the preference-efficiency experiment in the terminal: scores and accuracies by
/// annotator, and the learned rewards as a picture.
#include "apps/console.hpp"
#include "apps/rlhf/efficiency.hpp"

namespace rl::apps {

void write_efficiency(const EfficiencyExperiment& e, const EfficiencyResult& result,
                      Console& console);

}  // namespace rl::apps
