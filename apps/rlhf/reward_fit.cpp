#include "apps/rlhf/reward_fit.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/ensemble.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/option_flags.hpp"

namespace rl::apps {

namespace {

StoredReward linear_fit(const RewardFeatures& features, const RewardData& data,
                        const RewardModelOptions& options, const Rng& rng, Console& console) {
  const RewardFitOptions fit{.discount = options.discount,
                             .loss = {.l2 = options.l2,
                                      .flip_probability = options.flip_probability(),
                                      .rationality = options.rationality,
                                      .centering = options.center_rewards_coefficient},
                             .margins = data.margins,
                             .weights = data.weights,
                             .allow_variable_horizon = true};
  StoredReward reward{.features = features.name, .weights = {}};
  if (options.ensemble_size == 1) {
    const LinearRewardFit one = fit_linear_reward(features, data.pairs, fit);
    reward.weights = one.reward.weights.transpose();
    reward.converged = {one.fit.converged};
    if (!one.fit.converged) console.warn("the fit did not converge");
    return reward;
  }
  RewardEnsemble ensemble =
      fit_reward_ensemble(features, data.pairs, fit, options.ensemble_size, rng);
  reward.weights = std::move(ensemble.weights);
  reward.converged.assign(ensemble.converged.begin(), ensemble.converged.end());
  if (const Eigen::Index converged = ensemble.converged.count();
      converged < ensemble.converged.size())
    console.warn(fmt::format("the fits of {} of {} members did not converge",
                             ensemble.converged.size() - converged, ensemble.converged.size()));
  return reward;
}

/// As many pairs, drawn with replacement.
RewardData bag_of(const RewardData& data, Rng& rng) {
  RewardData bag;
  for (const Eigen::Index row : bootstrap_rows(static_cast<Eigen::Index>(data.size()), rng)) {
    const auto i = static_cast<std::size_t>(row);
    bag.pairs.push_back(data.pairs[i]);
    bag.weights.push_back(data.weights[i]);
    bag.margins.push_back(data.margins[i]);
  }
  return bag;
}

/// --max-steps, or what --num-train-epochs comes to.
std::int64_t steps_of_fit(const RewardModelOptions& options, const Arguments& arguments,
                          std::size_t pairs) {
  const std::optional<double> epochs = arguments.number("num_train_epochs", {0, 1e9});
  if (!epochs) return options.max_steps;
  const auto batch = std::min<std::size_t>(static_cast<std::size_t>(options.batch_size),
                                           std::max<std::size_t>(pairs, 1));
  const std::size_t batches = (pairs + batch - 1) / batch;
  return std::llround(*epochs * static_cast<double>(batches));
}

/// The parameters of one network after its steps; empty after Ctrl-C.
std::optional<Eigen::VectorXd> network_fit(const RewardFeatures& features, const RewardData& data,
                                           const NetworkRewardOptions& options, std::int64_t steps,
                                           const Rng& rng, Console& console, Progress& progress,
                                           double done, double share) {
  NetworkRewardFit fit(features, data.pairs, options, rng, data.margins, data.weights);
  while (fit.updates() < steps) {
    if (console.interrupted()) return std::nullopt;
    fit.advance();
    if (!std::isfinite(fit.batch_loss()))
      throw std::runtime_error(
          fmt::format("the reward diverged at step {}: its loss is not finite; take smaller steps "
                      "(--learning-rate)",
                      fit.updates()));
    progress.update(done + share * static_cast<double>(fit.updates()) / static_cast<double>(steps));
  }
  const std::span<const double> w = std::as_const(fit).network().parameters();
  return Eigen::Map<const Eigen::VectorXd>(w.data(), static_cast<Eigen::Index>(w.size()));
}

std::optional<StoredReward> network_fits(const RewardFeatures& features, const RewardData& data,
                                         const RewardModelOptions& options, std::int64_t steps,
                                         const Rng& rng, Console& console) {
  const NetworkRewardOptions fit{.network = options.network,
                                 .learning_rate = options.learning_rate,
                                 .batch_size = options.batch_size,
                                 .discount = options.discount,
                                 .centering = options.center_rewards_coefficient,
                                 .l2 = options.l2,
                                 .flip_probability = options.flip_probability(),
                                 .rationality = options.rationality,
                                 .allow_variable_horizon = true};
  const int members = options.ensemble_size;
  StoredReward reward{.features = features.name,
                      .weights = {members, static_cast<Eigen::Index>(num_reward_parameters(
                                               features.count(), options.network))},
                      .network = options.network};
  Progress progress(console, "rlhf reward");
  for (int k = 0; k < members; ++k) {
    Rng stream = rng.split(static_cast<std::uint64_t>(k));
    const auto w =
        network_fit(features, members == 1 ? data : bag_of(data, stream), fit, steps, stream,
                    console, progress, static_cast<double>(k) / members, 1.0 / members);
    if (!w) return std::nullopt;
    reward.weights.row(k) = *w;
  }
  return reward;
}

/// The members' mean return of each segment.
PairReturns mean_returns(const PreferenceWorld& world, const StoredReward& reward,
                         const std::vector<SegmentPair>& pairs, double discount) {
  const auto n = static_cast<Eigen::Index>(pairs.size());
  PairReturns returns{Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)};
  const auto members = static_cast<double>(reward.weights.rows());
  for (Eigen::Index k = 0; k < reward.weights.rows(); ++k) {
    const RewardFunction r = reward_member(world, reward, k);
    for (Eigen::Index i = 0; i < n; ++i) {
      const SegmentPair& pair = pairs[static_cast<std::size_t>(i)];
      returns.first[i] += segment_return(r, pair.first, discount) / members;
      returns.second[i] += segment_return(r, pair.second, discount) / members;
    }
  }
  return returns;
}

}  // namespace

std::vector<FlagSpec> reward_model_flags() {
  std::vector<FlagSpec> flags = option_flags(RewardModelOptions{});
  flags.push_back({"num_train_epochs", "X", "passes over the pairs, in place of --max-steps"});
  return flags;
}

RewardModelOptions reward_model_options(const Arguments& arguments) {
  const RewardModelOptions options = options_from(arguments, RewardModelOptions{});
  if (options.model_class == RewardClass::linear) {
    const std::string on_what = "unless --model-class is network";
    refuse_options(arguments, describe(NetworkOptions{}), on_what);
    refuse_given(arguments, {"learning_rate", "batch_size", "max_steps", "num_train_epochs"},
                 on_what);
  }
  if (arguments.given("num_train_epochs") && arguments.given("max_steps"))
    throw std::invalid_argument("--num-train-epochs and --max-steps both say how long");
  return options;
}

std::optional<StoredReward> fit_reward(const PreferenceWorld& world, const RewardFeatures& features,
                                       const RewardData& data, const RewardModelOptions& options,
                                       const Arguments& arguments, const Rng& rng,
                                       Console& console) {
  require_preferences(data);
  const bool linear = options.model_class == RewardClass::linear;
  if (linear) require_seen_preferences(features, data, options.discount);
  std::optional<StoredReward> reward =
      linear ? linear_fit(features, data, options, rng, console)
             : network_fits(features, data, options, steps_of_fit(options, arguments, data.size()),
                            rng, console);
  if (!reward) return reward;
  constexpr double kNothingLearned = 1e-6;  // of the loss: no digit that is shown has changed
  const double equal = loss_of_equal_rewards(data, options);
  const double loss = measured(world, *reward, data, options).loss;
  if (loss >= (1 - kNothingLearned) * equal)
    console.warn(fmt::format(
        "the loss is {:.4f} after the fit, where equal rewards have {:.4f}{}: the model tells "
        "nothing apart; {}",
        loss, equal, data.has_margins() ? "" : " = ln 2",
        linear
            ? fmt::format(
                  "its weights are held at 0 by --l2 {:g}{}", options.l2,
                  options.center_rewards_coefficient > 0 ? " or --center-rewards-coefficient" : "")
            : "give it more --max-steps, another --learning-rate or less --l2, if the labels "
              "do not contradict each other"));
  return reward;
}

RewardMetrics measured(const PreferenceWorld& world, const StoredReward& reward,
                       const RewardData& data, const RewardModelOptions& options) {
  return reward_metrics(mean_returns(world, reward, data.pairs, options.discount), data.labels(),
                        options.rationality, options.flip_probability());
}

double loss_of_equal_rewards(const RewardData& data, const RewardModelOptions& options) {
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(data.size()));
  return reward_metrics({zero, zero}, data.labels(), options.rationality,
                        options.flip_probability())
      .loss;
}

}  // namespace rl::apps
