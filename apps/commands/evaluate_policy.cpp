// rlbook evaluate-policy: what a policy is worth, exactly and by rollouts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "algorithms/dynamic_programming/backup_rules.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
#include "algorithms/truth.hpp"
#include "apps/commands/commands.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/policy_text.hpp"
#include "apps/world.hpp"
#include "rl/episode_io.hpp"
#include "rl/json_text.hpp"
#include "rl/plan.hpp"
#include "rl/rollouts.hpp"
#include "rl/statistics/sample.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr double kLevel = 0.95;
constexpr std::int64_t kFewRollouts = 10;
constexpr std::int64_t kMostRecorded = 1'000'000;  // steps of an episode in a file

/// J of episodes that are cut after `steps` steps: v_h(s) = sum_a pi(a | s) q_{h-1}(s, a), v_0 = 0.
double return_of_first_steps(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                             std::int64_t steps, const StopRequest& stop) {
  const Under rule(policy);
  StateValues v = StateValues::Zero(model.num_states());
  StateValues next = v;
  for (std::int64_t h = 0; h < steps; ++h) {
    if (stop()) throw Interrupted();
    sweep_synchronously(model, rule, gamma, v, next);
    if (next == v) break;  // so would be all others
    v.swap(next);
  }
  return start_value(model, v);
}

/// What is known of a policy; empty: not asked for, or cut off by Ctrl-C.
struct Evaluated {
  std::optional<double> exact;
  std::optional<double> exact_first_steps;  ///< J of episodes cut where the problem says
  RolloutSample sampled;

  /// What the rollouts estimate.
  std::optional<double> exact_of_rollouts(const Problem& problem) const {
    return problem.episode_steps == kNoLimit ? exact : exact_first_steps;
  }
};

ordered_json as_json(const RolloutSample& sample, std::optional<double> exact, std::uint64_t seed) {
  ordered_json j = {{"n", sample.n},
                    {"seed", seed},
                    {"mean", number_or_null(sample.mean)},
                    {"terminated", sample.terminated},
                    {"truncated", sample.truncated},
                    {"truncation_bound", sample.truncation_bound}};
  if (sample.n < 2) return j;
  const double half = sample.half_width(kLevel);
  j["sd"] = number_or_null(sample.standard_deviation());
  j["ci"] = {{"name", "t"},
             {"level", kLevel},
             {"low", number_or_null(sample.mean - half)},
             {"high", number_or_null(sample.mean + half)}};
  if (!exact) return j;
  j["exact_inside"] = sample.holds(*exact, kLevel);
  j["exact_off_by_standard_errors"] = number_or_null(sample.standard_errors_from(*exact));
  return j;
}

ordered_json as_json(const Problem& problem, const Evaluated& e, std::uint64_t seed) {
  ordered_json j = {{"environment", problem.name}, {"gamma", problem.gamma}};
  if (e.exact) j["exact_return"] = number_or_null(*e.exact);
  if (e.exact_first_steps) {
    j["episode_steps"] = problem.episode_steps;
    j["exact_return_of_episodes"] = number_or_null(*e.exact_first_steps);
  }
  if (e.sampled.n > 0) j["rollouts"] = as_json(e.sampled, e.exact_of_rollouts(problem), seed);
  return j;
}

std::string rollouts_text(const RolloutSample& sample) {
  std::string text = fmt::format("sampled: mean {:.6g} of n = {} episodes", sample.mean, sample.n);
  if (sample.n >= 2) {
    const double half = sample.half_width(kLevel);
    text += fmt::format(", sd {:.4g}, 95 % t-interval [{:.6g}, {:.6g}]",
                        sample.standard_deviation(), sample.mean - half, sample.mean + half);
  }
  if (sample.n < kFewRollouts) text += "; too few for an interval claim";
  return text;
}

std::string truncation_text(const RolloutSample& sample) {
  std::string text = fmt::format("{} of them cut after {} steps", sample.truncated, sample.horizon);
  if (sample.truncation_bound > 0)
    text += fmt::format(", which leaves out at most {:.2g}", sample.truncation_bound);
  return text;
}

std::string comparison_text(const RolloutSample& sample, double exact) {
  const double errors = std::abs(sample.standard_errors_from(exact));
  return fmt::format(
      "the exact J lies {} the interval{}", sample.holds(exact, kLevel) ? "inside" : "outside",
      std::isfinite(errors) ? fmt::format(", {:.2g} standard errors from the mean", errors)
                            : std::string());
}

void write_text(Console& console, const Problem& problem, const Evaluated& e) {
  const auto line = [&](const std::string& text) {
    for (const std::string& part : wrap(text, console.columns, 2)) console.out << part << '\n';
  };
  line(fmt::format("policy on {}, gamma = {}", problem.name, problem.gamma));
  if (e.exact) line(fmt::format("J = {:.10g} exactly, expected return from the start", *e.exact));
  if (e.exact_first_steps)
    line(fmt::format("J = {:.10g} exactly, of episodes cut after {} steps", *e.exact_first_steps,
                     problem.episode_steps));
  if (e.sampled.n == 0) return;
  line(rollouts_text(e.sampled));
  if (e.sampled.truncated > 0) line(truncation_text(e.sampled));
  if (const auto exact = e.exact_of_rollouts(problem); exact && e.sampled.n >= kFewRollouts)
    line(comparison_text(e.sampled, *exact));
}

/// Fills `e` as far as Ctrl-C allows.
void evaluate(const Problem& problem, const TabularPolicy& policy, RolloutSettings settings,
              const Rng& root, Console& console, Evaluated& e) try {
  e.exact = exact_return(problem.model, policy, problem.gamma, console.interrupted);
  if (problem.episode_steps != kNoLimit)
    e.exact_first_steps = return_of_first_steps(problem.model, policy, problem.gamma,
                                                problem.episode_steps, console.interrupted);
  if (settings.n == 0) return;
  Progress progress(console, "rollouts");
  settings.stop = console.interrupted;
  settings.progress = [&](double fraction) { progress.update(fraction); };
  e.sampled = value_by_rollouts(problem, policy, settings, root);
} catch (const Interrupted&) {
}

/// How long a recorded episode may be.
std::int64_t steps_to_record(const Arguments& arguments, const Problem& problem,
                             const TabularPolicy& policy) {
  if (const auto steps = arguments.integer("steps", 1, kMostRecorded)) return *steps;
  Problem undiscounted = problem;
  undiscounted.gamma = 1;
  if (!rollouts_end(undiscounted, policy))
    throw std::invalid_argument("--save-episode: the policy may go on for ever: give --steps");
  return kMostRecorded;
}

int run_evaluate_policy(const Registry& registry, const Arguments& arguments, Console& console) {
  const Problem problem = finite_problem_of(registry, arguments, "evaluate-policy");
  if (problem.criterion == Criterion::average)
    throw std::invalid_argument(fmt::format(
        "{} is an average-reward problem: give --gamma to value policies by discounted return",
        problem.name));
  const TabularPolicy policy =
      parse_policy(arguments.operands().front(), problem, world_settings(arguments).file_limit);
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  const Rng root(seed);
  RolloutSettings settings{.n = *arguments.integer("rollouts", 0, 1'000'000'000),
                           .threads = threads_of(arguments)};
  if (settings.n > 0 && !rollouts_end(problem, policy)) {
    const std::string why =
        "gamma = 1 and the policy may go on for ever: rollouts need --episode-steps";
    if (arguments.given("rollouts")) throw std::invalid_argument(why);
    console.note(why);
    settings.n = 0;
  }
  if (arguments.given("steps") && !arguments.given("save_episode"))
    throw std::invalid_argument("--steps has no effect without --save-episode");
  if (const auto path = arguments.text("save_episode")) {
    OutputFile file(*path, arguments.is_on("force"));
    const auto steps = steps_to_record(arguments, problem, policy);
    file.stream() << write_episodes(problem.name,
                                    episode_of(problem, policy, steps, root.split("episode")));
    file.commit();
    console.note("written: " + file.path());
  }
  Evaluated e;
  evaluate(problem, policy, settings, root, console, e);
  if (arguments.is_on("json"))
    console.out << as_json(problem, e, seed).dump(2) << '\n';
  else
    write_text(console, problem, e);
  return kOk;
}

}  // namespace

Command evaluate_policy_command() {
  std::vector<FlagSpec> flags = shared_flags({"env"});
  flags.push_back({"rollouts", "N", "episodes to sample beside the exact answer", "1000"});
  flags.push_back({"save_episode", "FILE", "write one episode, for run --episode"});
  flags.push_back({"steps", "N", "steps of that episode, at most"});
  for (FlagSpec& flag :
       shared_flags({"jobs", "seed", "gamma", "start", "episode_steps", "memory_limit",
                     "file_limit", "force", "json", "quiet", "config", "set", "print_config"}))
    flags.push_back(flag);
  return {{.command = "evaluate-policy",
           .usage = "POLICY --env WORLD [--rollouts N] [-j N] [--seed N] [--json]",
           .doc = "what a policy is worth: exactly, and sampled with an interval",
           .operands = {"POLICY (uniform, a file, or letters such as '>>v<o')", 1, 1},
           .flags = std::move(flags),
           .examples = {"evaluate-policy uniform --env mfrl_5x5",
                        "evaluate-policy '>v>o' --env mfrl_2x2 --rollouts 100",
                        "evaluate-policy learned.json --env cliff_walking",
                        "evaluate-policy uniform --env mfrl_5x5 --save-episode e.json --steps "
                        "100000"}},
          run_evaluate_policy};
}

}  // namespace rl::apps
