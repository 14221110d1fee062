#pragma once
/// \file
/// A grid world whose rows are computed (rl/grid_model.hpp): a byte a cell instead of a table, for
/// grids of which a hundred million cells are planned.
#include <optional>
#include <string>

#include "envs/grid_world/world.hpp"
#include "rl/grid_model.hpp"

namespace rl {

/// What a cell needs beside its class; empty where nothing does.
std::optional<std::string> why_not_matrix_free(const GridWorld& world);

/// The same model as grid_model(world). Throws std::invalid_argument where one needs a table.
GridModel matrix_free_grid(const GridWorld& world);

}  // namespace rl
