#include "algorithms/truth.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

namespace rl {

namespace {

/// States 0, 1 and the terminal 2: action 0 goes on for -1, action 1 stays for `stay`.
Problem two_steps(double stay, double gamma) {
  return Problem{
      .name = "two_steps",
      .model = FiniteMdp(3, 2,
                         [stay](State s, Action a, std::vector<Outcome>& row) {
                           row.push_back(a == 0 ? Outcome{1, -1, s + 1} : Outcome{1, stay, s});
                         },
                         {.terminal = {2}})
                   .with_start(0),
      .gamma = gamma};
}

double return_of(const Problem& problem, const std::vector<Action>& actions) {
  return exact_return(problem.model, deterministic_policy(problem.model, actions), problem.gamma);
}

}  // namespace

TEST_CASE("truth: values and returns by hand") {
  const Problem problem = two_steps(-2, 0.5);
  const Truth truth = exact_truth(problem);
  CHECK(truth.v_star[0] == doctest::Approx(-1.5));  // -1 + .5 * -1
  CHECK(truth.optimal_return == doctest::Approx(-1.5));
  CHECK(truth.reachable == std::vector<State>{0, 1});
  const std::vector<double> q = truth.exact({Quantity::q_star, {}, 0});
  CHECK(q[1] == doctest::Approx(-2.75));  // stay in 0: -2 + .5 * -1.5
}

TEST_CASE("truth: a return that was asked for before is the same, whatever was asked in between") {
  const Problem problem = two_steps(-2, 0.5);
  const Truth truth = exact_truth(problem);
  for (int round = 0; round < 2; ++round)
    for (const std::vector<Action>& actions :
         {std::vector<Action>{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 0}})
      CHECK(truth.policy_return(deterministic_policy(problem.model, actions)) ==
            return_of(problem, actions));
}

TEST_CASE("truth: errors are taken over reachable states and available actions") {
  Problem problem = two_steps(-2, 0.5);
  problem.model = problem.model.with_start(1);  // state 0 is never seen
  const Truth truth = exact_truth(problem);
  std::vector<double> q = truth.exact({Quantity::q_star, {}, 0});
  q[0] += 100;  // (0, 0): not reachable
  q[2] += 3;    // (1, 0)
  q[3] -= 4;    // (1, 1)
  const ValueError error = truth.error(problem.model, {Quantity::q_star, q});
  CHECK(error.max == doctest::Approx(4));
  CHECK(error.rms == doctest::Approx(std::sqrt((9 + 16) / 2.0)));
}

TEST_CASE("truth: preferences have no error, and a number that is not finite is told from both") {
  const Problem problem = two_steps(-2, 0.5);
  const Truth truth = exact_truth(problem);
  std::vector<double> h = truth.exact({Quantity::q_star, {}, 0});
  CHECK(std::isnan(truth.error(problem.model, {Quantity::preferences, h}).max));
  CHECK_THROWS_AS(truth.exact({Quantity::preferences, {}, 0}), std::invalid_argument);
  CHECK(all_finite(problem.model, {Quantity::preferences, h}));
  h[2] = std::numeric_limits<double>::infinity();
  CHECK_FALSE(all_finite(problem.model, {Quantity::preferences, h}));
  h[2] = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(all_finite(problem.model, {Quantity::q_star, h}));
}

TEST_CASE("truth: without discount an endless policy loses, gains or gets nothing for ever") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(return_of(two_steps(-2, 1), {0, 0, 0}) == doctest::Approx(-2));
  CHECK(return_of(two_steps(-2, 1), {0, 1, 0}) == -infinity);
  CHECK(return_of(two_steps(2, 1), {0, 1, 0}) == infinity);
  CHECK(return_of(two_steps(0, 1), {0, 1, 0}) == doctest::Approx(-1));  // -1, then 0 for ever
}

TEST_CASE("truth: gamma 1 without an end is refused") {
  const FiniteMdp loop(1, 1, [](State, Action, std::vector<Outcome>& row) {
    row.push_back({1, 1, 0});
  });
  CHECK_THROWS_AS(exact_truth(Problem{.name = "loop", .model = loop, .gamma = 1}),
                  std::invalid_argument);
}

namespace {

/// States 0 and 1 lead to each other for these rewards; state 2, which ends, is never reached.
double return_of_round(double first, double second) {
  const FiniteMdp model(3, 1,
                        [&](State s, Action, std::vector<Outcome>& row) {
                          row.push_back({1, s == 0 ? first : second, 1 - s});
                        },
                        {.terminal = {2}});
  return exact_return(model.with_start(0), uniform_policy(model), 1);
}

std::string refusal(const Problem& problem) {
  try {
    exact_truth(problem);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("truth: without discount the sum of a round decides, not one reward of it") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(return_of_round(2, -1) == infinity);
  CHECK(return_of_round(-1, 2) == infinity);
  CHECK(return_of_round(1, -2) == -infinity);
  CHECK(return_of_round(0, 0) == 0);
  CHECK(std::isnan(return_of_round(1, -1)));            // 1, 0, 1, 0, ...
  CHECK(std::isnan(return_of_round(0.1 + 0.2, -0.3)));  // but for rounding
  // One half gains for ever and the other loses.
  const FiniteMdp fork(3, 1, [](State s, Action, std::vector<Outcome>& row) {
    if (s == 0) row = {{0.5, 0, 1}, {0.5, 0, 2}};
    if (s > 0) row = {{1, s == 1 ? 1.0 : -1.0, s}};
  });
  CHECK(std::isnan(exact_return(fork.with_start(0), uniform_policy(fork), 1)));
  CHECK(exact_return(fork.with_start(1), uniform_policy(fork), 1) == infinity);
}

TEST_CASE("truth: without discount a loop that pays for ever is refused, though it may end") {
  CHECK(refusal(two_steps(1, 1)) ==
        "gamma = 1, but from state 0 a policy gains for ever: values are infinite");
  CHECK(refusal(two_steps(0, 1)).empty());
  // A round of +2 and -1; only state 0 can leave it.
  const FiniteMdp round(3, 2,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          if (a == 0) row.push_back({1, s == 0 ? 2.0 : -1.0, 1 - s});
                          if (a == 1 && s == 0) row.push_back({1, 0, 2});
                        },
                        {.terminal = {2}});
  CHECK(refusal({.name = "round", .model = round, .gamma = 1}) ==
        "gamma = 1, but from state 0 a policy gains for ever: values are infinite");
}

TEST_CASE("truth: it is interrupted while it is made, and in what it computes on demand") {
  const Problem problem = two_steps(-2, 0.99);
  int asked = 0;
  CHECK_THROWS_AS(exact_truth(problem, [&] { return ++asked > 2; }), Interrupted);
  CHECK(asked == 3);
  bool stop = false;
  const Truth truth = exact_truth(problem, [&] { return stop; });
  stop = true;
  CHECK_THROWS_AS(truth.policy_return(uniform_policy(problem.model)), Interrupted);
  CHECK_THROWS_AS(truth.exact({Quantity::q_soft, {}, 0.1}), Interrupted);
  stop = false;
  CHECK(truth.exact({Quantity::q_soft, {}, 0.1}).size() == 6);
  CHECK_THROWS_AS(
      exact_return(problem.model, uniform_policy(problem.model), 0.99, [] { return true; }),
      Interrupted);
}

}  // namespace rl
