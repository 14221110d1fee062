#pragma once
/// \file
/// The mazes of Sutton and Barto's Dyna chapter, moved on by `envs/grid_world/world.hpp`. Actions
/// up, down, left, right.
///
///     dyna_maze (8.1)   blocking_maze (8.2)            shortcut_maze (8.3)
///     .......#T         ........T      ........T       ........T      ........T
///     ..#....#.         .........      .........       .........      .........
///     S.#....#.         .........      .........       .........      .........
///     ..#......         ########.      .########       .########      .#######.
///     .....#...         .........      .........       .........      .........
///     .........         ...S.....      ...S.....       ...S.....      ...S.....
///                       steps 1..1000  from 1001 on    steps 1..3000  from 3001 on
///
/// Entering the goal pays 1 and ends the episode, all else pays 0; walls and edges: stay put. gamma
/// .95; no limit; S&B's learners break ties at random. Walls keep their state's number. In the
/// changing mazes the wall moves when exactly `change_after` steps have been made, also in the
/// middle of an episode; who stands where a wall appears stays there and may walk out.
/// Enlarged by a factor f: every cell becomes f x f cells, goals and walls too; the start is the
/// top-left cell of the enlarged one.
/// Source: S&B 8.2-8.4, Figures 8.2, 8.4, 8.5, Example 8.4.
#include <cstdint>

#include "envs/grid_world/world.hpp"

namespace rl {

struct DynaMazeOptions {
  int factor = 1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("factor", factor, "every cell becomes factor x factor cells (S&B Example 8.4)",
      Range{1, 100'000});
  }
};
Problem dyna_maze(const DynaMazeOptions& options, const WorldContext& context);

struct ChangingMazeOptions {
  std::int64_t change_after = 1000;
  template <class Visitor>
  void visit(Visitor& v) {
    v("change_after", change_after, "steps before the wall moves", Range{1, 1e15});
  }
};
Problem blocking_maze(const ChangingMazeOptions& options, const WorldContext& context);
Problem shortcut_maze(const ChangingMazeOptions& options, const WorldContext& context);
/// Figure 8.5: the shortcut opens after 3,000 steps.
ChangingMazeOptions shortcut_maze_options();

}  // namespace rl
