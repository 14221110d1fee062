#pragma once
/// \file
/// What all cells of the preference-efficiency experiment read: the world from a uniformly random
/// state, its samplers, annotators and features, and the truth that policies are judged by.
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/rlhf/efficiency.hpp"
#include "rl/mdp.hpp"
#include "rl/reward_features.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

struct EfficiencyWorld {
  FiniteMdp model;  ///< started anywhere
  double gamma;
  SegmentSampler sampler;
  std::vector<Annotator> annotators;
  RewardFeatures next_states, pairs;
  std::vector<double> true_entering;
  double optimal_return, random_return;
};
/// Throws as `run_efficiency` does.
EfficiencyWorld make_efficiency_world(const EfficiencyExperiment& experiment,
                                      const StopRequest& stop);

}  // namespace rl::apps
