#include "algorithms/planning_and_learning.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/decision_time.hpp"
#include "algorithms/real_time.hpp"
#include "tests/algorithms/learners.hpp"

using nlohmann::json;
using rl::Problem;
using rl::Rng;
using rl::State;

namespace {

/// States 0, 1 and the end 2: action 0 goes on, action 1 stays; gamma = 0.5.
Problem corridor() {
  const auto row = [](State s, rl::Action a, std::vector<rl::Outcome>& r) {
    r = {{1, a == 0 && s == 1 ? 8.0 : 0.0, a == 0 ? s + 1 : s}};
  };
  return {.name = "corridor", .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}}), .gamma = 0.5};
}

/// The two steps to the end.
template <class Learner>
void walk(Learner& learner, Rng& rng) {
  learner.start(0, rng);
  learner.step({0, 0, 0, 1, false, false}, rng);
  learner.step({1, 0, 8, 2, true, false}, rng);
}

}  // namespace

TEST_CASE("dyna-q: what one episode showed is learned from again until it is known") {
  Rng rng(1);
  rl::DynaQ learner(corridor(), {.alpha = 1.0, .planning_steps = 20});
  walk(learner, rng);
  CHECK(learner.q().value(1, 0) == 8);
  CHECK(learner.q().value(0, 0) == 4);  // 0.5 * 8, which no real step has shown
  CHECK(learner.q().value(0, 1) == 0);  // never tried
  rl::DynaQ without(corridor(), {.alpha = 1.0, .planning_steps = 0});
  walk(without, rng);
  CHECK(without.q().value(0, 0) == 0);
}

TEST_CASE("dyna-q: without planning it is Q-learning to the bit") {
  const Problem maze = tests::world("dyna_maze");
  CHECK(tests::numbers_after("dyna_q", maze, {.steps = 3000}, {{"planning_steps", 0}}) ==
        tests::numbers_after("q_learning", maze, {.steps = 3000}));
}

TEST_CASE("dyna-q+: actions that were never tried are thought to stay, and pay for waiting") {
  Rng rng(1);
  rl::DynaQPlus learner(corridor(), {{.alpha = 1.0, .planning_steps = 0}, 0.25});
  walk(learner, rng);
  const rl::LastOutcomes& model = learner.model();
  CHECK(model.known().size() == 4);
  const rl::Transition<State> stay = model.transition(model.pair(1, 1));
  CHECK(stay.next == 1);
  CHECK(stay.reward == 0);
  CHECK(model.time(model.pair(1, 1)) == 1);
  CHECK(model.time(model.pair(1, 0)) == 2);
  // q(0, 1), planned at time 2: 0.25 sqrt(2 - 1) + 0.5 * max q(0, .), and so on while it grows.
  rl::DynaQPlus planned(corridor(), {{.alpha = 1.0, .planning_steps = 50}, 0.25});
  walk(planned, rng);
  CHECK(planned.q().value(0, 1) == doctest::Approx(0.25 + 0.5 * planned.q().value(0, 0)));
}

TEST_CASE("prioritized sweeping: one reward is carried all the way back, the nearest first") {
  Rng rng(1);
  rl::LearnedPrioritizedSweeping learner(corridor(), {{.alpha = 1.0, .planning_steps = 2}});
  walk(learner, rng);
  CHECK(learner.q().value(1, 0) == 8);
  CHECK(learner.q().value(0, 0) == 4);
  rl::LearnedPrioritizedSweeping once(corridor(), {{.alpha = 1.0, .planning_steps = 1}});
  walk(once, rng);
  CHECK(once.q().value(1, 0) == 8);
  CHECK(once.q().value(0, 0) == 0);
  rl::LearnedPrioritizedSweeping deaf(corridor(), {{.alpha = 1.0, .planning_steps = 9}, 8});
  walk(deaf, rng);
  CHECK(deaf.q().value(1, 0) == 0);  // a change of 8 is not above theta
}

TEST_CASE("trajectory sampling, real-time DP: expected updates where the agent goes") {
  Rng rng(1);
  rl::TrajectorySampling sampling(corridor(), {});
  walk(sampling, rng);
  CHECK(sampling.estimates().values[2] == 8);  // q(1, 0)
  CHECK(sampling.estimates().values[0] == 0);
  walk(sampling, rng);
  CHECK(sampling.estimates().values[0] == 4);
  rl::RealTimeDynamicProgramming real_time(corridor(), {});
  walk(real_time, rng);  // backs up 0 before 1 is known
  CHECK(real_time.estimates().values[0] == 0);
  CHECK(real_time.estimates().values[1] == 8);
  walk(real_time, rng);
  CHECK(real_time.estimates().values[0] == 4);
}

TEST_CASE("planning on the way: the first step's trace has the update of the first state too") {
  const Problem maze = tests::world("dyna_maze");
  for (const char* name : {"real_time_dp", "rollout", "mcts"}) {
    CAPTURE(name);
    rl::AnyRunner runner = tests::begin(name, maze, {});
    runner.trace().enable(true);
    const auto first = runner.advance();
    const auto made = runner.trace().updates();
    const std::vector<rl::Update> updates(made.begin(), made.end());
    const auto second = runner.advance();
    const std::size_t of_a_state = runner.trace().updates().size();
    CHECK(of_a_state > 0);
    REQUIRE(updates.size() == 2 * of_a_state);
    CHECK(updates.front().s == first.state);
    CHECK(updates.back().s == first.next);
    CHECK(runner.trace().updates().front().s == second.next);
  }
}

TEST_CASE("planning and learning: each method comes to the planner's values") {
  const Problem maze = tests::world("dyna_maze");
  const rl::Budget budget{.steps = 300'000};
  for (const char* name : {"dyna_q", "trajectory_sampling"}) {
    CAPTURE(name);
    CHECK(tests::error_after(name, maze, budget, {{"epsilon", 0.5}}) < 1e-3);
  }
  CHECK(tests::error_after("prioritized_sweeping", maze, budget,
                           {{"epsilon", 0.5}, {"theta", 1e-6}}) < 1e-3);
  // Optimistic values lead real-time DP everywhere that may be better, and to v* on the best way.
  rl::AnyRunner runner = tests::begin("real_time_dp", maze, {{"v0", 1}});
  runner.run({.episodes = 2000});
  const rl::Truth truth = rl::exact_truth(maze);
  CHECK(truth.policy_return(rl::greedy_policy(maze.model, runner.estimates(), maze.gamma)) ==
        doctest::Approx(truth.optimal_return));
}

TEST_CASE("decision time: a rollout finds the values of the random policy, a tree better ones") {
  // From state 1, by random steps of gamma 0.5: v = (8 + 0.5 v) / 2 = 16 / 3, q(1, 1) = 8 / 3.
  rl::Rollout rollout(corridor(), {.rollouts = 20'000, .depth = 40});
  Rng rng(1);
  CHECK(rollout.start(1, rng) == 0);
  CHECK(rollout.q()(1, 0) == 8);
  CHECK(rollout.q()(1, 1) == doctest::Approx(8.0 / 3).epsilon(0.03));
  rl::MonteCarloTreeSearch tree(corridor(), {.simulations = 20'000, .depth = 40});
  CHECK(tree.start(0, rng) == 0);
  CHECK(tree.q()(0, 0) == doctest::Approx(4).epsilon(0.01));  // optimal: on, and on
}

TEST_CASE("decision time: a tree finds the way of a maze that random steps hardly find") {
  const Problem lake = tests::world("four_rooms");
  const auto steps = [&](const char* name, const json& options) {
    rl::AnyRunner runner = tests::begin(name, lake, options);
    runner.run({.steps = 2000});
    return runner.episodes();
  };
  CHECK(steps("mcts", {{"simulations", 300}, {"depth", 60}, {"c", 0.2}}) >
        steps("mcts", {{"simulations", 1}}));
}

TEST_CASE("known model: a world that changes is refused by what asks its model") {
  const Problem maze = tests::world("blocking_maze");
  for (const char* name : {"trajectory_sampling", "real_time_dp", "rollout", "mcts"})
    CHECK(tests::worlds_and_algorithms().algorithm(name).refuses(maze).has_value());
  CHECK_FALSE(tests::worlds_and_algorithms().algorithm("dyna_q").refuses(maze).has_value());
}
