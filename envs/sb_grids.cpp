#include "envs/sb_grids.hpp"

namespace rl {

Problem sb_grid_3_5(const NoOptions& /*options*/, const WorldContext& context) {
  GridWorld world;
  world.map = parse_map({".....", ".....", ".....", ".....", "....."});
  const auto cell = [&](int row, int col) { return world.map.cell(row, col); };
  world.teleports = {{cell(0, 1), cell(4, 1), 10}, {cell(0, 3), cell(2, 3), 5}};
  world.moves = standard_moves(4);
  world.one_based = false;
  return grid_problem(world, context);
}

Problem sb_grid_4_1(const NoOptions& /*options*/, const WorldContext& context) {
  GridWorld world;
  world.map = parse_map({"T...", "....", "....", "...T"});
  world.rules.r_boundary = world.rules.r_target = world.rules.r_other = -1;
  world.rules.target_terminates = true;
  world.moves = standard_moves(4);
  world.gamma = 1;
  world.one_based = false;
  return grid_problem(world, context);
}

}  // namespace rl
