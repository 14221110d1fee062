#include "apps/rlhf/reward_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/network_reward.hpp"
#include "apps/rlhf/folders.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/options.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

constexpr const char* kRewardFormat = "rlbook reward 1";

StoredReward reward_from(const nlohmann::json& file, const PreferenceWorld& world) {
  if (!file.is_object() || file.value("format", "") != kRewardFormat)
    throw std::invalid_argument("is not a reward model that rlbook wrote");
  if (file.at("environment") != world.name())
    throw std::invalid_argument(fmt::format("is a reward model of {}, here the world is {}",
                                            file.at("environment").dump(), world.name()));
  if (file.at("world") != world.fingerprint())
    throw std::invalid_argument(
        "is of a world with other options, another --world-seed, --gamma or --start");
  StoredReward reward;
  reward.features = file.at("features").get<std::string>();
  const std::size_t features = reward_features_of(world, reward.features).count();
  if (const auto network = file.find("network"); network != file.end() && !network->is_null())
    reward.network = parse<NetworkOptions>(*network);
  const std::size_t n =
      reward.network ? num_reward_parameters(features, *reward.network) : features;
  const auto rows = file.at("weights").get<std::vector<std::vector<double>>>();
  if (rows.empty()) throw std::invalid_argument("has no members");
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (rows[k].size() != n)
      throw std::invalid_argument(
          reward.network
              ? fmt::format("member {} has {} parameters, such a network has {}", k, rows[k].size(),
                            n)
              : fmt::format("member {} has {} weights for {} features", k, rows[k].size(), n));
  reward.weights.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(n));
  for (std::size_t k = 0; k < rows.size(); ++k)
    for (std::size_t i = 0; i < n; ++i)
      reward.weights(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(i)) = rows[k][i];
  if (const auto scale = file.find("normalized"); scale != file.end() && !scale->is_null())
    reward.normalized = {scale->at("mean").get<double>(), scale->at("sd").get<double>()};
  if (reward.normalized && !(std::isfinite(reward.normalized->mean) && reward.normalized->sd > 0 &&
                             std::isfinite(reward.normalized->sd)))
    throw std::invalid_argument("a normalised reward has a mean and a deviation above 0");
  if (const auto converged = file.find("converged"); converged != file.end())
    reward.converged = converged->get<std::vector<bool>>();
  if (!reward.converged.empty() && reward.converged.size() != rows.size())
    throw std::invalid_argument(fmt::format("'converged' has {} values for {} members",
                                            reward.converged.size(), rows.size()));
  return reward;
}

/// Weights may be finite and their rewards overflow.
void require_finite_rewards(const PreferenceWorld& world, const StoredReward& reward) {
  if (!table_of_reward(world, reward, {}).allFinite())
    throw std::invalid_argument("its rewards are not finite");
}

}  // namespace

std::vector<std::string> reward_feature_names(const PreferenceWorld& world) {
  std::vector<std::string> names;
  for (const RewardFeatures& set : world.problem().reward_features) names.push_back(set.name);
  names.insert(names.end(), {"next_state", "state_action"});
  return names;
}

RewardFeatures reward_features_of(const PreferenceWorld& world, const std::string& name) {
  for (const RewardFeatures& set : world.problem().reward_features)
    if (canonical_name(set.name) == canonical_name(name)) return set;
  if (canonical_name(name) == "next_state") return next_state_features(world.model());
  if (canonical_name(name) == "state_action") return pair_features(world.model());
  throw std::invalid_argument(unknown_name("reward features", name, reward_feature_names(world)));
}

std::size_t num_reward_parameters(std::size_t features, const NetworkOptions& network) {
  return network_shape(features, network, 1).num_parameters();
}

RewardFunction reward_member(const PreferenceWorld& world, const StoredReward& reward,
                             Eigen::Index k) {
  RewardFeatures features = reward_features_of(world, reward.features);
  const Eigen::VectorXd w = reward.weights.row(k);
  if (!reward.network) return LinearReward{std::move(features), w};
  Network<double> network(network_shape(features.count(), *reward.network, 1));
  std::copy(w.begin(), w.end(), network.parameters().begin());
  return NetworkReward(std::move(features), std::move(network));
}

RewardTable table_of_reward(const PreferenceWorld& world, const StoredReward& reward,
                            const CombinationOptions& options) {
  std::vector<RewardTable> tables;
  for (Eigen::Index k = 0; k < reward.weights.rows(); ++k)
    tables.push_back(reward_table(world.model(), reward_member(world, reward, k)));
  RewardTable table = combined_table(tables, options);
  if (!reward.normalized) return table;
  const auto [mean, sd] = *reward.normalized;
  const FiniteMdp& model = world.model();
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      // Of whole responses the mean is taken off once, where they end.
      const bool counts =
          world.tree() == nullptr || world.tree()->next(s, a) == ResponseTree::kEnds;
      table(s, a) = (table(s, a) - (counts ? mean : 0)) / sd;
    }
  return table;
}

std::string reward_json(const PreferenceWorld& world, const StoredReward& reward) {
  nlohmann::ordered_json file;
  file["format"] = kRewardFormat;
  file["environment"] = world.name();
  file["world"] = world.fingerprint();
  file["features"] = reward.features;
  file["names"] = reward_features_of(world, reward.features).names;
  if (reward.network)
    file["network"] = nlohmann::ordered_json::parse(to_json_text(*reward.network));
  file["weights"] = nlohmann::ordered_json::array();
  for (Eigen::Index k = 0; k < reward.weights.rows(); ++k) {
    const Eigen::VectorXd w = reward.weights.row(k);
    file["weights"].push_back(std::vector<double>(w.data(), w.data() + w.size()));
  }
  if (!reward.converged.empty()) file["converged"] = reward.converged;
  file["normalized"] = nullptr;
  if (reward.normalized)
    file["normalized"] = {{"mean", reward.normalized->mean}, {"sd", reward.normalized->sd}};
  return file.dump() + '\n';
}

StoredReward read_reward(const std::string& path, const PreferenceWorld& world) {
  const std::string file = file_in(path, kRewardFile);
  const nlohmann::json json = parse_json(read_file(file), file);
  try {
    StoredReward reward = reward_from(json, world);
    require_finite_rewards(world, reward);
    return reward;
  } catch (const nlohmann::json::exception& e) {
    throw std::invalid_argument(fmt::format("{}: {}", file, json_error_text(e)));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", file, e.what()));
  }
}

}  // namespace rl::apps
