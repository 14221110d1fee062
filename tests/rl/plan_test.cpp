#include "rl/plan.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::kUnavailable;
using rl::Plan;
using rl::PlanProgress;
using rl::State;
using rl::StateValues;

namespace {

/// State 0: action 0 goes on to 1 with probability 0.75 for reward 2 or ends for reward -4; action
/// 1 is not available; action 2 stays for 1. State 1: action 0 ends for 3. State 2 is terminal.
FiniteMdp by_hand() {
  return FiniteMdp(3, 3,
                   [](State s, Action a, std::vector<rl::Outcome>& row) {
                     if (s == 0 && a == 0) row = {{0.75, 2, 1}, {0.25, -4, 2}};
                     if (s == 0 && a == 2) row = {{1, 1, 0}};
                     if (s == 1 && a == 0) row = {{1, 3, 2}};
                   },
                   {.terminal = {2}, .start = {3, 1, 0}});
}

StateValues values_by_hand() {
  StateValues v(3);
  v << 10, 20, 0;
  return v;
}

/// A planner that counts down, adding 1 to its only value.
struct CountDown {
  int left = 3;
  StateValues v = StateValues::Zero(1);
  bool advance() {
    if (left == 0) return false;
    --left;
    v[0] += 1;
    return true;
  }
  Plan plan() const { return {.v = v, .iterations = 3 - left, .converged = left == 0}; }
  PlanProgress progress() const { return {.iterations = 3 - left, .change = 1}; }
  const StateValues& values() const { return v; }
};
static_assert(rl::Planner<CountDown>);

}  // namespace

TEST_CASE("plan: a backup is the expected reward and the discounted expectation of v") {
  // 0.75 * 2 - 0.25 * 4 + 0.5 * (0.75 * 20 + 0.25 * 0) = 0.5 + 7.5
  CHECK(rl::backup(by_hand(), values_by_hand(), 0.5, 0, 0) == 8);
  // 1 + 0.5 * 10
  CHECK(rl::backup(by_hand(), values_by_hand(), 0.5, 0, 2) == 6);
  CHECK(rl::backup(by_hand(), values_by_hand(), 0.5, 0, 1) == kUnavailable);
  CHECK(rl::backup(by_hand(), values_by_hand(), 0, 0, 1) == kUnavailable);
}

TEST_CASE("plan: action values are backups, -infinity where not available, 0 in terminal states") {
  const rl::QTable q = rl::action_values(by_hand(), values_by_hand(), 0.5);
  CHECK(q(0, 0) == 8);
  CHECK(q(0, 1) == kUnavailable);
  CHECK(q(0, 2) == 6);
  CHECK(q(1, 0) == 3);
  CHECK(q(1, 2) == kUnavailable);
  for (Action a = 0; a < 3; ++a) CHECK(q(2, a) == 0);
  for (State s = 0; s < 3; ++s) {
    const std::vector<double> row = rl::action_values(by_hand(), values_by_hand(), 0.5, s);
    CHECK(row == std::vector<double>(q.row(s).begin(), q.row(s).end()));
  }
}

TEST_CASE("plan: optimal actions are those within the tolerance of the best, in order") {
  const auto best = [](State s, double tolerance) {
    return rl::optimal_actions(by_hand(), values_by_hand(), 0.5, s, tolerance);
  };
  CHECK(best(0, 1e-9) == std::vector<Action>{0});
  CHECK(best(0, 2) == std::vector<Action>{0, 2});  // 8 and 6, never the one that is not available
  CHECK(best(1, 1e9) == std::vector<Action>{0});
  CHECK(best(2, 1e-9).empty());
}

TEST_CASE("plan: the value of the start is the mean of v over it") {
  // 3/4 * 10 + 1/4 * 20
  CHECK(rl::start_value(by_hand(), values_by_hand()) == 12.5);
  CHECK(rl::start_value(by_hand().with_start(1), values_by_hand()) == 20);
}

TEST_CASE(
    "plan: q is backed up from v, or from the values with one step less where there are such") {
  Plan plan{.v = values_by_hand()};
  CHECK(plan.next_values() == values_by_hand());
  plan.v_next = StateValues::Zero(3);
  CHECK(plan.next_values() == StateValues::Zero(3));
}

TEST_CASE("plan: solve runs a planner to its end and shows every step") {
  std::vector<std::int64_t> iterations;
  std::vector<double> values;
  const Plan plan = rl::solve(CountDown{}, [&](const PlanProgress& p, const StateValues& v) {
    iterations.push_back(p.iterations);
    values.push_back(v[0]);
  });
  CHECK(iterations == std::vector<std::int64_t>{1, 2, 3});
  CHECK(values == std::vector<double>{1, 2, 3});
  CHECK(plan.converged);
  CHECK(plan.v[0] == 3);
  CHECK(rl::solve(CountDown{}).iterations == 3);
}

TEST_CASE("plan: any planner does what it holds, and copies go on alone") {
  rl::AnyPlanner a = CountDown{};
  CHECK(a.advance());
  rl::AnyPlanner b = a;
  CHECK(a.advance());
  CHECK(a.values()[0] == 2);
  CHECK(b.values()[0] == 1);
  CHECK(b.progress().iterations == 1);
  CHECK(a.advance());
  CHECK_FALSE(a.advance());
  CHECK(a.plan().converged);
  b = a;
  CHECK(b.plan().converged);
  CHECK(rl::solve(rl::AnyPlanner(CountDown{})).v[0] == 3);
}
