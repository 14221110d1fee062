#pragma once
/// \file
/// FrozenLake, moved on by `envs/grid_world/world.hpp`. Actions left, down, right, up.
///
///     frozen_lake    frozen_lake_8x8      S start, F frozen, H hole, G goal. On ice the chosen
///     S F F F        S F F F F F F F      move happens with `success_rate`, both perpendicular
///     F H F H        F F F F F F F F      ones with half of the rest each. Rewards are paid on
///     F F F H        F F F H F F F F      entry: goal 1, hole and ice 0. A bump: stay put, with
///     H F F G        F F F F F H F F      the reward of ice. Holes and goal are terminal. An
///                    F F F H F F F F      episode is truncated after 100 steps, in
///                    F H H F F F H F      frozen_lake_8x8 after 200. Start: one of the S cells,
///                    F H F F H F H F      equally likely. gamma .99 (Gymnasium gives none). Ties
///                    F F F H F F F G      are the algorithm's business.
///
/// Random maps (`size`): each cell is frozen with probability .8, else a hole; S first, G last;
/// drawn anew until a path of frozen cells joins them. Source: Gymnasium 1.4.0,
/// envs/toy_text/frozen_lake.py and its registration.
#include <string>
#include <vector>

#include "envs/grid_world/world.hpp"

namespace rl {

struct FrozenLakeOptions {
  std::vector<std::string> map = {};
  int size = 0;
  double frozen_probability = 0.8;
  bool is_slippery = true;
  double success_rate = 1.0 / 3;
  double r_goal = 1;
  double r_hole = 0;
  double r_frozen = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v("map", map, "rows of the letters S, F, H, G; empty: the world's own map");
    v("size", size, "draw a random map of size x size cells with the seed; 0: do not",
      Range{0, 10'000});
    v("frozen_probability", frozen_probability, "that a cell of a random map is frozen",
      Range{0, 1});
    v("is_slippery", is_slippery, "moves may go sideways");
    v("success_rate", success_rate, "probability that a slippery move goes as chosen", Range{0, 1});
    v("r_goal", r_goal, "reward for entering the goal");
    v("r_hole", r_hole, "reward for falling into a hole");
    v("r_frozen", r_frozen, "reward for any other step");
  }
};
/// Throws std::invalid_argument for a map and a size at once, an option that does not act, or where
/// no path was drawn.
Problem frozen_lake(const FrozenLakeOptions& options, const WorldContext& context);
Problem frozen_lake_8x8(const FrozenLakeOptions& options, const WorldContext& context);

/// A random map of at least 2 x 2 cells with a path from S to G. Throws std::invalid_argument where
/// 10,000 draws had none.
std::vector<std::string> random_lake(int size, double frozen_probability, Rng rng);

}  // namespace rl
