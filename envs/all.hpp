#pragma once
/// \file
/// All worlds of the library under their names.
#include "rl/registry.hpp"

namespace rl {

/// Adds every world of `envs/`.
void add_worlds(Registry& registry);

}  // namespace rl
