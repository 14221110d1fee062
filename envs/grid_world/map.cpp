#include "envs/grid_world/map.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "rl/text.hpp"

namespace rl {

namespace {

const std::vector<std::string> kKindNames = {"start", "free", "target", "forbidden", "wall"};

std::string place_in_map(const PlaceOfCell& place, int row, int col) {
  return place ? place(row, col) : fmt::format("map: row {}, column {}", row + 1, col + 1);
}

/// The letter as it can be printed: bytes beyond ASCII as hexadecimal numbers.
std::string printable(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x20 && byte < 0x7f ? fmt::format("'{}'", letter)
                                     : fmt::format("byte 0x{:02x}", byte);
}

std::string letters_of(const Legend& legend) {
  std::vector<std::string> list;
  for (const CellType& type : legend)
    list.push_back(
        fmt::format("'{}' {}", type.letter, kKindNames[static_cast<std::size_t>(type.kind)]));
  return join(list);
}

/// "'S'": how the map's legend writes a kind.
std::string letter_of(const Legend& legend, CellKind kind) {
  for (const CellType& type : legend)
    if (type.kind == kind) return printable(type.letter);
  return "of that kind, for which the legend has no letter";
}

std::string unknown_letter(char letter, const Legend& legend) {
  std::string text = "unknown letter " + printable(letter);
  for (const CellType& type : legend)
    if (std::tolower(static_cast<unsigned char>(type.letter)) ==
        std::tolower(static_cast<unsigned char>(letter)))
      text += fmt::format("; did you mean '{}'?", type.letter);
  return fmt::format("{} (expected one of {}; a legend can add letters)", text, letters_of(legend));
}

}  // namespace

Legend default_legend() {
  return {{'S', CellKind::start},
          {'.', CellKind::free},
          {'T', CellKind::target},
          {'F', CellKind::forbidden},
          {'#', CellKind::wall}};
}

CellKind parse_cell_kind(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i)
    if (kKindNames[i] == name) return static_cast<CellKind>(i);
  throw std::invalid_argument(unknown_name("kind of cell", name, kKindNames));
}

CellType parse_legend_entry(std::string_view text) {
  if (text.size() < 3 || text[1] != '=')
    throw std::invalid_argument(fmt::format(
        "legend '{}': expected a letter and its kind, as in 'g=target' or 'c=free:-0.5'", text));
  const std::size_t colon = text.find(':', 2);
  CellType type{text[0], CellKind::free};
  try {
    type.kind = parse_cell_kind(
        text.substr(2, colon == std::string_view::npos ? std::string_view::npos : colon - 2));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("legend '{}': {}", text, e.what()));
  }
  if (colon == std::string_view::npos) return type;
  const std::string_view number = text.substr(colon + 1);
  double reward = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), reward);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(reward))
    throw std::invalid_argument(
        fmt::format("legend '{}': '{}' is not a number, the reward of a cell", text, number));
  type.reward = reward;
  return type;
}

void set_letter(Legend& legend, const CellType& type) {
  for (CellType& known : legend)
    if (known.letter == type.letter) {
      known = type;
      return;
    }
  legend.push_back(type);
}

std::vector<State> GridMap::cells_of(CellKind kind) const {
  std::vector<State> list;
  for (State cell = 0; cell < num_cells(); ++cell)
    if (at(cell).kind == kind) list.push_back(cell);
  return list;
}

GridMap parse_map(const std::vector<std::string>& rows, const Legend& legend,
                  const PlaceOfCell& place) {
  if (rows.empty() || rows.front().empty())
    throw std::invalid_argument(place_in_map(place, 0, 0) +
                                ": the map is empty; expected rows of letters, as in \"S..\"");
  GridMap map;
  map.rows = static_cast<int>(rows.size());
  map.cols = static_cast<int>(rows.front().size());
  map.types = legend;
  map.cells.reserve(rows.size() * rows.front().size());
  int type_of_letter[256];
  std::fill(std::begin(type_of_letter), std::end(type_of_letter), -1);
  for (std::size_t i = 0; i < legend.size(); ++i)
    type_of_letter[static_cast<unsigned char>(legend[i].letter)] = static_cast<int>(i);
  for (int row = 0; row < map.rows; ++row) {
    const std::string& line = rows[static_cast<std::size_t>(row)];
    if (line.size() != rows.front().size())
      throw std::invalid_argument(fmt::format(
          "{}: this row has {} letters, the first one {}; expected rows of one length",
          place_in_map(place, row, static_cast<int>(std::min(line.size(), rows.front().size()))),
          line.size(), rows.front().size()));
    for (int col = 0; col < map.cols; ++col) {
      const char letter = line[static_cast<std::size_t>(col)];
      const int type = type_of_letter[static_cast<unsigned char>(letter)];
      if (type < 0)
        throw std::invalid_argument(place_in_map(place, row, col) + ": " +
                                    unknown_letter(letter, legend));
      map.cells.push_back(static_cast<std::uint8_t>(type));
    }
  }
  return map;
}

GridMap open_map(int rows, int cols) {
  GridMap map{rows, cols, default_legend(), {}};
  map.cells.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), 1);
  map.cells.front() = 0;
  map.cells.back() = 2;
  return map;
}

void check_map(const GridMap& map, const MapNeeds& needs, const PlaceOfCell& place) {
  const auto place_of = [&](State cell) {
    return place_in_map(place, cell / map.cols, cell % map.cols);
  };
  std::optional<State> start;
  bool has_target = false;
  bool has_room = false;
  for (State cell = 0; cell < map.num_cells(); ++cell) {
    const CellKind kind = map.at(cell).kind;
    has_target = has_target || kind == CellKind::target;
    has_room = has_room || (kind != CellKind::wall && kind != CellKind::target);
    if (kind != CellKind::start) continue;
    if (start && needs.one_start)
      throw std::invalid_argument(fmt::format(
          "{}: a second start; the first is at {}; expected one, or start=every_marked to draw one "
          "of them",
          place_of(cell), place_of(*start)));
    if (!start) start = cell;
  }
  if (!has_room)
    throw std::invalid_argument(place_of(0) +
                                ": the map has no free cell; expected one that can be a start");
  if (needs.needs_start && !start)
    throw std::invalid_argument(fmt::format("{}: the map has no start; expected a cell {}",
                                            place_of(0), letter_of(map.types, CellKind::start)));
  if (needs.needs_target && !has_target)
    throw std::invalid_argument(fmt::format("{}: the map has no target; expected a cell {}",
                                            place_of(0), letter_of(map.types, CellKind::target)));
}

}  // namespace rl
