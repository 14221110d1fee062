#include "apps/rlhf/language_task.hpp"

#include <cmath>
#include <utility>

#include "algorithms/preference/behavior_cloning.hpp"
#include "rl/random.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

namespace {

Segment sample_response(const FiniteMdp& model, const PolicyRows& policy, State start, Rng& rng) {
  Segment segment;
  segment.states.push_back(start);
  std::vector<double> pi(static_cast<std::size_t>(policy.num_actions));
  while (!segment.terminated) {
    const State s = segment.states.back();
    for (Action a = 0; a < policy.num_actions; ++a)
      pi[index(a)] = std::exp(policy.log_probability(s, a));
    const Action a = rng.categorical(pi);
    const Step<State> step = model.sample(s, a, rng);
    segment.actions.push_back(a);
    segment.rewards.push_back(step.reward);
    segment.states.push_back(step.next);
    segment.terminated = step.terminated;
  }
  return segment;
}

}  // namespace

TabularPolicy base_language(const TokenWorld& world, const FiniteMdp& model) {
  QTable logits(model);
  for (State s = 0; s < world.terminal_state(); ++s) {
    const auto row = world.base_logits(world.prompt_of(s), world.previous_token(s));
    for (Action a = 0; a < world.vocabulary(); ++a) logits(s, a) = row[index(a)];
  }
  return softmax_policy(model, logits, 1);
}

std::vector<Segment> sample_responses(const LanguageTask& task, const PolicyRows& policy,
                                      int prompt, std::size_t n, const Rng& rng) {
  std::vector<Segment> responses;
  responses.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    Rng stream = rng.split(i);
    responses.push_back(
        sample_response(task.problem.model, policy, task.tree.start(prompt), stream));
  }
  return responses;
}

LanguageTask make_language_task(const LanguageOptions& options) {
  const Rng root(options.seed);
  const WorldContext context{.rng = root.split("world")};
  TokenWorld world(options.world, context.rng);
  Problem problem = token_world(options.world, context);
  const FrozenPolicy base(problem.model, base_language(world, problem.model));
  Contexts bigrams = by_features(problem.model, problem.features->values, problem.features->count);
  ResponseTree tree(problem.model);
  LanguageTask task{std::move(world), std::move(problem), tree, std::move(bigrams), base, {}, base};
  const FrozenPolicy demonstrator = tree.tilted(base.rows(), 1 / options.demonstrator).policy;
  for (int prompt = 0; prompt < task.world.prompts(); ++prompt) {
    const Rng rng = root.split("demonstrations").split(static_cast<std::uint64_t>(prompt));
    for (Segment& shown : sample_responses(task, demonstrator.rows(), prompt,
                                           static_cast<std::size_t>(options.demonstrations), rng))
      task.demonstrations.push_back(std::move(shown));
  }
  task.reference = FrozenPolicy(
      clone_contexts(task.problem.model, task.bigrams, task.demonstrations, options.laplace)
          .rows());
  return task;
}

}  // namespace rl::apps
