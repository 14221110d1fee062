#pragma once
/// \file
/// What the commands that learn from pairs have in common, dpo and cpl.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/chosen_losses.hpp"
#include "apps/rlhf/training_data.hpp"
#include "apps/rlhf/training_run.hpp"

namespace rl::apps {

/// How pairs are learned from.
struct PairTask {
  std::string command;
  ChosenLosses losses;
  double nll_weight = 0;
  double discount = 1;
  bool reference_free = false;

  bool has_reference() const { return losses.needs_reference() && !reference_free; }
  PairObjective::Options objective() const;
  /// What tells this task from others, in a checkpoint.
  nlohmann::ordered_json identity() const;
};

/// --dataset as pairs, with warnings where the loss and they do not fit.
std::vector<LabelledPair> pairs_for(const PairTask& task, const TrainingStart& start,
                                    const DatasetFile& file, Console& console);

/// The reference of the task's loss, where it has one; tells of a --reference that acts on nothing.
std::optional<FrozenPolicy> reference_for(const PairTask& task, const TrainingStart& start,
                                          const Arguments& arguments, Console& console);

/// Why a loss may stay at ln 2 for ever. `pairs` may be empty: unknown.
std::string why_nothing_is_learned(const std::vector<LabelledPair>& pairs, double learning_rate);

}  // namespace rl::apps
