#include "algorithms/truth.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace rl;

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
  const std::vector<double> q = truth.exact(Quantity::q_star, 0);
  CHECK(q[1] == doctest::Approx(-2.75));  // stay in 0: -2 + .5 * -1.5
}

TEST_CASE("truth: errors are taken over reachable states and available actions") {
  Problem problem = two_steps(-2, 0.5);
  problem.model = problem.model.with_start(1);  // state 0 is never seen
  const Truth truth = exact_truth(problem);
  std::vector<double> q = truth.exact(Quantity::q_star, 0);
  q[0] += 100;  // (0, 0): not reachable
  q[2] += 3;    // (1, 0)
  q[3] -= 4;    // (1, 1)
  const ValueError error = truth.error(problem.model, {Quantity::q_star, q});
  CHECK(error.max == doctest::Approx(4));
  CHECK(error.rms == doctest::Approx(std::sqrt((9 + 16) / 2.0)));
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
