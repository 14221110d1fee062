// rlbook rlhf kto: a policy from responses that are good or bad by themselves.
#include "algorithms/preference/kto.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "algorithms/preference/training.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/training_data.hpp"
#include "apps/rlhf/training_run.hpp"

namespace rl::apps {

namespace {

int run_kto(const Registry& registry, const Arguments& arguments, Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  const DatasetFile file = open_dataset(arguments);
  std::vector<JudgedSegment> judged = read_judged(start.world, file, console);
  const TrainingOptions options = data_training_options(arguments, judged.size());
  const KtoOptions kto = options_from(arguments, KtoOptions{});
  KtoObjective::ExactKl exact_kl;
  if (arguments.is_on("exact_kl"))
    exact_kl = [&](const PolicyRows& policy) {
      return start.world.evaluate(policy, start.reference.rows()).kl;
    };
  auto objective =
      std::make_shared<KtoObjective>(start.policy->rows(), start.reference.rows(),
                                     start.world.model(), std::move(judged), kto, exact_kl);
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  NamedTrainer named{std::make_unique<Training>(*start.policy, std::move(objective), options,
                                                Rng(seed).split("kto")),
                     options.max_steps,
                     {}};
  named.identity["command"] = "kto";
  named.identity["kto"] = nlohmann::ordered_json::parse(to_json_text(kto));
  named.identity["exact_kl"] = arguments.is_on("exact_kl");
  named.identity["training"] = training_identity(options);
  named.identity["dataset"] = file.hash();
  return run_training(start, std::move(named), arguments, console);
}

}  // namespace

Command rlhf_kto_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags, option_flags(KtoOptions{}));
  add_flags(flags, {{"exact_kl", "", "z0 is the exact KL from the reference, not its estimate"}});
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf kto",
           .usage = "--dataset responses.jsonl --model sft [--output-dir DIR]",
           .doc = "a policy from responses that are good or bad by themselves",
           .flags = std::move(flags),
           .examples = {"rlhf kto --dataset pairs.jsonl --model sft --beta 0.1"}},
          run_kto};
}

}  // namespace rl::apps
