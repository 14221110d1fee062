#include "envs/mazes.hpp"

#include <doctest/doctest.h>

#include "rl/mdp_graph.hpp"
#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Action;
using rl::State;
using tests::Move;
using tests::move_of;

namespace mazes_test {

namespace {

constexpr Action kUpAction = 0, kDownAction = 1, kLeftAction = 2, kRightAction = 3;

State at(int row, int col) { return 9 * row + col; }

}  // namespace

TEST_CASE("dyna maze: walls and edges keep one where one is, only the goal pays and ends it") {
  const rl::Problem p = rl::dyna_maze({}, {});
  CHECK(p.model.num_states() == 54);
  CHECK(p.gamma == 0.95);
  CHECK(tests::start_of(p.model)[static_cast<std::size_t>(at(2, 0))] == 1);
  CHECK(move_of(p.model, at(2, 1), kRightAction) == Move{at(2, 1), 0});
  CHECK(move_of(p.model, at(2, 0), kLeftAction) == Move{at(2, 0), 0});
  CHECK(move_of(p.model, at(4, 4), kRightAction) == Move{at(4, 4), 0});
  CHECK(move_of(p.model, at(2, 0), kUpAction) == Move{at(1, 0), 0});
  CHECK(move_of(p.model, at(1, 8), kUpAction) == Move{at(0, 8), 1});
  CHECK(p.model.terminal(at(0, 8)));
  CHECK(move_of(p.model, at(0, 6), kRightAction) == Move{at(0, 6), 0});
}

TEST_CASE(
    "dyna maze: enlarged by 3, walls and goal are 3 x 3 and the start is their top-left cell") {
  const rl::Problem p = rl::dyna_maze({.factor = 3}, {});
  CHECK(p.model.num_states() == 18 * 27);
  const auto cell = [](int row, int col) { return 27 * row + col; };
  CHECK(tests::start_of(p.model)[static_cast<std::size_t>(cell(6, 0))] == 1);
  for (int row = 0; row < 3; ++row)
    for (int col = 24; col < 27; ++col) CHECK(p.model.terminal(cell(row, col)));
  CHECK_FALSE(p.model.terminal(cell(3, 24)));
  CHECK(move_of(p.model, cell(3, 26), kUpAction) == Move{cell(2, 26), 1});
  // The wall cell (1, 2) of the plain maze is rows 3..5, columns 6..8.
  CHECK(move_of(p.model, cell(3, 5), kRightAction) == Move{cell(3, 5), 0});
  CHECK(move_of(p.model, cell(5, 9), kLeftAction) == Move{cell(5, 9), 0});
  CHECK(move_of(p.model, cell(2, 6), kDownAction) == Move{cell(2, 6), 0});
  CHECK_FALSE(rl::state_without_end(p.model).has_value());
  rl::WorldContext context;
  context.memory_limit = 1'000'000;
  CHECK(tests::contains(tests::error_of([&] { rl::dyna_maze({.factor = 100}, context); }),
                        "600 x 900"));
}

TEST_CASE("blocking maze: the wall opens on the right for 1,000 steps, then on the left") {
  const rl::Problem p = rl::blocking_maze({}, {});
  REQUIRE(p.changing.has_value());
  CHECK(p.changing->at_step() == std::vector<std::int64_t>{1000});
  const rl::FiniteMdp& before = p.changing->models()[0];
  const rl::FiniteMdp& after = p.changing->models()[1];
  CHECK(move_of(before, at(4, 0), kUpAction) == Move{at(4, 0), 0});
  CHECK(move_of(before, at(4, 8), kUpAction) == Move{at(3, 8), 0});
  CHECK(move_of(after, at(4, 0), kUpAction) == Move{at(3, 0), 0});
  CHECK(move_of(after, at(4, 8), kUpAction) == Move{at(4, 8), 0});
  CHECK(move_of(p.model, at(4, 0), kUpAction) == move_of(before, at(4, 0), kUpAction));
  CHECK(tests::start_of(after)[static_cast<std::size_t>(at(5, 3))] == 1);
}

TEST_CASE("shortcut maze: after 3,000 steps the right end opens as well, the left stays open") {
  const rl::Problem p = rl::shortcut_maze(rl::shortcut_maze_options(), {});
  REQUIRE(p.changing.has_value());
  CHECK(p.changing->at_step() == std::vector<std::int64_t>{3000});
  for (const rl::FiniteMdp& m : p.changing->models())
    CHECK(move_of(m, at(4, 0), kUpAction) == Move{at(3, 0), 0});
  CHECK(move_of(p.changing->models()[0], at(4, 8), kUpAction) == Move{at(4, 8), 0});
  CHECK(move_of(p.changing->models()[1], at(4, 8), kUpAction) == Move{at(3, 8), 0});
}

TEST_CASE("blocking maze: the wall moves after exactly so many steps, also within an episode") {
  const rl::Problem p = rl::blocking_maze({.change_after = 3}, {});
  rl::SwitchingEnvironment world = *p.changing;
  rl::Rng rng(1);
  CHECK(world.reset(rng) == at(5, 3));
  for (int step = 0; step < 3; ++step) {
    CHECK(move_of(world.model(), at(4, 8), kUpAction).next == at(3, 8));
    world.step(kLeftAction, rng);
  }
  CHECK(move_of(world.model(), at(4, 8), kUpAction).next == at(4, 8));
  CHECK(world.step(kUpAction, rng).next == at(4, 0));
  CHECK(world.step(kUpAction, rng).next == at(3, 0));  // the new opening, in the same episode
}

TEST_CASE("blocking maze: who stands where a wall appears stays there and may walk out") {
  const rl::Problem p = rl::blocking_maze({}, {});
  const rl::FiniteMdp& after = p.changing->models()[1];
  CHECK(move_of(after, at(3, 8), kUpAction) == Move{at(2, 8), 0});
  CHECK(move_of(after, at(3, 8), kDownAction) == Move{at(4, 8), 0});
  CHECK(move_of(after, at(3, 8), kLeftAction) == Move{at(3, 8), 0});  // more wall
}

}  // namespace mazes_test
