#include "envs/windy_grid.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

Problem windy_grid(const WindyGridOptions& options, const WorldContext& context) {
  if (options.actions != 4 && options.actions != 8 && options.actions != 9)
    throw std::invalid_argument(
        fmt::format("option 'actions': {} is not one of 4, 8, 9", options.actions));
  GridWorld world;
  world.map = parse_map({"..........", "..........", "..........", "S......T..", "..........",
                         "..........", ".........."});
  GridRules& rules = world.rules;
  rules.r_boundary = rules.r_target = rules.r_other = -1;
  rules.target_terminates = true;
  rules.wind = {0, 0, 0, 1, 1, 1, 2, 2, 1, 0};
  rules.stochastic_wind = options.stochastic_wind;
  world.moves = {kUp, kDown, kLeft, kRight, kUpLeft, kUpRight, kDownLeft, kDownRight, kStay};
  world.moves.resize(static_cast<std::size_t>(options.actions));
  world.gamma = 1;
  world.one_based = false;
  return grid_problem(world, context);
}

WindyGridOptions windy_grid_kings() {
  WindyGridOptions options;
  options.actions = 8;
  return options;
}

}  // namespace rl
