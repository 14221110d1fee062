#include "algorithms/dynamic_programming/grid_tiles.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "rl/kernel_dispatch.hpp"

// Of vectors that functions take and return: all of these are inlined, nothing is passed.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace rl::detail {

namespace {

constexpr double kBelowAll = kNoEntry / 10;

/// kBytes of numbers side by side, as values and as they stand in memory, at any address of a
/// number.
template <std::size_t kBytes>
struct Wide {
  // NOLINTBEGIN: gcc ignores these attributes in `using`.
  typedef double Numbers __attribute__((vector_size(kBytes)));
  typedef std::int64_t Integers __attribute__((vector_size(kBytes)));
  typedef std::uint8_t Classes __attribute__((vector_size(kBytes / sizeof(double))));
  // NOLINTEND
  // Not a typedef with `aligned`, which clang forgets where a function returns it.
  struct __attribute__((packed, may_alias)) There {
    Numbers numbers;
  };
  static constexpr int kLanes = kBytes / sizeof(double);
};
template <std::size_t kBytes>
[[gnu::always_inline]] inline const typename Wide<kBytes>::There& wide(const double* p) {
  return *reinterpret_cast<const typename Wide<kBytes>::There*>(p);
}
template <std::size_t kBytes>
[[gnu::always_inline]] inline typename Wide<kBytes>::There& wide(double* p) {
  return *reinterpret_cast<typename Wide<kBytes>::There*>(p);
}

template <class V>
[[gnu::always_inline]] inline V larger(const V& a, const V& b) {
  return a > b ? a : b;
}
template <class V>
[[gnu::always_inline]] inline V smaller(const V& a, const V& b) {
  return a < b ? a : b;
}
template <class V>
[[gnu::always_inline]] inline V distance(const V& a, const V& b) {
  return larger<V>(a - b, b - a);
}

// ---- what a visit needs besides L ---------------------------------------------------------------

/// A row of cells that cannot be entered, outside of the grid.
struct Nothing {
  alignas(64) double L[kHalf] = {};
  constexpr Nothing() {
    for (double& x : L) x = kNoEntry;
  }
};
constexpr Nothing kNothing;

/// to[i] = table[cells[i]]. Of a few classes by comparison: a gather is slower.
template <std::size_t kBytes>
[[gnu::always_inline]] inline void look_up(const std::array<double, 256>& table, int classes,
                                           const std::uint8_t* cells, int n, double* to) {
  using V = typename Wide<kBytes>::Numbers;
  if (classes > 4) {
    for (int i = 0; i < n; ++i) to[i] = table[cells[i]];
    return;
  }
  for (int i = 0; i < n; i += Wide<kBytes>::kLanes) {
    typename Wide<kBytes>::Classes narrow;
    std::memcpy(&narrow, cells + i, sizeof narrow);
    const auto cell = __builtin_convertvector(narrow, typename Wide<kBytes>::Integers);
    V x = V{} + table[0];
    x = cell == 1 ? V{} + table[1] : x;
    x = cell == 2 ? V{} + table[2] : x;
    x = cell == 3 ? V{} + table[3] : x;
    wide<kBytes>(to + i).numbers = x;
  }
}

struct Scratch {
  alignas(64) double r[kTileRows][2][kHalf];  // kNoEntry: the cell keeps its L
  alignas(64) double lift[kTileRows][2][kHalf];

  template <std::size_t kBytes>
  [[gnu::always_inline]] void load(const CrossRules& rules, const Tile& tile) {
    const int n = tile.rows * kTileCols;
    look_up<kBytes>(rules.kept, rules.classes, tile.cells, n, &r[0][0][0]);
    if (tile.plain) return;
    look_up<kBytes>(rules.lift, rules.classes, tile.cells, n, &lift[0][0][0]);
    for (int row = 0; row < tile.rows; ++row)
      for (int col = tile.cols; col < kTileCols; ++col) r[row][(row + col) & 1][col / 2] = kNoEntry;
  }
};

/// The neighbours in the tiles to the left and right.
[[gnu::always_inline]] inline void load_sides(const Tile& tile, double* L) {
  for (int row = 0; row < tile.rows; ++row) {
    const int even = row & 1;
    const int odd = 1 - even;
    row_of_colour(L, row, odd)[-1] =
        tile.left != nullptr ? row_of_colour(tile.left, row, odd)[kHalf - 1] : kNoEntry;
    row_of_colour(L, row, even)[kHalf] =
        tile.right != nullptr ? row_of_colour(tile.right, row, even)[0] : kNoEntry;
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
  template <class V>
  [[gnu::always_inline]] V operator()(const V& r, const V& /*own*/, const V& up, const V& down,
                                      const V& left, const V& right) const {
    const V vertical = larger<V>(up, down) + side * (left + right);
    const V horizontal = larger<V>(left, right) + side * (up + down);
    const V moved = r + main * larger<V>(vertical, horizontal);
    return kStays ? larger<V>(moved, r * stay) : moved;
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
  template <class V>
  [[gnu::always_inline]] V operator()(const V& r, const V& /*own*/, const V& up, const V& down,
                                      const V& left, const V& right) const {
    const V any = reward * r + side * ((up + down) + (left + right));
    const V moved = any + main * larger<V>(larger<V>(up, down), larger<V>(left, right));
    return kStays ? larger<V>(moved, any * stay) : moved;
  }
};

/// r + gamma max_a sum_d p(d | a) N_d as it stands.
template <CrossSlip kSlip, bool kStays>
struct Literal {
  double gamma, main, side;

  explicit Literal(const CrossRules& rules)
      : gamma(rules.gamma), main(rules.main), side(rules.side) {}
  template <class V>
  [[gnu::always_inline]] V operator()(const V& r, const V& own, const V& up, const V& down,
                                      const V& left, const V& right) const {
    if constexpr (kSlip == CrossSlip::perpendicular) {
      const V best = larger<V>(main * larger<V>(up, down) + side * (left + right),
                               main * larger<V>(left, right) + side * (up + down));
      return r + gamma * (kStays ? larger<V>(best, own) : best);
    } else {
      const V moves = (up + down) + (left + right);
      const V best = larger<V>(larger<V>(up, down), larger<V>(left, right));
      if constexpr (kStays)
        return r + gamma * (main * larger<V>(best, own) + side * (moves + own));
      else
        return r + gamma * (main * best + side * moves);
    }
  }
};

/// Calls use(at, own, x) with where the L of each cell of a colour is, with L, and with what its
/// backup gives. Down the columns, as many of them as a register holds: what is loaded once is
/// below, then beside, then above.
template <std::size_t kBytes, bool kPlain, int kColour, class Best, class Use>
[[gnu::always_inline]] inline void back_up_colour(const Tile& tile, double* L,
                                                  const Scratch& scratch, const Best& best,
                                                  const Use& use) {
  using V = typename Wide<kBytes>::Numbers;
  constexpr int kOther = 1 - kColour;
  constexpr int kFurther = kColour == 0 ? -1 : 1;  // beside, in even rows
  const double* const above =
      tile.above != nullptr ? row_of_colour(tile.above, kTileRows - 1, kOther) : kNothing.L;
  const double* const below =
      tile.below != nullptr ? row_of_colour(tile.below, 0, kOther) : kNothing.L;
  const int last = kPlain ? kTileRows - 1 : tile.rows - 1;
  for (int k = 0; 2 * k < tile.cols; k += Wide<kBytes>::kLanes) {
    V up = wide<kBytes>(above + k).numbers;
    V here = wide<kBytes>(row_of_colour(L, 0, kOther) + k).numbers;
    const auto back_up = [&](int row, int further, const double* down_at)
        __attribute__((always_inline)) {
      double* const at = row_of_colour(L, row, kColour) + k;
      const V down = wide<kBytes>(down_at).numbers;
      const V beside = wide<kBytes>(row_of_colour(L, row, kOther) + k + further).numbers;
      const V own = wide<kBytes>(at).numbers;
      const V r = wide<kBytes>(&scratch.r[row][kColour][k]).numbers;
      if (kPlain || (tile.exceptions[2 * row + kColour] >> (k / kTogether) & 1) == 0) {
        use(at, own, best.template operator()<V>(r, own, up, down, here, beside));
      } else {
        const V stopped = own + wide<kBytes>(&scratch.lift[row][kColour][k]).numbers;
        const V x = best.template operator()<V>(
            r, own, up < kBelowAll ? stopped : up, down < kBelowAll ? stopped : down,
            here < kBelowAll ? stopped : here, beside < kBelowAll ? stopped : beside);
        use(at, own, r < kBelowAll ? own : x);
      }
      up = here;
      here = down;
    };
    int row = 0;
    for (; row + 1 < last; row += 2) {
      back_up(row, kFurther, row_of_colour(L, row + 1, kOther) + k);
      back_up(row + 1, -kFurther, row_of_colour(L, row + 2, kOther) + k);
    }
    if (row < last) {
      back_up(row, kFurther, row_of_colour(L, last, kOther) + k);
      back_up(last, -kFurther, below + k);
    } else {
      back_up(last, kFurther, below + k);
    }
  }
}

template <std::size_t kBytes, bool kPlain, class Best>
[[gnu::always_inline]] inline int sweep_to(const Tile& tile, const Scratch& scratch,
                                           const Best& best, double tolerance, int max_sweeps,
                                           double* L, double& change) {
  using V = typename Wide<kBytes>::Numbers;
  int sweeps = 0;
  const auto set = [](double* at, const V&, const V& x) __attribute__((always_inline)) {
    wide<kBytes>(at).numbers = x;
  };
  do {
    for (int i = 0; i < 3; ++i) {
      back_up_colour<kBytes, kPlain, 0>(tile, L, scratch, best, set);
      back_up_colour<kBytes, kPlain, 1>(tile, L, scratch, best, set);
    }
    V fall = V{};
    V rise = V{};
    const auto measure = [&](double* at, const V& own, const V& x) __attribute__((always_inline)) {
      fall = smaller<V>(fall, x - own);
      rise = larger<V>(rise, x - own);
      wide<kBytes>(at).numbers = x;
    };
    back_up_colour<kBytes, kPlain, 0>(tile, L, scratch, best, measure);
    back_up_colour<kBytes, kPlain, 1>(tile, L, scratch, best, measure);
    change = 0;
    for (int i = 0; i < Wide<kBytes>::kLanes; ++i)
      change = larger<double>(change, larger<double>(rise[i], -fall[i]));
    sweeps += 4;
  } while (change > tolerance && sweeps < max_sweeps);
  return sweeps;
}

// ---- visits -------------------------------------------------------------------------------------

/// L along the sides of a tile.
struct Sides {
  alignas(64) double row[2][2][kHalf];  // the first, the last
  double column[2][kTileRows];

  [[gnu::always_inline]] explicit Sides(const Tile& tile) {
    const int last = tile.rows - 1;
    for (const int colour : {0, 1}) {
      std::memcpy(row[0][colour], row_of_colour(tile.L, 0, colour), sizeof row[0][0]);
      std::memcpy(row[1][colour], row_of_colour(tile.L, last, colour), sizeof row[0][0]);
    }
    for (int i = 0; i < tile.rows; ++i) {
      column[0][i] = row_of_colour(tile.L, i, i & 1)[0];
      column[1][i] = row_of_colour(tile.L, i, 1 - (i & 1))[kHalf - 1];
    }
  }
};

/// What the tiles around need to know.
[[gnu::always_inline]] inline void compare(const double* old, const double* now, int n,
                                           double& change, double& value) {
  double most = 0;
  double largest = kNoEntry;
  for (int i = 0; i < n; ++i) {
    most = larger<double>(most, distance<double>(now[i], old[i]));
    largest = larger<double>(largest, now[i]);
  }
  change = most;
  value = largest;
}

template <CrossSlip kSlip, bool kStays>
struct SweepTile {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline TileResult run(const CrossRules& rules, const Tile& tile,
                                                      const double& tolerance,
                                                      const int& max_sweeps, double* const& L) {
    Scratch scratch;
    scratch.load<kBytes>(rules, tile);
    load_sides(tile, L);
    const Sides old(tile);
    const Eager<kSlip, kStays> best(rules);
    TileResult result;
    result.sweeps =
        tile.plain
            ? sweep_to<kBytes, true>(tile, scratch, best, tolerance, max_sweeps, L, result.change)
            : sweep_to<kBytes, false>(tile, scratch, best, tolerance, max_sweeps, L, result.change);
    const Sides now(tile);
    for (const std::size_t i : {0U, 1U}) {
      compare(old.row[i][0], now.row[i][0], kTileCols, result.side_change[kAbove + i],
              result.side_value[kAbove + i]);
      compare(old.column[i], now.column[i], tile.rows, result.side_change[kLeftOf + i],
              result.side_value[kLeftOf + i]);
    }
    return result;
  }
};

template <CrossSlip kSlip, bool kStays>
struct ResidualOfTile {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline ChangeRange run(const CrossRules& rules, const Tile& tile) {
    // A copy, for the sides are written.
    alignas(64) double L[kTileRows * 2 * kStride];
    const int n = tile.rows * 2 * kStride;
    std::memcpy(L, tile.L, static_cast<std::size_t>(n) * sizeof(double));
    Scratch scratch;
    scratch.load<kBytes>(rules, tile);
    load_sides(tile, L);
    const Literal<kSlip, kStays> best(rules);
    return tile.plain ? changes<kBytes, true>(tile, L, scratch, best)
                      : changes<kBytes, false>(tile, L, scratch, best);
  }
  template <std::size_t kBytes, bool kPlain>
  [[gnu::always_inline]] static inline ChangeRange changes(const Tile& tile, double* L,
                                                           const Scratch& scratch,
                                                           const Literal<kSlip, kStays>& best) {
    using V = typename Wide<kBytes>::Numbers;
    V low = V{} + std::numeric_limits<double>::max();
    V high = V{} - std::numeric_limits<double>::max();
    const auto measure = [&](double*, const V& own, const V& x) __attribute__((always_inline)) {
      low = smaller<V>(low, x - own);
      high = larger<V>(high, x - own);
    };
    back_up_colour<kBytes, kPlain, 0>(tile, L, scratch, best, measure);
    back_up_colour<kBytes, kPlain, 1>(tile, L, scratch, best, measure);
    ChangeRange range(false);
    for (int i = 0; i < Wide<kBytes>::kLanes; ++i) {
      range.add(low[i] / best.gamma);
      range.add(high[i] / best.gamma);
    }
    return range;
  }
};

struct StartOfTile {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline void run(const CrossRules& rules, const Tile& tile,
                                                double* const& L) {
    for (int row = 0; row < tile.rows; ++row)
      for (const int colour : {0, 1})
        look_up<kBytes>(rules.reward, rules.classes, classes_of_colour(tile.cells, row, colour),
                        kHalf, row_of_colour(L, row, colour));
  }
};

/// to = even[0], odd[0], even[1], ... : [n]
[[gnu::always_inline]] inline void interleave(const double* even, const double* odd, int n,
                                              double* to) {
  for (std::ptrdiff_t k = 0; k < n / 2; ++k) {
    to[2 * k] = even[k];
    to[2 * k + 1] = odd[k];
  }
  if (n % 2 == 1) to[n - 1] = even[n / 2];
}

struct ValuesOfTile {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline void run(const CrossRules& rules, const Tile& tile,
                                                double* const& v, const std::ptrdiff_t& stride) {
    const double per_gamma = 1 / rules.gamma;
    alignas(64) double half[2][kHalf];  // v of a colour, from its r
    for (int row = 0; row < tile.rows; ++row) {
      for (const int colour : {0, 1}) {
        look_up<kBytes>(rules.reward, rules.classes, classes_of_colour(tile.cells, row, colour),
                        kHalf, half[colour]);
        const double* const L = row_of_colour(tile.L, row, colour);
        // + 0.0: no negative zeros, whose choice differs between instruction sets
        for (int k = 0; k < kHalf; ++k)
          half[colour][k] = (L[k] - half[colour][k]) * per_gamma + 0.0;
      }
      interleave(half[row & 1], half[1 - (row & 1)], tile.cols, v + row * stride);
    }
  }
};

/// The function for the grid's rules.
template <template <CrossSlip, bool> class Kernel, class... Args>
auto by_rules(const CrossRules& rules, const Args&... args) {
  if (rules.slip == CrossSlip::perpendicular)
    return rules.stays ? run_kernel<Kernel<CrossSlip::perpendicular, true>>(rules, args...)
                       : run_kernel<Kernel<CrossSlip::perpendicular, false>>(rules, args...);
  return rules.stays ? run_kernel<Kernel<CrossSlip::random, true>>(rules, args...)
                     : run_kernel<Kernel<CrossSlip::random, false>>(rules, args...);
}

}  // namespace

TileResult sweep_tile(const CrossRules& rules, const Tile& tile, double tolerance, int max_sweeps,
                      double* L) {
  return by_rules<SweepTile>(rules, tile, tolerance, max_sweeps, L);
}

ChangeRange residual_of_tile(const CrossRules& rules, const Tile& tile) {
  return by_rules<ResidualOfTile>(rules, tile);
}

void start_tile(const CrossRules& rules, const Tile& tile, double* L) {
  run_kernel<StartOfTile>(rules, tile, L);
}

void values_of_tile(const CrossRules& rules, const Tile& tile, double* v, std::ptrdiff_t stride) {
  run_kernel<ValuesOfTile>(rules, tile, v, stride);
}

void fetch_tile(const Tile& tile) {
  constexpr int kNumbersInLine = 8;
  for (int i = 0; i < tile.rows * 2 * kStride; i += kNumbersInLine) __builtin_prefetch(tile.L + i);
  for (int i = 0; i < tile.rows * kTileCols; i += 64) __builtin_prefetch(tile.cells + i);
}

}  // namespace rl::detail
