#pragma once
/// \file
/// The two 5x5 and 4x4 grids of Sutton and Barto, moved on by `envs/grid_world/world.hpp`. Actions
/// up, right, down, left.
///
///     sb_grid_3_5 (Examples 3.5, 3.8)   sb_grid_4_1 (Example 4.1)
///     . A . B .                         T . . .
///     . . . . .                         . . . .
///     . . . b .                         . . . .
///     . . . . .                         . . . T
///     . a . . .
///
/// sb_grid_3_5: any action in A pays +10 and leads to a, any in B pays +5 and leads to b; a bump
/// (stay put) pays -1, all else 0; continuing, gamma .9.
/// sb_grid_4_1: every step pays -1, bumps (stay put) too; both corners are terminal, gamma 1.
/// Starts are not given: uniform over the cells that are not terminal. No limit; ties are the
/// algorithm's business.
/// Source: S&B 3.5, 3.6, 4.1.
#include "envs/grid_world/world.hpp"

namespace rl {

Problem sb_grid_3_5(const NoOptions& options, const WorldContext& context);
Problem sb_grid_4_1(const NoOptions& options, const WorldContext& context);

}  // namespace rl
