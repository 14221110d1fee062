#pragma once
/// \file
/// Features of a linear method, drawn on the world whose states they are of.
#include <cstddef>
#include <string>
#include <vector>

#include "rl/drawing.hpp"
#include "rl/linear.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

class FeaturePictures {
 public:
  /// `features`: as option `features` of learners. Throws std::invalid_argument for what it does
  /// not know.
  FeaturePictures(const Problem& problem, const std::string& features);

  std::size_t size() const { return features_.map.size(); }
  /// Feature i in each state that is not terminal.
  PictureContent operator[](std::size_t i) const;

 private:
  std::vector<bool> terminal_;
  StateFeatures features_;
};

/// "phi.svg" and 3: "phi_3.svg".
std::string numbered(const std::string& path, std::size_t i);

}  // namespace rl::apps
