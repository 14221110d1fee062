#pragma once
/// \file
/// A reward model on disk, reward.json: a linear one, a network or an ensemble of such, with the
/// features that it is made of and how it was normalised.
#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/network.hpp"

namespace rl::apps {

inline constexpr const char* kRewardFile = "reward.json";

/// Reward less `mean`, over `sd`: what it had under the reference.
struct RewardScaleOf {
  double mean = 0;
  double sd = 1;
};

struct StoredReward {
  std::string features;
  Eigen::MatrixXd weights;  ///< [K x n]: w of each linear member, or a network's parameters
  std::optional<RewardScaleOf> normalized = std::nullopt;
  std::optional<NetworkOptions> network = std::nullopt;  ///< the members are such networks
  std::vector<bool> converged = {};  ///< whether each linear member's fit did: [K]; empty: unknown
};

/// Parameters of a network with so many features.
std::size_t num_reward_parameters(std::size_t features, const NetworkOptions& network);

/// Names of the features that a reward of this world may be made of: the world's own, next_state,
/// state_action.
std::vector<std::string> reward_feature_names(const PreferenceWorld& world);
/// Throws std::invalid_argument with the nearest name.
RewardFeatures reward_features_of(const PreferenceWorld& world, const std::string& name);

/// r(s, a, s') of member k, as it was fitted.
RewardFunction reward_member(const PreferenceWorld& world, const StoredReward& reward,
                             Eigen::Index k);

/// r(s, a), members combined and normalised as stored: [S x A].
RewardTable table_of_reward(const PreferenceWorld& world, const StoredReward& reward,
                            const CombinationOptions& options);

std::string reward_json(const PreferenceWorld& world, const StoredReward& reward);
/// `path`: the file, or its folder. Throws std::invalid_argument, naming the file.
StoredReward read_reward(const std::string& path, const PreferenceWorld& world);

}  // namespace rl::apps
