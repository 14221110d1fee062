#pragma once
/// \file
/// The inner loops of planning on grids (tiled_value_iteration.hpp): a tile of a grid's cells is
/// copied into cache, swept there, and written back. Compiled for several instruction sets, of
/// which the widest is chosen when the program runs; the bits are the same with each.
///
/// Kept is L(s) = r(s) + gamma v(s), what entering the cell s is worth, with r(s) the reward of its
/// class. With N_d the L of the neighbour in direction d, or the cell's own bump where that is
/// blocked, the backup in L is
///
///     L(s) <- r(s) + gamma max_a sum_d p(d | a) N_d(s)
///
/// Cells are swept like a chessboard, the white ones, then the black ones: within a colour no cell
/// needs another, so the loop is free of hazards, and each half sweep uses the other's new values.
#include <array>
#include <cstddef>
#include <cstdint>

#include "algorithms/dynamic_programming/sweep.hpp"

namespace rl::detail {

/// 24 x 64 was the fastest shape of those up to 64 x 64: with its halo it fits into 32 KiB.
inline constexpr int kTileRows = 24;
inline constexpr int kTileCols = 64;

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
  std::array<double, 256> reward = {};  ///< [class] for entering; kNoEntry where it blocks
  std::array<double, 256> bump = {};    ///< [class] r_boundary and what the own cell adds
  std::array<bool, 256> fixed = {};     ///< [class] has value 0
};

/// A grid's values, with what is needed to back them up.
struct GridValues {
  const CrossRules* rules;
  const std::uint8_t* cells;  ///< [rows x cols]
  const double* v;            ///< [rows x cols]
  int rows;
  int cols;
};

/// A rectangle of cells, at most kTileRows x kTileCols. `plain`: neither it nor its neighbours have
/// an edge of the grid, a cell that blocks, or one with a fixed value.
struct TilePlace {
  int row;
  int col;
  int rows;
  int cols;
  bool plain;
};

enum Side : std::uint8_t { kAbove, kBelow, kLeftOf, kRightOf };

struct TileResult {
  double change = 0;                       ///< largest of the last full sweep, in L
  std::array<double, 4> side_change = {};  ///< largest |new v - old v| along each side
  std::array<double, 4> side_value = {};   ///< largest v along each side
  int sweeps = 0;
};

/// Sweeps until a sweep changes nothing by more than `tolerance`, at most `max_sweeps` times, a
/// multiple of 4: only each fourth sweep is measured. The new values go to `v`, which is grid.v.
TileResult sweep_tile(const GridValues& grid, const TilePlace& tile, double tolerance,
                      int max_sweeps, double* v);

/// The backup of every cell as it is defined, with nothing changed: the range of d = T v - v.
ChangeRange residual_of_tile(const GridValues& grid, const TilePlace& tile);

/// Asks for a tile that is swept next, so that it is in cache by then.
void fetch_tile(const GridValues& grid, const TilePlace& tile);

}  // namespace rl::detail
