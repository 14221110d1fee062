#pragma once
/// \file
/// What every trainer's command does around its steps: progress, metrics, exact evaluation,
/// checkpoints, and the files in --output-dir:
///
///     policy.json       the policy as it is now
///     metrics.jsonl     a line each --logging-steps and --eval-steps; or metrics.csv
///     checkpoint        all that a step depends on; --resume-from-checkpoint goes on from it, to
///                       the bit
///     events.out...     the metrics as curves for TensorBoard
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/trainer.hpp"
#include "algorithms/preference/training.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

/// --env ... --model --reference --max-kl --output-dir --logging-steps --eval-steps --save-steps
/// --resume-from-checkpoint --report, and those of every command.
std::vector<FlagSpec> training_flags();

/// Where training starts and what it is held to.
struct TrainingStart {
  PreferenceWorld world;
  PolicyChoice choice;
  std::unique_ptr<RowPolicy> policy;  ///< --model, else the uniform one of --policy-class
  FrozenPolicy reference;             ///< --reference, else a copy of the start
};
TrainingStart training_start(const Registry& registry, const Arguments& arguments);

/// A trainer, and what identifies it: command, data, options; without how long it is to go on.
struct NamedTrainer {
  std::unique_ptr<Trainer> trainer;
  std::int64_t max_steps = 0;
  nlohmann::ordered_json identity;
  std::vector<double> proxy = {};  ///< [S x A] the reward that is trained on, where there is one
  /// Of a loss that starts at ln 2: why it may stay there.
  std::optional<std::string> why_stuck = std::nullopt;
};

/// The options of training as flags, with --num-train-epochs beside --max-steps.
std::vector<FlagSpec> data_training_flags();
/// Of so many examples. Throws std::invalid_argument where both ways to say how long are given.
TrainingOptions data_training_options(const Arguments& arguments, std::size_t examples);

/// The options without how long: what tells runs apart that may go on from each other.
nlohmann::ordered_json training_identity(const TrainingOptions& options);

/// Trains to the end, to --max-kl or to Ctrl-C, writes what --output-dir asks for, and says why it
/// ended and how the policy does, exactly. Where a step throws, what was learned before is written,
/// too. Returns an exit code.
int run_training(const TrainingStart& start, NamedTrainer named, const Arguments& arguments,
                 Console& console);

}  // namespace rl::apps
