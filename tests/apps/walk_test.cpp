#include "apps/walk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/world.hpp"
#include "tests/apps/program.hpp"

namespace rl::apps {

namespace {

using Lines = std::vector<std::string>;

bool never() { return false; }

/// s0 -> s1 pays 2, s1 -> s0 pays -1; gamma = 0.5.
Problem there_and_back() {
  Problem problem{"there_and_back", FiniteMdp(2, 1,
                                              [](State s, Action, std::vector<Outcome>& row) {
                                                row = {{1, s == 0 ? 2.0 : -1.0, 1 - s}};
                                              },
                                              {.start = {1, 0}})};
  problem.gamma = 0.5;
  return problem;
}

std::unique_ptr<Walk> walk_of(const Problem& problem, const char* algorithm,
                              const nlohmann::json& options = nlohmann::json::object()) {
  return make_walk(problem, tests::registry().algorithm(algorithm), options, 7);
}

bool has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

/// A counter that knows how often it was moved.
struct Counter {
  std::shared_ptr<std::int64_t> moves = std::make_shared<std::int64_t>(0);
  std::int64_t value = 0;
  std::int64_t end = 1'000'000;
  bool advance() {
    if (value == end) return false;
    ++*moves;
    ++value;
    return true;
  }
};

}  // namespace

TEST_CASE("walk: a TD update is told with its numbers") {
  const Problem problem = there_and_back();
  const auto walk = walk_of(problem, "q_learning");
  CHECK(walk->view().heading == "before the first step");
  REQUIRE(walk->forward());
  // target = 2 + 0.5 * 0; q = 0 + 0.1 * (2 - 0)
  CHECK(walk->view().heading == "step 1 (episode 1, its step 1): 0, 0 -> 1, r = 2");
  CHECK(walk->view().lines == Lines{"target = r + gamma * bootstrap = 2 + 0.5 * 0 = 2",
                                    "delta = target - before = 2 - 0 = 2",
                                    "q(0, 0) <- 0 + 0.1 [ 2 + 0.5 * 0 - 0 ] = 0.2",
                                    "q(0, .): 0 0.2"});
  REQUIRE(walk->go_to(3, never));
  // step 2: q(1, 0) = 0.1 * (-1 + 0.5 * 0.2) = -0.09
  // step 3: 2 + 0.5 * (-0.09) = 1.955; 0.2 + 0.1 * 1.755 = 0.3755
  CHECK(walk->view().lines == Lines{"target = r + gamma * bootstrap = 2 + 0.5 * (-0.09) = 1.955",
                                    "delta = target - before = 1.955 - 0.2 = 1.755",
                                    "q(0, 0) <- 0.2 + 0.1 [ 2 + 0.5 * (-0.09) - 0.2 ] = 0.3755",
                                    "q(0, .): 0 0.3755"});
  CHECK(walk->view().content.agent == 1);
  CHECK(walk->view().content.number[0] == doctest::Approx(0.3755).epsilon(1e-12));
}

TEST_CASE("walk: value iteration is told state by state, from the values before the sweep") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  const auto walk = walk_of(problem, "value_iteration");
  // From v = 0: the target pays 1 and lies below s2, whose other moves cost 1 or lead to s1.
  REQUIRE(walk->go_to(2, never));
  const Lines second = walk->view().lines;
  CHECK(second ==
        Lines{"q(s2, a) with the values before this sweep:", "  q(s2, up) = -1 + 0.9 * 0 = -1",
              "  q(s2, right) = -1 + 0.9 * 0 = -1", "  q(s2, down) = 1 + 0.9 * 0 = 1",
              "  q(s2, left) = 0 + 0.9 * 0 = 0", "  q(s2, stay) = -1 + 0.9 * 0 = -1",
              "v(s2) <- max_a q(s2, a) = 1 (before: 0)"});
  CHECK(walk->view().content.agent == 1);
  CHECK(walk->view().content.number == std::vector<double>{0, 1, 0, 0});  // s3, s4 come later
  REQUIRE(walk->go_to(5, never));  // the second sweep begins again with s1: 0 + 0.9 * v(s3)
  CHECK(has(walk->view().lines, "  q(s1, down) = 0 + 0.9 * 1 = 0.9"));
  CHECK(has(walk->view().lines, "v(s1) <- max_a q(s1, a) = 0.9 (before: 0)"));
}

TEST_CASE("walk: a sweep in place looks at what it has already changed") {
  const Problem problem = there_and_back();
  const auto walk = walk_of(problem, "value_iteration", {{"order", "in_place"}});
  REQUIRE(walk->go_to(2, never));  // v(0) = 2 first, then v(1) = -1 + 0.5 * 2 = 0
  CHECK(walk->view().lines == Lines{"q(1, a) with the values that this sweep has already changed:",
                                    "  q(1, 0) = -1 + 0.5 * 2 = 0",
                                    "v(1) <- max_a q(1, a) = 0 (before: 0)"});
}

TEST_CASE("walk: policy iteration tells the policy's value and its improvement") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  const auto walk = walk_of(problem, "policy_iteration");
  REQUIRE(walk->forward());
  // The first policy is up: from s1 it bumps for ever, v = -1 / (1 - 0.9) = -10. Down leads to s3,
  // from where up leads back: v(s3) = 0 + 0.9 * (-10) = -9, so q(s1, down) = 0.9 * (-9) = -8.1.
  const Lines lines = walk->view().lines;
  CHECK(has(lines, "q(s1, a) with v = v_pi, the values of the policy:"));
  CHECK(has(lines, "  q(s1, down) = 0 + 0.9 * (-9) = -8.1"));
  CHECK(has(lines, "v(s1) <- sum_a pi(a | s1) q(s1, a) = -10 (before: 0)"));
  CHECK(has(lines, "pi(s1) <- arg max_a q(s1, a): up -> down"));
}

TEST_CASE("walk: policy evaluation and epsilon-soft iteration name their own rules") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  const auto soft = walk_of(problem, "epsilon_soft_iteration", {{"epsilon", 0.5}});
  REQUIRE(soft->go_to(2, never));
  // q(s2, .) = -1, -1, 1, 0, -1 (above): 0.5 * 1 + 0.5 * (-2 / 5) = 0.3
  CHECK(has(soft->view().lines,
            "v(s2) <- 0.5 max_a q(s2, a) + 0.5 mean_a q(s2, a) = 0.3 (before: 0)"));
  const auto evaluation = make_walk(problem, tests::registry().algorithm("policy_evaluation"),
                                    nlohmann::json::object(), 0, uniform_policy(problem.model));
  REQUIRE(evaluation->go_to(2, never));
  CHECK(has(evaluation->view().lines, "v(s2) <- sum_a pi(a | s2) q(s2, a) = -0.4 (before: 0)"));
}

TEST_CASE("walk: back and forth again is the same to the bit, over more steps than are kept") {
  const Problem problem = make_problem(tests::registry(), "cliff_walking");
  for (const char* algorithm : {"sarsa", "q_learning", "value_iteration"}) {
    const auto walk = walk_of(problem, algorithm);
    std::vector<WalkView> seen = {walk->view()};
    for (int i = 1; i <= 300; ++i) {
      REQUIRE(walk->forward());
      seen.push_back(walk->view());
    }
    for (const std::int64_t target : {299, 150, 151, 3, 0, 300}) {
      CAPTURE(target);
      REQUIRE(walk->go_to(target, never));
      CHECK(walk->position() == target);
      const WalkView view = walk->view();
      const WalkView& then = seen[static_cast<std::size_t>(target)];
      CHECK(view.heading == then.heading);
      CHECK(view.lines == then.lines);
      CHECK(view.content.number == then.content.number);
      CHECK(view.content.actions == then.content.actions);
    }
  }
}

TEST_CASE("walk: a finished planner goes no further, and says so") {
  const Problem problem = make_problem(tests::registry(), "mfrl_2x2");
  const auto walk = walk_of(problem, "policy_iteration");
  CHECK_FALSE(walk->go_to(1'000'000, never));
  const std::int64_t end = walk->position();
  CHECK(end > 0);
  CHECK(end % 4 == 0);  // whole sweeps of four states
  CHECK_FALSE(walk->forward());
  CHECK(walk->position() == end);
  REQUIRE(walk->go_to(end - 1, never));
}

TEST_CASE("walk: going back costs a part of the way, and few states are kept") {
  const Counter counter;
  Rewindable<Counter> machine(counter);
  REQUIRE(machine.go_to(100'000, never));
  *counter.moves = 0;
  REQUIRE(machine.go_to(99'999, never));
  CHECK(machine.now().value == 99'999);
  CHECK(*counter.moves < 100'000 / 16);
  REQUIRE(machine.go_to(1, never));
  CHECK(machine.now().value == 1);
  CHECK(machine.position() == 1);
}

TEST_CASE("walk: a long way can be interrupted") {
  Rewindable<Counter> machine(Counter{});
  int asked = 0;
  CHECK_FALSE(machine.go_to(1'000'000, [&] { return ++asked > 3; }));
  CHECK(machine.position() < 10'000);
}

TEST_CASE("walk: every algorithm's pseudo-code has a line that a step shows") {
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms()) {
    CAPTURE(algorithm.name);
    const std::vector<bool> lines = current_lines(algorithm);
    CHECK(std::count(lines.begin(), lines.end(), true) >= 1);
    CHECK(static_cast<std::ptrdiff_t>(lines.size()) ==
          1 + std::count(algorithm.pseudocode.begin(), algorithm.pseudocode.end(), '\n'));
  }
}

TEST_CASE("walk: every algorithm can be walked in a world that it accepts") {
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms()) {
    CAPTURE(algorithm.name);
    for (const char* world : {"mfrl_2x2", "frozen_lake", "access_control"}) {
      const Problem problem = make_problem(tests::registry(), world);
      if (algorithm.refuses(problem)) continue;
      const auto walk = walk_of(problem, algorithm.name.c_str());
      REQUIRE(walk->forward());
      CHECK(walk->position() == 1);
      CHECK_FALSE(walk->view().lines.empty());
      CHECK_FALSE(walk->view().content.number.empty());
    }
  }
}

}  // namespace rl::apps
