#include "envs/grid_world/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/grid_world/presets.hpp"
#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::GridRules;
using rl::GridWorld;
using rl::Outcome;
using rl::State;
using tests::contains;
using tests::error_of;
using tests::Move;
using tests::move_of;
using tests::probability_of;

namespace world_test {

namespace {

constexpr Action kUpAction = 0, kRightAction = 1, kDownAction = 2, kLeftAction = 3, kStayAction = 4;

GridWorld grid(const std::vector<std::string>& rows, const GridRules& rules = {}) {
  GridWorld world;
  world.map = rl::parse_map(rows);
  world.rules = rules;
  return world;
}

}  // namespace

TEST_CASE("grid world: the attempt pays: edge, target, forbidden cell, else") {
  // S .     0 1     F is cell 2, T cell 3
  // F T     2 3
  GridRules rules;
  rules.r_boundary = -2;
  rules.r_forbidden = -7;
  rules.r_target = 5;
  rules.r_other = -0.25;
  const FiniteMdp m = rl::grid_model(grid({"S.", "FT"}, rules));
  CHECK(move_of(m, 0, kUpAction) == Move{0, -2});
  CHECK(move_of(m, 0, kRightAction) == Move{1, -0.25});
  CHECK(move_of(m, 0, kDownAction) == Move{2, -7});
  CHECK(move_of(m, 0, kStayAction) == Move{0, -0.25});
  CHECK(move_of(m, 2, kStayAction) == Move{2, -7});  // staying in a forbidden cell costs again
  CHECK(move_of(m, 2, kLeftAction) == Move{2, -2});  // a bump from it costs the boundary alone
  CHECK(move_of(m, 3, kStayAction) == Move{3, 5});   // the target pays on
  CHECK_FALSE(m.has_terminal());
}

TEST_CASE("grid world: the sum rule adds the forbidden cell's cost to a bump from it, only there") {
  GridRules rules;
  rules.r_forbidden = -10;
  rules.bump_from_forbidden = rl::BumpRule::sum;
  const FiniteMdp m = rl::grid_model(grid({"S.", "FT"}, rules));
  CHECK(move_of(m, 2, kLeftAction) == Move{2, -11});  // -1 + -10
  CHECK(move_of(m, 2, kStayAction) == Move{2, -10});
  CHECK(move_of(m, 0, kLeftAction) == Move{0, -1});
}

TEST_CASE("grid world: a target that terminates pays the step into it and absorbs") {
  GridRules rules;
  rules.target_terminates = true;
  const FiniteMdp m = rl::grid_model(grid({"S.", "FT"}, rules));
  CHECK(move_of(m, 1, kDownAction) == Move{3, 1});
  CHECK(m.terminal(3));
  CHECK_FALSE(m.terminal(2));
}

TEST_CASE("grid world: forbidden cells are entered, keep out, end, or send back to the start") {
  GridRules rules;
  rules.r_forbidden = -3;
  const auto model = [&](rl::ForbiddenRule rule) {
    rules.forbidden = rule;
    return rl::grid_model(grid({".S", "FT"}, rules));
  };
  const FiniteMdp enter = model(rl::ForbiddenRule::enter);
  CHECK(move_of(enter, 0, kDownAction) == Move{2, -3});
  CHECK_FALSE(enter.terminal(2));
  const FiniteMdp bounce = model(rl::ForbiddenRule::bounce);
  CHECK(move_of(bounce, 0, kDownAction) == Move{0, -3});
  CHECK(bounce.terminal(2));  // nobody is ever there: no rows
  const FiniteMdp end = model(rl::ForbiddenRule::end);
  CHECK(move_of(end, 0, kDownAction) == Move{2, -3});
  CHECK(end.terminal(2));
  const FiniteMdp restart = model(rl::ForbiddenRule::restart);
  CHECK(move_of(restart, 0, kDownAction) == Move{1, -3});
  CHECK(restart.terminal(2));
}

TEST_CASE("grid world: a wall keeps out and costs what the boundary costs; its number stays") {
  const FiniteMdp m = rl::grid_model(grid({"S#T", "..."}));
  CHECK(m.num_states() == 6);
  CHECK(move_of(m, 0, kRightAction) == Move{0, -1});
  CHECK(move_of(m, 2, kLeftAction) == Move{2, -1});
  CHECK(move_of(m, 4, kUpAction) == Move{4, -1});
  CHECK(m.terminal(1));
}

TEST_CASE("grid world: without numbers for walls the free cells are counted row by row") {
  GridWorld world = grid({"S#.", "..T"});
  world.number_blocked_cells = false;
  const FiniteMdp m = rl::grid_model(world);
  CHECK(m.num_states() == 5);  // cells 0, 2, 3, 4, 5
  CHECK(move_of(m, 0, kRightAction) == Move{0, -1});
  CHECK(move_of(m, 0, kDownAction) == Move{2, 0});
  CHECK(move_of(m, 1, kDownAction) == Move{4, 1});
  CHECK_FALSE(m.has_terminal());
  const rl::Problem p = rl::grid_problem(world);
  CHECK(p.picture.panels[0].state == std::vector<State>{0, -1, 1, 2, 3, 4});
  CHECK(p.picture.panels[0].mark == "S#   T");
}

TEST_CASE("grid world: a random slip executes each other action with its share") {
  GridRules rules;
  rules.slip = 0.2;
  const FiniteMdp m = rl::grid_model(grid({"...", ".S.", "..T"}, rules));
  // From the middle, right: 0.8 right, and 0.2 / 4 each for up, down, left, stay.
  CHECK(probability_of(m, 4, kRightAction, {5, 0}) == 0.8);
  for (const State next : {1, 7, 3, 4})
    CHECK(probability_of(m, 4, kRightAction, {next, 0}) == 0.05);
}

TEST_CASE("grid world: a perpendicular slip goes to both sides; staying has none") {
  GridRules rules;
  rules.slip = 0.2;
  rules.slip_kind = rl::SlipKind::perpendicular;
  const FiniteMdp m = rl::grid_model(grid({"S..", "...", "..T"}, rules));
  CHECK(probability_of(m, 4, kRightAction, {5, 0}) == 0.8);
  CHECK(probability_of(m, 4, kRightAction, {1, 0}) == 0.1);
  CHECK(probability_of(m, 4, kRightAction, {7, 0}) == 0.1);
  CHECK(m.outcomes(4, kRightAction).size() == 3);
  CHECK(m.outcomes(4, kStayAction).size() == 1);
}

TEST_CASE("grid world: outcomes with the same cell and reward are one") {
  GridRules rules;
  rules.slip = 0.2;
  rules.slip_kind = rl::SlipKind::perpendicular;
  const FiniteMdp m = rl::grid_model(grid({"S..", "...", "..T"}, rules));
  // Up from the corner: 0.8 bump at the top, 0.1 bump at the left, 0.1 to the right.
  REQUIRE(m.outcomes(0, kUpAction).size() == 2);
  CHECK(probability_of(m, 0, kUpAction, {0, -1}) == doctest::Approx(0.9).epsilon(1e-15));
  CHECK(probability_of(m, 0, kUpAction, {1, 0}) == 0.1);
}

TEST_CASE(
    "grid world: wind pushes upwards by the column that is left; edges clip each coordinate") {
  GridRules rules;
  rules.wind = {0, 2, 0};
  GridWorld world = grid({"...", "...", "S.T"}, rules);
  world.moves = rl::standard_moves(9);
  const FiniteMdp m = rl::grid_model(world);
  CHECK(move_of(m, 6, kRightAction) == Move{7, 0});   // no wind in column 0
  CHECK(move_of(m, 7, kRightAction) == Move{2, 0});   // (2, 1) -> (2 - 2, 2)
  CHECK(move_of(m, 4, kRightAction) == Move{2, -1});  // (1 - 2, 2) is clipped to (0, 2)
  constexpr Action kUpLeftAction = 4;
  CHECK(move_of(m, 3, kUpLeftAction) == Move{0, -1});  // up-left at the left edge still goes up
}

TEST_CASE("grid world: stochastic wind blows one less, the same or one more, where it blows") {
  GridRules rules;
  rules.wind = {0, 1, 0};
  rules.stochastic_wind = true;
  const FiniteMdp m = rl::grid_model(grid({"...", "...", "...", "S.T"}, rules));
  // Right from (3, 1): winds 0, 1, 2 lead to (3, 2), (2, 2), (1, 2).
  CHECK(probability_of(m, 10, kRightAction, {11, 1}) == doctest::Approx(1.0 / 3));
  CHECK(probability_of(m, 10, kRightAction, {8, 0}) == doctest::Approx(1.0 / 3));
  CHECK(probability_of(m, 10, kRightAction, {5, 0}) == doctest::Approx(1.0 / 3));
  CHECK(move_of(m, 9, kRightAction) == Move{10, 0});
}

TEST_CASE("grid world: a teleport takes every action and pays its own reward") {
  GridWorld world = grid({"...", "S.."});
  world.teleports = {{1, 5, 10}};
  const FiniteMdp m = rl::grid_model(world);
  for (Action a = 0; a < 5; ++a) CHECK(move_of(m, 1, a) == Move{5, 10});
  CHECK(move_of(m, 0, kRightAction) == Move{1, 0});
}

TEST_CASE("grid world: a letter with a reward of its own pays it instead of its kind's") {
  rl::GridWorldOptions options;
  options.map = {"Sc", "wT"};
  options.legend = {"c=free:-0.5", "w=wall:-3"};
  const FiniteMdp m = rl::grid_world(options, {}).model;
  CHECK(move_of(m, 0, kRightAction) == Move{1, -0.5});
  CHECK(move_of(m, 1, kStayAction) == Move{1, -0.5});
  CHECK(move_of(m, 0, kDownAction) == Move{0, -3});
}

TEST_CASE("grid world: starts are the marked cell, any of several, or any cell one can be in") {
  GridRules rules;
  CHECK(tests::start_of(rl::grid_model(grid({".S", "#T"}, rules))) ==
        std::vector<double>{0, 1, 0, 0});
  rules.start = rl::StartRule::every_marked;
  CHECK(tests::start_of(rl::grid_model(grid({"SS", "#T"}, rules))) ==
        std::vector<double>{0.5, 0.5, 0, 0});
  rules.start = rl::StartRule::uniform;
  const double third = 1.0 / 3;
  CHECK(tests::start_of(rl::grid_model(grid({"S.", "#T"}, rules))) ==
        std::vector<double>{third, third, 0, third});  // the target pays on: one can be there
}

TEST_CASE("grid world: rows shared between cells with equal surroundings are the rows made alone") {
  rl::Rng rng(7);
  const std::string letters = "..FF#T";
  for (int trial = 0; trial < 40; ++trial) {
    std::vector<std::string> rows(7, std::string(9, '.'));
    for (std::string& row : rows)
      for (char& cell : row) cell = letters[static_cast<std::size_t>(rng.index(6))];
    rows[3][4] = 'S';
    GridRules rules;
    rules.slip = 0.3;
    rules.slip_kind = trial % 2 == 0 ? rl::SlipKind::random : rl::SlipKind::perpendicular;
    rules.target_terminates = trial % 3 == 0;
    rules.forbidden = trial % 5 == 0 ? rl::ForbiddenRule::bounce : rl::ForbiddenRule::enter;
    GridWorld shared = grid(rows, rules);
    shared.moves = rl::standard_moves(9);
    GridWorld alone = shared;
    alone.rules.wind.assign(9, 0);  // wind, even of strength 0, makes every row by itself
    const FiniteMdp a = rl::grid_model(shared);
    const FiniteMdp b = rl::grid_model(alone);
    for (State s = 0; s < a.num_states(); ++s) {
      REQUIRE(a.terminal(s) == b.terminal(s));
      if (a.terminal(s)) continue;
      for (Action action = 0; action < 9; ++action) {
        const std::vector<Outcome> x = a.outcomes(s, action);
        const std::vector<Outcome> y = b.outcomes(s, action);
        REQUIRE(std::equal(
            x.begin(), x.end(), y.begin(), y.end(), [](const Outcome& p, const Outcome& q) {
              return p.next == q.next && p.reward == q.reward && p.probability == q.probability;
            }));
      }
    }
  }
}

TEST_CASE("grid world: an open map starts in the first cell and has its target in the last") {
  rl::GridWorldOptions options;
  options.rows = 3;
  options.cols = 4;
  const rl::Problem p = rl::grid_world(options, {});
  CHECK(p.model.num_states() == 12);
  CHECK(tests::start_of(p.model)[0] == 1);
  CHECK(move_of(p.model, 10, kRightAction) == Move{11, 1});
  CHECK(rl::grid_world({}, {}).model.num_states() == 25);
}

TEST_CASE("grid world: what would not fit is refused before it is made, with the bytes needed") {
  rl::GridWorldOptions options;
  options.rows = options.cols = 40'000;
  // 1.6e9 cells x (1 for the map + 5 x 4 + 1 for the rows + 2 x 8 for the values) = 6.08e10
  const std::string error = error_of([&] { rl::grid_world(options, {}); });
  CHECK(error ==
        "a grid of 40000 x 40000 cells with 5 actions needs 60800000000 bytes to be solved, more "
        "than the limit of 4294967296");
  options.rows = options.cols = 1'000'000'000;
  CHECK(error_of([&] { rl::grid_world(options, {}); }) ==
        "a grid of 1000000000 x 1000000000 cells has more than 2147483647 states");
  rl::WorldContext context;
  context.memory_limit = 1000;
  options.rows = options.cols = 5;  // 25 x 38 = 950 bytes
  CHECK_NOTHROW(rl::grid_world(options, context));
  options.cols = 6;
  CHECK(contains(error_of([&] { rl::grid_world(options, context); }), "1140 bytes"));
  CHECK(contains(error_of([&] { rl::slippery_grid({.n = 100}, context); }), "100 x 100"));
}

TEST_CASE("grid world: options that contradict each other or do nothing are refused") {
  rl::GridWorldOptions options;
  options.map = {"S.", ".T"};
  options.rows = 3;
  CHECK(contains(error_of([&] { rl::grid_world(options, {}); }), "contradict the map"));
  options = {};
  options.legend = {"g=target"};
  CHECK(contains(error_of([&] { rl::grid_world(options, {}); }), "no effect without 'map'"));
  options = {};
  options.actions = 6;
  CHECK(contains(error_of([&] { rl::grid_world(options, {}); }), "6 is not one of 4, 5, 8, 9"));
  options = {};
  options.rules.wind = {1, 2};
  CHECK(contains(error_of([&] { rl::grid_world(options, {}); }),
                 "'wind': 2 numbers for a map of 5 columns"));
  options.rules.wind = {0, 0, -1, 0, 0};
  CHECK(contains(error_of([&] { rl::grid_world(options, {}); }), "-1 is not in [0, 1000000]"));
}

TEST_CASE("grid world: pictures have arrows for every move, and none of a large grid's cells") {
  rl::GridWorldOptions options;
  options.actions = 9;
  const rl::Picture picture = rl::grid_world(options, {}).picture;
  std::string ascii;
  for (const rl::ActionLook& look : picture.actions) ascii += look.ascii;
  CHECK(ascii == "^>v<7913o");
  CHECK(picture.actions[0].glyph == "↑");
  CHECK(picture.actions[1].name == "right");
  CHECK(picture.state_name(0) == "s1");
  CHECK(picture.panels[0].mark.front() == 'S');
  CHECK(picture.panels[0].mark.back() == 'T');
  options.rows = 101;
  options.cols = 100;
  CHECK(rl::grid_world(options, {}).picture.panels.empty());
}

TEST_CASE("slippery grid: forbidden cells follow the generator") {
  const auto forbidden = [](int n) {
    const FiniteMdp m = rl::slippery_grid({.n = n}, {}).model;
    int count = 0;  // staying in a cell pays -1 only where it is forbidden
    for (State s = 0; s < m.num_states(); ++s) count += m.row(s, kStayAction).reward == -1 ? 1 : 0;
    return count;
  };
  CHECK(forbidden(32) == 203);
  CHECK(forbidden(100) == 2006);
  CHECK(forbidden(316) == 19839);
}

TEST_CASE("slippery grid: 0.8 ahead, 0.1 to each side, stay certain, the target pays on") {
  const rl::Problem p = rl::slippery_grid({.n = 32}, {});
  CHECK(p.gamma == 0.99);
  CHECK(tests::start_of(p.model)[0] == 1);
  // Up from the first cell: 0.8 bump above and 0.1 bump at the left cost 1; 0.1 to the right.
  CHECK(probability_of(p.model, 0, kUpAction, {0, -1}) == doctest::Approx(0.9));
  CHECK(p.model.outcomes(0, kStayAction).size() == 1);
  const State last = 32 * 32 - 1;
  CHECK(move_of(p.model, last, kStayAction) == Move{last, 1});
  // Right from the target: 0.8 and 0.1 bump at the corner, 0.1 one up.
  CHECK(probability_of(p.model, last, kRightAction, {last, -1}) == doctest::Approx(0.9));
}

TEST_CASE("grid world: an option that does not act is refused with the one that it needs") {
  const auto error = [](const rl::GridWorldOptions& options) {
    return error_of([&] { rl::grid_world(options, {}); });
  };
  rl::GridWorldOptions options;
  options.rules.slip_kind = rl::SlipKind::perpendicular;
  CHECK(error(options) == "option 'slip_kind' has no effect without 'slip'");
  CHECK(error_of([&] { rl::mfrl_5x5(options.rules, {}); }) == error(options));
  options.rules.slip = 0.1;
  CHECK_NOTHROW(rl::grid_world(options, {}));
  options.rules.stochastic_wind = true;
  CHECK(error(options) == "option 'stochastic_wind' has no effect without 'wind'");
  options.rules.wind = {0, 0, 0, 0, 0};
  CHECK(error(options) == "option 'stochastic_wind' has no effect without 'wind'");
  options.rules.wind = {0, 0, 1, 0, 0};
  CHECK_NOTHROW(rl::grid_world(options, {}));
  options.legend = {"g=target"};
  CHECK(error(options) == "option 'legend' has no effect without 'map'");
}

}  // namespace world_test
