#include "envs/cliff_walking.hpp"

#include <doctest/doctest.h>

#include "tests/envs/outcomes.hpp"

using rl::Action;
using rl::State;
using tests::Move;
using tests::move_of;
using tests::probability_of;

namespace cliff_walking_test {

namespace {

constexpr Action kUpAction = 0, kRightAction = 1, kDownAction = 2, kLeftAction = 3;
constexpr State kStart = 36, kGoal = 47;

}  // namespace

TEST_CASE("cliff: the step into it costs 100 and leads to the start; only the goal ends it") {
  const rl::Problem p = rl::cliff_walking({}, {});
  CHECK(move_of(p.model, kStart, kRightAction) == Move{kStart, -100});
  CHECK(move_of(p.model, 30, kDownAction) == Move{kStart, -100});  // (2, 6) is above the cliff
  CHECK(move_of(p.model, 35, kDownAction) == Move{kGoal, -1});
  CHECK(move_of(p.model, kStart, kDownAction) == Move{kStart, -1});
  CHECK(move_of(p.model, 0, kUpAction) == Move{0, -1});
  CHECK(move_of(p.model, 13, kLeftAction) == Move{12, -1});
  CHECK(p.model.terminal(kGoal));
  CHECK_FALSE(p.model.terminal(kStart));
  CHECK(tests::start_of(p.model)[kStart] == 1);
  CHECK(p.gamma == 1);
  CHECK(p.episode_steps == rl::kNoLimit);
  CHECK(p.picture.panels[0].mark.substr(36) == "SXXXXXXXXXXT");
}

TEST_CASE("cliff: slippery steps go to each side with one third") {
  const rl::Problem p = rl::gym_cliff_walking({.slippery = true}, {});
  const double third = 1.0 / 3;
  // Right along the cliff's edge from (2, 6): right, up, and down into the cliff.
  CHECK(probability_of(p.model, 30, kRightAction, {31, -1}) == doctest::Approx(third));
  CHECK(probability_of(p.model, 30, kRightAction, {18, -1}) == doctest::Approx(third));
  CHECK(probability_of(p.model, 30, kRightAction, {kStart, -100}) == doctest::Approx(third));
  // Left from the start: two bumps (left, down) and one step up.
  CHECK(probability_of(p.model, kStart, kLeftAction, {kStart, -1}) == doctest::Approx(2 * third));
  CHECK(probability_of(p.model, kStart, kLeftAction, {24, -1}) == doctest::Approx(third));
}

TEST_CASE("cliff: Gymnasium's table has rows in the cliff, S&B's world has none") {
  const rl::Problem gym = rl::gym_cliff_walking({}, {});
  CHECK(move_of(gym.model, 40, kUpAction) == Move{28, -1});
  CHECK(move_of(gym.model, 40, kRightAction) == Move{kStart, -100});
  CHECK(move_of(gym.model, 40, kDownAction) == Move{kStart, -100});  // clipped onto the cliff
  CHECK(gym.model.terminal(kGoal));
  CHECK(rl::cliff_walking({}, {}).model.terminal(40));
}

}  // namespace cliff_walking_test
