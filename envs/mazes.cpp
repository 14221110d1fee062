#include "envs/mazes.hpp"

#include <string>
#include <utility>
#include <vector>

namespace rl {

namespace {

using MapRows = std::vector<std::string>;

GridWorld maze(const MapRows& rows) {
  GridWorld world;
  world.map = parse_map(rows);
  world.rules.r_boundary = 0;
  world.rules.target_terminates = true;
  world.moves = {kUp, kDown, kLeft, kRight};
  world.gamma = 0.95;
  world.one_based = false;
  return world;
}

MapRows enlarged(const MapRows& rows, int factor) {
  const auto f = static_cast<std::size_t>(factor);
  MapRows large;
  for (const std::string& row : rows) {
    std::string wide;
    for (const char letter : row) wide.append(f, letter == 'S' ? '.' : letter);
    large.insert(large.end(), f, wide);
    if (const std::size_t start = row.find('S'); start != std::string::npos)
      large[large.size() - f][start * f] = 'S';
  }
  return large;
}

Problem changing_maze(const MapRows& before, const MapRows& after, std::int64_t change_after,
                      const WorldContext& context) {
  GridWorld first = maze(before);
  GridWorld second = maze(after);
  first.blocked_cells_have_rows = second.blocked_cells_have_rows = true;
  Problem problem = grid_problem(first, context);  // with a table: blocked cells have rows
  problem.changing = SwitchingEnvironment({problem.model, grid_model(second)}, {change_after});
  return problem;
}

const MapRows kLeftWall = {"........T", ".........", ".........",
                           "########.", ".........", "...S....."};
const MapRows kRightWall = {"........T", ".........", ".........",
                            ".########", ".........", "...S....."};
const MapRows kBothOpen = {"........T", ".........", ".........",
                           ".#######.", ".........", "...S....."};

}  // namespace

Problem dyna_maze(const DynaMazeOptions& options, const WorldContext& context) {
  const MapRows rows = {".......#T", "..#....#.", "S.#....#.",
                        "..#......", ".....#...", "........."};
  const std::int64_t factor = options.factor;
  check_grid_size(6 * factor, 9 * factor, 4, context);
  return grid_problem(maze(enlarged(rows, options.factor)), context);
}

Problem blocking_maze(const ChangingMazeOptions& options, const WorldContext& context) {
  return changing_maze(kLeftWall, kRightWall, options.change_after, context);
}

Problem shortcut_maze(const ChangingMazeOptions& options, const WorldContext& context) {
  return changing_maze(kRightWall, kBothOpen, options.change_after, context);
}

ChangingMazeOptions shortcut_maze_options() {
  ChangingMazeOptions options;
  options.change_after = 3000;
  return options;
}

}  // namespace rl
