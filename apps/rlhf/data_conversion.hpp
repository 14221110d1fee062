#pragma once
/// \file
/// Data of one format as data of another, and how many records that costs.
#include <cstddef>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

/// As --format and --to name it: "segments" for pairs of segments.
std::string shown_format(DataFormat format);
/// "pairs, labelled, demonstrations, prompts, segments"
const std::vector<std::string>& writable_formats();
/// Throws std::invalid_argument with the nearest name.
DataFormat writable_format(const std::string& name);

struct ConvertedData {
  PreferenceData data = {};
  std::size_t skipped = 0;  ///< records that came into nothing
  std::string why = {};     ///< they did not: "are ties"
  std::size_t bare = 0;     ///< records that lost a margin, a score or a weight
};
/// `world`: null where none was named; segments and texts become each other only in one. Throws
/// std::invalid_argument, saying why and what is possible instead.
ConvertedData converted(const PreferenceData& data, DataFormat to, const PreferenceWorld* world);

}  // namespace rl::apps
