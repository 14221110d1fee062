// rlbook rlhf ppo, rloo, grpo: a policy improved on its own samples under a KL penalty.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "algorithms/preference/policy_optimization.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "apps/rlhf/training_run.hpp"
#include "rl/experiment/manifest.hpp"

namespace rl::apps {

namespace {

std::unique_ptr<AdvantageRule> rule_of(const RowPolicy& policy, const PpoRlhfOptions& options) {
  return ppo_rule(policy, options);
}
std::unique_ptr<AdvantageRule> rule_of(const RowPolicy& /*policy*/, const RlooOptions& options) {
  return rloo_rule(options);
}
std::unique_ptr<AdvantageRule> rule_of(const RowPolicy& /*policy*/, const GrpoOptions& options) {
  return grpo_rule(options);
}

/// r(s, a) of --reward-model, else of the world itself.
RewardTable trained_reward(const PreferenceWorld& world, const Arguments& arguments) {
  const CombinationOptions combination = options_from(arguments, CombinationOptions{});
  if (const auto path = arguments.text("reward_model")) {
    const StoredReward reward = read_reward(*path, world);
    if (reward.weights.rows() == 1)
      refuse_options(arguments, describe(CombinationOptions{}), "on a reward model of one member");
    return table_of_reward(world, reward, combination);
  }
  refuse_options(arguments, describe(CombinationOptions{}), "without --reward-model");
  RewardTable table = RewardTable::Zero(world.model().num_states(), world.model().num_actions());
  for (State s = 0; s < world.model().num_states(); ++s)
    for (Action a = 0; a < world.model().num_actions(); ++a)
      if (!world.model().terminal(s) && world.model().available(s, a))
        table(s, a) = world.model().row(s, a).reward;
  return table;
}

/// Options that the others leave without effect.
void check_effects(const SampledOptions& options, const Arguments& arguments) {
  if (options.kl_controller == KlController::fixed)
    refuse_given(arguments, {"kl_target", "kl_horizon"}, "unless --kl-controller is adaptive");
  if (options.beta == 0)
    refuse_given(arguments, {"kl_estimator", "kl_placement"}, "where the weight of KL is 0");
  if (options.num_epochs == 1 && options.num_mini_batches == 1)
    for (const char* clip : {"cliprange", "cliprange_value", "epsilon"})
      if (arguments.declares(clip))
        refuse_given(arguments, {clip},
                     "on the only gradient step of an iteration, where nothing has moved yet");
}
void check_effects(const PpoRlhfOptions& options, const Arguments& arguments) {
  check_effects(static_cast<const SampledOptions&>(options), arguments);
  if (options.vf_coef == 0)
    refuse_given(arguments, {"cliprange_value"}, "where --vf-coef is 0: there is no critic");
}

/// beta weighs KL against rewards of this size.
void tell_scale(const TrainingStart& start, const RewardTable& table, double beta,
                Console& console) {
  const ResponseTree* const tree = start.world.tree();
  if (tree == nullptr) return;
  const std::vector<double> pi = tree->response_probabilities(start.reference.rows());
  std::vector<double> reward =
      tree->response_rewards({table.data(), static_cast<std::size_t>(table.size())});
  const double mean = tree->mean_over_responses(pi, reward).mean;
  for (double& r : reward) r = (r - mean) * (r - mean);
  const double sd = std::sqrt(tree->mean_over_responses(pi, reward).mean);
  console.note(fmt::format(
      "under the reference the reward has mean {:.3g} and deviation {:.3g}, which is {:.3g} beta",
      mean, sd, sd / beta));
}

/// Steps that count: later ones are discounted to nothing.
std::int64_t longest_response(const Problem& problem) {
  constexpr double kNothing = 1e-9;
  constexpr std::int64_t kMost = 10'000;
  std::int64_t steps = std::min(problem.episode_steps, kMost);
  if (problem.gamma < 1)
    steps = std::min(
        steps,
        static_cast<std::int64_t>(std::ceil(std::log(kNothing) / std::log(problem.gamma))) + 1);
  return std::max<std::int64_t>(steps, 1);
}

/// The action that ends a sequence, in worlds that have one: token_world's 0.
std::optional<Action> end_of_sequence(const Problem& problem) {
  if (!problem.picture.actions.empty() && problem.picture.action_name(0) == "end") return Action{0};
  return std::nullopt;
}

template <class Options>
int run_optimization(const char* command, const Registry& registry, const Arguments& arguments,
                     Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  const Options options = options_from(arguments, Options{});
  check_effects(options, arguments);
  const RewardTable table = trained_reward(start.world, arguments);
  if (!arguments.given("reward_model"))
    console.note("no --reward-model: the world's own rewards are trained on");
  if (options.kl_placement == KlPlacement::loss && options.kl_estimator == KlEstimator::k1)
    console.warn("k1 as a loss has no gradient in the mean: the policy is held to nothing");
  if (options.kl_placement == KlPlacement::loss && options.kl_estimator == KlEstimator::k3)
    console.note(
        "k3 as a loss pulls by the forward KL(reference || policy), not by the one that "
        "is reported");
  if (options.beta > 0) tell_scale(start, table, options.beta, console);
  const std::vector<double> reward(table.data(), table.data() + table.size());
  const Problem& problem = start.world.problem();
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  NamedTrainer named;
  named.trainer = std::make_unique<PolicyOptimization>(
      start.world.model(), reward, *start.policy, start.reference.rows(),
      rule_of(*start.policy, options), options, longest_response(problem), Rng(seed).split(command),
      problem.gamma, end_of_sequence(problem));
  named.max_steps = options.max_steps;
  named.proxy = reward;
  named.identity["command"] = command;
  named.identity["options"] = nlohmann::ordered_json::parse(to_json_text(options));
  named.identity["options"].erase("max_steps");
  named.identity["reward"] = content_hash(fmt::format("{}", fmt::join(reward, " ")));
  return run_training(start, std::move(named), arguments, console);
}

template <class Options>
Command optimization_command(const char* name, const char* doc) {
  std::vector<FlagSpec> flags = {
      {"reward_model", "PATH", "reward.json, or its folder; else the world's own rewards"}};
  add_flags(flags, option_flags(CombinationOptions{}));
  add_flags(flags, option_flags(Options{}));
  add_flags(flags, training_flags());
  return {{.command = std::string("rlhf ") + name,
           .usage = "--model sft --reward-model rm [--beta 0.1] [--output-dir DIR]",
           .doc = doc,
           .flags = std::move(flags),
           .examples = {fmt::format("rlhf {} --model sft --reward-model rm --output-dir {}", name,
                                    name)}},
          [name](const Registry& registry, const Arguments& arguments, Console& console) {
            return run_optimization<Options>(name, registry, arguments, console);
          }};
}

}  // namespace

Command rlhf_ppo_command() {
  return optimization_command<PpoRlhfOptions>("ppo", "stage 3: PPO under a KL penalty");
}
Command rlhf_rloo_command() {
  return optimization_command<RlooOptions>(
      "rloo", "stage 3: REINFORCE, each response against the others to its prompt");
}
Command rlhf_grpo_command() {
  return optimization_command<GrpoOptions>(
      "grpo", "stage 3: GRPO, advantages scaled within the responses to a prompt");
}

}  // namespace rl::apps
