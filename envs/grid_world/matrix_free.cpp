#include "envs/grid_world/matrix_free.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace rl {

namespace {

CellClass cell_class(const CellType& type, const GridRules& rules) {
  const bool forbidden = type.kind == CellKind::forbidden;
  CellClass c;
  c.reward = reward_of(type, rules);
  c.is_wall = type.kind == CellKind::wall;
  c.blocks = c.is_wall || (forbidden && rules.forbidden == ForbiddenRule::bounce);
  c.terminal = c.blocks || (forbidden && rules.forbidden == ForbiddenRule::end) ||
               (type.kind == CellKind::target && rules.target_terminates);
  if (forbidden && rules.bump_from_forbidden == BumpRule::sum) c.bump_reward = rules.r_forbidden;
  return c;
}

/// Each class once, of the types that the map has.
void classify(const GridWorld& world, GridDescription& grid) {
  std::array<bool, 256> used{};
  for (const std::uint8_t type : world.map.cells) used[type] = true;
  std::array<std::uint8_t, 256> class_of{};
  for (std::size_t type = 0; type < world.map.types.size(); ++type) {
    if (!used[type]) continue;
    const CellClass c = cell_class(world.map.types[type], world.rules);
    const auto known = std::find(grid.classes.begin(), grid.classes.end(), c);
    class_of[type] = static_cast<std::uint8_t>(known - grid.classes.begin());
    if (known == grid.classes.end()) grid.classes.push_back(c);
  }
  grid.cells.reserve(world.map.cells.size());
  for (const std::uint8_t type : world.map.cells) grid.cells.push_back(class_of[type]);
}

}  // namespace

std::optional<std::string> why_not_matrix_free(const GridWorld& world) {
  if (!world.teleports.empty()) return "from some cells one is carried elsewhere";
  if (world.rules.forbidden == ForbiddenRule::restart) return "forbidden cells send to the start";
  if (!world.number_blocked_cells) return "cells that nobody enters are no states";
  if (world.blocked_cells_have_rows) return "an agent may be in a blocked cell";
  return std::nullopt;
}

GridModel matrix_free_grid(const GridWorld& world) {
  if (const auto reason = why_not_matrix_free(world)) throw std::invalid_argument(*reason);
  GridDescription grid{.rows = world.map.rows, .cols = world.map.cols};
  classify(world, grid);
  grid.r_boundary = world.rules.r_boundary;
  grid.actions = branches_of(world.moves, world.rules);
  grid.wind = world.rules.wind;
  grid.stochastic_wind = world.rules.stochastic_wind;
  const GridModel model(std::move(grid));
  return world.rules.start == StartRule::uniform
             ? model
             : model.with_starts(world.map.cells_of(CellKind::start));
}

}  // namespace rl
