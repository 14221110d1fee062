#pragma once
/// \file
/// phi(s, a, s'): what a linear reward is made of, r(s, a, s') = w . phi(s, a, s').
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "rl/features/basis.hpp"
#include "rl/types.hpp"

namespace rl {

struct RewardFeatures {
  std::string name;                ///< "bag"
  std::string doc;                 ///< what they can see, and what not
  std::vector<std::string> names;  ///< [n] what each of them counts
  /// Appends the features that are not 0, each number once.
  std::function<void(State s, Action a, State next, std::vector<Feature>& phi)> fill;

  std::size_t count() const { return names.size(); }
};

}  // namespace rl
