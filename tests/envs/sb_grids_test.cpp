#include "envs/sb_grids.hpp"

#include <doctest/doctest.h>

#include "tests/envs/outcomes.hpp"

using rl::Action;
using tests::Move;
using tests::move_of;

TEST_CASE("sb_grid_3_5: every action in A leads to A' for 10, in B to B' for 5") {
  const rl::Problem p = rl::sb_grid_3_5({}, {});
  for (Action a = 0; a < 4; ++a) {
    CHECK(move_of(p.model, 1, a) == Move{21, 10});
    CHECK(move_of(p.model, 3, a) == Move{13, 5});
  }
  CHECK(move_of(p.model, 0, 0) == Move{0, -1});  // up from the corner
  CHECK(move_of(p.model, 0, 1) == Move{1, 0});   // onto A: nothing yet
  CHECK(move_of(p.model, 24, 2) == Move{24, -1});
  CHECK(p.gamma == 0.9);
  CHECK(tests::start_of(p.model)[7] == doctest::Approx(1.0 / 25));
}

TEST_CASE("sb_grid_4_1: every step costs 1 until a corner ends it") {
  const rl::Problem p = rl::sb_grid_4_1({}, {});
  CHECK(p.model.terminal(0));
  CHECK(p.model.terminal(15));
  CHECK(move_of(p.model, 1, 3) == Move{0, -1});
  CHECK(move_of(p.model, 1, 0) == Move{1, -1});  // a bump costs a step like any other
  CHECK(move_of(p.model, 5, 2) == Move{9, -1});
  CHECK(p.gamma == 1);
  CHECK(tests::start_of(p.model)[5] == doctest::Approx(1.0 / 14));
}
