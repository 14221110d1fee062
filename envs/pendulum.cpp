#include "envs/pendulum.hpp"

#include <vector>

#include "rl/drawing/scene.hpp"

namespace rl {

Space Pendulum::observation_space() {
  return {{"cos", -1, 1}, {"sin", -1, 1}, {"theta_dot", -kFastest, kFastest}};
}

Space Pendulum::state_space() { return {{"theta"}, {"theta_dot", -kFastest, kFastest}}; }

Point Pendulum::place(const Point& full_state) {
  check_in_space(full_state, state_space(), "pendulum");
  theta_ = full_state[0];
  theta_dot_ = full_state[1];
  return seen();
}

Scene Pendulum::draw(const Point& seen, std::span<const Point> path) {
  const auto tip = [](const Point& s) { return ScenePoint{-s[1], s[0]}; };  // (-sin, cos)
  Scene scene{.title = "Pendulum",
              .caption = coordinates_text(seen, observation_space()),
              .low = {-1.25, -1.25},
              .high = {1.25, 1.25},
              .shapes = {}};
  std::vector<ScenePoint> tips;
  for (const Point& s : path) tips.push_back(tip(s));
  scene.shapes.emplace_back(
      SceneLine{.points = {{0, 0}, {0, 1.2}},
                .color = drawing::mix(drawing::kWhite, drawing::kDarkGrey, 0.4),
                .dashed = true});
  add_path(scene, tips);
  scene.shapes.emplace_back(
      SceneLine{.points = {{0, 0}, tip(seen)}, .width = 0.09, .color = drawing::kBlue});
  scene.shapes.emplace_back(
      SceneDisc{.center = tip(seen), .radius = 0.11, .color = drawing::kOrange});
  scene.shapes.emplace_back(SceneDisc{.center = {0, 0}, .radius = 0.06});
  return scene;
}

}  // namespace rl
