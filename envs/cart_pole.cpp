#include "envs/cart_pole.hpp"

#include <vector>

#include "rl/drawing/scene.hpp"

namespace rl {

namespace {

constexpr double kAxle = 0.3;  // over the track

/// The end of a pole that leans by theta on a cart at x.
ScenePoint pole_tip(double x, double theta) {
  const double length = 2 * CartPole::kHalfPole;
  return {x + length * std::sin(theta), kAxle + length * std::cos(theta)};
}

void add_track(Scene& scene) {
  const double end = CartPole::kFarthest;
  scene.shapes.emplace_back(SceneLine{.points = {{-end, 0}, {end, 0}}, .width = 0.02});
  for (const double x : {-end, end})
    scene.shapes.emplace_back(SceneLine{.points = {{x, -0.1}, {x, 0.1}}, .width = 0.02});
}

void add_cart(Scene& scene, double x) {
  scene.shapes.emplace_back(SceneArea{
      .corners = {{x - 0.28, 0.1}, {x + 0.28, 0.1}, {x + 0.28, kAxle}, {x - 0.28, kAxle}}});
  for (const double wheel : {x - 0.17, x + 0.17})
    scene.shapes.emplace_back(SceneDisc{.center = {wheel, 0.07}, .radius = 0.06});
}

void add_pole(Scene& scene, double x, double theta) {
  const ScenePoint axle{x, kAxle};
  for (const double limit : {-CartPole::kSteepest, CartPole::kSteepest})
    scene.shapes.emplace_back(
        SceneLine{.points = {axle, pole_tip(x, limit)},
                  .color = drawing::mix(drawing::kWhite, drawing::kDarkGrey, 0.4),
                  .dashed = true});
  scene.shapes.emplace_back(
      SceneLine{.points = {axle, pole_tip(x, theta)}, .width = 0.07, .color = drawing::kOrange});
  scene.shapes.emplace_back(SceneDisc{.center = axle, .radius = 0.04});
}

}  // namespace

Scene CartPole::draw(const Point& seen, std::span<const Point> path) {
  Scene scene{.title = "Cart pole",
              .caption = coordinates_text(seen, observation_space()),
              .low = {-kFarthest - 0.35, -0.2},
              .high = {kFarthest + 0.35, kAxle + 2 * kHalfPole + 0.15},
              .shapes = {}};
  std::vector<ScenePoint> tips;
  for (const Point& s : path) tips.push_back(pole_tip(s[0], s[2]));
  add_track(scene);
  add_path(scene, tips);
  add_cart(scene, seen[0]);
  add_pole(scene, seen[0], seen[2]);
  return scene;
}

Space CartPole::observation_space() {
  return {{"x", -2 * kFarthest, 2 * kFarthest},
          {"x_dot"},
          {"theta", -2 * kSteepest, 2 * kSteepest},
          {"theta_dot"}};
}

Point CartPole::place(const Point& s) {
  check_in_space(s, observation_space(), "cart pole");
  x_ = s[0];
  x_dot_ = s[1];
  theta_ = s[2];
  theta_dot_ = s[3];
  return s;
}

}  // namespace rl
