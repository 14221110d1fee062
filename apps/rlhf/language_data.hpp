#pragma once
/// \file
/// What learning from preferences is given in the small language world: pairs of responses that the
/// reference made, labelled by gold, and the reward models that are fitted to them.
///
/// Reward models are logistic regressions with a ridge on the world's features "bag" or "rich". The
/// annotator's rationality is 1, so what they estimate is gold in gold's own units, and a KL
/// coefficient means for a model what it means for gold: there is no gain to set. The constant that
/// comparisons cannot see is set, so that the reference earns by the model what it earns by gold.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/language_task.hpp"
#include "rl/random.hpp"
#include "rl/reward_features.hpp"

namespace rl::apps {

// ---- data ---------------------------------------------------------------------------------------

/// Pairs of the reference's responses to a random prompt, labelled by gold (Bradley-Terry,
/// rationality 1), labels flipped with this probability. Fewer of the same rng are the first ones
/// of more, and flips change labels alone.
std::vector<SegmentPair> preference_pairs(const LanguageTask& task, std::size_t n, double flip_prob,
                                          const Rng& rng);
std::vector<LabelledPair> labelled_pairs(std::span<const SegmentPair> pairs);
/// Two of each pair, the first one's first: the preferred is good, the other bad.
std::vector<JudgedSegment> judged_segments(std::span<const SegmentPair> pairs);

// ---- rewards: [S x A] ---------------------------------------------------------------------------

/// "bag" or "rich" of the world. Throws std::invalid_argument, with the nearest name.
const RewardFeatures& language_features(const LanguageTask& task, std::string_view name);

/// r(s, a) of weights, the constant set as above.
RewardTable language_reward(const LanguageTask& task, const LinearReward& reward);
/// Adds to the last step of every response what makes the reference earn what it earns by gold.
void set_constant(const LanguageTask& task, RewardTable& reward);

/// Fitted to whole responses, which differ in length.
RewardFitOptions language_fit(double l2);

/// A reward model of pairs, as the table that policies are paid by.
struct LanguageReward {
  RewardTable table;
  bool converged;  ///< its fit
};
LanguageReward learned_reward(const LanguageTask& task, const RewardFeatures& features,
                              std::span<const SegmentPair> pairs, double l2);

/// Of a response, paid at its last step: the probability that it beats one of the reference's to
/// the same prompt by gold, ties one half. A policy's expected reward is then its win rate.
RewardTable chance_to_win(const LanguageTask& task);

/// The numbers of a table, as the response tree takes them.
inline std::span<const double> numbers_of(const RewardTable& table) {
  return {table.data(), static_cast<std::size_t>(table.size())};
}

/// n numbers from `first` to `last`, each the same multiple of the one before: of beta, say.
std::vector<double> log_spaced(double first, double last, int n);

}  // namespace rl::apps
