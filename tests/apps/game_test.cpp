#include "apps/game.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/world.hpp"
#include "tests/apps/program.hpp"

namespace rl::apps {

namespace {

constexpr Action kUp = 0, kRight = 1, kDown = 2, kStay = 4;

}  // namespace

TEST_CASE("game: rewards add up, plainly and discounted") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  Game game(problem, 0);
  REQUIRE(game.act(kUp));     // the edge: -1
  REQUIRE(game.act(kRight));  // forbidden: -1
  REQUIRE(game.act(kDown));   // target: 1
  // -1 - 1 + 1 = -1; -1 - 0.9 + 0.81 = -1.09
  CHECK(game.episode().reward_sum == -1);
  CHECK(game.episode().discounted_return == doctest::Approx(-1.09).epsilon(1e-12));
  CHECK(game.episode().s == 3);
  CHECK(game.way() == std::vector<State>{0, 0, 1, 3});
}

TEST_CASE("game: undo takes back state, rewards and luck") {
  const Problem problem = make_problem(tests::registry(), "frozen_lake");
  Game game(problem, 11);
  REQUIRE(game.act(kDown));
  const State first = game.episode().s;
  REQUIRE(game.undo());
  CHECK(game.episode().steps == 0);
  CHECK(game.way() == std::vector<State>{0});
  CHECK_FALSE(game.undo());
  REQUIRE(game.act(kDown));
  CHECK(game.episode().s == first);  // the ice slips in the same way again
}

TEST_CASE("game: nothing can be done after the end, but undo and reset") {
  Problem problem = make_problem(tests::registry(), "mfrl_2x2", {.episode_steps = 2});
  Game game(problem, 0);
  REQUIRE(game.act(kStay));
  CHECK_FALSE(game.over());
  REQUIRE(game.act(kStay));
  CHECK(game.over());
  CHECK(game.episode().truncated);
  CHECK_FALSE(game.act(kStay));
  REQUIRE(game.undo());
  CHECK_FALSE(game.over());
  game.reset();
  CHECK(game.episode().steps == 0);
  CHECK_FALSE(game.undo());
}

TEST_CASE("game: a terminal state ends the episode as terminated") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2:target_terminates");
  Game game(problem, 0);
  REQUIRE(game.act(kDown));
  REQUIRE(game.act(kRight));
  CHECK(game.episode().terminated);
  CHECK_FALSE(game.episode().truncated);
}

TEST_CASE("game: an unavailable action is refused") {
  const Problem problem = make_problem(tests::registry(), "gambler", {.start = "3"});
  Game game(problem, 0);
  CHECK(game.available(0));
  CHECK_FALSE(game.available(40));  // no stake above the capital of 3
  CHECK_FALSE(game.act(40));
  CHECK_FALSE(game.act(-1));
  CHECK(game.episode().steps == 0);
}

TEST_CASE("game: the exact action values are those of the state") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  Game game(problem, 0);
  // v(s4) = v(s3) = 1 / (1 - 0.9) = 10, v(s1) = 9: down 0.9 * 10, right -1 + 0.9 * 10, stay 8.1
  const std::vector<double> q = game.optimal_action_values();
  CHECK(q[kDown] == doctest::Approx(9).epsilon(1e-9));
  CHECK(q[kRight] == doctest::Approx(8).epsilon(1e-9));
  CHECK(q[kStay] == doctest::Approx(8.1).epsilon(1e-9));
}

TEST_CASE("game: of an average-reward problem they are relative to the best reward a step") {
  const Problem problem = make_problem(tests::registry(), "access_control");
  Game game(problem, 0);
  const std::vector<double> q = game.optimal_action_values();
  REQUIRE(q.size() == 2);
  CHECK(std::isfinite(q[0]));
  CHECK(q[0] != q[1]);
}

TEST_CASE("game: the truth follows a world that changes") {
  const Problem problem = make_problem(tests::registry(), "shortcut_maze:change_after=3");
  Game game(problem, 0);
  const auto best = [&] {
    const std::vector<double> q = game.optimal_action_values();
    return *std::max_element(q.begin(), q.end());
  };
  const double before = best();
  constexpr Action kBump = 1;  // down, at the lower edge
  for (int i = 0; i < 3; ++i) REQUIRE(game.act(kBump));
  const double after = best();
  CHECK(after > before);
  REQUIRE(game.undo());
  CHECK(best() == before);  // the wall is back
}

TEST_CASE("game: actions are named by number from 1 or by name, and nothing shorter") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  CHECK(parse_action(problem, "1") == kUp);
  CHECK(parse_action(problem, "5") == kStay);
  CHECK(parse_action(problem, "right") == kRight);
  CHECK(parse_action(problem, "down") == kDown);
  CHECK_FALSE(parse_action(problem, "do").has_value());
  CHECK_FALSE(parse_action(problem, "0").has_value());
  CHECK_FALSE(parse_action(problem, "6").has_value());
  CHECK_FALSE(parse_action(problem, "jump").has_value());
  CHECK_FALSE(parse_action(problem, "").has_value());
  CHECK(action_towards(problem.picture, -1, 0) == kUp);
  CHECK_FALSE(action_towards(problem.picture, -1, -1).has_value());
}

}  // namespace rl::apps
