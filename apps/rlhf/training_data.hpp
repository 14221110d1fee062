#pragma once
/// \file
/// --dataset of the trainers: files of rlbook or of the common trainers, as segments of the world.
#include <string>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// --dataset, --prompt-key, --chosen-key, --rejected-key, --allow-variable-horizon
std::vector<FlagSpec> dataset_flags();

/// A hash of the file's bytes.
std::string dataset_hash(const Arguments& arguments);

// Errors name file and record. Keys that nobody reads are told on the console, with a count.

/// Pairs of texts, responses with pairs of numbers, or pairs of segments.
std::vector<LabelledPair> read_training_pairs(const PreferenceWorld& world,
                                              const Arguments& arguments, Console& console);
/// Responses that are good or bad; pairs are taken apart.
std::vector<JudgedSegment> read_judged(const PreferenceWorld& world, const Arguments& arguments,
                                       Console& console);
/// Demonstrations; of pairs the preferred ones.
std::vector<Segment> read_shown(const PreferenceWorld& world, const Arguments& arguments,
                                Console& console);

}  // namespace rl::apps
