#include "envs/grid_world/map_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::GridWorld;
using tests::error_of;
using tests::Move;
using tests::move_of;

namespace {

GridWorld read(const std::string& text) { return rl::read_map_json(text, "m.json"); }

std::string error_in(const std::string& text) {
  return error_of([&] { read(text); });
}

}  // namespace

TEST_CASE("map file: a map alone has the defaults of MFRL's grid") {
  const GridWorld world = read(R"({"map": ["S..", ".F.", "..T"]})");
  CHECK(world.map.rows == 3);
  CHECK(world.gamma == 0.9);
  CHECK(world.episode_steps == rl::kNoLimit);
  CHECK(world.moves.size() == 5);
  CHECK(move_of(rl::grid_model(world), 3, 1) == Move{4, -1});
}

TEST_CASE("map file: every key acts") {
  const GridWorld world = read(R"({
    // comments are allowed
    "map": ["Sc.", "w.F", "..g"],
    "legend": {"c": {"kind": "free", "reward": -0.5}, "w": "wall", "g": {"kind": "target"}},
    "rewards": {"boundary": -2, "forbidden": -3, "target": 4, "other": -1},
    "slip": 0.25, "slip_kind": "perpendicular", "forbidden": "bounce", "target": "absorb",
    "bump_from_forbidden": "sum", "wind": [0, 1, 0], "stochastic_wind": true,
    "start": "uniform", "actions": 8, "gamma": 0.5, "episode_steps": 77
  })");
  CHECK(world.map.at(1).reward == -0.5);
  CHECK(world.map.at(3).kind == rl::CellKind::wall);
  CHECK(world.map.at(8).kind == rl::CellKind::target);
  CHECK(world.rules.r_boundary == -2);
  CHECK(world.rules.r_forbidden == -3);
  CHECK(world.rules.r_target == 4);
  CHECK(world.rules.r_other == -1);
  CHECK(world.rules.slip == 0.25);
  CHECK(world.rules.slip_kind == rl::SlipKind::perpendicular);
  CHECK(world.rules.forbidden == rl::ForbiddenRule::bounce);
  CHECK(world.rules.target_terminates);
  CHECK(world.rules.bump_from_forbidden == rl::BumpRule::sum);
  CHECK(world.rules.wind == std::vector<int>{0, 1, 0});
  CHECK(world.rules.stochastic_wind);
  CHECK(world.rules.start == rl::StartRule::uniform);
  CHECK(world.moves.size() == 8);
  CHECK(world.gamma == 0.5);
  CHECK(world.episode_steps == 77);
}

TEST_CASE("map file: the 5x5 world of the book from a file is the preset") {
  const GridWorld world = read(R"({"map": ["S....", ".FF..", "..F..", ".FTF.", ".F..."]})");
  const rl::FiniteMdp m = rl::grid_model(world);
  CHECK(move_of(m, 21, 2) == Move{21, -1});  // s22, down: the text's rule
  CHECK(move_of(m, 16, 1) == Move{17, 1});   // s17, right: onto the target
}

TEST_CASE("map file: errors in the map name the letter's line and column") {
  CHECK(error_in("{\"map\": [\n  \"S..\",\n  \"..x\"\n]}")
            .find("m.json:3:6: unknown letter 'x' (expected one of 'S' start") == 0);
  CHECK(error_in("{\"map\": [\n  \"S..\",\n  \"..\"\n]}") ==
        "m.json:3:6: this row has 2 letters, the first one 3; expected rows of one length");
  CHECK(error_in("{\"map\": [\n  \"S.S\",\n  \"..T\"\n]}") ==
        "m.json:2:6: a second start; the first is at m.json:2:4; expected one, or "
        "start=every_marked to draw one of them");
  CHECK(error_in("{\"map\": [\n  \"S..\"\n]}") ==
        "m.json:2:4: the map has no target; expected a cell 'T'");
  CHECK(error_in("{\"map\": []}") ==
        "m.json:1:6: the map is empty; expected rows of letters, as in \"S..\"");
}

TEST_CASE(
    "map file: a target is not needed where cells have rewards of their own and nothing ends") {
  CHECK_NOTHROW(read(R"({"map": ["S.c"], "legend": {"c": {"kind": "free", "reward": 1}}})"));
  CHECK(error_in("{\"map\": [\"S.c\"], \"target\": \"absorb\", \"legend\": "
                 "{\"c\": {\"reward\": 1}}}") ==
        "m.json:1:11: the map has no target; expected a cell 'T'");
}

TEST_CASE("map file: an unknown key is refused with its place and the nearest name") {
  const std::string error = error_in("{\"map\": [\"ST\"],\n \"slipp\": 0.1}");
  CHECK(error.find("m.json:2:8: unknown key 'slipp'; did you mean 'slip'? (choices: map, ") == 0);
  CHECK(error_in("{\"map\": [\"ST\"],\n \"rewards\": {\"taget\": 0.1}}") ==
        "m.json:2:20: unknown reward 'taget'; did you mean 'target'? (choices: boundary, "
        "forbidden, target, other)");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"legend\": {\"g\": \"gaol\"}}")
            .find("m.json:2:23: unknown kind of cell 'gaol'") == 0);
  CHECK(error_in("{\"map\": [\"ST\"], \"legend\": {\"g\": {\"kind\": \"free\", \"cost\": 1}}}")
            .find("unknown key 'cost'") != std::string::npos);
}

TEST_CASE("map file: a wrong value is refused with its place and what was expected") {
  CHECK(error_in("{\"map\": [\"ST\"],\n \"slip\": 2}") ==
        "m.json:2:10: option 'slip': 2 is not in [0, 1]");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"slip_kind\": \"randm\"}") ==
        "m.json:2:21: unknown value of option 'slip_kind': 'randm'; did you mean 'random'? "
        "(choices: random, perpendicular)");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"actions\": 7}") ==
        "m.json:2:13: option 'actions': 7 is not one of 4, 5, 8, 9");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"gamma\": 1.5}") ==
        "m.json:2:13: option 'gamma': 1.5 is not in [0, 1]");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"episode_steps\": 0}")
            .find("m.json:2:19: option 'episode_steps': 0 is not a whole number in [1,") == 0);
  CHECK(error_in("{\"map\": [\"ST\"],\n \"wind\": [1]}") ==
        "m.json:2:7: option 'wind': 1 numbers for a map of 2 columns");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"stochastic_wind\": true}") ==
        "m.json:2:24: option 'stochastic_wind' has no effect without 'wind'");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"slip_kind\": \"perpendicular\"}") ==
        "m.json:2:29: option 'slip_kind' has no effect without 'slip'");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"rewards\": {\"target\": \"high\"}}") ==
        "m.json:2:29: option 'r_target': \"high\" is not a number");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"rewards\": 3}") ==
        "m.json:2:13: expected an object with the keys boundary, forbidden, target, other");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"legend\": {\"ab\": \"free\"}}") ==
        "m.json:2:16: 'ab' is not one ASCII letter");
  CHECK(error_in("{\"map\": [\"ST\"],\n \"legend\": {\"g\": 1}}") ==
        "m.json:2:18: expected a kind of cell or {\"kind\": ..., \"reward\": number}");
}

TEST_CASE("map file: what is no map is refused with what was expected") {
  CHECK(error_in("[1, 2]") ==
        "m.json:1:1: expected an object with a \"map\", as in {\"map\": [...]}");
  CHECK(error_in("{\"gamma\": 1}") ==
        "m.json:1:1: no key 'map'; expected {\"map\": [\"S..\", ...]}");
  CHECK(error_in("{\"map\": \"S.T\"}") ==
        "m.json:1:13: expected a list of rows, as in [\"S..\", \"..T\"]");
  CHECK(error_in("{\"map\": [\"S.T\", 4]}") ==
        "m.json:1:6: row 2 of the map is 4; expected a text of letters");
  CHECK(error_in("{\"map\": [\"S.T\"}").find("m.json:1:15: ") == 0);
  CHECK(error_in("{\"map\": [\"S.T\"], \"map\": [\"ST\"]}").find("key 'map' stands twice") !=
        std::string::npos);
  CHECK(error_in("").find("m.json") == 0);
  CHECK(error_in(std::string("{\"map\0\": 1}", 11)).find("m.json") == 0);
}
