#pragma once
/// \file
/// The pairs that a reward model is fitted to and judged by, with weights and margins, and whether
/// they say anything at all.
#include <cstddef>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/reward_metrics.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/random.hpp"

namespace rl::apps {

struct RewardData {
  std::vector<SegmentPair> pairs = {};
  std::vector<double> weights = {};  ///< > 0: [N]
  std::vector<double> margins = {};  ///< log-odds by which the first has to be ahead: [N]

  std::size_t size() const { return pairs.size(); }
  bool has_margins() const;  ///< one that is not 0
  PairLabels labels() const;
};

/// --dataset and its keys, --margin-key among them. A margin is what the preferred one has to be
/// ahead by: where the label is below 1/2 that is the second. Pairs of weight 0 are left out, which
/// is told. Throws std::invalid_argument, naming file and line, for a tie with a margin.
RewardData read_reward_data(const PreferenceWorld& world, const Arguments& arguments,
                            Console& console);

struct DividedRewardData {
  RewardData training, held_out;
};
/// A random share held out; 0: nothing.
DividedRewardData divide(RewardData data, double held_out, Rng& rng);

/// Throws std::invalid_argument where labels leave nothing to learn: all are ties, or every
/// comparison is answered as often one way as the other.
void require_preferences(const RewardData& training);
/// The same of what features can see: that nothing differs between the two of any pair, or that
/// all preferences cancel out, as they do in a circle.
void require_seen_preferences(const RewardFeatures& features, const RewardData& training,
                              double discount);

}  // namespace rl::apps
