#pragma once
/// \file
/// The inner loops of planning on grids (tiled_value_iteration.hpp): a tile of a grid's cells is
/// swept where it is kept (tiled_grid.hpp). Compiled for several instruction sets, of which the
/// widest is chosen when the program runs; the bits are the same with each.
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

#include "algorithms/dynamic_programming/cross_rules.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"

namespace rl::detail {

/// With the rewards of its cells a tile fits into 32 KiB.
inline constexpr int kTileRows = 24;
inline constexpr int kTileCols = 64;

/// How a tile's numbers lie: those of a row and a colour side by side. Cell (row, col) has the
/// colour (row + col) mod 2 and is number col / 2 of its row and colour. Before and after them is
/// room for the neighbours in the tiles to the left and right: a row begins with a cache line.
inline constexpr int kHalf = kTileCols / 2;
inline constexpr int kStride = kHalf + 8;
template <class T>
[[gnu::always_inline]] inline T* row_of_colour(T* L, int row, int colour) {
  return L + std::ptrdiff_t{2 * row + colour} * kStride;
}
template <class T>
[[gnu::always_inline]] inline T* classes_of_colour(T* cells, int row, int colour) {
  return cells + std::ptrdiff_t{2 * row + colour} * kHalf;
}

/// So many cells of a row and a colour are exceptions together.
inline constexpr int kTogether = 8;
static_assert(kHalf / kTogether <= 8, "bits of a byte");

/// A rectangle of cells of a grid, at most kTileRows x kTileCols, and the tiles around it.
struct Tile {
  const double* L;                             ///< [rows x 2 x kStride]; kNoEntry: not of the grid
  const std::uint8_t* cells;                   ///< [rows x 2 x kHalf] classes
  const double *above, *below, *left, *right;  ///< their L; null at the edge of the grid
  int rows, cols;
  /// [rows x 2] a bit for kTogether cells: one of them, or of their neighbours, is `fixed` or not
  /// of the grid.
  const std::uint8_t* exceptions;
  bool plain;  ///< full, and without exceptions
};

struct TileResult {
  double change = 0;                       ///< largest of the last full sweep, in L
  std::array<double, 4> side_change = {};  ///< largest |new L - old L| along each side
  std::array<double, 4> side_value = {};   ///< largest L along each side
  int sweeps = 0;
};
enum Side : std::uint8_t { kAbove, kBelow, kLeftOf, kRightOf };

/// Sweeps until a sweep changes nothing by more than `tolerance`, at most `max_sweeps` times, a
/// multiple of 4: only each fourth sweep is measured. `L` is tile.L.
TileResult sweep_tile(const CrossRules& rules, const Tile& tile, double tolerance, int max_sweeps,
                      double* L);

/// The backup of every cell as it is defined, with nothing changed: the range of d = T v - v.
ChangeRange residual_of_tile(const CrossRules& rules, const Tile& tile);

/// L of v = 0 in every cell. `L` is tile.L.
void start_tile(const CrossRules& rules, const Tile& tile, double* L);

/// v = (L - r) / gamma, row after row, which begin `stride` apart: [rows x cols]
void values_of_tile(const CrossRules& rules, const Tile& tile, double* v, std::ptrdiff_t stride);

/// Asks for a tile that is swept next, so that it is in cache by then.
void fetch_tile(const Tile& tile);

}  // namespace rl::detail
