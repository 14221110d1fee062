#include "rl/features/tiles.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "rl/features/limits.hpp"
#include "rl/random.hpp"

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

  TileAxis(const TilesOptions& options, Axis on, int num_bins, int displacement)
      : axis(std::move(on)),
        bins(num_bins),
        tilings(options.tilings),
        origin(options.origin == TileOrigin::low ? axis.low : 0),
        range(axis.high - axis.low),
        first(floor_of(nths(axis.low))),
        last(options.origin == TileOrigin::low ? std::int64_t{num_bins} * options.tilings - 1
                                               : floor_of(nths(axis.high))),
        d(displacement) {}

  /// n u
  double nths(double x) const { return tilings * (bins * (x - origin) / range); }
  /// floor(n u) - first, of a point outside the bounds that of the bound.
  std::uint32_t nth(const double* x) const {
    const double y = nths(axis.raw(x));
    if (!(y > static_cast<double>(first))) return 0;  // NaN, too
    return static_cast<std::uint32_t>((y < static_cast<double>(last) ? floor_of(y) : last) - first);
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
  std::vector<TileColumn> columns;   ///< [n x axes]
  std::vector<std::uint64_t> first;  ///< [n + 1]: the number of each tiling's first tile
  double size = 0;

  Tilings(const TilesOptions& options, const Space& space)
      : axes(tile_axes(options, space)), n(static_cast<std::uint32_t>(options.tilings)) {
    for (std::uint32_t t = 0; t < n; ++t) {
      first.push_back(static_cast<std::uint64_t>(size));
      double tiles = 1;
      for (const TileAxis& axis : axes) columns.push_back(tile_column(axis, n, t));
      for (std::size_t j = axes.size(); j-- > 0;) {
        TileColumn& column = columns[t * axes.size() + j];
        column.stride = static_cast<std::uint64_t>(tiles);
        tiles *= column.count;
        if (tiles > 1e15)
          throw std::invalid_argument(
              "option 'bins': more than 10^15 tiles, too many to number even for a hash");
      }
      size += tiles;
    }
    first.push_back(static_cast<std::uint64_t>(size));
  }
};

class TilesBasis final : public Basis {
 public:
  TilesBasis(Tilings tilings, std::size_t memory)
      : Basis(memory > 0 ? memory : checked_size(tilings.size), tilings.n),
        tilings_(std::move(tilings)),
        memory_(memory) {}

  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    const std::size_t d = tilings_.axes.size();
    const std::uint32_t n = tilings_.n;
    // Of axis j a point lies `part` n-ths behind the edge of tile `whole` of a tiling that is not
    // displaced. A displaced one puts it into the next tile where part + shift >= n.
    std::array<std::uint32_t, kMostAxes> whole;
    std::array<std::uint32_t, kMostAxes> part;
    for (std::size_t j = 0; j < d; ++j) {
      const std::uint32_t nth = tilings_.axes[j].nth(x);
      whole[j] = nth / n;
      part[j] = nth % n;
    }
    const TileColumn* column = tilings_.columns.data();
    for (std::uint32_t t = 0; t < n; ++t) {
      std::uint64_t tile = tilings_.first[t];
      for (std::size_t j = 0; j < d; ++j, ++column)
        tile += column->stride * (whole[j] + (part[j] + column->shift >= n ? 1 : 0));
      *out++ = {first + (memory_ == 0 ? tile : hashed(tile, t)), 1};
    }
    return out;
  }

  std::string name(std::size_t i) const override {
    std::size_t t = 0;
    while (i >= first_of(t + 1)) ++t;
    if (memory_ > 0) return fmt::format("tile {}: entry {}", t, i - first_of(t));
    std::string text;
    std::uint64_t rest = i - first_of(t);
    const std::size_t d = tilings_.axes.size();
    for (std::size_t j = 0; j < d; ++j) {
      const TileColumn& column = tilings_.columns[t * d + j];
      text += (j > 0 ? ", " : "") +
              std::to_string(column.tile + static_cast<std::int64_t>(rest / column.stride));
      rest %= column.stride;
    }
    return fmt::format("tile {}: ({})", t, text);
  }

 private:
  /// The first feature of tiling t. Each has its share of a hash's memory, so that tiles of one
  /// point never meet.
  std::size_t first_of(std::size_t t) const {
    return memory_ == 0 ? tilings_.first[t] : t * memory_ / tilings_.n;
  }
  std::size_t hashed(std::uint64_t tile, std::size_t t) const {
    const std::size_t begin = first_of(t);
    const std::uint64_t share = first_of(t + 1) - begin;
    return begin + (((splitmix64(tile) >> 32) * share) >> 32);
  }

  Tilings tilings_;
  std::size_t memory_;
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
