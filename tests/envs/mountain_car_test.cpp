#include "envs/mountain_car.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"
#include "tests/envs/point_world.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Point;
using rl::Rng;
using tests::contains;
using tests::error_of;
using tests::near;

namespace {

constexpr rl::Action kBackward = 0;
constexpr rl::Action kNoThrottle = 1;
constexpr rl::Action kForward = 2;

template <class W, class A>
rl::Step<Point> driven(W world, const Point& from, const A& action) {
  Rng rng(1);
  world.place(from);
  return world.step(action, rng);
}

/// No hill and no engine: the car rolls on.
rl::MountainCar on_the_flat() { return rl::MountainCar({.force = 0, .gravity = 0}); }

}  // namespace

TEST_CASE("mountain car: three steps by hand") {
  const rl::MountainCar world;
  // v = 0.001 - 0.0025 cos(-1.5) = 0.001 - 0.0025 * 0.0707372
  const auto a = driven(world, {-0.5, 0}, kForward);
  CHECK(near(a.next, {-0.49917684300416926, 0.0008231569958307428}));
  CHECK(a.reward == -1);
  CHECK_FALSE(a.terminated);
  // v = 0.05 - 0.001 - 0.0025 cos 0.9 = 0.049 - 0.0025 * 0.6216100
  CHECK(
      near(driven(world, {0.3, 0.05}, kBackward).next, {0.34744597507932334, 0.04744597507932334}));
  // v = 0.009 - 0.0025 cos 1.47 = 0.009 - 0.0025 * 0.1006257
  CHECK(near(driven(world, {0.49, 0.009}, kNoThrottle).next,
             {0.49874843566653265, 0.00874843566653267}));
}

TEST_CASE("mountain car: the left wall stops the car") {
  const auto x = driven(rl::MountainCar(), {-1.19, -0.06}, kBackward);
  CHECK(x.next == Point{-1.2, 0});
  CHECK_FALSE(x.terminated);
  const auto y = driven(rl::GymMountainCar(), {-1.19, -0.06}, kBackward);
  CHECK(y.next == Point{-1.2, 0});
}

TEST_CASE("mountain car: no speed beyond 0.07 in either direction") {
  CHECK(driven(rl::MountainCar(), {-0.9, 0.07}, kForward).next[1] == 0.07);
  CHECK(driven(rl::MountainCar(), {0.2, -0.07}, kBackward).next[1] == -0.07);
}

TEST_CASE("mountain car: the episode ends at 0.5 and not before") {
  rl::MountainCar world = on_the_flat();
  Rng rng(1);
  world.place({0.25, 0.0625});
  for (const double x : {0.3125, 0.375, 0.4375}) {
    const auto step = world.step(kNoThrottle, rng);
    CHECK(step.next[0] == x);
    CHECK_FALSE(step.terminated);
  }
  const auto last = world.step(kNoThrottle, rng);
  CHECK(last.next[0] == 0.5);
  CHECK(last.terminated);
  CHECK(last.reward == -1);
}

TEST_CASE("mountain car: throttle along the velocity leaves the valley in 124 steps") {
  rl::MountainCar world;
  Rng rng(1);
  Point s = world.place({-0.5, 0});
  int steps = 0;
  for (bool ended = false; !ended; ++steps) {
    const auto x = world.step(s[1] >= 0 ? kForward : kBackward, rng);
    s = x.next;
    ended = x.terminated;
  }
  CHECK(steps == 124);
}

TEST_CASE("mountain car: full throttle alone does not leave the valley") {
  rl::MountainCar world;
  Rng rng(1);
  world.reset(rng);
  for (int t = 0; t < 20'000; ++t) REQUIRE_FALSE(world.step(kForward, rng).terminated);
}

TEST_CASE("gym mountain car: the track goes on to 0.6 and the goal asks for a speed") {
  const auto behind = driven(rl::GymMountainCar(), {0.59, 0.07}, kForward);
  CHECK(behind.next == Point{0.6, 0.07});
  CHECK(behind.terminated);
  // v = 0.03 + 0.001 - 0.0025 cos 1.44
  const auto there = driven(rl::GymMountainCar(), {0.48, 0.03}, kForward);
  CHECK(near(there.next, {0.5106739407281546, 0.030673940728154638}));
  CHECK(there.terminated);
  CHECK(there.reward == -1);
  CHECK_FALSE(
      driven(rl::GymMountainCar({.goal_velocity = 0.05}), {0.48, 0.03}, kForward).terminated);
  CHECK_FALSE(driven(rl::GymMountainCar(), {0.55, -0.02}, kNoThrottle).terminated);
  CHECK(rl::GymMountainCar::kEpisodeSteps == 200);
}

TEST_CASE("continuous mountain car: three steps by hand, in float32") {
  const rl::GymMountainCarContinuous world;
  // v = 0.0015 * 0.5 - 0.0025 cos(-1.5); reward -0.1 * 0.25
  const auto a = driven(world, {-0.5, 0}, Point{0.5});
  CHECK(a.next == Point{-0.49942684173583984, 0.0005731569835916162});
  CHECK(near(a.reward, -0.025));
  // Clipped to -1 where it moves, not where it costs: -0.1 * 9.
  const auto b = driven(world, {-0.4, 0.01}, Point{-3});
  CHECK(b.next == Point{-0.3924058973789215, 0.007594105787575245});
  CHECK(near(b.reward, -0.9));
  CHECK_FALSE(b.terminated);
  const auto c = driven(world, {0.44, 0.02}, Point{1});
  CHECK(c.next == Point{0.4608795642852783, 0.020879561081528664});
  CHECK(near(c.reward, 99.9));
  CHECK(c.terminated);
  CHECK_FALSE(driven(rl::GymMountainCarContinuous({.goal_velocity = 0.05}), {0.44, 0.02}, Point{1})
                  .terminated);
}

TEST_CASE("continuous mountain car: float32 bounds hold its states at the wall, too") {
  rl::GymMountainCarContinuous world;
  const auto x = driven(world, {-1.19, -0.06}, Point{-1});
  CHECK(x.next[0] < -1.2);
  CHECK(x.next[1] == 0);
  CHECK(world.place(x.next) == x.next);
}

TEST_CASE("mountain car: episodes start at rest, evenly in [-0.6, -0.4)") {
  Rng rng(3);
  rl::GymMountainCar world;
  double sum = 0;
  for (int k = 0; k < 10'000; ++k) {
    const Point s = world.reset(rng);
    REQUIRE(s[0] >= -0.6);
    REQUIRE(s[0] < -0.4);
    REQUIRE(s[1] == 0);
    sum += s[0];
  }
  CHECK(std::abs(sum / 10'000 + 0.5) < 4 * 0.2 / std::sqrt(12.0 * 10'000));
}

TEST_CASE("mountain car: saved and resumed to the bit; what lies off the track is refused") {
  const auto throttle = [](int t) { return static_cast<rl::Action>(t % 3); };
  tests::check_resumes(rl::MountainCar(), rl::MountainCar(), throttle);
  tests::check_resumes(rl::GymMountainCar(), rl::GymMountainCar(), throttle);
  tests::check_resumes(rl::GymMountainCarContinuous(), rl::GymMountainCarContinuous(),
                       [](int t) { return Point{0.1 * t - 1}; });
  rl::MountainCar world;
  const std::string saved = rl::save_state(world);
  for (const double v : {0.08, tests::kNan})
    CHECK(contains(error_of([&] { rl::load_state(tests::with_last_number(saved, v), world); }),
                   "saved state: mountain car: v"));
  CHECK(contains(error_of([&] {
                   world.place({0.51, 0});
                 }),
                 "x = 0.51 is no number from -1.2 to 0.5"));
}

TEST_CASE("mountain car: options out of range are refused") {
  CHECK(contains(error_of([] { rl::MountainCar({.force = -1}); }), "force = -1"));
  CHECK(contains(error_of([] { rl::MountainCar({.gravity = tests::kNan}); }), "gravity = nan"));
  CHECK(contains(error_of([] { rl::GymMountainCar({.goal_velocity = 0.08}); }),
                 "goal_velocity = 0.08 is no number from 0 to 0.07"));
  CHECK(contains(error_of([] { rl::GymMountainCarContinuous({.goal_velocity = -0.1}); }),
                 "goal_velocity"));
}

TEST_CASE("mountain car: actions, spaces") {
  const rl::MountainCar world;
  CHECK(world.num_actions() == 3);
  CHECK(rl::MountainCar::action_names().size() == 3);
  CHECK(world.available({0, 0}, kForward));
  CHECK(world.observation_space()[0].high == 0.5);
  CHECK(rl::GymMountainCar().observation_space()[0].high == 0.6);
  CHECK(rl::GymMountainCarContinuous::action_space()[0].low == -1);
}

TEST_CASE("mountain car: drawn with hill, flag and car; the way of its energy on request") {
  const rl::MountainCar world;
  const std::vector<Point> path = {{-0.5, 0}, {-0.4, 0.02}, {-0.3, 0.03}};
  const rl::Scene plain = world.draw({-0.5, 0});
  CHECK(plain.caption == "x = -0.5, v = 0");
  CHECK(contains(rl::draw_svg(plain), "Mountain car"));
  const rl::Scene with_way = world.draw({-0.3, 0.03}, path);
  CHECK(with_way.shapes.size() == plain.shapes.size() + 2);
  // At rest the energy is the height of the hill: the way begins on it.
  const auto& line = std::get<rl::SceneLine>(with_way.shapes.front());
  CHECK(line.points.front().y == doctest::Approx(0.45 * std::sin(-1.5)));
}
