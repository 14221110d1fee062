#pragma once
/// \file
/// The story of `rlbook rlhf demo` as one self-contained HTML page: frontier, over-optimisation,
/// DPO's log-probabilities, preference efficiency, the learned reward beside the true one, win
/// rates.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/rlhf/efficiency.hpp"
#include "apps/rlhf/frontier.hpp"
#include "apps/rlhf/overoptimization.hpp"

namespace rl::apps {

/// What the demo found.
struct Story {
  double sft_gold = 0;
  double best_gold = 0;
  double agreement = 0;  ///< share of labels that agree with gold
  std::vector<std::pair<std::string, double>> accuracies = {};  ///< of reward models, held out
  Frontier frontier = {};
  Overoptimization overoptimization = {};
  std::optional<EfficiencyExperiment> grid = std::nullopt;
  EfficiencyResult grid_result = {};
};

std::string story_page(const Story& story);

}  // namespace rl::apps
