#include "apps/rlhf/language_task.hpp"

#include <cstdint>
#include <utility>

#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/random.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

TabularPolicy base_language(const TokenWorld& world, const FiniteMdp& model) {
  QTable logits(model);
  for (State s = 0; s < world.terminal_state(); ++s) {
    const auto row = world.base_logits(world.prompt_of(s), world.previous_token(s));
    for (Action a = 0; a < world.vocabulary(); ++a) logits(s, a) = row[index(a)];
  }
  return softmax_policy(model, logits, 1);
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
  const EpisodeSampler sampler(task.problem.model, table_of(demonstrator.rows()),
                               task.world.max_length());
  for (int prompt = 0; prompt < task.world.prompts(); ++prompt) {
    const Rng rng = root.split("demonstrations").split(static_cast<std::uint64_t>(prompt));
    for (int i = 0; i < options.demonstrations; ++i) {
      Rng stream = rng.split(static_cast<std::uint64_t>(i));
      task.demonstrations.push_back(sampler.sample(task.tree.start(prompt), stream));
    }
  }
  task.reference = FrozenPolicy(
      clone_contexts(task.problem.model, task.bigrams, task.demonstrations, options.laplace)
          .rows());
  return task;
}

}  // namespace rl::apps
