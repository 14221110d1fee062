#pragma once
/// \file
/// Tile coding (S&B 9.5.4): several grids of bins, the tilings, each displaced by a fraction of a
/// tile, and one active tile in each. With n tilings, u_j the coordinate in widths of a tile and
/// the displacement vector (1, 3, 5, ...), a point lies in tile
///
///     floor((floor(n u_j) + t d_j) / n),   t = 0 .. n - 1
///
/// of axis j of tiling t, as Sutton's tile coding software has it. What is near shares most tiles.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// Where the edges of the first tiling lie. `low`: tiles begin at the lower bound and the last one
/// has both its ends. `zero`: tiles are [k, k + 1) widths from 0, whatever the bounds, which say
/// only how wide tiles are and which exist.
enum class TileOrigin : int { low, zero };

struct TilesOptions : BoundedOptions {
  static constexpr int kMostTilings = 1024;
  int tilings = 8;
  std::vector<int> bins = {8};
  std::vector<int> displacement;
  TileOrigin origin = TileOrigin::low;
  int memory = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("tilings", tilings, "n", Range{1, kMostTilings});
    v("bins", bins, "tiles between the bounds, for all columns or for each", Range{1, 1e6});
    v("displacement", displacement,
      "d, one a column: n-ths of a tile from tiling to tiling; 1, 3, 5, ... where empty",
      Range{0, 1e6});
    v("origin", origin, "where tiles begin", {"low", "zero"});
    v("memory", memory,
      "weights to which tiles are hashed, some to the same; 0: each tile has its own",
      Range{0, 1e7});
  }
};
Bases make_bases(const TilesOptions& options, const Space& space);

}  // namespace rl
