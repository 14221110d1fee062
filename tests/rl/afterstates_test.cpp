#include "rl/afterstates.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/errors.hpp"

using rl::Action;
using rl::Afterstates;
using rl::FiniteMdp;
using rl::Outcome;
using rl::State;

namespace {

/// Two states, two actions: a in s leads to afterstate s + a, from which chance goes to either
/// state and pays s + a; action 1 costs 1 more. In state 1, action 1 is not available.
FiniteMdp model_with_cost(double extra = 0) {
  return FiniteMdp(2, 2, [extra](State s, Action a, std::vector<Outcome>& row) {
    if (s == 1 && a == 1) return;
    const double r = s + a - a;
    row = {{0.5, r, 0}, {0.5, r + (s == 1 ? extra : 0), 1}};
  });
}

std::string refused_afterstates(const FiniteMdp& model, const Afterstates& x) {
  return tests::error_of([&] { check_afterstates(model, x); });
}

}  // namespace

TEST_CASE("afterstates: pairs of one afterstate share all that follows, beyond what is certain") {
  const Afterstates good{.count = 2, .of = {0, 1, 1, -1}, .reward = {0, -1, 0, 0}};
  CHECK_NOTHROW(check_afterstates(model_with_cost(), good));
  Afterstates without_cost = good;
  without_cost.reward.clear();  // r = 0 of (0, 1) is not r = 1 of (1, 0)
  CHECK(refused_afterstates(model_with_cost(), without_cost) ==
        "afterstates: state 0, action 1 and state 1, action 0 both lead to afterstate 1, but what "
        "follows differs");
  CHECK(tests::contains(refused_afterstates(model_with_cost(0.25), good), "what follows differs"));
}

TEST_CASE("afterstates: another shape, a number that is none, an action that is not there") {
  const FiniteMdp model = model_with_cost();
  CHECK(tests::contains(refused_afterstates(model, {.count = 2, .of = {0, 1, 1}}),
                        "3 numbers and 0 rewards for 2 states and 2 actions"));
  CHECK(tests::contains(refused_afterstates(model, {.count = 1, .of = {0, 1, 0, -1}}),
                        "1 of state 0, action 1 is not one of 1"));
  CHECK(tests::contains(refused_afterstates(model, {.count = 2, .of = {0, -1, 0, -1}}),
                        "-1 of state 0"));
  CHECK(tests::contains(refused_afterstates(model, {.count = 3, .of = {0, 1, 2, 1}}),
                        "is not available"));
}
