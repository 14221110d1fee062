#pragma once
/// \file
/// Afterstates (S&B 6.8): what an action does at once and for certain, before chance answers. Pairs
/// (s, a) that lead to one afterstate share what follows:
///
///     q(s, a) = c(s, a) + w(f(s, a)),   w(x) = E[ r - c(s, a) + gamma v(s') | f(s, a) = x ]
///
/// f(s, a) is the afterstate, c(s, a) the part of the reward that is known with it.
#include <cstdint>
#include <vector>

#include "rl/mdp.hpp"

namespace rl {

/// f and c of a finite model.
struct Afterstates {
  std::int32_t count = 0;           ///< numbered 0 .. count - 1
  std::vector<std::int32_t> of;     ///< f: [S x A]; -1 where a is not available in s
  std::vector<double> reward = {};  ///< c: [S x A]; empty: 0 everywhere
};

/// Throws std::invalid_argument unless f and c have the model's shape and all pairs of an
/// afterstate have the same row: next states, probabilities, and rewards beyond c. Names two pairs
/// that differ.
void check_afterstates(const FiniteMdp& model, const Afterstates& afterstates);

}  // namespace rl
