#pragma once
/// \file
/// Texts and segments of a world, one made of the other. As text, a response is a prompt, the name
/// of the state that it begins in, and a completion, the numbers of its actions ("s1" and "1 2 2").
/// That tells the way only where every step is certain.
#include <string>

#include "algorithms/preference/dataset.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/mdp.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// Throws std::invalid_argument, naming a step that is left to chance. `what`: "pairs"
void require_texts(const PreferenceWorld& world, const std::string& what);

/// The preferred one is `chosen`. 1/2 is a tie, and what is neither 0, 1/2 nor 1 a label.
PreferencePair text_pair(const PreferenceWorld& world, const SegmentPair& pair);
/// Throws std::invalid_argument as `segment_of` does.
SegmentPair segment_pair(const PreferenceWorld& world, const PreferencePair& pair);
/// P(chosen is the better one).
double preference_of_pair(const PreferencePair& pair);

/// Throws std::invalid_argument, naming a state or an action that the world does not have. Steps
/// that stay in a terminal state, which fill up a segment, are allowed.
void require_segment_of(const PreferenceWorld& world, const Segment& segment);

/// The rewards of a segment that has none, as people's data have none: those of the world, unless a
/// step was left to chance.
void fill_in_rewards(const PreferenceWorld& world, Segment& segment);

/// Without the steps in a terminal state that fill it up after its end, which no text can hold and
/// which ask no policy for anything.
Segment without_filling(const FiniteMdp& model, const Segment& segment);

/// Through the same states by the same actions.
bool same_way(const Segment& a, const Segment& b);

}  // namespace rl::apps
