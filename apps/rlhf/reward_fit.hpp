#pragma once
/// \file
/// Reward models of either class, fitted to labelled pairs and measured: linear ones by Newton's
/// method, networks by Adam; alone, or each member of an ensemble on a bag of its own.
#include <cstdint>
#include <optional>
#include <string>

#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/network_reward.hpp"
#include "algorithms/preference/reward_metrics.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "apps/rlhf/reward_data.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"

namespace rl::apps {

/// What rewards are made of.
enum class RewardClass : int {
  linear,   ///< w . phi
  network,  ///< a network is shown phi
};

struct RewardModelOptions {
  RewardClass model_class = RewardClass::linear;
  double l2 = 0.3;
  double noise_prob = 0;
  double rationality = 1;
  double center_rewards_coefficient = 0;
  double discount = 1;
  int ensemble_size = 1;
  NetworkOptions network = NetworkRewardOptions{}.network;
  double learning_rate = NetworkRewardOptions{}.learning_rate;
  std::int64_t batch_size = NetworkRewardOptions{}.batch_size;
  std::int64_t max_steps = 1000;

  double flip_probability() const { return flip_probability_of_noise(noise_prob); }

  template <class Visitor>
  void visit(Visitor& v) {
    v("model_class", model_class, "linear in the features, or a network of them",
      {"linear", "network"});
    v("l2", l2, "adds l2 / 2 |w|^2 to the sum of the pairs' losses", Range{0, 1e9});
    v("noise_prob", noise_prob,
      "probability that a label is random; it is flipped with half of that", Range{0, 0.999});
    v("rationality", rationality, "log-odds by which a reward of 1 is preferred", Range{1e-9, 1e9});
    v("center_rewards_coefficient", center_rewards_coefficient,
      "adds this times the square of a pair's summed rewards", Range{0, 1e9});
    v("discount", discount, "of the steps within a segment", Range{1e-9, 1});
    v("ensemble_size", ensemble_size, "members, each fitted to a bag of the pairs", Range{1, 1000});
    network.visit(v);
    v("learning_rate", learning_rate, "step size of a network's fit", Range{0, 1e6});
    v("batch_size", batch_size, "pairs of a network's gradient", Range{1, 1e9});
    v("max_steps", max_steps, "gradient steps of a network's fit", Range{1, 1e12});
  }
};

/// Those of a network with --num-train-epochs, which may stand for --max-steps.
std::vector<FlagSpec> reward_model_flags();
/// Throws std::invalid_argument for options that the class does not have.
RewardModelOptions reward_model_options(const Arguments& arguments);

/// Members beyond the first come from bags, all from `rng`. Members that did not converge are told.
/// Empty after Ctrl-C. Throws std::invalid_argument where the data do not determine a reward, and
/// std::runtime_error for a network that diverges.
std::optional<StoredReward> fit_reward(const PreferenceWorld& world, const RewardFeatures& features,
                                       const RewardData& data, const RewardModelOptions& options,
                                       const Arguments& arguments, const Rng& rng,
                                       Console& console);

/// Of the members' mean reward, as it was fitted.
RewardMetrics measured(const PreferenceWorld& world, const StoredReward& reward,
                       const RewardData& data, const RewardModelOptions& options);

/// The loss of a reward that is the same everywhere: ln 2 where no pair has a margin.
double loss_of_equal_rewards(const RewardData& data, const RewardModelOptions& options);

}  // namespace rl::apps
