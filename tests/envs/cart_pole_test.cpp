#include "envs/cart_pole.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"
#include "tests/envs/point_world.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::CartPole;
using rl::Point;
using rl::Rng;
using tests::contains;
using tests::error_of;
using tests::near;

namespace {

constexpr rl::Action kPushLeft = 0;
constexpr rl::Action kPushRight = 1;

rl::Step<Point> pushed(CartPole world, const Point& from, rl::Action a) {
  Rng rng(1);
  world.place(from);
  return world.step(a, rng);
}

}  // namespace

TEST_CASE("cart pole: three steps by hand") {
  // Upright at rest: f = 10/1.1, theta'' = -f / (0.5 (4/3 - 0.1/1.1)) = -14.6341,
  // x'' = f + 0.05 * 14.6341 / 1.1 = 9.7561, both times 0.02.
  const auto a = pushed(CartPole(), {0, 0, 0, 0}, kPushRight);
  CHECK(near(a.next, {0, 0.1951219512195122, 0, -0.29268292682926833}));
  CHECK(a.reward == 1);
  CHECK_FALSE(a.terminated);
  // The next two from the two equations of motion, solved as a linear system:
  // M x'' + m l cos theta theta'' = F + m l theta_dot^2 sin theta,
  // m l cos theta x'' + 4/3 m l^2 theta'' = m g l sin theta.
  CHECK(near(pushed(CartPole(), {0.1, -0.2, 0.05, 0.3}, kPushLeft).next,
             {0.096, -0.39579765464396255, 0.056, 0.6080233136061515}));
  CHECK(near(pushed(CartPole(), {-1, 0.5, -0.1, -0.4}, kPushRight).next,
             {-0.99, 0.6963877519375107, -0.108, -0.7224609712752839}));
}

TEST_CASE("cart pole: the bounds themselves are not terminal, the next numbers are") {
  const auto beyond = [](double x) { return std::nextafter(x, 2 * x); };
  for (const double sign : {-1.0, 1.0}) {
    const double x = sign * 2.4;
    const double theta = sign * CartPole::kSteepest;
    CHECK_FALSE(pushed(CartPole(), {x, 0, 0, 0}, kPushRight).terminated);
    CHECK(pushed(CartPole(), {beyond(x), 0, 0, 0}, kPushRight).terminated);
    CHECK_FALSE(pushed(CartPole(), {0, 0, theta, 0}, kPushRight).terminated);
    CHECK(pushed(CartPole(), {0, 0, beyond(theta), 0}, kPushRight).terminated);
  }
  CHECK(CartPole::kSteepest == doctest::Approx(0.20943951).epsilon(1e-8));
}

TEST_CASE("cart pole: the last step pays, too; with the other rewards it alone does") {
  const Point falling = {0, 0, 0.2, 1};
  CHECK(pushed(CartPole(), falling, kPushLeft).terminated);
  CHECK(pushed(CartPole(), falling, kPushLeft).reward == 1);
  const CartPole other({.sutton_barto_reward = true});
  CHECK(pushed(other, falling, kPushLeft).reward == -1);
  CHECK(pushed(other, {0, 0, 0, 0}, kPushLeft).reward == 0);
}

TEST_CASE("cart pole: without pushes to the other side the pole falls within 10 steps") {
  CartPole world;
  Rng rng(2);
  world.reset(rng);
  int steps = 1;
  while (!world.step(kPushRight, rng).terminated) ++steps;
  CHECK(steps >= 8);
  CHECK(steps <= 10);
}

TEST_CASE("cart pole: starts fill [-0.05, 0.05) in all four numbers") {
  CartPole world;
  Rng rng(4);
  Rng same(4);
  const Point s = world.reset(rng);
  for (std::size_t i = 0; i < 4; ++i) CHECK(s[i] == same.uniform(-0.05, 0.05));
  const auto start = [&rng](CartPole& w) { return w.reset(rng); };
  tests::check_uniform_start(world, start, {-0.05, -0.05, -0.05, -0.05}, {0.05, 0.05, 0.05, 0.05});
}

TEST_CASE("cart pole: saved and resumed to the bit; what is no state is refused") {
  tests::check_resumes(CartPole(), CartPole(),
                       [](int t) { return static_cast<rl::Action>(t % 2); });
  CartPole world;
  const std::string saved = rl::save_state(world);
  CHECK(contains(
      error_of([&] { rl::load_state(tests::with_last_number(saved, tests::kInfinity), world); }),
      "saved state: cart pole: theta_dot = inf"));
  CHECK(contains(error_of([&] { world.place({5, 0, 0, 0}); }), "cart pole: x = 5"));
}

TEST_CASE("cart pole: terminal states lie inside of the space") {
  const rl::Space space = CartPole::observation_space();
  CHECK(space.size() == 4);
  CHECK(space[0].high == 4.8);
  CHECK(std::isinf(space[1].high));
  CHECK(CartPole().num_actions() == 2);
  CHECK(CartPole::action_names().size() == 2);
}

TEST_CASE("cart pole: drawn with the pole leaning to the side of theta") {
  const rl::Scene scene =
      CartPole::draw({1, 0, 0.1, 0}, std::vector<Point>{{0, 0, 0, 0}, {1, 0, 0, 0}});
  CHECK(contains(rl::draw_svg(scene), "x = 1, x_dot = 0, theta = 0.1"));
  bool pole = false;
  for (const rl::SceneShape& shape : scene.shapes)
    if (const auto* line = std::get_if<rl::SceneLine>(&shape); line && line->width == 0.07) {
      pole = true;
      CHECK(line->points[1].x == doctest::Approx(1 + std::sin(0.1)));
    }
  CHECK(pole);
}
