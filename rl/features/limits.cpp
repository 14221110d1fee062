#include "rl/features/limits.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "rl/features.hpp"

namespace rl {

std::size_t checked_size(double num_features) {
  if (num_features > static_cast<double>(FeatureMap::kMostFeatures))
    throw std::invalid_argument(fmt::format("{:.10g} features; a map has at most {}", num_features,
                                            FeatureMap::kMostFeatures));
  return static_cast<std::size_t>(num_features);
}

}  // namespace rl
