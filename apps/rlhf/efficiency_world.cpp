#include "apps/rlhf/efficiency_world.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <limits>
#include <stdexcept>

#include "algorithms/preference/reward_model.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "algorithms/truth.hpp"
#include "rl/policy.hpp"

namespace rl::apps {

namespace {

Annotator efficiency_annotator(const EfficiencyExperiment& e, AnnotatorKind kind) {
  const AnnotatorOptions options{.annotator = kind,
                                 .rationality = e.options.rationality,
                                 .flip_prob = e.options.flip_prob,
                                 .discount = e.options.discount};
  if (kind == AnnotatorKind::return_) return Annotator(options);
  return {options, optimal_advantages(e.problem.model, e.problem.gamma)};
}

}  // namespace

EfficiencyWorld make_efficiency_world(const EfficiencyExperiment& e, const StopRequest& stop) {
  const FiniteMdp model = started_as(e.problem.model, SegmentStart::uniform);
  Problem anywhere = e.problem;
  anywhere.model = model;
  const Truth truth = exact_truth(anywhere, stop);
  if (!(truth.optimal_return > truth.random_return))
    throw std::invalid_argument(
        fmt::format("{}: random actions are as good as any there: there is nothing to be learned",
                    e.problem.name));
  EfficiencyWorld world{
      model,
      e.problem.gamma,
      SegmentSampler(
          model, uniform_policy(model),
          {.fragment_length = e.options.fragment_length, .absorbing = e.options.absorbing}),
      {},
      next_state_features(model),
      pair_features(model),
      entering_rewards(model, [](State, Action, const Outcome& outcome) { return outcome.reward; }),
      truth.optimal_return,
      truth.random_return};
  for (const AnnotatorKind kind : e.annotators)
    world.annotators.push_back(efficiency_annotator(e, kind));
  return world;
}

std::vector<double> entering_rewards(
    const FiniteMdp& model, const std::function<double(State, Action, const Outcome&)>& reward) {
  struct Mean {
    double sum = 0, weight = 0;
  };
  std::vector<Mean> from_elsewhere(index(model.num_states())), staying(from_elsewhere.size());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& outcome : model.outcomes(s, a)) {
        Mean& mean = (outcome.next == s ? staying : from_elsewhere)[index(outcome.next)];
        mean.sum += outcome.probability * reward(s, a, outcome);
        mean.weight += outcome.probability;
      }
  std::vector<double> entering(from_elsewhere.size());
  for (std::size_t s = 0; s < entering.size(); ++s) {
    const Mean& mean = from_elsewhere[s].weight > 0 ? from_elsewhere[s] : staying[s];
    entering[s] =
        mean.weight > 0 ? mean.sum / mean.weight : std::numeric_limits<double>::quiet_NaN();
  }
  return entering;
}

}  // namespace rl::apps
