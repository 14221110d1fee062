#pragma once
/// \file
/// The list of algorithms.
#include "rl/registry.hpp"

namespace rl {

/// Adds every algorithm of the library.
void add_algorithms(Registry& registry);

}  // namespace rl
