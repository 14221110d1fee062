#include "envs/grid_world/map.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/errors.hpp"

using rl::CellKind;
using rl::GridMap;
using tests::error_of;

namespace {

std::string error_of_map(const std::vector<std::string>& rows, const rl::MapNeeds& needs = {}) {
  return error_of([&] { rl::check_map(rl::parse_map(rows), needs); });
}

}  // namespace

TEST_CASE("map: cells are numbered row by row and have the kinds of their letters") {
  const GridMap map = rl::parse_map({"S.#", "F.T"});
  CHECK(map.rows == 2);
  CHECK(map.cols == 3);
  CHECK(map.at(0).kind == CellKind::start);
  CHECK(map.at(map.cell(0, 2)).kind == CellKind::wall);
  CHECK(map.cells_of(CellKind::free) == std::vector<rl::State>{1, 4});
  CHECK(map.cells_of(CellKind::target) == std::vector<rl::State>{5});
}

TEST_CASE("map: rows of unequal length are refused with both lengths and the place") {
  CHECK(error_of_map({"S..", "..", "..T"}) ==
        "map: row 2, column 3: this row has 2 letters, the first one 3; expected rows of one "
        "length");
  CHECK(error_of_map({"S.", "...T"}) ==
        "map: row 2, column 3: this row has 4 letters, the first one 2; expected rows of one "
        "length");
}

TEST_CASE("map: an unknown letter is refused with the nearest one and the choices") {
  CHECK(error_of_map({"S..", ".t."}) ==
        "map: row 2, column 2: unknown letter 't'; did you mean 'T'? (expected one of 'S' start, "
        "'.' free, 'T' target, 'F' forbidden, '#' wall; a legend can add letters)");
  CHECK(error_of_map({"S\xc3"}).find("map: row 1, column 2: unknown letter byte 0xc3 (expected") ==
        0);
}

TEST_CASE("map: no rows, an empty row and a map of walls are refused") {
  CHECK(error_of_map({}) ==
        "map: row 1, column 1: the map is empty; expected rows of letters, as in \"S..\"");
  CHECK(error_of_map({""}) == error_of_map({}));
  CHECK(error_of_map({"#T"}) ==
        "map: row 1, column 1: the map has no free cell; expected one that can be a start");
}

TEST_CASE("map: two starts where one is meant are refused with both places") {
  CHECK(error_of_map({".S.", "..S", "..T"}) ==
        "map: row 2, column 3: a second start; the first is at map: row 1, column 2; expected one, "
        "or start=every_marked to draw one of them");
  CHECK(error_of_map({".S.", "..S", "..T"}, {.one_start = false}) == "nothing was thrown");
}

TEST_CASE("map: a missing target or start is refused where it is needed") {
  CHECK(error_of_map({"S..", "..."}) ==
        "map: row 1, column 1: the map has no target; expected a cell 'T'");
  CHECK(error_of_map({"S..", "..."}, {.needs_target = false}) == "nothing was thrown");
  CHECK(error_of_map({"...", "..T"}) == "nothing was thrown");
  CHECK(error_of_map({"...", "..T"}, {.needs_start = true}) ==
        "map: row 1, column 1: the map has no start; expected a cell 'S'");
}

TEST_CASE("legend: an entry is a letter with a kind and perhaps a reward") {
  const rl::CellType plain = rl::parse_legend_entry("g=target");
  CHECK(plain.letter == 'g');
  CHECK(plain.kind == CellKind::target);
  CHECK_FALSE(plain.reward.has_value());
  CHECK(rl::parse_legend_entry("c=free:-0.5").reward == -0.5);
  CHECK(rl::parse_legend_entry("==wall").letter == '=');
}

TEST_CASE("legend: bad entries are refused with what was expected") {
  const auto error = [](const char* text) {
    return error_of([&] { rl::parse_legend_entry(text); });
  };
  CHECK(error("g") ==
        "legend 'g': expected a letter and its kind, as in 'g=target' or 'c=free:-0.5'");
  CHECK(error("g=targt") ==
        "legend 'g=targt': unknown kind of cell 'targt'; did you mean 'target'? (choices: start, "
        "free, target, forbidden, wall)");
  CHECK(error("g=free:x") == "legend 'g=free:x': 'x' is not a number, the reward of a cell");
  CHECK(error("g=free:inf") == "legend 'g=free:inf': 'inf' is not a number, the reward of a cell");
}

TEST_CASE("legend: a letter given again means what was said last") {
  rl::Legend legend = rl::default_legend();
  rl::set_letter(legend, {'F', CellKind::free});
  rl::set_letter(legend, {'H', CellKind::forbidden});
  const GridMap map = rl::parse_map({"SFHT"}, legend);
  CHECK(map.at(1).kind == CellKind::free);
  CHECK(map.at(2).kind == CellKind::forbidden);
}
