#include "algorithms/dynamic_programming/grid_tiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rl/kernel_dispatch.hpp"

namespace rl::detail {

namespace {

// ---- a tile in cache ----------------------------------------------------------------------------

constexpr double kBelowAll = kNoEntry / 10;

constexpr int kHalf = kTileCols / 2;

/// Numbers of a tile's cells, those of one colour side by side: cell (row, col), both from 1 on,
/// has the colour (row + col) mod 2 and is in(colour, row)[(col - 1) / 2]. A row begins with a
/// cache line, so that of the four neighbours only one lies across two. The halo's columns 0 and
/// kTileCols + 1 are at [-1] and [kHalf], its rows are 0 and rows + 1.
template <int kStride>
class Colours {
 public:
  double* in(int colour, int row) { return &at_[colour][row][0]; }

 private:
  alignas(64) double lead_[8];
  double at_[2][kTileRows + 2][kStride];
};

struct Chessboard {
  Colours<kHalf + 8> L;
  Colours<kHalf> r;
  Colours<kHalf> bump;  // b - r: what leads from L(s) to b + gamma v(s)
};

[[gnu::always_inline]] inline double larger(double a, double b) { return a > b ? a : b; }
[[gnu::always_inline]] inline double smaller(double a, double b) { return a < b ? a : b; }

/// The first cell of the tile's row 1, 2, ...
[[gnu::always_inline]] inline std::size_t cell_of(const GridValues& grid, const TilePlace& tile,
                                                  int row) {
  const std::ptrdiff_t at = std::ptrdiff_t{tile.row - 1 + row} * grid.cols + tile.col;
  return static_cast<std::size_t>(at);
}

/// A line of the tile as it lies in the grid: rewards, and L with that of the halo's columns. What
/// is not of the grid cannot be entered. The halo's rows have no corners: those belong to tiles
/// that may be swept at the same time, and no move goes there.
struct Line {
  alignas(64) double r[kTileCols];
  alignas(64) double L[kTileCols];
  double left = kNoEntry;
  double right = kNoEntry;

  [[gnu::always_inline]] void load(const GridValues& grid, const TilePlace& tile, int row) {
    left = right = kNoEntry;
    const int grid_row = tile.row - 1 + row;
    const bool outside = grid_row < 0 || grid_row >= grid.rows;
    if (outside || tile.cols < kTileCols)
      for (int i = 0; i < kTileCols; ++i) r[i] = L[i] = kNoEntry;
    if (outside) return;
    const std::uint8_t* const cells = grid.cells + cell_of(grid, tile, row);
    const double* const v = grid.v + cell_of(grid, tile, row);
    // Of full tiles the compiler knows the length.
    if (tile.cols == kTileCols)
      load(*grid.rules, cells, v, kTileCols);
    else
      load(*grid.rules, cells, v, tile.cols);
    if (row == 0 || row == tile.rows + 1) return;
    const CrossRules& rules = *grid.rules;
    const int n = tile.cols;
    if (tile.col > 0) left = rules.reward[cells[-1]] + rules.gamma * v[-1];
    if (tile.col + n < grid.cols) right = rules.reward[cells[n]] + rules.gamma * v[n];
  }

  [[gnu::always_inline]] void load(const CrossRules& rules, const std::uint8_t* cells,
                                   const double* v, int n) {
    for (int i = 0; i < n; ++i) r[i] = rules.reward[cells[i]];
    for (int i = 0; i < n; ++i) L[i] = r[i] + rules.gamma * v[i];
  }
};

/// A line's columns to where those of their colour are, and back.
template <int kStride>
[[gnu::always_inline]] inline void deal(const double* line, int row, Colours<kStride>& board) {
  double* const odd = board.in((row + 1) & 1, row);
  double* const even = board.in(row & 1, row);
  for (int k = 0; k < kHalf; ++k) {
    const int col = 2 * k;
    odd[k] = line[col];
    even[k] = line[col + 1];
  }
}
template <int kStride>
[[gnu::always_inline]] inline void collect(Colours<kStride>& board, int row, double* line) {
  const double* const odd = board.in((row + 1) & 1, row);
  const double* const even = board.in(row & 1, row);
  for (int k = 0; k < kHalf; ++k) {
    const int col = 2 * k;
    line[col] = odd[k];
    line[col + 1] = even[k];
  }
}

/// Bumps, and which cells have fixed values: r says so by kNoEntry.
[[gnu::always_inline]] inline void copy_exceptions(const GridValues& grid, const TilePlace& tile,
                                                   int row, Line& line, Chessboard& board) {
  const CrossRules& rules = *grid.rules;
  const std::uint8_t* const cells = grid.cells + cell_of(grid, tile, row);
  alignas(64) double bump[kTileCols] = {};
  for (int i = 0; i < tile.cols; ++i) {
    bump[i] = rules.bump[cells[i]] - line.r[i];
    if (rules.fixed[cells[i]]) line.r[i] = kNoEntry;
  }
  deal(bump, row, board.bump);
}

[[gnu::always_inline]] inline void copy_in(const GridValues& grid, const TilePlace& tile,
                                           Chessboard& board) {
  Line line;
  for (int row = 0; row < tile.rows + 2; ++row) {
    line.load(grid, tile, row);
    deal(line.L, row, board.L);
    board.L.in(row & 1, row)[-1] = line.left;
    board.L.in((row + 1) & 1, row)[kHalf] = line.right;
    if (row == 0 || row == tile.rows + 1) continue;
    if (!tile.plain) copy_exceptions(grid, tile, row, line, board);
    deal(line.r, row, board.r);
  }
}

/// v = (L - r) / gamma, and what the tiles around need to know.
[[gnu::always_inline]] inline void copy_out(const GridValues& grid, const TilePlace& tile,
                                            Chessboard& board, double* values, TileResult& result) {
  alignas(64) double now[kTileCols];
  alignas(64) double r[kTileCols];
  const double per_gamma = 1 / grid.rules->gamma;
  result.side_value.fill(kNoEntry);
  const auto note = [&](Side side, double old, double value) {
    result.side_change[side] = larger(result.side_change[side], std::abs(value - old));
    result.side_value[side] = larger(result.side_value[side], value);
  };
  for (int row = 1; row <= tile.rows; ++row) {
    collect(board.L, row, now);
    collect(board.r, row, r);
    double* const v = values + cell_of(grid, tile, row);
    // + 0.0: no negative zeros, whose choice differs between instruction sets
    for (int i = 0; i < kTileCols; ++i)
      now[i] = r[i] < kBelowAll ? 0.0 : (now[i] - r[i]) * per_gamma + 0.0;
    if (row == 1)
      for (int i = 0; i < tile.cols; ++i) note(kAbove, v[i], now[i]);
    if (row == tile.rows)
      for (int i = 0; i < tile.cols; ++i) note(kBelow, v[i], now[i]);
    note(kLeftOf, v[0], now[0]);
    note(kRightOf, v[tile.cols - 1], now[tile.cols - 1]);
    std::copy_n(now, tile.cols, v);
  }
}

// ---- backups ------------------------------------------------------------------------------------

/// L after the best of the actions. A cell's own L, where staying or a slip leads to it, is solved
/// for, so that staying counts from the first sweep on.
template <CrossSlip kSlip, bool kStays>
struct Eager;

template <bool kStays>
struct Eager<CrossSlip::perpendicular, kStays> {
  double main, side, stay;

  explicit Eager(const CrossRules& rules)
      : main(rules.gamma * rules.main),
        side(rules.side / rules.main),
        stay(1 / (1 - rules.gamma)) {}
  [[gnu::always_inline]] double operator()(double r, double /*own*/, double up, double down,
                                           double left, double right) const {
    const double vertical = larger(up, down) + side * (left + right);
    const double horizontal = larger(left, right) + side * (up + down);
    const double moved = r + main * larger(vertical, horizontal);
    return kStays ? larger(moved, r * stay) : moved;
  }
};

/// L = r + gamma (main N + side (L + others)), and for staying N = L
template <bool kStays>
struct Eager<CrossSlip::random, kStays> {
  double reward, main, side, stay;

  explicit Eager(const CrossRules& rules)
      : reward(1 / (1 - (kStays ? rules.gamma * rules.side : 0))),
        main(reward * rules.gamma * rules.main),
        side(reward * rules.gamma * rules.side),
        stay(1 / (1 - main)) {}
  [[gnu::always_inline]] double operator()(double r, double /*own*/, double up, double down,
                                           double left, double right) const {
    const double any = reward * r + side * ((up + down) + (left + right));
    const double moved = any + main * larger(larger(up, down), larger(left, right));
    return kStays ? larger(moved, any * stay) : moved;
  }
};

/// r + gamma max_a sum_d p(d | a) N_d as it stands.
template <CrossSlip kSlip, bool kStays>
struct Literal {
  double gamma, main, side;

  explicit Literal(const CrossRules& rules)
      : gamma(rules.gamma), main(rules.main), side(rules.side) {}
  [[gnu::always_inline]] double operator()(double r, double own, double up, double down,
                                           double left, double right) const {
    if constexpr (kSlip == CrossSlip::perpendicular) {
      const double best = larger(main * larger(up, down) + side * (left + right),
                                 main * larger(left, right) + side * (up + down));
      return r + gamma * (kStays ? larger(best, own) : best);
    } else {
      const double all = ((up + down) + (left + right)) + (kStays ? own : 0);
      const double best = larger(larger(up, down), larger(left, right));
      return r + gamma * (main * (kStays ? larger(best, own) : best) + side * all);
    }
  }
};

/// What a colour's loop reads; own to be written.
struct RowOfColour {
  double* own;
  const double *r, *bump, *up, *down, *left, *right;

  [[gnu::always_inline]] RowOfColour(Chessboard& board, int colour, int row)
      : own(board.L.in(colour, row)),
        r(board.r.in(colour, row)),
        bump(board.bump.in(colour, row)),
        up(board.L.in(1 - colour, row - 1)),
        down(board.L.in(1 - colour, row + 1)),
        left(board.L.in(1 - colour, row) - 1 + ((row + colour + 1) & 1)),
        right(left + 1) {}

  template <bool kPlain, class Best>
  [[gnu::always_inline]] double backup(const Best& best, int k) const {
    if constexpr (kPlain) return best(r[k], own[k], up[k], down[k], left[k], right[k]);
    const double stopped = own[k] + bump[k];
    const auto at = [stopped](double L) { return L < kBelowAll ? stopped : L; };
    const double x = best(r[k], own[k], at(up[k]), at(down[k]), at(left[k]), at(right[k]));
    return r[k] < kBelowAll ? own[k] : x;
  }
};

/// One colour of the tile; returns the largest change where it is measured.
template <bool kPlain, bool kMeasured, class Best>
[[gnu::always_inline]] inline double sweep_colour(Chessboard& board, const Best& best, int rows,
                                                  int colour) {
  double change = 0;
  for (int row = 1; row <= rows; ++row) {
    const RowOfColour cells(board, colour, row);
#pragma GCC ivdep
    for (int k = 0; k < kHalf; ++k) {
      const double x = cells.template backup<kPlain>(best, k);
      if constexpr (kMeasured) change = larger(change, std::abs(x - cells.own[k]));
      cells.own[k] = x;
    }
  }
  return change;
}

template <bool kPlain, class Best>
[[gnu::always_inline]] inline int sweep_board(Chessboard& board, const Best& best, int rows,
                                              double tolerance, int max_sweeps, double& change) {
  int sweeps = 0;
  do {
    for (int i = 0; i < 3; ++i) {
      sweep_colour<kPlain, false>(board, best, rows, 0);
      sweep_colour<kPlain, false>(board, best, rows, 1);
    }
    const double white = sweep_colour<kPlain, true>(board, best, rows, 0);
    change = larger(white, sweep_colour<kPlain, true>(board, best, rows, 1));
    sweeps += 4;
  } while (change > tolerance && sweeps < max_sweeps);
  return sweeps;
}

template <CrossSlip kSlip, bool kStays>
struct SweepTile {
  template <std::size_t kBytes>  // the compiler's vectors are as wide as registers are
  [[gnu::always_inline]] static inline TileResult run(const GridValues& grid, const TilePlace& tile,
                                                      const double& tolerance,
                                                      const int& max_sweeps, double* const& v) {
    Chessboard board;
    copy_in(grid, tile, board);
    const Eager<kSlip, kStays> best(*grid.rules);
    TileResult result;
    result.sweeps =
        tile.plain
            ? sweep_board<true>(board, best, tile.rows, tolerance, max_sweeps, result.change)
            : sweep_board<false>(board, best, tile.rows, tolerance, max_sweeps, result.change);
    copy_out(grid, tile, board, v, result);
    return result;
  }
};

template <CrossSlip kSlip, bool kStays>
struct ResidualOfTile {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline ChangeRange run(const GridValues& grid,
                                                       const TilePlace& tile) {
    Chessboard board;
    copy_in(grid, tile, board);
    const Literal<kSlip, kStays> best(*grid.rules);
    return tile.plain ? changes<true>(board, best, tile.rows)
                      : changes<false>(board, best, tile.rows);
  }
  template <bool kPlain>
  [[gnu::always_inline]] static inline ChangeRange changes(Chessboard& board,
                                                           const Literal<kSlip, kStays>& best,
                                                           int rows) {
    double low = std::numeric_limits<double>::max();
    double high = -low;
    for (int row = 1; row <= rows; ++row)
      for (const int colour : {0, 1}) {
        const RowOfColour cells(board, colour, row);
        for (int k = 0; k < kHalf; ++k) {
          const double d = cells.template backup<kPlain>(best, k) - cells.own[k];
          low = smaller(low, d);
          high = larger(high, d);
        }
      }
    ChangeRange range(false);
    range.add(low / best.gamma);
    range.add(high / best.gamma);
    return range;
  }
};

/// The function for the grid's rules.
template <template <CrossSlip, bool> class Kernel, class... Args>
auto by_rules(const CrossRules& rules, const Args&... args) {
  if (rules.slip == CrossSlip::perpendicular)
    return rules.stays ? run_kernel<Kernel<CrossSlip::perpendicular, true>>(args...)
                       : run_kernel<Kernel<CrossSlip::perpendicular, false>>(args...);
  return rules.stays ? run_kernel<Kernel<CrossSlip::random, true>>(args...)
                     : run_kernel<Kernel<CrossSlip::random, false>>(args...);
}

}  // namespace

TileResult sweep_tile(const GridValues& grid, const TilePlace& tile, double tolerance,
                      int max_sweeps, double* v) {
  return by_rules<SweepTile>(*grid.rules, grid, tile, tolerance, max_sweeps, v);
}

ChangeRange residual_of_tile(const GridValues& grid, const TilePlace& tile) {
  return by_rules<ResidualOfTile>(*grid.rules, grid, tile);
}

void fetch_tile(const GridValues& grid, const TilePlace& tile) {
  constexpr int kValuesInLine = 8;
  for (int row = std::max(0, tile.row - 1); row < std::min(grid.rows, tile.row + tile.rows + 1);
       ++row) {
    const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(grid.cols) +
                           static_cast<std::size_t>(tile.col);
    for (int col = 0; col < tile.cols; col += kValuesInLine) __builtin_prefetch(grid.v + at + col);
    __builtin_prefetch(grid.cells + at);
    __builtin_prefetch(grid.cells + at + tile.cols - 1);
  }
}

}  // namespace rl::detail
