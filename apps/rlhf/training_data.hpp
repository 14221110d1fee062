#pragma once
/// \file
/// --dataset of the trainers: files of rlbook or of the common trainers, as segments of the world.
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/objectives.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// --dataset, --prompt-key, --chosen-key, --rejected-key, --allow-variable-horizon
std::vector<FlagSpec> dataset_flags();

/// The file of --dataset, read once.
struct DatasetFile {
  std::string name;
  std::string text;
  DataFormat format;
  PairKeys keys;
  bool variable_horizon;      ///< --allow-variable-horizon
  bool margins_read = false;  ///< the command has --margin-key

  /// Of the bytes and of the names under which they were read: which data a checkpoint is of.
  std::string hash() const;
};
DatasetFile open_dataset(const Arguments& arguments);

// Errors name file and line. Keys that nobody reads are told on the console, with a count.

/// Pairs of texts, responses with pairs of numbers, or pairs of segments.
std::vector<LabelledPair> read_training_pairs(const PreferenceWorld& world, const DatasetFile& file,
                                              Console& console);
/// Responses that are good or bad; pairs are taken apart.
std::vector<JudgedSegment> read_judged(const PreferenceWorld& world, const DatasetFile& file,
                                       Console& console);
/// Demonstrations; of pairs the preferred ones.
std::vector<Segment> read_shown(const PreferenceWorld& world, const DatasetFile& file,
                                Console& console);

}  // namespace rl::apps
