#include "algorithms/deep_dpg.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/algorithms/policy_worlds.hpp"
#include "tests/algorithms/segment_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using nlohmann::json;
using rl::DeepDpg;
using rl::Point;
using rl::Problem;
using rl::Rng;

namespace deep_dpg_test {

/// Two numbers that follow from nothing: a step ends, its reward is -(u_1 - 1.5)^2 - (u_2 - 2)^2.
class Aim {
 public:
  using Observation = Point;
  using ActionType = Point;

  bool available(const Point&, const Point&) const { return true; }
  Point reset(Rng& rng) { return s_ = {2 * rng.uniform() - 1}; }
  rl::Step<Point> step(const Point& u, Rng&) {
    return {-(u[0] - 1.5) * (u[0] - 1.5) - (u[1] - 2) * (u[1] - 2), s_, true};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("aim.s", s_);
  }

 private:
  Point s_{0.0};
};

/// The best policy of the regulator.
struct BestGain {
  using Observation = Point;
  using ActionType = Point;
  Point start(const Point& s, Rng& /*rng*/) const { return {-tests::kRegulatorGain * s[0]}; }
  Point step(const rl::Transition<Point, Point>& t, Rng& rng) const { return start(t.next, rng); }
};

/// Bounds [0, 2] and [-1, 3], or none.
Problem aim(bool bounded) {
  Problem problem{.name = "aim"};
  problem.continuous =
      rl::ContinuousWorld{rl::ContinuousEnvironment<Point>(Aim()),
                          {{"s", -1, 1}},
                          bounded ? rl::Space{{"u", 0, 2}, {"w", -1, 3}} : rl::Space{{"u"}, {"w"}}};
  problem.gamma = 0.9;
  return problem;
}

const json kSmall = {{"hidden", {8}}, {"batch", 4}, {"learn_from", 8}, {"capacity", 30}};

}  // namespace deep_dpg_test

TEST_CASE("deep dpg: an action begins in the middle and goes to where reward is most") {
  for (const bool bounded : {true, false}) {
    CAPTURE(bounded);
    const Problem problem = deep_dpg_test::aim(bounded);
    const rl::Schedule rate = rl::Schedule::linear(1e-3, 0, 6'000);
    DeepDpg learner(
        problem,
        {.alpha = rate, .alpha_w = rate, .noise = 0.5, .learn_from = 200, .target_tau = 0.05},
        Rng(3));
    const Point start = learner.policy()(Point{0.5});
    CHECK(std::abs(start[0] - (bounded ? 1 : 0)) < 0.02);
    CHECK(std::abs(start[1] - (bounded ? 1 : 0)) < 0.02);
    rl::Runner runner(std::get<1>(problem.continuous->environment), std::move(learner),
                      rl::Streams(4));
    runner.run({.steps = 6'000});
    const Point end = runner.learner().policy()(Point{0.5});
    CHECK(end[0] == doctest::Approx(1.5).epsilon(0.1));
    CHECK(end[1] == doctest::Approx(2).epsilon(0.1));
    // What it has learned of q is the reward, where it has been.
    CHECK(std::abs(runner.learner().value({0.5}, {1.5, 2})) < 0.1);
    CHECK(std::abs(runner.learner().value({0.5}, {1.5, 1.5}) + 0.25) < 0.1);
  }
}

TEST_CASE("deep dpg: the regulator, beside the best policy on the same episodes") {
  const Problem world = tests::regulator();
  rl::AnyRunner run = tests::begin("deep_dpg", world, {{"noise", 0.3}});
  const auto J = [&] { return run.greedy_return(200, 60, 0.9, Rng(8)).mean; };
  const double before = J();
  run.run({.steps = 10'000});
  const double best =
      rl::mean_return(tests::Regulator(), deep_dpg_test::BestGain(), 200, 60, 0.9, Rng(8)).mean;
  CHECK(before < 1.5 * best);
  CHECK(J() > 1.05 * best);
  CHECK(J() <= best);
}

TEST_CASE("deep dpg: noise is in halves of the way between bounds, which actions keep") {
  const Problem problem = deep_dpg_test::aim(true);
  DeepDpg wild(problem, {.noise = 100.0}, Rng(1));
  DeepDpg some(problem, {.noise = 0.1}, Rng(1));
  Rng rng(2);
  double sum = 0;
  const Point mu = some.policy()(Point{0.5});
  for (int i = 0; i < 2'000; ++i) {
    const Point u = wild.start({0.5}, rng);
    CHECK_UNARY((u[0] >= 0 && u[0] <= 2 && u[1] >= -1 && u[1] <= 3));
    const double off = some.start({0.5}, rng)[1] - mu[1];
    sum += off * off;
  }
  CHECK(std::sqrt(sum / 2'000) == doctest::Approx(0.2).epsilon(0.08));  // 5 standard errors
}

TEST_CASE("deep dpg: an action with bounds reaches them, whatever its usual size") {
  Problem problem = deep_dpg_test::aim(true);
  for (rl::Coordinate& u : problem.continuous->action) u.scale = 0.1;
  DeepDpg wild(problem, {.noise = 100.0}, Rng(1));
  Rng rng(2);
  int low = 0, high = 0;
  for (int i = 0; i < 200; ++i) {
    const Point u = wild.start({0.5}, rng);
    low += u[0] == 0 ? 1 : 0;
    high += u[0] == 2 ? 1 : 0;
  }
  CHECK(low + high > 190);
  CHECK(low > 60);
  CHECK(high > 60);
}

TEST_CASE("deep dpg: a watcher is told the error of the step, and what became of mu") {
  rl::AnyRunner runner = tests::begin("deep_dpg", tests::steer(), deep_dpg_test::kSmall);
  rl::AnyRunner unwatched = tests::begin("deep_dpg", tests::steer(), deep_dpg_test::kSmall);
  runner.trace().enable(true);
  runner.run({.steps = 8});
  CHECK(runner.trace().updates().empty());
  runner.advance_anywhere();
  REQUIRE(runner.trace().updates().size() == 2);  // a number for each of an action
  for (const rl::Update& u : runner.trace().updates()) {
    CHECK(u.of_policy);
    CHECK(u.planned);
    CHECK(u.delta != 0);
    CHECK(u.target == u.reward + u.gamma * u.bootstrap);
    CHECK(u.after != u.before);
    CHECK(u.after == doctest::Approx(u.before + u.alpha * u.weight * u.delta));
  }
  unwatched.run({.steps = 9});
  CHECK(unwatched.save() == runner.save());
}

TEST_CASE("deep dpg: it learns in a world of points with two actions") {
  rl::AnyRunner runner = tests::begin("deep_dpg", tests::steer(), {{"noise", 0.3}});
  runner.run({.steps = 10'000});
  const double steps_of_episodes = 20;  // in the mean; a step pays 1 at best
  CHECK(runner.greedy_return(200, 1'000, 1, Rng(9)).mean / steps_of_episodes > 0.8);
}

TEST_CASE("deep dpg: saved in the middle of an episode it goes on to the bit") {
  json options = deep_dpg_test::kSmall;
  options.update({{"n_step", 3}, {"normalize_inputs", true}});
  rl::AnyRunner at_once = tests::begin("deep_dpg", tests::steer(), options);
  rl::AnyRunner first = tests::begin("deep_dpg", tests::steer(), options);
  rl::AnyRunner second = tests::begin("deep_dpg", tests::steer(), options, 99);
  at_once.run({.steps = 90});
  first.run({.steps = 47});
  second.load(first.save());
  second.run({.steps = 90});
  CHECK(second.save() == at_once.save());
  rl::AnyRunner other = tests::begin("deep_dpg", tests::regulator(), options);
  CHECK_THROWS_AS(other.load(first.save()), std::invalid_argument);
}

TEST_CASE("deep dpg: what it cannot use is refused, and what is no number ends the run") {
  const Problem world = tests::regulator();
  CHECK(tests::contains(tests::error_of([&] { DeepDpg(world, {.batch = 64, .capacity = 20}); }),
                        "option 'batch': 64 transitions do not fit in a buffer of capacity 20"));
  CHECK(tests::contains(
      tests::error_of([&] { DeepDpg(world, {.noise = rl::Schedule::one_over_visits()}); }),
      "option 'noise'"));
  DeepDpg learner(world, {.batch = 2, .learn_from = 1}, Rng(1));
  Rng rng(1);
  learner.step({{2}, {1}, 1, {0}, false, false}, rng);
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 20; ++i) learner.step({{2}, {1}, tests::kNan, {0}, false, false}, rng);
      }(),
      rl::Diverged);
  CHECK(std::isfinite(learner.policy()(Point{1})[0]));
}
