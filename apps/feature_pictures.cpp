#include "apps/feature_pictures.hpp"

#include <fmt/format.h>

#include <limits>

namespace rl::apps {

FeaturePictures::FeaturePictures(const Problem& problem, const std::string& features)
    : features_(features_of_states(problem, features)) {
  for (State s = 0; s < problem.model.num_states(); ++s)
    terminal_.push_back(problem.model.terminal(s));
}

PictureContent FeaturePictures::operator[](std::size_t i) const {
  PictureContent content;
  content.title = fmt::format("feature {} of {}: {}", i, size(), features_.map.name(i));
  content.number_name = fmt::format("phi_{}(s)", i);
  content.number = values_of(features_.map, i, features_.points.values);
  for (std::size_t s = 0; s < terminal_.size(); ++s)
    if (terminal_[s]) content.number[s] = std::numeric_limits<double>::quiet_NaN();
  return content;
}

std::string numbered(const std::string& path, std::size_t i) {
  const std::size_t dot = path.rfind('.');
  return fmt::format("{}_{}{}", path.substr(0, dot), i, path.substr(dot));
}

}  // namespace rl::apps
