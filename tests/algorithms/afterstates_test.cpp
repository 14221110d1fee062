#include "algorithms/afterstates.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/algorithms/learners.hpp"
#include "tests/errors.hpp"

using rl::Action;
using rl::Outcome;
using rl::Problem;
using rl::Rng;
using rl::State;

namespace {

/// States 0, 1 and an end, actions 0, 1. Afterstate 0: (0, 0). Afterstate 1: (0, 1), at a cost of
/// 1, and (1, 0). Afterstate 2: (1, 1). Each leads to 0, 1 or the end alike; the rest of the reward
/// is 2 x. gamma = 0.5.
Problem two_doors() {
  const auto row = [](State s, Action a, std::vector<Outcome>& r) {
    const double reward = 2 * (s + a) - (s == 0 ? a : 0);
    r = {{1.0 / 3, reward, 0}, {1.0 / 3, reward, 1}, {1.0 / 3, reward, 2}};
  };
  return {.name = "two",
          .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}}),
          .gamma = 0.5,
          .afterstates = rl::Afterstates{
              .count = 3, .of = {0, 1, 1, 2, -1, -1}, .reward = {0, -1, 0, 0, 0, 0}}};
}

}  // namespace

TEST_CASE("afterstates: one update changes all pairs that lead to the afterstate, by hand") {
  const Problem p = two_doors();
  check_afterstates(p.model, *p.afterstates);
  rl::AfterstateQLearning learner(p, {.alpha = 0.5, .values = {.w0 = 1}});
  // q = c + w: (1, 0; 1, 1).
  CHECK(learner.q().value(0, 1) == 0);
  CHECK(learner.q().value(1, 0) == 1);
  Rng rng(1);
  learner.trace().enable(true);
  // (0, 1), r = 1, s' = 1: w(1) <- 1 + 0.5 [1 + 0.5 * 1 - 0] = 1.75, so q(0, 1) = 0.75 and
  // q(1, 0) = 1.75.
  learner.learn({0, 1, 1, 1, false, false}, 0, rng);
  CHECK(learner.q().value(0, 0) == 1);
  CHECK(learner.q().value(0, 1) == 0.75);
  CHECK(learner.q().value(1, 0) == 1.75);
  CHECK(learner.q().value(1, 1) == 1);
  // The trace has both: of (1, 0) with the reward that it would have had, 1 - (-1) + 0 = 2.
  const auto updates = learner.trace().updates();
  REQUIRE(updates.size() == 2);
  CHECK(updates[0].s == 0);
  CHECK(updates[0].after == 0.75);
  CHECK(updates[1].s == 1);
  CHECK(updates[1].reward == 2);
  CHECK(updates[1].target == 2.5);
  CHECK(updates[1].before == 1);
  CHECK(updates[1].after == 1.75);
  // TD(0) takes the a' that is chosen: (0, 0), r = 0, s' = 1, a' = 1: w(0) <- 1 + 0.5 [0.5 * 1 -
  // 1].
  rl::AfterstateTd td(p, {.alpha = 0.5, .values = {.w0 = 1}});
  td.learn({0, 1, 1, 2, true, false}, 0, rng);   // w(1) <- 1 + 0.5 [1 - 0] = 1.5
  td.learn({0, 0, 0, 1, false, false}, 1, rng);  // the max would be q(1, 0) = 1.5
  CHECK(td.q().value(1, 0) == 1.5);
  CHECK(td.q().value(0, 0) == 0.75);
  CHECK(td.estimates().values[0] == 0.75);
}

TEST_CASE("afterstates: saved and loaded, q is c + w again") {
  const Problem p = two_doors();
  Rng rng(1);
  rl::AfterstateQLearning learner(p, {});
  learner.learn({0, 1, 1, 1, false, false}, 0, rng);
  rl::AfterstateQLearning again(p, {});
  rl::load_state(rl::save_state(learner), again);
  for (State s = 0; s < 2; ++s)
    for (Action a = 0; a < 2; ++a) CHECK(again.q().value(s, a) == learner.q().value(s, a));
}

TEST_CASE("afterstates: the limit is q*, and it is nearer than Q-learning's after as many games") {
  const Problem game = tests::world("tic_tac_toe");
  const nlohmann::json options = {{"alpha", {{"harmonic", {1, 1}}, {"clock", "visits"}}},
                                  {"epsilon", 1}};
  const auto rms = [&](const char* name, std::int64_t games) {
    rl::AnyRunner runner = tests::begin(name, game, options);
    runner.run({.episodes = games});
    return rl::exact_truth(game).error(game.model, runner.estimates()).rms;
  };
  const double afterstates = rms("afterstate_q_learning", 20'000);
  CHECK(afterstates < rms("q_learning", 20'000));
  CHECK(rms("afterstate_q_learning", 100'000) < 0.5 * afterstates);
  const Problem cheap = two_doors();
  CHECK(tests::error_after(
            "afterstate_q_learning", cheap, {.steps = 200'000},
            {{"alpha", {{"harmonic", {0.5, 100}}, {"clock", "visits"}}}, {"epsilon", 0.5}}) < 0.06);
  CHECK(tests::error_after(
            "afterstate_td", cheap, {.steps = 200'000},
            {{"alpha", {{"harmonic", {0.5, 100}}, {"clock", "visits"}}}, {"epsilon", 0.5}}) < 0.06);
}

TEST_CASE("afterstates: Jack's car rental has them too; a world without is refused with a reason") {
  const Problem cars = tests::world("jacks_car_rental");
  REQUIRE(cars.afterstates);
  CHECK(cars.afterstates->count == 441);
  CHECK_NOTHROW(check_afterstates(cars.model, *cars.afterstates));
  const rl::Registry& all = tests::worlds_and_algorithms();
  CHECK_FALSE(all.algorithm("afterstate_td").refuses(cars));
  const auto reason = all.algorithm("afterstate_td").refuses(tests::world("cliff_walking"));
  REQUIRE(reason);
  CHECK(tests::contains(*reason, "cliff_walking has none"));
}
