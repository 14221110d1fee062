#pragma once
/// \file
/// What a file of preference data holds, told before anything is learned from it: how much, how
/// long, what contradicts itself, and, in its world, how often labels agree with true rewards.
#include <string>
#include <vector>

#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_summary.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

struct DataDescription {
  DataSummary summary;
  std::vector<std::string> warnings;
};

/// `world`: null where none was named. Throws std::invalid_argument for a world beside data without
/// comparisons.
DataDescription describe_data(const PreferenceData& data, const PreferenceWorld* world);

}  // namespace rl::apps
