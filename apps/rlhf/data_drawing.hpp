#pragma once
/// \file
/// What data are drawn from a world: by which policy, from where, how long, and which pairs are
/// worth a question.
#include <string>
#include <vector>

#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/arguments.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

/// --policy --fragment-length --segment-start --absorbing
std::vector<FlagSpec> drawing_flags();

struct DataPolicy {
  FrozenPolicy policy;
  std::string name;  ///< "its base language", "the uniform policy", or the file
};
/// --policy; else in token_world and contextual_bandit the base language that is drawn with them;
/// else the uniform policy.
DataPolicy data_policy(const PreferenceWorld& world, const Arguments& arguments);

/// Of fragments. Throws std::invalid_argument for --start where these begin in any state.
SegmentSamplerOptions fragment_options(const Arguments& arguments);

/// Throws std::invalid_argument for --fragment-length and its like, where texts are whole
/// responses.
void refuse_fragment_flags(const PreferenceWorld& world, const Arguments& arguments);

/// Two of a pair:
///
///     where all responses can be listed   whole ones to the same prompt, or, for segments, such as
///                                         the flags describe once one of them is given
///     elsewhere, as texts                 fragments of one length from the same state
///     elsewhere, as segments              fragments of one length, each from a start of its own
///
/// A pair that is the same twice, and one that ended too early, is drawn again, prompt and all:
/// there would be nothing to prefer. Throws std::invalid_argument where that never ends, and for
/// flags without effect.
PairSource pair_source(const PreferenceWorld& world, const FrozenPolicy& policy,
                       const Arguments& arguments, bool as_texts);

}  // namespace rl::apps
