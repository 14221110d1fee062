#include "rl/continuous.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "rl/check_continuous.hpp"
#include "rl/experiment/evaluation.hpp"
#include "tests/algorithms/learners.hpp"
#include "tests/errors.hpp"

using rl::Point;
using rl::Problem;

namespace continuous_test {
namespace {

/// x in [0, 1] moves by a tenth to the left or right; the right end pays 1 and ends.
class Slider {
 public:
  using Observation = Point;
  rl::Action num_actions() const { return 2; }
  bool available(const Point&, rl::Action) const { return true; }
  Point reset(rl::Rng&) {
    x_ = 0.5;
    return {x_};
  }
  rl::Step<Point> step(rl::Action a, rl::Rng&) {
    x_ = std::max(x_ + (a == 1 ? 0.1 : -0.1), lowest_);
    const bool arrived = x_ > 0.95;
    return {arrived ? 1.0 : 0.0, {x_}, arrived};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("x", x_);
  }
  double lowest_ = 0;

 private:
  double x_ = 0.5;
};

Problem slider(double lowest = 0) {
  Slider world;
  world.lowest_ = lowest;
  return {
      .name = "slider",
      .continuous = rl::ContinuousWorld{.environment = rl::ContinuousEnvironment<rl::Action>(world),
                                        .observation = {{"x", 0, 1}},
                                        .best_return = [](double) { return std::optional(1.0); }},
      .gamma = 0.9,
      .episode_steps = 20};
}

}  // namespace

TEST_CASE("points: numbers, equality and their limit") {
  Point x{1, 2};
  x.append(3);
  CHECK(x == Point{1, 2, 3});
  CHECK_FALSE(x == Point{1, 2});
  CHECK(rl::point_text(x) == "(1, 2, 3)");
  CHECK_THROWS_AS((Point{1, 2, 3, 4, 5, 6, 7, 8, 9}), std::invalid_argument);
}

TEST_CASE("continuous worlds: a learner with features is judged by episodes, others are refused") {
  const Problem problem = slider();
  const rl::Judge judge(problem, [](const Problem&, const rl::FiniteMdp&) -> rl::Truth {
    throw std::logic_error("there is no model to plan in");
  });
  rl::AnyRunner runner = tests::begin("semi_gradient_q_learning", problem, {{"alpha", 0.1}});
  runner.run({.steps = 5000});
  const rl::Evaluation e = judge(runner);
  CHECK(e.greedy_return == 1);  // the undiscounted sum: every episode arrives
  CHECK(e.return_error == 0);
  CHECK(e.score == 1);
  CHECK(e.regret == 0);
  CHECK(std::isnan(e.value_error));
  const auto& sarsa = tests::worlds_and_algorithms().algorithm("sarsa");
  CHECK(tests::contains(*sarsa.refuses(problem), "needs a list of states"));
  const auto& dpg = tests::worlds_and_algorithms().algorithm("dpg");
  CHECK(tests::contains(*dpg.refuses(problem), "acts by points"));
}

TEST_CASE("continuous worlds: a step shows points") {
  rl::AnyRunner runner = tests::begin("semi_gradient_sarsa", slider());
  const rl::AnyTransition t = runner.advance_anywhere();
  CHECK(std::get<Point>(t.state) == Point{0.5});
  CHECK(std::get<Point>(t.next).size() == 1);
  CHECK_THROWS(runner.advance());
}

TEST_CASE("continuous worlds: what is seen outside of the space is found") {
  const auto passed = [](const Problem& problem) {
    bool all = true;
    for (const rl::Finding& f : rl::check_continuous(problem, {.run_steps = 500}, rl::Rng(1)))
      all = all && f.passed;
    return all;
  };
  CHECK(passed(slider()));
  CHECK_FALSE(passed(slider(-1)));
}

}  // namespace continuous_test
