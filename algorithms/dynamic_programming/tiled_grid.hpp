#pragma once
/// \file
/// A grid as planning keeps it (tiled_value_iteration.hpp): each tile of 24 x 64 cells by itself,
/// with its two colours apart as grid_tiles.hpp says, so that a visit of a tile touches 15 KiB in
/// one piece. Only at the end values are put in the order of states.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/grid_tiles.hpp"
#include "rl/grid_model.hpp"
#include "rl/huge_pages.hpp"
#include "rl/values.hpp"

namespace rl::detail {

/// Tiles are counted in row order. The last ones of a row or column may be smaller. A narrow grid
/// lies on its side, rows for columns, so that its tiles are not mostly empty: moves and slips of
/// CrossRules are the same in all directions.
class TiledGrid {
 public:
  TiledGrid(const GridDescription& grid, const CrossRules& rules)
      : rules_(rules),
        has_fixed_(std::find(rules.fixed.begin(), rules.fixed.end(), true) != rules.fixed.end()),
        turned_(grid.cols < kTileCols && grid.cols < grid.rows),
        rows_(turned_ ? grid.cols : grid.rows),
        cols_(turned_ ? grid.rows : grid.cols),
        down_((rows_ + kTileRows - 1) / kTileRows),
        across_((cols_ + kTileCols - 1) / kTileCols),
        kept_(rows_of_tiles(2 * kStride) + kLine),
        cells_(static_cast<std::size_t>(rows_of_tiles(kTileCols))),
        exceptions_(static_cast<std::size_t>(rows_of_tiles(2))),
        plain_(static_cast<std::size_t>(down_) * static_cast<std::size_t>(across_), 1) {
    prefer_huge_pages(kept_.data(), static_cast<std::size_t>(kept_.size()) * sizeof(double));
    const auto address = static_cast<std::ptrdiff_t>(
        reinterpret_cast<std::uintptr_t>(kept_.data()) / sizeof(double));
    first_ = (kLine - address % kLine) % kLine;
    for (std::size_t i = 0; i < size(); ++i) deal(grid, i);
    for (int row = 0; row < rows_; ++row) {
      mark(row, 0);
      for (int col = cols_ - 1; col < across_ * kTileCols; ++col) mark(row, col);
    }
    for (int col = 0; col < cols_; ++col) {
      mark(0, col);
      mark(rows_ - 1, col);
    }
  }

  std::size_t size() const { return plain_.size(); }
  std::size_t across() const { return static_cast<std::size_t>(across_); }

  Tile tile(std::size_t i) const {
    const int row = static_cast<int>(i / across());
    const int col = static_cast<int>(i % across());
    const double* const here = numbers(row, col);
    return {.L = here,
            .cells = cells_.data() + begin_of(row, col, kTileCols),
            .above = row > 0 ? numbers(row - 1, col) : nullptr,
            .below = row + 1 < down_ ? numbers(row + 1, col) : nullptr,
            .left = col > 0 ? numbers(row, col - 1) : nullptr,
            .right = col + 1 < across_ ? numbers(row, col + 1) : nullptr,
            .rows = rows_of(row),
            .cols = std::min(kTileCols, cols_ - col * kTileCols),
            .exceptions = exceptions_.data() + begin_of(row, col, 2),
            .plain = plain_[i] != 0};
  }
  double* numbers(std::size_t i) { return kept_.data() + (tile(i).L - kept_.data()); }

  StateValues values() const& {
    StateValues v(std::ptrdiff_t{rows_} * cols_);
    for (int band = 0; band < down_; ++band) {
      if (!turned_) {
        put_values(band, v.data() + band_begin(band));
        continue;
      }
      std::vector<double> rows(band_size(band));
      put_values(band, rows.data());
      for (int row = 0; row < rows_of(band); ++row)
        for (int col = 0; col < cols_; ++col)
          v[index(band * kTileRows + row, col)] =
              rows[static_cast<std::size_t>(std::ptrdiff_t{row} * cols_ + col)];
    }
    return v;
  }
  /// In the place of L, which is longer: a band of tiles at a time, the first few by way of a copy.
  StateValues values() && {
    if (turned_) return std::as_const(*this).values();
    std::vector<double> rows(band_size(0));
    for (int band = 0; band < down_; ++band) {
      double* const to = kept_.data() + band_begin(band);
      const bool in_the_way = to + band_size(band) > numbers(band, 0);
      put_values(band, in_the_way ? rows.data() : to);
      if (in_the_way) std::copy_n(rows.data(), band_size(band), to);
    }
    kept_.conservativeResize(std::ptrdiff_t{rows_} * cols_);
    return std::move(kept_);
  }

 private:
  static constexpr std::ptrdiff_t kLine = 8;  // numbers of a cache line

  int rows_of(int band) const { return std::min(kTileRows, rows_ - band * kTileRows); }
  /// Numbers of all tiles that have so many in a row.
  std::ptrdiff_t rows_of_tiles(int numbers) const {
    return std::ptrdiff_t{rows_} * across_ * numbers;
  }
  std::ptrdiff_t begin_of(int row, int col, int numbers) const {
    return (std::ptrdiff_t{row} * kTileRows * across_ + std::ptrdiff_t{col} * rows_of(row)) *
           numbers;
  }
  const double* numbers(int row, int col) const {
    return kept_.data() + first_ + begin_of(row, col, 2 * kStride);
  }
  std::ptrdiff_t band_begin(int band) const { return std::ptrdiff_t{band} * kTileRows * cols_; }
  std::size_t band_size(int band) const {
    return static_cast<std::size_t>(rows_of(band)) * static_cast<std::size_t>(cols_);
  }
  /// Of a cell in the grid.
  std::ptrdiff_t index(int row, int col) const {
    return turned_ ? std::ptrdiff_t{col} * rows_ + row : std::ptrdiff_t{row} * cols_ + col;
  }

  void put_values(int band, double* v) const {
    for (int col = 0; col < across_; ++col) {
      const Tile t =
          tile(static_cast<std::size_t>(band) * across() + static_cast<std::size_t>(col));
      values_of_tile(rules_, t, v + std::ptrdiff_t{col} * kTileCols, cols_);
    }
  }

  using Line = std::array<std::uint8_t, kTileCols>;
  /// Classes of a part of a row; around those that are `fixed` are exceptions.
  Line classes_of(const GridDescription& grid, int row, int begin, int size) {
    Line line{};
    const std::uint8_t* const cells = grid.cells.data() + index(row, begin);
    if (turned_)
      for (int k = 0; k < size; ++k)
        line[static_cast<std::size_t>(k)] = cells[rows_ * std::ptrdiff_t{k}];
    else
      std::copy_n(cells, size, line.data());
    for (int k = 0; has_fixed_ && k < size; ++k)
      if (rules_.fixed[line[static_cast<std::size_t>(k)]]) mark_around(row, begin + k);
    return line;
  }

  /// Classes to where they belong, and the L of v = 0.
  void deal(const GridDescription& grid, std::size_t i) {
    const Tile t = tile(i);
    double* const L = numbers(i);
    std::uint8_t* const cells = cells_.data() + (t.cells - cells_.data());
    const int top = static_cast<int>(i / across()) * kTileRows;
    const int begin = static_cast<int>(i % across()) * kTileCols;
    for (int row = 0; row < t.rows; ++row) {
      const Line line = classes_of(grid, top + row, begin, t.cols);
      std::uint8_t* const even = classes_of_colour(cells, row, row & 1);
      std::uint8_t* const odd = classes_of_colour(cells, row, 1 - (row & 1));
      for (std::size_t k = 0; k < kHalf; ++k) {
        even[k] = line[2 * k];
        odd[k] = line[2 * k + 1];
      }
    }
    start_tile(rules_, t, L);
    for (int row = 0; row < t.rows; ++row)
      for (int col = t.cols; col < kTileCols; ++col)
        row_of_colour(L, row, (row + col) & 1)[col / 2] = kNoEntry;
  }
  /// An exception, and so its tile is not plain.
  void mark(int row, int col) {
    const int band = row / kTileRows;
    const int r = row % kTileRows;
    const int c = col % kTileCols;
    const std::ptrdiff_t in_tile = std::ptrdiff_t{r} * 2 + ((r + c) & 1);
    const std::ptrdiff_t at = begin_of(band, col / kTileCols, 2) + in_tile;
    std::uint8_t& bits = exceptions_[static_cast<std::size_t>(at)];
    bits = static_cast<std::uint8_t>(bits | 1 << (c / 2 / kTogether));
    plain_[static_cast<std::size_t>(band) * across() + static_cast<std::size_t>(col / kTileCols)] =
        0;
  }
  void mark_around(int row, int col) {
    mark(row, col);
    if (row > 0) mark(row - 1, col);
    if (row + 1 < rows_) mark(row + 1, col);
    if (col > 0) mark(row, col - 1);
    if (col + 1 < cols_) mark(row, col + 1);
  }

  CrossRules rules_;
  bool has_fixed_;  // a class
  bool turned_;
  int rows_, cols_;
  int down_, across_;                // tiles
  StateValues kept_;                 // L
  std::ptrdiff_t first_;             // where L begins, at a cache line
  std::vector<std::uint8_t> cells_;  // classes
  std::vector<std::uint8_t> exceptions_;
  std::vector<char> plain_;  // [tiles]
};

}  // namespace rl::detail
