#pragma once
/// \file
/// The kinds of features by name.
#include <nlohmann/json.hpp>

#include "rl/features/basis.hpp"
#include "rl/features/specification.hpp"
#include "rl/space.hpp"

namespace rl {

struct MadeFeatures {
  Bases bases;
  nlohmann::json options;  ///< all of them, given or not
};

/// Throws std::invalid_argument for an unknown kind or option, with the nearest name, and for what
/// does not fit the space.
MadeFeatures make_part(const FeatureSpecification& part, const Space& space);

}  // namespace rl
