#pragma once
/// \file
/// The grids that tiles know (grid_tiles.hpp): moves go to the four neighbours, or nowhere, with a
/// slip to either side or to any other move alike. L, what entering a cell is worth, and N are
/// explained there.
#include <array>
#include <cstdint>
#include <optional>

#include "rl/grid_model.hpp"

namespace rl::detail {

/// L of what cannot be entered, far below every other number.
inline constexpr double kNoEntry = -1e300;

/// How the direction that an action aims at and the one that is taken go together.
enum class CrossSlip : std::uint8_t {
  perpendicular,  ///< q(d) = main N_d + side (sum of the two N beside it); staying is certain
  random,         ///< q(d) = main N_d + side (sum of N over all moves)
};

/// A grid whose moves go to the four neighbours, or nowhere.
struct CrossRules {
  double gamma = 0;
  double main = 1;
  double side = 0;
  CrossSlip slip = CrossSlip::perpendicular;
  bool stays = true;                    ///< staying is an action
  int classes = 256;                    ///< of cells, at most 256
  std::array<double, 256> reward = {};  ///< [class] for entering; kNoEntry where it blocks
  std::array<double, 256> kept = {};    ///< [class] the reward; kNoEntry where `fixed`
  std::array<double, 256> lift = {};    ///< [class] b - r: from L(s) to a bump, b + gamma v(s)
  std::array<bool, 256> fixed = {};     ///< [class] has value 0
};

/// Of this grid, whatever the order of its actions; empty where its moves are others.
std::optional<CrossRules> cross_rules(const GridDescription& grid, double gamma);

}  // namespace rl::detail
