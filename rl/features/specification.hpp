#pragma once
/// \file
/// What features are asked for: kinds with their options, read from text.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rl {

struct FeatureSpecification {
  std::string kind;
  nlohmann::json options;  ///< an object; whether the kind has them is not checked yet
};

/// JSON or short form (rl/features.hpp). Throws std::invalid_argument for any other shape, and
/// where nothing is asked for.
std::vector<FeatureSpecification> read_features(std::string_view text);

}  // namespace rl
