#include "algorithms/double_learning.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "tests/algorithms/learners.hpp"

using rl::Problem;
using rl::Rng;
using rl::State;

namespace {

/// One state and an end, two actions; gamma = 0.5.
Problem one_state() {
  const auto row = [](State, rl::Action, std::vector<rl::Outcome>& r) {
    r = {{0.5, 0, 0}, {0.5, 0, 1}};
  };
  return {.name = "one", .model = rl::FiniteMdp(2, 2, row, {.terminal = {1}}), .gamma = 0.5};
}

}  // namespace

TEST_CASE("double learning: a coin picks the table, the other one judges the action") {
  rl::DoubleQLearning learner(one_state(), {.alpha = 1.0});
  Rng rng(5);
  // Ended steps until each table has learned: q_i(0, 0) = 2, and q_i(0, 1) = 6 in the first only.
  while (learner.table(0)(0, 0) == 0 || learner.table(1)(0, 0) == 0)
    learner.learn({0, 0, 2, 1, true, false}, 0, rng);
  while (learner.table(0)(0, 1) == 0 && learner.table(1)(0, 1) == 0)
    learner.learn({0, 1, 6, 1, true, false}, 0, rng);
  const int larger = learner.table(0)(0, 1) == 6 ? 0 : 1;
  CHECK(learner.table(1 - larger)(0, 1) == 0);
  CHECK(learner.estimates().values[0] == 2);
  CHECK(learner.estimates().values[1] == 3);  // the mean of both
  // q(0, 0) <- 4 + 0.5 * bootstrap. The larger table chooses action 1, which the other holds for 0;
  // the other chooses action 0, which the larger holds for 2.
  rl::DoubleQLearning next = learner;
  next.learn({0, 0, 4, 0, false, false}, 0, rng);
  const bool larger_changed = next.table(larger)(0, 0) != 2;
  CHECK(next.table(larger)(0, 0) == (larger_changed ? 4 : 2));
  CHECK(next.table(1 - larger)(0, 0) == (larger_changed ? 2 : 5));
}

TEST_CASE("double sarsa, double expected sarsa: by hand") {
  // Both tables hold q(0, .) = (2, 2): every bootstrap is 2, the update 4 + 0.5 * 2 = 5.
  const auto check = [](auto learner) {
    Rng rng(5);
    for (int i = 0; i < 40; ++i) learner.learn({0, i % 2, 2, 1, true, false}, 0, rng);
    for (const int table : {0, 1})
      for (const rl::Action a : {0, 1}) REQUIRE(learner.table(table)(0, a) == 2);
    learner.learn({0, 0, 4, 0, false, false}, 1, rng);
    const int changed = learner.table(0)(0, 0) == 2 ? 1 : 0;
    CHECK(learner.table(changed)(0, 0) == 5);
    CHECK(learner.table(1 - changed)(0, 0) == 2);
    for (const int table : {0, 1}) CHECK(learner.table(table)(0, 1) == 2);
    CHECK(learner.estimates().values[0] == 3.5);
  };
  check(rl::DoubleSarsa(one_state(), {.alpha = 1.0}));
  check(rl::DoubleExpectedSarsa(one_state(), {.alpha = 1.0}));
}

TEST_CASE("double learning: each method comes to the planner's values") {
  const Problem grid = tests::world("mfrl_2x2");
  const nlohmann::json options = {{"alpha", {{"harmonic", {0.5, 100}}, {"clock", "visits"}}},
                                  {"epsilon", 0.3}};
  CHECK(tests::error_after("double_q_learning", grid, {.steps = 400'000}, options) < 1e-4);
  CHECK(tests::error_after("double_expected_sarsa", grid, {.steps = 400'000}, options) < 1e-3);
  CHECK(tests::error_after("double_sarsa", grid, {.steps = 400'000}, options) < 0.3);
}
