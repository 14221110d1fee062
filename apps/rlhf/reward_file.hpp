#pragma once
/// \file
/// A reward model on disk, reward.json: a linear one or an ensemble of such, with the features that
/// it is made of and how it was normalised.
#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

inline constexpr const char* kRewardFile = "reward.json";

/// Reward less `mean`, over `sd`: what it had under the reference.
struct RewardScaleOf {
  double mean = 0;
  double sd = 1;
};

struct StoredReward {
  std::string features;
  Eigen::MatrixXd weights;  ///< [K x n]
  std::optional<RewardScaleOf> normalized = std::nullopt;
};

/// Names of the features that a reward of this world may be made of: the world's own, next_state,
/// state_action.
std::vector<std::string> reward_feature_names(const PreferenceWorld& world);
/// Throws std::invalid_argument with the nearest name.
RewardFeatures reward_features_of(const PreferenceWorld& world, const std::string& name);

/// r(s, a), members combined and normalised as stored: [S x A].
RewardTable table_of_reward(const PreferenceWorld& world, const StoredReward& reward,
                            const CombinationOptions& options);

std::string reward_json(const PreferenceWorld& world, const StoredReward& reward);
/// `path`: the file, or its folder. Throws std::invalid_argument, naming the file.
StoredReward read_reward(const std::string& path, const PreferenceWorld& world);

}  // namespace rl::apps
