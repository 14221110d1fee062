#pragma once
/// \file
/// Is a continuous world what it says: what is seen lies in its space, rewards are finite, equal
/// seeds make equal runs and what is saved goes on the same (rl/check_model.hpp for finite worlds).
#include <vector>

#include "rl/check_model.hpp"
#include "rl/problem.hpp"

namespace rl {

/// Lives through options.run_steps steps of random actions, between -1 and 1 where these have no
/// bounds. Requires a problem with a continuous world.
std::vector<Finding> check_continuous(const Problem& problem, const CheckOptions& options,
                                      const Rng& rng);

}  // namespace rl
