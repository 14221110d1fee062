#pragma once
/// \file
/// Four rooms with hallways, moved on by `envs/grid_world/world.hpp`. Actions up, down, left,
/// right.
///
///     # # # # # # # # # # # # #      The 104 free cells are the states, numbered row by row.
///     # . . . . . # . . . . . #      With 2/3 the chosen direction, with 1/9 each of the others;
///     # . . . . . # . . . . . #      into a wall: stay put. +1 on entering the goal, which ends
///     # . . . . . . . . . . . #      the episode; all else pays 0. Start uniform over the other
///     # . . . . . # . . . . . #      103 cells. gamma .9. No limit; ties are the algorithm's
///     # . . . . . # . . . . . #      business.
///     # # . # # # # . . . . . #
///     # . . . . . # # # T # # #      The goal is the hallway (7, 9), state 62, rows and columns
///     # . . . . . # . . . . . #      counted from 0 in the map with its outer walls.
///     # . . . . . # . . . . . #
///     # . . . . . . . . . . . #
///     # . . . . . # . . . . . #
///     # # # # # # # # # # # # #
///
/// Source: Sutton, Precup and Singh 1999, "Between MDPs and semi-MDPs" (gamma as remembered from
/// it); public versions differ in their noise and size.
#include "envs/grid_world/world.hpp"

namespace rl {

struct FourRoomsOptions {
  double slip = 1.0 / 3;
  int goal_row = 7;
  int goal_col = 9;
  template <class Visitor>
  void visit(Visitor& v) {
    v("slip", slip, "probability that one of the other three moves is executed", Range{0, 1});
    v("goal_row", goal_row, "row of the goal, a free cell", Range{1, 11});
    v("goal_col", goal_col, "column of the goal", Range{1, 11});
  }
};
/// Throws std::invalid_argument where the goal is a wall.
Problem four_rooms(const FourRoomsOptions& options, const WorldContext& context);

}  // namespace rl
