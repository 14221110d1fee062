#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "algorithms/deterministic_policy_gradient.hpp"
#include "tests/algorithms/policy_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using nlohmann::json;
using rl::Dpg;
using rl::Point;
using rl::Problem;
using rl::QuadraticCritic;
using rl::Rng;

namespace {

const char* const kPolynomial = "polynomial:degree=2,scale=raw";

/// Two numbers an action, with bounds.
Problem two_torques() {
  Problem problem = tests::regulator();
  problem.continuous->action = {{"u1", -1, 1}, {"u2", -1, 1}};
  return problem;
}

}  // namespace

TEST_CASE("dpg: one step by hand") {
  // mu = 0 and q = 1 everywhere (w0 = 0 but for the step): phi = x for the policy, (1, x) for q.
  // x = 2, u = 1, r = 3, terminated: delta = 3, w += 0.1 * 3 * (1, u, u^2) x (1, 2).
  // grad_u q was 0 then, so theta stays. Again from x = 2: grad_u q at u = 0 is 0.3 + 0.6 * 2
  // = 1.5, theta += 0.5 * 1.5 * 2.
  Dpg learner(tests::regulator(), {.alpha = 0.5,
                                   .features = "numeric",
                                   .alpha_w = 0.1,
                                   .value_features = "polynomial:degree=1,scale=raw"});
  learner.learn({{2}, {1}, 3, {0}, true, false});
  CHECK(learner.policy()(Point{1})[0] == 0);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(learner.critic().parameters()[2 * k] == doctest::Approx(0.3));
    CHECK(learner.critic().parameters()[2 * k + 1] == doctest::Approx(0.6));
  }
  learner.learn({{2}, {1}, 3, {0}, true, false});
  CHECK(learner.policy()(Point{1})[0] == doctest::Approx(1.5));
}

TEST_CASE("dpg: a terminal next state gives no bootstrap, a truncated one does") {
  // q = 1 in all of them (w0 = 1 for u^0 alone is not to be had: w0 = 1 makes q(x, 0) = 1).
  for (const bool terminated : {true, false}) {
    Dpg learner(
        tests::regulator(),
        {.alpha = 0.0, .features = "numeric", .alpha_w = 0.5, .value_features = "bias", .w0 = 1});
    learner.learn({{2}, {0}, 3, {0}, terminated, !terminated});
    // u = 0: only the weight of 1 moves, by 0.5 (3 + 0.9 - 1) or 0.5 (3 - 1).
    CHECK(learner.critic().parameters()[0] == doctest::Approx(terminated ? 2 : 2.45));
    CHECK(learner.critic().parameters()[1] == 1);
  }
}

TEST_CASE("dpg: grad_u q and grad_w q are those of finite differences, two numbers an action") {
  const Problem problem = two_torques();
  QuadraticCritic q(problem, kPolynomial, 0);
  const Point s{0.7}, u{0.3, -0.4};
  q.add({0.2}, {0.5, 0.6}, 1);
  q.add({-0.9}, {-0.3, 0.8}, 0.5);
  const Point gradient = q.action_gradient(s, u);
  for (std::size_t d = 0; d < 2; ++d) {
    Point above = u, below = u;
    above[d] += 1e-5;
    below[d] -= 1e-5;
    CHECK(gradient[d] ==
          doctest::Approx((q.value(s, above) - q.value(s, below)) / 2e-5).epsilon(1e-6));
  }
  // w <- w + x grad_w q raises q(s, u) by x |grad_w q|^2, |grad_w q|^2 = |phi|^2 |products|^2.
  const double before = q.value(s, u);
  q.add(s, u, 0.1);
  const double phi = 1 + 0.49 + 0.49 * 0.49;
  const double products = 1 + 0.09 + 0.16 + 0.0081 + 0.0144 + 0.0256;
  CHECK(q.value(s, u) - before == doctest::Approx(0.1 * phi * products));
}

TEST_CASE("dpg: the regulator's gain within 2 % of the best") {
  const Problem world = tests::regulator();
  rl::AnyRunner run = tests::begin("dpg", world,
                                   {{"features", "numeric"},
                                    {"value_features", kPolynomial},
                                    {"alpha", 0.01},
                                    {"alpha_w", 0.1},
                                    {"noise", 0.5}});
  run.run({.steps = 200'000});
  CHECK(std::abs(-run.estimates().values[0] / tests::kRegulatorGain - 1) < 0.02);
}

TEST_CASE("dpg: noise is what the option says, and actions stay within the world's bounds") {
  const Problem world = two_torques();
  Dpg wild(world, {.features = "numeric", .value_features = "bias", .noise = 100.0});
  Dpg calm(world, {.features = "numeric", .value_features = "bias", .noise = 0.0});
  Rng rng(1);
  for (int i = 0; i < 100; ++i) {
    const Point u = wild.start({0.5}, rng);
    CHECK(u.size() == 2);
    CHECK(std::abs(u[0]) <= 1);
    CHECK(std::abs(u[1]) <= 1);
    CHECK(calm.start({0.5}, rng) == Point{0, 0});
  }
  CHECK(calm.greedy({0.5}, rng) == Point{0, 0});
}

TEST_CASE("dpg: saved in the middle of an episode it goes on to the bit") {
  const Problem world = tests::regulator();
  const json options = {{"features", "numeric"}, {"value_features", kPolynomial}};
  rl::AnyRunner at_once = tests::begin("dpg", world, options);
  rl::AnyRunner first = tests::begin("dpg", world, options);
  rl::AnyRunner second = tests::begin("dpg", world, options, 99);
  at_once.run({.steps = 400});
  first.run({.steps = 203});
  second.load(first.save());
  second.run({.steps = 400});
  CHECK(second.save() == at_once.save());
}

TEST_CASE("dpg: what it cannot use is refused, and what is no number changes nothing") {
  CHECK(tests::contains(tests::error_of([] {
                          Dpg(tests::regulator(), {.features = "numeric",
                                                   .value_features = "bias",
                                                   .noise = rl::Schedule::one_over_visits()});
                        }),
                        "option 'noise'"));
  CHECK(tests::worlds_and_algorithms().algorithm("dpg").refuses(tests::small_grid()));
  Dpg learner(tests::regulator(), {.features = "numeric", .value_features = "bias"});
  CHECK_THROWS_AS(learner.learn({{2}, {1}, tests::kNan, {0}, false, false}), rl::Diverged);
  CHECK(learner.critic().parameters()[0] == 0);
}
