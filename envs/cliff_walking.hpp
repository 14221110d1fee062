#pragma once
/// \file
/// Walking along a cliff, moved on by `envs/grid_world/world.hpp`. Actions up, right, down, left.
///
///     . . . . . . . . . . . .      Every step pays -1, a bump at the edge (stay put) too. The
///     . . . . . . . . . . . .      step into the cliff X pays -100 instead and leads to the start;
///     . . . . . . . . . . . .      the episode goes on: only the goal T is terminal. No limit;
///     S X X X X X X X X X X T      gamma 1. S&B's learners break ties at random.
///
/// Slippery (Gymnasium): the chosen direction and both perpendicular ones with one third each.
/// Nobody ever stands on the cliff: its cells keep their numbers, with value 0 and no rows in
/// cliff_walking, with the rows of Gymnasium's table in gym_cliff_walking. Gymnasium's table also
/// has moves out of the goal; here it is terminal, as its flag says. Source: S&B Example 6.6;
/// Gymnasium 1.4.0, CliffWalking-v1 and CliffWalkingSlippery-v1 (which give no discount: 1 is a
/// choice).
#include "envs/grid_world/world.hpp"

namespace rl {

struct CliffWalkingOptions {
  bool slippery = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("slippery", slippery, "a perpendicular move happens instead with one third each");
  }
};
Problem cliff_walking(const CliffWalkingOptions& options, const WorldContext& context);
Problem gym_cliff_walking(const CliffWalkingOptions& options, const WorldContext& context);

}  // namespace rl
