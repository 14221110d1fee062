// rlbook rlhf cpl: contrastive preference learning, from segments to a policy without a reward.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/preference/staged_training.hpp"
#include "algorithms/preference/training.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/pair_training.hpp"

namespace rl::apps {

namespace {

/// Behaviour cloning of what was preferred for bc_steps, then CPL: with a reference that nobody
/// gave, the policy that was cloned is held to itself, as in the authors' code.
std::unique_ptr<StagedTraining> warmed_up(const PairTask& task, const TrainingStart& start,
                                          const std::vector<LabelledPair>& pairs,
                                          const std::optional<FrozenPolicy>& reference,
                                          const TrainingOptions& options, std::int64_t bc_steps,
                                          const Rng& rng) {
  const auto stage = [=](std::int64_t k, const RowPolicy& policy) {
    TrainingOptions here = options;
    here.max_steps = k == 0 ? bc_steps : options.max_steps - bc_steps;
    PairObjective::Options loss = task.objective();
    if (k == 0) loss = {.loss = ChosenNllLoss{}, .discount = task.discount};
    std::optional<PolicyRows> rows;
    if (k > 0 && task.has_reference()) rows = reference ? reference->rows() : policy.rows();
    return std::make_unique<Training>(
        policy, std::make_shared<PairObjective>(policy.rows(), rows, pairs, loss), here,
        rng.split(static_cast<std::uint64_t>(k)));
  };
  return std::make_unique<StagedTraining>(*start.policy, 2, stage, "stage");
}

int run_cpl(const Registry& registry, const Arguments& arguments, Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  const bool kl = arguments.is_on("kl");
  const PairTask task{.command = "cpl",
                      .losses = ChosenLosses({kl ? "cpl_kl" : "cpl"}, arguments),
                      .nll_weight = *arguments.number("bc_coeff", {0, 1e9}),
                      .discount = *arguments.number("discount", {1e-9, 1}),
                      .reference_free = !kl};
  const DatasetFile file = open_dataset(arguments);
  const std::vector<LabelledPair> pairs = pairs_for(task, start, file, console);
  const TrainingOptions options = data_training_options(arguments, pairs.size());
  const std::int64_t bc_steps = *arguments.integer("bc_steps", 0);
  if (bc_steps > 0 && bc_steps >= options.max_steps)
    throw std::invalid_argument(
        fmt::format("--bc-steps {} leave none of the {} steps to CPL; 'rlhf sft' clones alone",
                    bc_steps, options.max_steps));
  std::optional<FrozenPolicy> reference = reference_for(task, start, arguments, console);
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  const Rng rng = Rng(seed).split(task.command);
  NamedTrainer named;
  named.identity = task.identity();
  if (bc_steps > 0) {
    if (!arguments.given("reference")) reference.reset();
    named.trainer = warmed_up(task, start, pairs, reference, options, bc_steps, rng);
    named.identity["bc_steps"] = bc_steps;
  } else {
    std::optional<PolicyRows> rows;
    if (reference) rows = reference->rows();
    named.trainer = std::make_unique<Training>(
        *start.policy,
        std::make_shared<PairObjective>(start.policy->rows(), rows, pairs, task.objective()),
        options, rng);
  }
  named.max_steps = options.max_steps;
  named.identity["training"] = training_identity(options);
  named.identity["dataset"] = file.hash();
  named.why_stuck = why_nothing_is_learned(pairs, options.learning_rate);
  return run_training(start, std::move(named), arguments, console);
}

}  // namespace

Command rlhf_cpl_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags, loss_flags({"cpl"}));
  add_flags(flags,
            {{"kl", "", "ln pi / pi_ref in place of ln pi"},
             {"discount", "X", "of the steps within a segment", "1"},
             {"bc_coeff", "X", "adds the chosen segment's mean negative log-probability", "0"},
             {"bc_steps", "N",
              "the first N steps minimise that alone; with --kl and no --reference, what they come "
              "to is the reference",
              "0"}});
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf cpl",
           .usage = "--dataset segments.jsonl --env WORLD [--alpha 0.1] [--output-dir DIR]",
           .doc = "contrastive preference learning: pairs of segments, labelled by regret",
           .flags = std::move(flags),
           .examples = {"rlhf cpl --env mfrl_5x5 --dataset segments.jsonl --alpha 0.1"}},
          run_cpl};
}

}  // namespace rl::apps
