// rlbook rlhf eval: how a policy does, exactly.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/layout.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

namespace {

FrozenPolicy policy_or_uniform_of(const PreferenceWorld& world, const Arguments& arguments,
                                  const char* flag) {
  if (const auto path = arguments.text(flag)) return {read_policy(*path, world).policy->rows()};
  return {world.make_policy({.policy_class = PolicyClass::table}, 0)->rows()};
}

int run_eval(const Registry& registry, const Arguments& arguments, Console& console) {
  const PreferenceWorld world = preference_world_of(registry, arguments);
  arguments.needed("model");
  const FrozenPolicy policy = policy_or_uniform_of(world, arguments, "model");
  const FrozenPolicy reference = policy_or_uniform_of(world, arguments, "reference");
  std::vector<double> proxy;
  if (const auto path = arguments.text("reward_model")) {
    const StoredReward reward = read_reward(*path, world);
    if (reward.weights.rows() == 1)
      refuse_options(arguments, describe(CombinationOptions{}), "on a reward model of one member");
    const RewardTable table =
        table_of_reward(world, reward, options_from(arguments, CombinationOptions{}));
    proxy.assign(table.data(), table.data() + table.size());
  } else {
    refuse_options(arguments, describe(CombinationOptions{}), "without --reward-model");
  }
  if (world.tree() == nullptr)
    refuse_given(arguments, {"beta"}, "where responses cannot be listed: no optimum is shown");
  Metrics metrics = metrics_of(world.evaluate(policy.rows(), reference.rows(), proxy));
  // What the same distance from the reference could buy at best.
  if (const ResponseTree* tree = world.tree()) {
    const double beta = *arguments.number("beta", {1e-9, 1e9});
    const TiltedResponses best = tree->tilted(reference.rows(), beta);
    const ResponseEvaluation at = tree->evaluate(best.policy.rows(), reference.rows());
    metrics.emplace_back("optimum/return", at.reward.mean);
    metrics.emplace_back("optimum/kl", at.kl.mean);
  }
  if (arguments.is_on("json")) {
    nlohmann::ordered_json result;
    for (const auto& [name, value] : metrics) result[name] = number_or_null(value);
    console.out << result.dump(2) << '\n';
    return kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"exact", "value"}};
  for (const auto& [name, value] : metrics) rows.push_back({name, fmt::format("{:.6g}", value)});
  console.out << table(rows, console.columns) << '\n';
  write_wrapped(console,
                "true/return by the world's own rewards; KL in nats a response from the reference; "
                "win rate against it; optimum: the best policy that is held to the reference with "
                "--beta.");
  return kOk;
}

}  // namespace

Command rlhf_eval_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  std::vector<FlagSpec> flags = {
      env,
      {"model", "PATH", "policy.json, or its folder"},
      {"reference", "PATH", "the policy it is compared with; else the uniform one"},
      {"reward_model", "PATH", "reward.json, or its folder, for proxy/return"},
      {"beta", "X", "of the optimum that is shown beside", "0.1"}};
  add_flags(flags, option_flags(CombinationOptions{}));
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "memory_limit", "file_limit", "json", "quiet",
                                 "color", "config", "set", "print_config"}));
  return {{.command = "rlhf eval",
           .usage = "--model DIR [--reference DIR] [--reward-model DIR]",
           .doc = "a policy's true return, KL and win rate, exact",
           .flags = std::move(flags),
           .examples = {"rlhf eval --model dpo --reference sft --reward-model rm"}},
          run_eval};
}

}  // namespace rl::apps
