#include "envs/acrobot.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"
#include "tests/envs/point_world.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Acrobot;
using rl::Point;
using rl::Rng;
using std::numbers::pi;
using tests::contains;
using tests::error_of;
using tests::near;

namespace {

constexpr rl::Action kNoTorque = 1;

Point after_step(const Point& from, rl::Action a) {
  Acrobot world;
  Rng rng(1);
  world.place(from);
  world.step(a, rng);
  return world.full_state();
}

/// Of the links (m = l = I = 1, l_c = 1/2, g = 9.8): kinetic, and height of the centres.
double energy_of_links(const Point& s) {
  const double w1 = s[2];
  const double w2 = s[2] + s[3];
  const double kinetic = 0.5 * 1.25 * w1 * w1 +
                         0.5 * (w1 * w1 + 0.25 * w2 * w2 + w1 * w2 * std::cos(s[1])) +
                         0.5 * w2 * w2;
  const double height = -0.5 * std::cos(s[0]) - std::cos(s[0]) - 0.5 * std::cos(s[0] + s[1]);
  return kinetic + 9.8 * height;
}

}  // namespace

TEST_CASE("acrobot: steps as from the equations of motion solved as a linear system") {
  // M(theta2) (theta1'', theta2'') = torques - Coriolis - gravity of the Lagrangian, one
  // Runge-Kutta step of 0.2, computed apart.
  CHECK(near(after_step({0, 0, 0, 0}, 2), {-0.013262967177227785, 0.03428722934738542,
                                           -0.12866185280996095, 0.3345010899866019}));
  CHECK(near(after_step({0.5, -0.3, 0.2, 0.1}, 1),
             {0.47529660541453045, -0.2076082574146368, -0.4397741375297341, 0.8065629826844605}));
  CHECK(near(after_step({1, 2, -1, 3}, 0),
             {0.711011589698656, 2.6400976046094757, -1.8731461293390081, 3.3980766258119903}));
}

TEST_CASE("acrobot: angles are wrapped to [-pi, pi], velocities clipped") {
  // 3.8169... - 2 pi
  CHECK(near(
      after_step({3, 0.1, 4, -1}, kNoTorque),
      {3.816957825667969 - 2 * pi, -0.11589691380778863, 4.307587966257314, -1.2242552780708142}));
  Acrobot world;
  Rng rng(1);
  world.place({0, pi / 2, 4 * pi, 9 * pi});
  for (int t = 0; t < 200; ++t) {
    world.step(2, rng);
    rl::check_in_space(world.full_state(), Acrobot::state_space(), "acrobot");
  }
}

TEST_CASE("acrobot: at rest without torque it stays") {
  CHECK(after_step({0, 0, 0, 0}, kNoTorque) == Point{0, 0, 0, 0});
}

TEST_CASE("acrobot: without torque its energy is kept") {
  Acrobot world;
  Rng rng(1);
  world.place({1, 0.5, 0, 0});
  const double before = energy_of_links(world.full_state());
  double largest = 0;
  for (int t = 0; t < 100; ++t) {
    world.step(kNoTorque, rng);
    largest = std::max(largest, std::abs(energy_of_links(world.full_state()) - before));
  }
  CHECK(largest < 0.02 * 9.8 * 2);  // of what lies between hanging and lying level
}

TEST_CASE("acrobot: the episode ends, and pays nothing, just when the tip is above the line") {
  Acrobot world;
  Rng rng(1);
  world.reset(rng);
  int ends = 0;
  int steps = 0;
  for (double d1 = 0; ends < 3 && steps < 5000; ++steps) {
    const auto x = world.step(d1 > 0 ? 0 : 2, rng);  // against the first link: pumps energy
    d1 = x.next[4];
    // cos(theta1 + theta2) = cos cos - sin sin
    const double height = -x.next[0] - (x.next[0] * x.next[2] - x.next[1] * x.next[3]);
    REQUIRE(x.terminated == (height > 1));
    REQUIRE(x.reward == (x.terminated ? 0 : -1));
    if (x.terminated) {
      ++ends;
      world.reset(rng);
      d1 = 0;
    }
  }
  CHECK(ends == 3);
}

TEST_CASE("acrobot: starts fill [-0.1, 0.1) in float32") {
  const auto start = [](const Acrobot& world) { return world.full_state(); };
  const double end = static_cast<float>(0.1);
  tests::check_uniform_start(Acrobot(), start, {-end, -end, -end, -end}, {end, end, end, end});
  Acrobot world;
  Rng rng(4);
  Rng same(4);
  world.reset(rng);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(world.full_state()[i] == static_cast<float>(same.uniform(-0.1, 0.1)));
}

TEST_CASE("acrobot: saved and resumed to the bit; what is no state is refused") {
  tests::check_resumes(Acrobot(), Acrobot(),
                       [](int t) { return static_cast<rl::Action>(t / 5 % 3); });
  Acrobot world;
  const std::string saved = rl::save_state(world);
  CHECK(contains(error_of([&] { rl::load_state(tests::with_last_number(saved, 30), world); }),
                 "saved state: acrobot: theta2_dot = 30"));
  CHECK(contains(error_of([&] { world.place({4, 0, 0, 0}); }), "acrobot: theta1 = 4"));
}

TEST_CASE("acrobot: six numbers are seen, three torques are there") {
  CHECK(Acrobot::observation_space().size() == 6);
  CHECK(Acrobot().num_actions() == 3);
  CHECK(Acrobot::action_names().size() == 3);
}

TEST_CASE("acrobot: drawn with its tip where both angles lead") {
  // First link level to the right, second one upwards: theta1 = theta2 = pi / 2.
  const rl::Scene scene = Acrobot::draw({0, 1, 0, 1, 0, 0});
  const auto& second = std::get<rl::SceneLine>(scene.shapes[2]);
  CHECK(second.points[0].x == 1);
  CHECK(second.points[0].y == 0);
  CHECK(second.points[1].x == 1);
  CHECK(second.points[1].y == 1);
  CHECK(contains(rl::draw_svg(scene), "Acrobot"));
}
