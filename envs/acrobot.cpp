#include "envs/acrobot.hpp"

#include <algorithm>
#include <cmath>

#include "envs/runge_kutta.hpp"
#include "rl/drawing/scene.hpp"

namespace rl {

namespace {

constexpr double kLinkMass = 1;
constexpr double kLinkLength = 1;
constexpr double kLinkCentre = 0.5;
constexpr double kLinkInertia = 1;
constexpr double kLinkGravity = 9.8;
constexpr double kTorqueSeconds = 0.2;

/// The header's equations of motion: (theta1_dot, theta2_dot, theta1'', theta2'').
std::array<double, 4> acrobot_motion(const std::array<double, 4>& s, double u) {
  const double m = kLinkMass, l = kLinkLength, l_c = kLinkCentre, I = kLinkInertia,
               g = kLinkGravity;
  const auto [theta1, theta2, dot1, dot2] = s;
  const double sin2 = std::sin(theta2);
  const double cos2 = std::cos(theta2);
  const double D1 = m * l_c * l_c + m * (l * l + l_c * l_c + 2 * l * l_c * cos2) + 2 * I;
  const double D2 = m * (l_c * l_c + l * l_c * cos2) + I;
  const double phi2 = m * l_c * g * std::sin(theta1 + theta2);
  const double phi1 = -m * l * l_c * dot2 * (dot2 + 2 * dot1) * sin2 +
                      (m * l_c + m * l) * g * std::sin(theta1) + phi2;
  const double acc2 = (u + D2 / D1 * phi1 - m * l * l_c * dot1 * dot1 * sin2 - phi2) /
                      (m * l_c * l_c + I - D2 * D2 / D1);
  const double acc1 = -(D2 * acc2 + phi1) / D1;
  return {dot1, dot2, acc1, acc2};
}

/// The same angle in [-pi, pi]; both ends stay.
double wrapped(double angle) {
  while (angle > std::numbers::pi) angle -= 2 * std::numbers::pi;
  while (angle < -std::numbers::pi) angle += 2 * std::numbers::pi;
  return angle;
}

ScenePoint joint_of(const Point& seen) { return {seen[1], -seen[0]}; }  // (sin, -cos) of theta1
/// One link further, at the angle theta1 + theta2.
ScenePoint tip_of(const Point& seen) {
  const double sine = seen[1] * seen[2] + seen[0] * seen[3];
  const double cosine = seen[0] * seen[2] - seen[1] * seen[3];
  return {joint_of(seen).x + sine, joint_of(seen).y - cosine};
}

}  // namespace

Space Acrobot::observation_space() {
  return {{"cos1", -1, 1},
          {"sin1", -1, 1},
          {"cos2", -1, 1},
          {"sin2", -1, 1},
          {"theta1_dot", -kFastest1, kFastest1},
          {"theta2_dot", -kFastest2, kFastest2}};
}

Space Acrobot::state_space() {
  return {{"theta1", -std::numbers::pi, std::numbers::pi},
          {"theta2", -std::numbers::pi, std::numbers::pi},
          {"theta1_dot", -kFastest1, kFastest1},
          {"theta2_dot", -kFastest2, kFastest2}};
}

Point Acrobot::place(const Point& full_state) {
  check_in_space(full_state, state_space(), "acrobot");
  std::copy_n(full_state.numbers().begin(), s_.size(), s_.begin());
  return seen();
}

void Acrobot::move(double torque) {
  s_ = runge_kutta(s_, kTorqueSeconds,
                   [torque](const std::array<double, 4>& s) { return acrobot_motion(s, torque); });
  s_ = {wrapped(s_[0]), wrapped(s_[1]), std::clamp(s_[2], -kFastest1, kFastest1),
        std::clamp(s_[3], -kFastest2, kFastest2)};
}

bool Acrobot::above_line() const { return -std::cos(s_[0]) - std::cos(s_[0] + s_[1]) > 1; }

Point Acrobot::seen() const {
  return {std::cos(s_[0]), std::sin(s_[0]), std::cos(s_[1]), std::sin(s_[1]), s_[2], s_[3]};
}

Scene Acrobot::draw(const Point& seen, std::span<const Point> path) {
  Scene scene{.title = "Acrobot",
              .caption = coordinates_text(seen, observation_space()),
              .low = {-2.2, -2.2},
              .high = {2.2, 2.2},
              .shapes = {}};
  std::vector<ScenePoint> tips;
  for (const Point& s : path) tips.push_back(tip_of(s));
  scene.shapes.emplace_back(
      SceneLine{.points = {{-2.2, 1}, {2.2, 1}}, .color = drawing::kGreen, .dashed = true});
  add_path(scene, tips);
  const ScenePoint joint = joint_of(seen);
  const ScenePoint tip = tip_of(seen);
  scene.shapes.emplace_back(
      SceneLine{.points = {{0, 0}, joint}, .width = 0.16, .color = drawing::kBlue});
  scene.shapes.emplace_back(
      SceneLine{.points = {joint, tip}, .width = 0.16, .color = drawing::kOrange});
  for (const ScenePoint center : {ScenePoint{0, 0}, joint})
    scene.shapes.emplace_back(SceneDisc{.center = center, .radius = 0.1});
  return scene;
}

}  // namespace rl
