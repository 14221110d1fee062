// rlbook rlhf dpo: the direct road, from preferences to a policy without a reward model.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/iterated.hpp"
#include "algorithms/preference/synced_training.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/pair_training.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

// ---- on a data set ------------------------------------------------------------------------------

void check_sync(const PairTask& task, const ReferenceSyncOptions& sync,
                const TrainingOptions& options, const Arguments& arguments) {
  if (!arguments.is_on("sync_ref_model")) {
    refuse_options(arguments, describe(ReferenceSyncOptions{}), "without --sync-ref-model");
    return;
  }
  if (!task.has_reference())
    refuse_given(arguments, {"sync_ref_model"}, "where the loss has no reference");
  if (sync.ref_model_mixup_alpha == 0)
    refuse_given(arguments, {"sync_ref_model"}, "where --ref-model-mixup-alpha is 0");
  if (sync.ref_model_sync_steps > options.max_steps)
    refuse_given(arguments, {"sync_ref_model"},
                 fmt::format("where the reference moves every {} steps and there are {}",
                             sync.ref_model_sync_steps, options.max_steps));
}

/// With parameters, as they are mixed.
std::unique_ptr<RowPolicy> reference_policy(const TrainingStart& start,
                                            const Arguments& arguments) {
  const auto path = arguments.text("reference");
  return path ? read_policy(*path, start.world).policy : start.policy->clone();
}

NamedTrainer trainer_on_data(const PairTask& task, const TrainingStart& start,
                             const Arguments& arguments, Console& console) {
  refuse_options(arguments, describe(IterationOptions{}), "without --iterations");
  refuse_options(arguments, describe(AnnotatorOptions{}), "without --iterations");
  refuse_options(arguments, describe(SegmentSamplerOptions{}), "without --iterations");
  const DatasetFile file = open_dataset(arguments);
  const std::vector<LabelledPair> pairs = pairs_for(task, start, file, console);
  const TrainingOptions options = data_training_options(arguments, pairs.size());
  const auto sync = options_from(arguments, ReferenceSyncOptions{});
  check_sync(task, sync, options, arguments);
  const std::optional<FrozenPolicy> reference = reference_for(task, start, arguments, console);
  std::optional<PolicyRows> rows;
  if (reference) rows = reference->rows();
  auto objective =
      std::make_shared<PairObjective>(start.policy->rows(), rows, pairs, task.objective());
  NamedTrainer named;
  named.identity = task.identity();
  named.identity["training"] = training_identity(options);
  named.identity["dataset"] = file.hash();
  const Rng rng = Rng(static_cast<std::uint64_t>(*arguments.integer("seed"))).split(task.command);
  if (arguments.is_on("sync_ref_model")) {
    named.trainer = std::make_unique<SyncedTraining>(
        *start.policy, *reference_policy(start, arguments), objective, options, sync, rng);
    named.identity["sync"] = nlohmann::ordered_json::parse(to_json_text(sync));
  } else {
    named.trainer = std::make_unique<Training>(*start.policy, objective, options, rng);
  }
  named.max_steps = options.max_steps;
  named.why_stuck = why_nothing_is_learned(pairs, options.learning_rate);
  return named;
}

// ---- on fresh pairs -----------------------------------------------------------------------------

Annotator annotator_in(const PreferenceWorld& world, const AnnotatorOptions& options) {
  return options.annotator == AnnotatorKind::regret
             ? Annotator(options, optimal_advantages(world.model(), world.problem().gamma))
             : Annotator(options);
}

NamedTrainer iterated_trainer(const PairTask& task, const TrainingStart& start,
                              const Arguments& arguments, Console& console) {
  for (const FlagSpec& flag : dataset_flags())
    refuse_given(arguments, {flag.name.c_str()}, "beside --iterations, which draws its pairs");
  refuse_options(arguments, describe(ReferenceSyncOptions{}), "beside --iterations");
  refuse_given(arguments, {"sync_ref_model"},
               "beside --iterations: --iteration-reference says what the reference is");
  if (!task.has_reference())
    refuse_given(arguments, {"iteration_reference"}, "where the loss has no reference");
  const auto iterations = options_from(arguments, IterationOptions{});
  const auto asked = options_from(arguments, AnnotatorOptions{});
  const TrainingOptions options =
      data_training_options(arguments, static_cast<std::size_t>(iterations.num_comparisons));
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  NamedTrainer named;
  named.trainer =
      iterated_training(*start.policy,
                        {.model = start.world.model(),
                         .pairs_of =
                             [&](const PolicyRows& policy) {
                               return pair_source(start.world, policy, arguments, false);
                             },
                         .annotator = annotator_in(start.world, asked),
                         .objective = task.objective(),
                         .reference = reference_for(task, start, arguments, console)},
                        iterations, options, Rng(seed).split(task.command));
  named.max_steps = iterations.iterations * options.max_steps;
  named.identity = task.identity();
  named.identity["training"] = nlohmann::ordered_json::parse(to_json_text(options));
  named.identity["iteration"] = nlohmann::ordered_json::parse(to_json_text(iterations));
  named.identity["iteration"].erase("iterations");
  named.identity["annotator"] = nlohmann::ordered_json::parse(to_json_text(asked));
  named.identity["segments"] =
      nlohmann::ordered_json::parse(to_json_text(options_from(arguments, SegmentSamplerOptions{})));
  named.why_stuck = why_nothing_is_learned({}, options.learning_rate);
  return named;
}

int run_dpo(const Registry& registry, const Arguments& arguments, Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  std::vector<std::string> losses = arguments.texts("loss_type");
  for (std::string& name : losses) name = pair_loss_type(name).name;
  const PairTask task{.command = "dpo",
                      .losses = ChosenLosses(losses, arguments),
                      .nll_weight = *arguments.number("nll_coef", {0, 1e9}),
                      .discount = 1,
                      .reference_free = arguments.is_on("reference_free")};
  if (task.reference_free && !task.losses.needs_reference())
    refuse_given(arguments, {"reference_free"}, "where the loss has no reference");
  return run_training(start,
                      arguments.given("iterations")
                          ? iterated_trainer(task, start, arguments, console)
                          : trainer_on_data(task, start, arguments, console),
                      arguments, console);
}

/// --iterations is a switch as well: it has no default.
std::vector<FlagSpec> iteration_flags() {
  std::vector<FlagSpec> flags = option_flags(IterationOptions{});
  flags.front().doc += ", in place of --dataset; --max-steps are those of each";
  flags.front().fallback.clear();
  return flags;
}

}  // namespace

Command rlhf_dpo_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(
      flags,
      {{"loss_type", "NAME", "sigmoid is DPO; " + join(all_pair_losses()), "sigmoid", true},
       {"loss_weights", "X", "of several losses, one each", "", true},
       {"nll_coef", "X", "adds the chosen response's mean negative log-probability", "0"},
       {"reference_free", "", "log-probabilities in place of log-ratios"},
       {"sync_ref_model", "", "the reference follows the policy, by mixing their parameters"}});
  add_flags(flags, option_flags(ReferenceSyncOptions{}));
  add_flags(flags, loss_flags(all_pair_losses()));
  add_flags(flags, iteration_flags());
  add_flags(flags, option_flags(AnnotatorOptions{}));
  add_flags(flags, option_flags(SegmentSamplerOptions{}));
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf dpo",
           .usage = "--dataset pairs.jsonl --model sft [--loss-type sigmoid] [--output-dir DIR]",
           .doc = "a policy straight from pairs: DPO, IPO, SimPO, ORPO and their relatives",
           .flags = std::move(flags),
           .examples = {"rlhf dpo --dataset pairs.jsonl --model sft --beta 0.1 --output-dir dpo",
                        "rlhf dpo --dataset pairs.jsonl --model sft --loss-type ipo --beta 0.3",
                        "rlhf dpo --iterations 3 --num-comparisons 200 --model sft"}},
          run_dpo};
}

}  // namespace rl::apps
