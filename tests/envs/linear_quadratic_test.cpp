#include "envs/linear_quadratic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"
#include "tests/envs/point_world.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::LinearQuadratic;
using rl::LinearQuadraticOptions;
using rl::Point;
using rl::Rng;
using tests::contains;
using tests::error_of;
using tests::near;

namespace {

/// Two numbers of state, one of action.
LinearQuadraticOptions two_dimensional() {
  return {.a = {1, 2, 3, 4},
          .b = {5, 6},
          .q = {2, 1, 1, 3},
          .r = {0.5},
          .start_low = {-1, 2},
          .start_high = {1, 4}};
}

rl::Step<Point> steered(LinearQuadratic world, const Point& from, const Point& u) {
  Rng rng(1);
  world.place(from);
  return world.step(u, rng);
}

template <class Change>
std::string lqr_refusal(Change change) {
  LinearQuadraticOptions options = two_dimensional();
  change(options);
  return error_of([&] { LinearQuadratic{options}; });
}

}  // namespace

TEST_CASE("linear-quadratic regulator: three steps by hand") {
  // x' = 0.9 * 2 - 0.5 * 3, reward -(4 + 0.1 * 9)
  const auto a = steered(LinearQuadratic(), {2}, {-3});
  CHECK(near(a.next, {0.3}));
  CHECK(near(a.reward, -4.9));
  CHECK_FALSE(a.terminated);
  // (1 - 2 + 5, 3 - 4 + 6) and x'Q x = 2 - 2 + 3, u'R u = 0.5
  const auto b = steered(LinearQuadratic(two_dimensional()), {1, -1}, {1});
  CHECK(near(b.next, {4, 5}));
  CHECK(near(b.reward, -3.5));
  // (2, 6) - (10, 12) and 2 * 4, 0.5 * 4
  const auto c = steered(LinearQuadratic(two_dimensional()), {2, 0}, {-2});
  CHECK(near(c.next, {-8, -6}));
  CHECK(near(c.reward, -10));
}

TEST_CASE("linear-quadratic regulator: two actions, four numbers of state") {
  LinearQuadraticOptions options;
  options.a = {0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0};
  options.b = {1, 0, 0, 0, 0, 0, 0, 2};
  options.q = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  options.r = {1, 0, 0, 3};
  const auto x = steered(LinearQuadratic(options), {1, 2, 3, 4}, {10, 20});
  CHECK(x.next == Point{12, 3, 4, 41});
  CHECK(x.reward == -(1 + 4 + 9 + 16 + 100 + 3 * 400));
}

TEST_CASE("linear-quadratic regulator: noise has the standard deviation asked for, and no mean") {
  LinearQuadraticOptions options = two_dimensional();
  options.noise_sd = 0.5;
  LinearQuadratic world(options);
  Rng rng(9);
  constexpr int kSteps = 20'000;
  double sum = 0, squares = 0;
  for (int k = 0; k < kSteps; ++k) {
    world.place({1, -1});
    const auto x = world.step({1}, rng);
    CHECK(near(x.reward, -3.5));
    for (const double w : {x.next[0] - 4, x.next[1] - 5}) {
      sum += w;
      squares += w * w;
    }
  }
  CHECK(std::abs(sum / (2 * kSteps)) < 4 * 0.5 / std::sqrt(2.0 * kSteps));
  CHECK(squares / (2 * kSteps) == doctest::Approx(0.25).epsilon(0.03));
}

TEST_CASE("linear-quadratic regulator: without noise a step draws nothing") {
  LinearQuadratic world;
  Rng rng(9);
  const Rng before = rng;
  world.step({1}, rng);
  CHECK(rng == before);
}

TEST_CASE("linear-quadratic regulator: starts fill the box") {
  LinearQuadratic world(two_dimensional());
  Rng rng(3);
  const auto seen = [&rng](LinearQuadratic& w) { return w.reset(rng); };
  tests::check_uniform_start(world, seen, {-1, 2}, {1, 4});
}

TEST_CASE("linear-quadratic regulator: saved and resumed to the bit; what is no state is refused") {
  LinearQuadraticOptions options = two_dimensional();
  options.a = {0.5, 0.1, 0, 0.5};
  options.noise_sd = 0.1;
  tests::check_resumes(LinearQuadratic(options), LinearQuadratic(options),
                       [](int t) { return Point{0.1 * (t % 3)}; });
  LinearQuadratic scalar;
  CHECK(
      contains(error_of([&] { rl::load_state(rl::save_state(LinearQuadratic(options)), scalar); }),
               "needs 1 numbers, not 2"));
  CHECK(contains(error_of([&] { scalar.place({tests::kNan}); }), "x = nan"));
}

TEST_CASE("linear-quadratic regulator: matrices that do not fit are refused by name") {
  using O = LinearQuadraticOptions;
  CHECK(contains(lqr_refusal([](O& o) {
                   o.q = {1, 2, 3};
                 }),
                 "q must be square with 1 to 4 rows: 3 numbers are not"));
  CHECK(contains(lqr_refusal([](O& o) { o.q = std::vector<double>(25, 1); }), "q must be square"));
  CHECK(contains(lqr_refusal([](O& o) { o.q = {}; }), "q must be square"));
  CHECK(contains(lqr_refusal([](O& o) { o.r = std::vector<double>(9, 1); }),
                 "r must be square with 1 to 2 rows: 9 numbers are not"));
  CHECK(contains(lqr_refusal([](O& o) { o.a = {1}; }), "a must have 2 x 2 numbers, not 1"));
  CHECK(contains(lqr_refusal([](O& o) { o.b = {1, 2, 3}; }), "b must have 2 x 1 numbers, not 3"));
  CHECK(contains(lqr_refusal([](O& o) { o.q = {1, 2, 3, 4}; }), "q must be symmetric"));
  CHECK(contains(lqr_refusal([](O& o) { o.q = {1, 2, 2, 1}; }), "q must be positive definite"));
  CHECK(contains(lqr_refusal([](O& o) { o.r = {0}; }), "r must be positive definite"));
  CHECK(contains(lqr_refusal([](O& o) { o.a[3] = tests::kNan; }), "a holds nan"));
  CHECK(contains(lqr_refusal([](O& o) { o.b[0] = tests::kInfinity; }), "b holds inf"));
  CHECK(contains(lqr_refusal([](O& o) { o.noise_sd = -1; }), "noise_sd = -1"));
  CHECK(contains(lqr_refusal([](O& o) { o.start_low = {1, 2, 3}; }), "start_low must have 2 x 1"));
  CHECK(contains(lqr_refusal([](O& o) { o.start_high = {tests::kNan}; }), "start_high holds nan"));
  CHECK(contains(lqr_refusal([](O& o) { o.start_low = {2}; }), "start_low must not lie above"));
}

TEST_CASE("linear-quadratic regulator: coordinates are numbered where there are several") {
  CHECK(LinearQuadratic().observation_space()[0].name == "x");
  CHECK(LinearQuadratic(two_dimensional()).observation_space()[1].name == "x2");
  CHECK(LinearQuadratic(two_dimensional()).action_space()[0].name == "u");
}

TEST_CASE("linear-quadratic regulator: drawn on a line or in a plane that shows all places") {
  const rl::Scene line = LinearQuadratic().draw({0.5}, std::vector<Point>{{7}, {0.5}});
  CHECK(line.high.x > 7);
  CHECK(contains(rl::draw_svg(line), ">7</text>"));
  const rl::Scene plane = LinearQuadratic(two_dimensional()).draw({0, -30});
  CHECK(plane.low.y < -30);
  CHECK(contains(rl::draw_svg(plane), ">x2</text>"));
}
