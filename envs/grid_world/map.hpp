#pragma once
/// \file
/// The cells of a grid world: a rectangle of letters and what each letter means.
///
///     S . .      S start, . free, T target, F forbidden, # wall; a legend may add letters and give
///     . F .      the cells of a letter a reward of their own
///     . . T
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/types.hpp"

namespace rl {

enum class CellKind : std::uint8_t { start, free, target, forbidden, wall };

/// What one letter of a map means.
struct CellType {
  char letter = '.';
  CellKind kind = CellKind::free;
  std::optional<double> reward =
      std::nullopt;  ///< for a move onto it, instead of its kind's reward
};
using Legend = std::vector<CellType>;

/// S start, . free, T target, F forbidden, # wall.
Legend default_legend();

/// A legend's line as an option: "g=target", or "c=free:-0.5" with a reward of its own.
/// Throws std::invalid_argument for an unknown kind (with the nearest) or a bad number.
CellType parse_legend_entry(std::string_view text);
/// Throws std::invalid_argument, with the nearest name, for what is not a kind.
CellKind parse_cell_kind(std::string_view name);
/// Adds a letter, or gives it another meaning.
void set_letter(Legend& legend, const CellType& type);

/// A rectangle of cells; a cell's number is row * cols + col, row 0 at the top.
struct GridMap {
  int rows = 0;
  int cols = 0;
  Legend types;                     ///< at most 256
  std::vector<std::uint8_t> cells;  ///< [rows x cols] indices into `types`

  State num_cells() const { return static_cast<State>(cells.size()); }
  const CellType& at(State cell) const { return types[cells[static_cast<std::size_t>(cell)]]; }
  State cell(int row, int col) const { return row * cols + col; }
  /// All cells of a kind, ascending.
  std::vector<State> cells_of(CellKind kind) const;
};

/// Says where (row, col) of a map stands, for the texts of errors; "map: row 1, column 1" unless
/// the map's file knows better.
using PlaceOfCell = std::function<std::string(int row, int col)>;

/// A map from its rows. Throws std::invalid_argument, with the place, for no rows, rows of unequal
/// length, or a letter that the legend lacks.
GridMap parse_map(const std::vector<std::string>& rows, const Legend& legend = default_legend(),
                  const PlaceOfCell& place = {});

/// Free cells but for the start in the first and the target in the last.
GridMap open_map(int rows, int cols);

/// Throws std::invalid_argument, with the place, for a second start where `one_start`, a missing
/// start where `needs_start`, a missing target where `needs_target`, or nothing but walls.
struct MapNeeds {
  bool one_start = true;
  bool needs_start = false;
  bool needs_target = true;
};
void check_map(const GridMap& map, const MapNeeds& needs, const PlaceOfCell& place = {});

}  // namespace rl
