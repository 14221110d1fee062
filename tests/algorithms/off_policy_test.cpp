#include "algorithms/off_policy.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "rl/rollouts.hpp"
#include "tests/algorithms/learners.hpp"

using rl::Problem;

TEST_CASE("off-policy q-learning: told an episode, it learns what it learns when it lives it") {
  for (const char* name : {"mfrl_5x5", "cliff_walking"}) {
    const Problem problem = tests::world(name);
    const rl::Rng stream(5);
    rl::AnyRunner alive = tests::worlds_and_algorithms()
                              .algorithm("off_policy_q_learning")
                              .make_learner(problem, {}, rl::Streams(stream));
    alive.run({.steps = 300, .episodes = 1});
    rl::AnyRunner told = tests::begin("off_policy_q_learning", problem);
    const auto episode = rl::episode_of(problem, uniform_policy(problem.model), 300, stream);
    for (const auto& t : episode) told.replay(t);
    CHECK(told.steps() == alive.steps());
    CHECK(told.episodes() == 1);  // it is cut after 300 steps
    const auto x = told.estimates().values;
    const auto y = alive.estimates().values;
    CHECK(std::vector<double>(x.begin(), x.end()) == std::vector<double>(y.begin(), y.end()));
  }
}

TEST_CASE("replay: by hand, and refused by who chooses") {
  // alpha .5, gamma .9: q(0, 0) <- .5 (1 + .9 * 0) = .5; then q(1, 1) <- .5 (2 + .9 * .5) = 1.225.
  const Problem grid = tests::world("mfrl_2x2");
  rl::AnyRunner runner = tests::begin("off_policy_q_learning", grid, {{"alpha", 0.5}});
  int ended = 0;
  const auto count = [&](const rl::EpisodeStats& e) {
    CHECK(e.steps == 2);
    CHECK(e.reward_sum == 3);
    ++ended;
    return true;
  };
  runner.replay({0, 0, 1, 1, false, false}, count);
  CHECK(runner.in_episode());
  runner.replay({1, 1, 2, 0, false, true}, count);
  CHECK(ended == 1);
  CHECK(runner.estimates().values[0] == 0.5);
  CHECK(runner.estimates().values[5 + 1] == doctest::Approx(1.225).epsilon(1e-15));
  rl::AnyRunner sarsa = tests::begin("sarsa", grid);
  CHECK_THROWS_AS(sarsa.replay({0, 0, 1, 1, false, false}), std::invalid_argument);
}
