// rlbook rlhf sft: behaviour cloning, the policy that imitates demonstrations.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/training.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/training_data.hpp"
#include "apps/rlhf/training_run.hpp"

namespace rl::apps {

namespace {

/// A policy that is known at once: the maximum of the likelihood by counting.
class Counted final : public Trainer {
 public:
  Counted(std::unique_ptr<RowPolicy> start, TablePolicy clone, Metrics metrics)
      : policy_(std::move(start)), clone_(std::move(clone)), told_(std::move(metrics)) {}
  bool advance() override {
    if (steps_ > 0) return false;
    policy_->update([&](std::span<double> w) {
      std::copy(clone_.parameters().begin(), clone_.parameters().end(), w.begin());
    });
    metrics_ = told_;
    ++steps_;
    return true;
  }
  std::int64_t steps() const override { return steps_; }
  const RowPolicy& policy() const override { return *policy_; }
  const Metrics& metrics() const override { return metrics_; }
  std::string save() override { return save_state(*this); }
  void load(std::string_view bytes) override { load_state(bytes, *this); }
  template <class Visitor>
  void state(Visitor& visit) {
    policy_->state(visit);
    visit("counted.steps", steps_);
  }

 private:
  std::unique_ptr<RowPolicy> policy_;
  TablePolicy clone_;
  Metrics told_, metrics_;
  std::int64_t steps_ = 0;
};

NamedTrainer counted_trainer(const TrainingStart& start, const std::vector<Segment>& shown,
                             double laplace) {
  TablePolicy clone = clone_contexts(start.world.model(), start.policy->contexts(), shown, laplace);
  const CloneObjective objective(clone.rows(), shown);
  std::vector<std::size_t> all(shown.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<double> g(clone.rows().log_pi.size());
  const BatchLoss loss = objective.add_gradient(all, clone.rows(), g);
  Metrics metrics = {{"loss", loss.value}};
  metrics.insert(metrics.end(), loss.metrics.begin(), loss.metrics.end());
  return {std::make_unique<Counted>(start.policy->clone(), std::move(clone), metrics), 1, {}};
}

int run_sft(const Registry& registry, const Arguments& arguments, Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  const DatasetFile file = open_dataset(arguments);
  const std::vector<Segment> shown = read_shown(start.world, file, console);
  const TrainingOptions options = data_training_options(arguments, shown.size());
  const bool table = start.choice.policy_class == PolicyClass::table ||
                     start.choice.policy_class == PolicyClass::features;
  NamedTrainer named;
  const bool descends = arguments.given("max_steps") || arguments.given("num_train_epochs");
  if (table && !descends) {
    const double laplace = *arguments.number("laplace", {0, 1e9});
    for (const OptionInfo& option : describe(TrainingOptions{}))
      if (arguments.given(option.name))
        throw std::invalid_argument(fmt::format(
            "option '{}' has no effect on a table, which is counted; give --max-steps to descend",
            option.name));
    refuse_given(arguments, {"max_kl"},
                 "on a table, which is counted; give --max-steps to descend");
    named = counted_trainer(start, shown, laplace);
    named.identity["laplace"] = laplace;
  } else {
    refuse_given(arguments, {"laplace"}, "where the policy is not counted");
    const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
    named = {std::make_unique<Training>(
                 *start.policy, std::make_shared<CloneObjective>(start.policy->rows(), shown),
                 options, Rng(seed).split("sft")),
             options.max_steps,
             {}};
    named.identity["training"] = training_identity(options);
  }
  named.identity["command"] = "sft";
  named.identity["dataset"] = file.hash();
  return run_training(start, std::move(named), arguments, console);
}

}  // namespace

Command rlhf_sft_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  flags.push_back({"laplace", "X", "pseudo-count of each action, where a table is counted", "1"});
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf sft",
           .usage = "--dataset demonstrations.jsonl [--output-dir DIR]",
           .doc = "stage 1: a policy that imitates demonstrations",
           .flags = std::move(flags),
           .examples = {"rlhf prefs --format demonstrations --num 800 --out shown.jsonl",
                        "rlhf sft --dataset shown.jsonl --output-dir sft"}},
          run_sft};
}

}  // namespace rl::apps
