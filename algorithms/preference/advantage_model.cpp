#include "algorithms/preference/advantage_model.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace rl {

namespace {

void require_available_steps(const FiniteMdp& model, const Segment& segment, std::size_t pair) {
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    const Action a = segment.actions[t];
    const bool known = s >= 0 && s < model.num_states() && a >= 0 && a < model.num_actions() &&
                       (model.terminal(s) || model.available(s, a));
    if (!known)
      throw std::invalid_argument(fmt::format(
          "advantage model: pair {}: action {} is not available in state {}", pair, a, s));
  }
}

}  // namespace

AdvantageModel fit_advantages(const FiniteMdp& model, std::span<const SegmentPair> pairs,
                              const RewardFitOptions& options) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    require_available_steps(model, pairs[i].first, i);
    require_available_steps(model, pairs[i].second, i);
  }
  return advantages_of(model, fit_linear_reward(pair_features(model), pairs, options).fit);
}

AdvantageModel advantages_of(const FiniteMdp& model, SegmentRewards fit) {
  QTable advantages(model);
  if (fit.weights.size() != static_cast<Eigen::Index>(advantages.shown().size()))
    throw std::invalid_argument(
        fmt::format("advantage model: {} weights in a world of {} pairs (s, a)", fit.weights.size(),
                    advantages.shown().size()));
  Eigen::Index k = 0;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a, ++k)
      if (!model.terminal(s) && model.available(s, a)) advantages(s, a) = fit.weights[k];
  return {std::move(advantages), std::move(fit)};
}

TabularPolicy greedy_policy(const FiniteMdp& model, const AdvantageModel& advantages) {
  return greedy_policy(model, advantages.advantages);
}

double segment_advantage(const AdvantageModel& advantages, const Segment& segment,
                         double discount) {
  double sum = 0;
  double weight = 1;  // gamma^t
  for (std::size_t t = 0; t < segment.length(); ++t) {
    sum += weight * advantages.advantages(segment.states[t], segment.actions[t]);
    weight *= discount;
  }
  return sum;
}

}  // namespace rl
