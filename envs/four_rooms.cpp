#include "envs/four_rooms.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace rl {

Problem four_rooms(const FourRoomsOptions& options, const WorldContext& context) {
  std::vector<std::string> rows = {
      "#############", "#.....#.....#", "#.....#.....#", "#...........#", "#.....#.....#",
      "#.....#.....#", "##.####.....#", "#.....###.###", "#.....#.....#", "#.....#.....#",
      "#...........#", "#.....#.....#", "#############"};
  char& goal = rows.at(static_cast<std::size_t>(options.goal_row))
                   .at(static_cast<std::size_t>(options.goal_col));
  if (goal == '#')
    throw std::invalid_argument(fmt::format("options 'goal_row' and 'goal_col': ({}, {}) is a wall",
                                            options.goal_row, options.goal_col));
  goal = 'T';
  GridWorld world;
  world.map = parse_map(rows);
  world.rules.r_boundary = 0;
  world.rules.slip = options.slip;
  world.rules.target_terminates = true;
  world.moves = {kUp, kDown, kLeft, kRight};
  world.number_blocked_cells = false;
  world.one_based = false;
  return grid_problem(world, context);
}

}  // namespace rl
