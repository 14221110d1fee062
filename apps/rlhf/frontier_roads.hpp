#pragma once
/// \file
/// The roads of the frontier by name: how each makes a policy of what a seed draws, and the point
/// in the plane of KL and gold that this policy is.
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/row_policy.hpp"
#include "apps/rlhf/frontier.hpp"
#include "apps/rlhf/language_data.hpp"
#include "apps/rlhf/language_task.hpp"
#include "rl/random.hpp"
#include "rl/segment.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

/// What a seed draws.
struct FrontierData {
  std::vector<SegmentPair> pairs;
  std::map<std::string, LanguageReward> models;  ///< by the name of their features
};

/// All that is the same for every point.
struct FrontierSetting {
  const LanguageTask& task;
  const FrontierOptions& options;
  RewardTable chance;  ///< chance_to_win
  StopRequest stop;

  PolicyRows reference() const { return task.reference.rows(); }
  TablePolicy start() const { return {task.problem.model, task.bigrams, reference()}; }
};

/// Of a policy. `proxy`: what it was trained on, null where there is none.
FrontierPoint frontier_point(const FrontierSetting& setting, const PolicyRows& policy,
                             const RewardTable* proxy);
/// The reference's own.
FrontierPoint reference_point(const FrontierSetting& setting);
FrontierPoint exact_optimum(const FrontierSetting& setting, double beta);

struct FrontierRoad {
  FrontierMethod method;
  std::function<FrontierPoint(const FrontierSetting&, double beta, const FrontierData&, const Rng&)>
      point;
};
const std::vector<FrontierRoad>& frontier_roads();
/// By name, `-` and `_` alike. Throws std::invalid_argument with the nearest name.
const FrontierRoad& frontier_road(std::string_view name);

/// Pairs of a seed, and the reward models that these roads need.
FrontierData frontier_data(const LanguageTask& task, const FrontierOptions& options,
                           std::span<const FrontierRoad* const> roads, std::uint64_t seed);

}  // namespace rl::apps
