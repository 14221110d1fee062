#pragma once
/// \file
/// The windy gridworld, moved on by `envs/grid_world/world.hpp`.
///
///     . . . . . . . . . .      From (row, col) to
///     . . . . . . . . . .      (clip(row + d_row - wind(col)), clip(col + d_col)):
///     . . . . . . . . . .      the wind of the column that is left, pushing upwards, together with
///     S . . . . . . T . .      the move; each coordinate is clipped once at the end, so that at an
///     . . . . . . . . . .      edge the other one still changes. Every step pays -1.
///     . . . . . . . . . .
///     . . . . . . . . . .
///     0 0 0 1 1 1 2 2 1 0      wind
///
/// Stochastic wind (Exercise 6.10): in columns with wind w > 0 it is w - 1, w or w + 1, one third
/// each; the others stay windless. Only the goal is terminal; no limit; gamma 1; S&B's Sarsa breaks
/// ties at random.
/// Source: S&B Example 6.5, Exercises 6.9 and 6.10. Actions: up, down, left, right, then up_left,
/// up_right, down_left, down_right, then stay.
#include "envs/grid_world/world.hpp"

namespace rl {

struct WindyGridOptions {
  int actions = 4;
  bool stochastic_wind = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("actions", actions, "4 straight moves, 8 with the diagonals (king's moves), 9 with staying",
      Range{4, 9});
    v("stochastic_wind", stochastic_wind,
      "where wind blows, one less, the same and one more are equally likely");
  }
};
Problem windy_grid(const WindyGridOptions& options, const WorldContext& context);

/// Exercise 6.9: king's moves.
WindyGridOptions windy_grid_kings();

}  // namespace rl
