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
#include "apps/layout.hpp"
#include "apps/policy_text.hpp"
#include "apps/world.hpp"
#include "rl/json_text.hpp"
#include "rl/mdp_graph.hpp"
#include "rl/plan.hpp"
#include "rl/statistics/sample.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr double kLevel = 0.95;
constexpr std::size_t kFewRollouts = 10;

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

/// Whether from every state that the policy reaches it ends, so that rollouts do.
bool surely_ends(const FiniteMdp& model, const TabularPolicy& policy) {
  const FiniteMdp chain = chain_of(model, policy);
  const std::vector<std::uint8_t> reached = reachable(chain), endless = endless_states(chain);
  for (State s = 0; s < chain.num_states(); ++s)
    if (reached[index(s)] != 0 && endless[index(s)] != 0) return false;
  return true;
}

/// Where the rest of a discounted return no longer shows: gamma^n max |r| / (1 - gamma) < 1e-9.
std::int64_t negligible_after(const FiniteMdp& model, double gamma) {
  if (gamma == 0) return 1;
  constexpr double kNegligible = 1e-9;
  double largest = 1;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a))
        largest = std::max(largest, std::abs(o.reward) + 10 * o.reward_sd);
  const double n = std::log(kNegligible * (1 - gamma) / largest) / std::log(gamma);
  return static_cast<std::int64_t>(std::ceil(n));
}

double sampled_return(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                      std::int64_t limit, Streams streams, const StopRequest& stop) {
  constexpr std::int64_t kBetweenQuestions = 1 << 20;  // steps
  double sum = 0;
  double weight = 1;
  State s = model.sample_start(streams.environment);
  for (std::int64_t t = 0; t < limit; ++t) {
    if (t % kBetweenQuestions == 0 && stop()) throw Interrupted();
    const Action a = policy.sample(s, streams.agent);
    const Step<State> x = model.sample(s, a, streams.environment);
    sum += weight * x.reward;
    weight *= gamma;
    if (x.terminated) break;
    s = x.next;
  }
  return sum;
}

/// What is known of a policy; empty: not asked for, or cut off by Ctrl-C.
struct Evaluated {
  std::optional<double> exact;
  std::optional<double> exact_first_steps;  ///< J of episodes cut where the problem says
  std::vector<double> returns;              ///< one a rollout
};

ordered_json as_json(const Problem& problem, const Evaluated& e, std::uint64_t seed) {
  ordered_json j = {{"environment", problem.name}, {"gamma", problem.gamma}};
  if (e.exact) j["exact_return"] = number_or_null(*e.exact);
  if (e.exact_first_steps) {
    j["episode_steps"] = problem.episode_steps;
    j["exact_return_of_episodes"] = number_or_null(*e.exact_first_steps);
  }
  if (e.returns.empty()) return j;
  j["rollouts"] = {
      {"n", e.returns.size()}, {"seed", seed}, {"mean", number_or_null(mean(e.returns))}};
  if (e.returns.size() < 2) return j;
  const Interval ci = t_interval(e.returns, kLevel);
  j["rollouts"]["sd"] = number_or_null(standard_deviation(e.returns));
  j["rollouts"]["ci"] = {{"name", "t"},
                         {"level", kLevel},
                         {"low", number_or_null(ci.low)},
                         {"high", number_or_null(ci.high)}};
  return j;
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
  const std::size_t n = e.returns.size();
  if (n == 0) return;
  std::string text = fmt::format("sampled: mean {:.6g} of n = {} episodes", mean(e.returns), n);
  if (n >= 2) {
    const Interval ci = t_interval(e.returns, kLevel);
    text += fmt::format(", 95 % t-interval [{:.6g}, {:.6g}]", ci.low, ci.high);
  }
  if (n < kFewRollouts) text += "; too few for an interval claim";
  line(text);
}

/// Fills `e` as far as Ctrl-C allows.
void evaluate(const Problem& problem, const TabularPolicy& policy, std::int64_t rollouts,
              std::uint64_t seed, Console& console, Evaluated& e) try {
  const FiniteMdp& model = problem.model;
  std::int64_t limit = problem.episode_steps;
  e.exact = exact_return(model, policy, problem.gamma, console.interrupted);
  if (limit != kNoLimit)
    e.exact_first_steps =
        return_of_first_steps(model, policy, problem.gamma, limit, console.interrupted);
  if (problem.gamma < 1) limit = std::min(limit, negligible_after(model, problem.gamma));
  Progress progress(console, "rollouts");
  const Rng root(seed);
  for (std::int64_t i = 0; i < rollouts && !console.interrupted(); ++i) {
    e.returns.push_back(sampled_return(model, policy, problem.gamma, limit,
                                       Streams(root.split(static_cast<std::uint64_t>(i))),
                                       console.interrupted));
    progress.update(static_cast<double>(i + 1) / static_cast<double>(rollouts));
  }
} catch (const Interrupted&) {
}

int run_evaluate_policy(const Registry& registry, const Arguments& arguments, Console& console) {
  const Problem problem = problem_of(registry, arguments);
  if (problem.criterion == Criterion::average)
    throw std::invalid_argument(fmt::format(
        "{} is an average-reward problem: give --gamma to value policies by discounted return",
        problem.name));
  const TabularPolicy policy =
      parse_policy(arguments.operands().front(), problem, world_settings(arguments).file_limit);
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  std::int64_t rollouts = *arguments.integer("rollouts", 0, 1'000'000'000);

  if (rollouts > 0 && problem.gamma == 1 && problem.episode_steps == kNoLimit &&
      !surely_ends(problem.model, policy)) {
    const std::string why =
        "gamma = 1 and the policy may go on for ever: rollouts need --episode-steps";
    if (arguments.given("rollouts")) throw std::invalid_argument(why);
    console.note(why);
    rollouts = 0;
  }
  Evaluated e;
  evaluate(problem, policy, rollouts, seed, console, e);
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
  for (FlagSpec& flag :
       shared_flags({"seed", "gamma", "start", "episode_steps", "memory_limit", "file_limit",
                     "json", "quiet", "config", "set", "print_config"}))
    flags.push_back(flag);
  return {{.command = "evaluate-policy",
           .usage = "POLICY --env WORLD [--rollouts N] [--seed N] [--json]",
           .doc = "what a policy is worth: exactly, and sampled with an interval",
           .operands = {"POLICY (uniform, a file, or letters such as '>>v<o')", 1, 1},
           .flags = std::move(flags),
           .examples = {"evaluate-policy uniform --env mfrl_5x5",
                        "evaluate-policy '>v>o' --env mfrl_2x2 --rollouts 100",
                        "evaluate-policy learned.json --env cliff_walking"}},
          run_evaluate_policy};
}

}  // namespace rl::apps
