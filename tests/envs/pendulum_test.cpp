#include "envs/pendulum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"
#include "tests/envs/point_world.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Pendulum;
using rl::Point;
using rl::Rng;
using std::numbers::pi;
using tests::contains;
using tests::error_of;
using tests::near;

namespace {

struct Swing {
  rl::Step<Point> step;
  Point full_state;
};
Swing swung(const Point& from, double torque) {
  Pendulum world;
  Rng rng(1);
  world.place(from);
  const rl::Step<Point> step = world.step({torque}, rng);
  return {step, world.full_state()};
}

}  // namespace

TEST_CASE("pendulum: three steps by hand") {
  // theta_dot = (15 sin(pi/2) + 3) * 0.05 = 0.9, theta = pi/2 + 0.9 * 0.05: with the new velocity.
  const Swing a = swung({pi / 2, 0}, 1);
  CHECK(near(a.full_state, {pi / 2 + 0.045, 0.9}));
  CHECK(near(a.step.next, {-0.0449848140376601, 0.9989876708478425, 0.9}));
  // Torque -5 is -2: theta_dot = 1 + (15 sin(-3) - 6) * 0.05.
  CHECK(near(swung({-3, 1}, -5).full_state, {-2.970292000302245, 0.5941599939550997}));
  // 7.9 + (15 sin 4 + 6) * 0.05
  CHECK(near(swung({4, 7.9}, 2).full_state, {4.381619906425953, 7.632398128519054}));
}

TEST_CASE("pendulum: the reward is of the state before the step") {
  CHECK(swung({0, 0}, 0).step.reward == 0);
  CHECK(near(swung({0, 2}, 0).step.reward, -0.4));
  CHECK(near(swung({pi, 0}, 0).step.reward, -pi * pi));
  CHECK(near(swung({pi / 2, 0}, 1).step.reward, -pi * pi / 4 - 0.001));
  CHECK(near(swung({-3, 1}, -5).step.reward, -9 - 0.1 - 0.004));
  // 4 is 4 - 2 pi = -2.28318...
  CHECK(near(swung({4, 7.9}, 2).step.reward, -11.457935146920745));
  CHECK(near(swung({4 + 20 * pi, 7.9}, 2).step.reward, -11.457935146920745));
}

TEST_CASE("pendulum: no velocity beyond 8") {
  CHECK(swung({pi / 2, 7.9}, 2).full_state[1] == 8);
  CHECK(swung({-pi / 2, -7.9}, -2).full_state[1] == -8);
}

TEST_CASE("pendulum: nothing ends an episode") {
  Pendulum world;
  Rng rng(1);
  world.reset(rng);
  for (int t = 0; t < 1000; ++t) {
    const auto x = world.step({t % 2 == 0 ? 2.0 : -1.0}, rng);
    REQUIRE_FALSE(x.terminated);
    REQUIRE(near(x.next[0] * x.next[0] + x.next[1] * x.next[1], 1));
  }
}

TEST_CASE("pendulum: starts fill the circle and velocities from -1 to 1") {
  tests::check_uniform_start(Pendulum(), [](const Pendulum& world) { return world.full_state(); },
                             {-pi, -1}, {pi, 1});
}

TEST_CASE("pendulum: saved and resumed to the bit, with its full turns; no other state is taken") {
  tests::check_resumes(Pendulum(), Pendulum(), [](int) { return Point{2}; });
  Pendulum world;
  const std::string saved = rl::save_state(world);
  CHECK(contains(error_of([&] { rl::load_state(tests::with_last_number(saved, 8.5), world); }),
                 "saved state: pendulum: theta_dot = 8.5 is no number from -8 to 8"));
  CHECK(contains(error_of([&] { world.place({tests::kNan, 0}); }), "pendulum: theta = nan"));
}

TEST_CASE("pendulum: spaces") {
  CHECK(Pendulum::observation_space().size() == 3);
  CHECK(Pendulum::action_space()[0].high == 2);
}

TEST_CASE("pendulum: drawn with its tip at (-sin theta, cos theta)") {
  const rl::Scene scene = Pendulum::draw({0.6, 0.8, 1});
  const auto& tip = std::get<rl::SceneDisc>(scene.shapes[2]);
  CHECK(tip.center.x == -0.8);
  CHECK(tip.center.y == 0.6);
  CHECK(contains(rl::draw_svg(scene), "theta_dot = 1"));
}
