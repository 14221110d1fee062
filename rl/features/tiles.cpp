#include "rl/features/tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "rl/features/hash.hpp"
#include "rl/features/limits.hpp"

namespace rl {

namespace {

/// floor(y) of a number that a 64-bit integer holds. The library's floor is a call where the
/// processor need not have SSE 4.1.
std::int64_t floor_of(double y) {
  const auto cut = static_cast<std::int64_t>(y);
  return cut - (y < static_cast<double>(cut) ? 1 : 0);
}

std::int64_t floor_div(std::int64_t a, std::int64_t n) { return a / n - (a % n < 0 ? 1 : 0); }

/// An axis in n-ths of a tile, counted from the first of the bounds.
struct TileAxis {
  Axis axis;
  double bins;
  double tilings;
  double origin;
  double range;
  std::int64_t first;  ///< floor(n u) at the lower bound
  std::int64_t last;   ///< and at the upper one
  std::int64_t d;
  double first_edge;  ///< `first` and `last` as numbers of a coordinate's kind
  double last_edge;

  TileAxis(const TilesOptions& options, Axis on, int num_bins, int displacement)
      : axis(std::move(on)),
        bins(num_bins),
        tilings(options.tilings),
        origin(options.origin == TileOrigin::low ? axis.low : 0),
        range(axis.high - axis.low),
        first(floor_of(nths(axis.low))),
        last(options.origin == TileOrigin::low ? std::int64_t{num_bins} * options.tilings - 1
                                               : floor_of(nths(axis.high))),
        d(displacement),
        first_edge(static_cast<double>(first)),
        last_edge(static_cast<double>(last)) {}

  /// n u
  double nths(double x) const { return tilings * (bins * (x - origin) / range); }
  /// floor(n u) - first, of a point outside the bounds that of the bound.
  std::uint32_t nth(const double* x) const {
    const double y = nths(axis.raw(x));
    if (!(y > first_edge)) return 0;  // NaN, too
    if (!(y < last_edge)) return static_cast<std::uint32_t>(last - first);
    return static_cast<std::uint32_t>((first < 0 ? floor_of(y) : static_cast<std::int64_t>(y)) -
                                      first);
  }
};

/// One axis of one tiling: a point's tile is `(nth + shift) / n` in it, counted from the tile of
/// the lower bound.
struct TileColumn {
  std::uint32_t shift;   ///< (first + t d) mod n
  std::uint32_t count;   ///< tiles that points within the bounds reach
  std::int64_t tile;     ///< number of the tile of the lower bound, as the formula has it
  std::uint64_t stride;  ///< of the dense numbers of the tiling's tiles
};

TileColumn tile_column(const TileAxis& axis, std::int64_t n, std::int64_t t) {
  const std::int64_t tile = floor_div(axis.first + t * axis.d, n);
  const std::int64_t last = floor_div(axis.last + t * axis.d, n);
  return {static_cast<std::uint32_t>(axis.first + t * axis.d - tile * n),
          static_cast<std::uint32_t>(last - tile + 1), tile, 0};
}

std::vector<TileAxis> tile_axes(const TilesOptions& options, const Space& space) {
  std::vector<TileAxis> tile_axes;
  std::vector<Axis> axes = bounded_axes_of(options, space);
  const auto bins = one_each("bins", options.bins, axes.size());
  std::vector<int> d = options.displacement;
  if (d.empty())
    for (std::size_t j = 0; j < axes.size(); ++j) d.push_back(static_cast<int>(2 * j + 1));
  d = one_each("displacement", d, axes.size());
  for (std::size_t j = 0; j < axes.size(); ++j) {
    tile_axes.emplace_back(options, std::move(axes[j]), bins[j], d[j]);
    const double first = std::abs(tile_axes[j].nths(tile_axes[j].axis.low));
    const double last = std::abs(tile_axes[j].nths(tile_axes[j].axis.high));
    if (std::max(first, last) > 1e9)
      throw std::invalid_argument(
          fmt::format("coordinate '{}': bounds lie more than 10^9 n-ths of a tile from the origin",
                      tile_axes[j].axis.name));
  }
  return tile_axes;
}

/// Which tile of each tiling a point lies in, and how these are numbered: tiling by tiling, first
/// axis outermost.
struct Tilings {
  std::vector<TileAxis> axes;
  std::uint32_t n;
  std::vector<TileColumn> columns;   ///< [axes x n]
  std::vector<std::uint64_t> first;  ///< [n + 1]: the number of each tiling's first tile
  double size = 0;

  Tilings(const TilesOptions& options, const Space& space)
      : axes(tile_axes(options, space)), n(static_cast<std::uint32_t>(options.tilings)) {
    for (const TileAxis& axis : axes)
      for (std::uint32_t t = 0; t < n; ++t) columns.push_back(tile_column(axis, n, t));
    for (std::uint32_t t = 0; t < n; ++t) {
      first.push_back(static_cast<std::uint64_t>(size));
      size += number_tiles(t);
    }
    first.push_back(static_cast<std::uint64_t>(size));
  }

  /// What lying in this n-th of a tile on an axis adds to the number of the tile of tiling t.
  std::uint64_t offset(std::size_t axis, std::uint32_t nth, std::uint32_t t) const {
    // A point lies nth % n behind the edge of tile nth / n of a tiling that is not displaced. A
    // displaced one has it in the next tile where that and the shift are n together.
    const TileColumn& column = columns[axis * n + t];
    return column.stride * (nth / n + (nth % n + column.shift >= n ? 1 : 0));
  }

 private:
  /// Sets the strides of tiling t and returns how many tiles it has.
  double number_tiles(std::uint32_t t) {
    double tiles = 1;
    for (std::size_t j = axes.size(); j-- > 0;) {
      TileColumn& column = columns[j * n + t];
      column.stride = static_cast<std::uint64_t>(tiles);
      tiles *= column.count;
      if (tiles > kMostTiles)
        throw std::invalid_argument(
            "option 'bins': more than 10^12 tiles in a tiling, too many to number");
    }
    return tiles;
  }
  static constexpr double kMostTiles = 1e12;  // of 1024 tilings a double counts all
};

/// Tilings are looked at so many at a time, which stay in registers.
constexpr std::uint32_t kTilingsAtOnce = 8;

/// What the place of a point on an axis adds to the numbers of its tiles, looked up: a row for each
/// n-th of a tile. Empty where that would be more than kMostLookedUp numbers.
std::vector<std::uint64_t> tile_offsets(const Tilings& tilings, std::size_t axis) {
  constexpr std::uint64_t kMostLookedUp = 1 << 14;
  const auto nths =
      static_cast<std::uint64_t>(tilings.axes[axis].last - tilings.axes[axis].first) + 1;
  std::vector<std::uint64_t> offsets;
  if (nths * tilings.n > kMostLookedUp) return offsets;
  for (std::uint32_t nth = 0; nth < nths; ++nth)
    for (std::uint32_t t = 0; t < tilings.n; ++t) offsets.push_back(tilings.offset(axis, nth, t));
  return offsets;
}

/// The first feature of each tiling, and the end. Each tiling has a share of a hash's memory to
/// itself, so that tiles of one point never meet.
std::vector<std::size_t> first_features(const Tilings& tilings, std::size_t memory) {
  if (memory == 0) return {tilings.first.begin(), tilings.first.end()};
  std::vector<std::size_t> first;
  for (std::size_t t = 0; t <= tilings.n; ++t) first.push_back(t * memory / tilings.n);
  return first;
}

class TilesBasis final : public Basis {
 public:
  TilesBasis(Tilings tilings, std::size_t memory)
      : Basis(memory > 0 ? memory : checked_size(tilings.size), tilings.n),
        tilings_(std::move(tilings)),
        hashed_(memory > 0),
        first_feature_(first_features(tilings_, memory)) {
    for (std::size_t j = 0; j < tilings_.axes.size(); ++j) {
      offsets_.push_back(tile_offsets(tilings_, j));
      looked_up_ = looked_up_ && !offsets_.back().empty();
    }
  }

  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    Place place;
    for (std::size_t j = 0; j < tilings_.axes.size(); ++j) place[j] = tilings_.axes[j].nth(x);
    return looked_up_ ? write_at<true>(place, first, out) : write_at<false>(place, first, out);
  }

  bool binary() const override { return true; }
  std::string name(std::size_t i) const override {
    std::size_t t = 0;
    while (i >= first_feature_[t + 1]) ++t;
    i -= first_feature_[t];
    if (hashed_) return fmt::format("tile {}: entry {}", t, i);
    std::string text;
    for (std::size_t j = 0; j < tilings_.axes.size(); ++j) {
      const TileColumn& column = tilings_.columns[j * tilings_.n + t];
      text += (j > 0 ? ", " : "") +
              std::to_string(column.tile + static_cast<std::int64_t>(i / column.stride));
      i %= column.stride;
    }
    return fmt::format("tile {}: ({})", t, text);
  }

 private:
  /// In which n-th of a tile a point lies on each axis.
  using Place = std::array<std::uint32_t, kMostAxes>;

  template <bool kLookedUp>
  Feature* write_at(const Place& place, std::size_t first, Feature* out) const {
    std::uint32_t begin = 0;
    for (; begin + kTilingsAtOnce <= tilings_.n; begin += kTilingsAtOnce)
      out = write_block<kLookedUp, kTilingsAtOnce>(begin, place, first, out);
    for (; begin < tilings_.n; ++begin) out = write_block<kLookedUp, 1>(begin, place, first, out);
    return out;
  }

  /// The features of kCount tilings.
  template <bool kLookedUp, std::uint32_t kCount>
  Feature* write_block(std::uint32_t begin, const Place& place, std::size_t first,
                       Feature* out) const {
    std::array<std::uint64_t, kCount> tile;
    for (std::uint32_t i = 0; i < kCount; ++i) tile[i] = tilings_.first[begin + i];
    for (std::size_t j = 0; j < offsets_.size(); ++j)
      if constexpr (kLookedUp) {
        const std::uint64_t* row = &offsets_[j][std::size_t{place[j]} * tilings_.n + begin];
        for (std::uint32_t i = 0; i < kCount; ++i) tile[i] += row[i];
      } else {
        for (std::uint32_t i = 0; i < kCount; ++i)
          tile[i] += tilings_.offset(j, place[j], begin + i);
      }
    if (hashed_)
      for (std::uint32_t i = 0; i < kCount; ++i) tile[i] = hashed(tile[i], begin + i);
    for (std::uint32_t i = 0; i < kCount; ++i) out[i] = {first + tile[i], 1};
    return out + kCount;
  }

  /// One of the features in tiling t's share.
  std::size_t hashed(std::uint64_t tile, std::uint32_t t) const {
    const std::size_t share = first_feature_[t + 1] - first_feature_[t];
    return first_feature_[t] + hash_among(tile, share);
  }

  Tilings tilings_;
  bool hashed_;
  std::vector<std::size_t> first_feature_;           // [n + 1]
  std::vector<std::vector<std::uint64_t>> offsets_;  // of each axis
  bool looked_up_ = true;                            // on every axis
};

}  // namespace

Bases make_bases(const TilesOptions& options, const Space& space) {
  if (options.memory > 0 && options.memory < options.tilings)
    throw std::invalid_argument(
        fmt::format("option 'memory': {} weights for {} tilings; each needs one", options.memory,
                    options.tilings));
  return {std::make_shared<TilesBasis>(Tilings(options, space),
                                       static_cast<std::size_t>(options.memory))};
}

}  // namespace rl
