#include "envs/mountain_car.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "rl/drawing/scene.hpp"

namespace rl {

namespace {

/// Throws std::invalid_argument unless x is in [low, high].
void check_car_option(const char* name, double x, double low, double high) {
  if (!(low <= x && x <= high))
    throw std::invalid_argument(
        fmt::format("mountain car: {} = {} is no number from {} to {}", name, x, low, high));
}

HillCar::Rules book_rules(const MountainCarOptions& options) {
  check_car_option("force", options.force, 0, 1);
  check_car_option("gravity", options.gravity, 0, 1);
  return {.force = options.force, .gravity = options.gravity};
}

/// Gymnasium's track goes on behind the goal.
HillCar::Rules gym_rules(const GymMountainCarOptions& options, double force, double goal_x) {
  check_car_option("goal_velocity", options.goal_velocity, 0, HillCar::kFastest);
  return {.force = force, .right_end = 0.6, .goal_x = goal_x, .goal_v = options.goal_velocity};
}

/// The picture's hill, flatter than sin(3x).
constexpr double kHillHeight = 0.45;
double hill(double x) { return kHillHeight * std::sin(3 * x); }

/// A rectangle of the car's own, moved with it: `along` the slope, `up` from the ground.
SceneArea car_part(double x, double along, double up, double width, double height) {
  const double slope = std::atan(3 * kHillHeight * std::cos(3 * x));
  const auto at = [&](double a, double u) {
    return ScenePoint{x + a * std::cos(slope) - u * std::sin(slope),
                      hill(x) + a * std::sin(slope) + u * std::cos(slope)};
  };
  return {.corners = {at(along - width / 2, up), at(along + width / 2, up),
                      at(along + width / 2, up + height), at(along - width / 2, up + height)}};
}

void add_car(Scene& scene, double x) {
  scene.shapes.emplace_back(car_part(x, 0, 0.035, 0.19, 0.05));
  scene.shapes.emplace_back(car_part(x, -0.01, 0.08, 0.1, 0.04));
  for (const double along : {-0.055, 0.055}) {
    const std::vector<ScenePoint> wheel = car_part(x, along, 0.028, 0, 0).corners;
    scene.shapes.emplace_back(SceneDisc{.center = wheel[0], .radius = 0.026});
  }
}

void add_hill(Scene& scene, double right_end) {
  std::vector<ScenePoint> top;
  constexpr int kPieces = 80;
  for (int i = 0; i <= kPieces; ++i) {
    const double x = HillCar::kLeft + (right_end - HillCar::kLeft) * i / kPieces;
    top.push_back({x, hill(x)});
  }
  scene.shapes.emplace_back(
      SceneLine{.points = {{HillCar::kLeft, hill(HillCar::kLeft) + 0.2}, top[0]}, .width = 0.012});
  scene.shapes.emplace_back(SceneLine{.points = std::move(top), .width = 0.012});
}

void add_flag(Scene& scene, double x) {
  const double foot = hill(x);
  scene.shapes.emplace_back(SceneLine{.points = {{x, foot}, {x, foot + 0.26}}, .width = 0.008});
  scene.shapes.emplace_back(
      SceneArea{.corners = {{x, foot + 0.26}, {x, foot + 0.16}, {x + 0.13, foot + 0.21}},
                .color = drawing::kVermilion});
}

/// Height and speed as a height: v^2 / 2 + gravity / 3 sin(3x) is the car's energy.
ScenePoint energy_height(const Point& s) {
  const double gravity = HillCar::Rules{}.gravity;
  return {s[0], hill(s[0]) + kHillHeight * 3 / (2 * gravity) * s[1] * s[1]};
}

}  // namespace

Scene HillCar::draw(const Point& seen, std::span<const Point> path) const {
  Scene scene{.title = "Mountain car",
              .caption = coordinates_text(seen, space(rules_.right_end)),
              .low = {kLeft - 0.15, -kHillHeight - 0.08},
              .high = {rules_.right_end + 0.15, kHillHeight + 0.45},
              .shapes = {}};
  std::vector<ScenePoint> heights;
  for (const Point& s : path) heights.push_back(energy_height(s));
  add_path(scene, heights);
  add_hill(scene, rules_.right_end);
  add_flag(scene, rules_.goal_x);
  add_car(scene, seen[0]);
  return scene;
}

Scene ThrottledCar::draw(const Point& seen, std::span<const Point> path) const {
  return car_.draw(seen, path);
}

Scene GymMountainCarContinuous::draw(const Point& seen, std::span<const Point> path) const {
  return car_.draw(seen, path);
}

MountainCar::MountainCar(const Options& options) : ThrottledCar(book_rules(options)) {}

GymMountainCar::GymMountainCar(const Options& options)
    : ThrottledCar(gym_rules(options, 0.001, 0.5)) {}

GymMountainCarContinuous::GymMountainCarContinuous(const Options& options)
    : car_(gym_rules(options, 0.0015, 0.45)) {}

Space GymMountainCarContinuous::observation_space() {
  Space space = HillCar::space(0.6);
  for (Coordinate& c : space) {
    c.low = as_float32(c.low);
    c.high = as_float32(c.high);
  }
  return space;
}

}  // namespace rl
