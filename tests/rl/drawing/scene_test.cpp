#include "rl/drawing/scene.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Scene;
using rl::ScenePoint;
using rl::TerminalStyle;
using tests::contains;
using tests::error_of;

namespace {

/// 20 x 8 units: in 20 columns a unit is a column wide and half a line high.
Scene empty_scene() {
  return {.title = "A scene", .caption = "x = 1", .low = {0, 0}, .high = {20, 8}, .shapes = {}};
}
Scene scene_with(rl::SceneShape shape) {
  Scene scene = empty_scene();
  scene.shapes.push_back(std::move(shape));
  return scene;
}

std::vector<std::string> ascii_lines(const Scene& scene) {
  const std::string text = rl::draw_terminal(scene, {.unicode = false, .width = 20}, 6);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("scene: in a terminal a line of title, four of picture, one of caption") {
  CHECK(ascii_lines(empty_scene()) == std::vector<std::string>{"A scene", "", "", "", "", "x = 1"});
}

TEST_CASE("scene: areas, lines, discs and words stand where they are, y upwards") {
  // Columns 2 to 5, the lower half of the picture.
  CHECK(ascii_lines(scene_with(rl::SceneArea{.corners = {{2, 0}, {6, 0}, {6, 4}, {2, 4}}})) ==
        std::vector<std::string>{"A scene", "", "", "  ####", "  ####", "x = 1"});
  CHECK(ascii_lines(scene_with(rl::SceneLine{.points = {{1.1, 7}, {4.9, 7}}}))[1] == " ....");
  CHECK(ascii_lines(scene_with(rl::SceneDisc{.center = {10.5, 5}, .radius = 0.4}))[2] ==
        "          o");
  CHECK(ascii_lines(scene_with(rl::SceneText{.at = {10, 1}, .text = "goal"}))[4] == "        goal");
}

TEST_CASE("scene: later shapes lie over earlier ones") {
  Scene scene = scene_with(rl::SceneArea{.corners = {{0, 0}, {20, 0}, {20, 8}, {0, 8}}});
  scene.shapes.emplace_back(rl::SceneDisc{.center = {3.5, 5}, .radius = 0.4});
  CHECK(ascii_lines(scene)[2] == "###o################");
}

TEST_CASE("scene: what lies outside is cut off, in words pushed inside") {
  CHECK(ascii_lines(scene_with(rl::SceneLine{.points = {{-1e6, 7}, {1e6, 7}}}))[1] ==
        "....................");
  CHECK(ascii_lines(scene_with(rl::SceneDisc{.center = {-50, 90}, .radius = 1}))[1].empty());
  CHECK(ascii_lines(scene_with(rl::SceneText{.at = {99, 99}, .text = "far"}))[1] ==
        "                 far");
}

TEST_CASE("scene: a thin upright line is one column of braille dots") {
  const Scene scene = scene_with(rl::SceneLine{.points = {{1, 0}, {1, 8}}});
  const std::string text = rl::draw_terminal(scene, {.width = 20}, 6);
  CHECK(contains(text, " \u2847\n \u2847\n"));
  CHECK_FALSE(contains(text, "\u28ff"));
}

TEST_CASE("scene: colours where the terminal has them") {
  const Scene scene = scene_with(rl::SceneDisc{.center = {3, 3}, .radius = 1});
  CHECK(contains(rl::draw_terminal(scene, {.color = TerminalStyle::Color::ansi256}), "\x1b["));
  CHECK_FALSE(contains(rl::draw_terminal(scene), "\x1b["));
}

TEST_CASE("scene: an SVG says what it is, at one scale in both directions") {
  Scene scene = scene_with(rl::SceneLine{.points = {{0, 0}, {20, 8}}, .width = 1});
  scene.title = "a < b";
  const std::string svg = rl::draw_svg(scene, 228);  // 200 pixels for 20 units
  CHECK(contains(svg, "a &lt; b</title>"));
  CHECK(contains(svg, "x = 1</desc>"));
  CHECK(contains(svg, "points=\"0.0,80.0 200.0,0.0\""));
  CHECK(contains(svg, "stroke-width=\"10.0\""));
}

TEST_CASE("scene: a tall one is as high as two thirds of the width") {
  Scene scene = empty_scene();
  scene.high = {10, 100};
  CHECK(contains(rl::draw_svg(scene, 1000), "width=\"68.0\" height=\"680.0\""));
}

TEST_CASE("scene: a path fades towards its beginning") {
  Scene scene = empty_scene();
  std::vector<ScenePoint> places;
  for (int i = 0; i <= 16; ++i) places.push_back({1.0 * i, 1});
  rl::add_path(scene, places);
  REQUIRE(scene.shapes.size() == 8);
  const auto& oldest = std::get<rl::SceneLine>(scene.shapes.front());
  const auto& newest = std::get<rl::SceneLine>(scene.shapes.back());
  CHECK(oldest.points.front().x == 0);
  CHECK(oldest.points.back().x == 2);
  CHECK(newest.points.back().x == 16);
  CHECK(oldest.color.green > newest.color.green);
  rl::add_path(scene, std::span(places).first(1));
  CHECK(scene.shapes.size() == 8);
}

TEST_CASE("scene: no area, no room: refused") {
  Scene scene = empty_scene();
  CHECK(contains(error_of([&] { rl::draw_svg(scene, 10); }), "width = 10 must be from 50"));
  CHECK(contains(error_of([&] { rl::draw_terminal(scene, {.width = 9}); }), "at least 10 columns"));
  CHECK(contains(error_of([&] { rl::draw_terminal(scene, {}, 3); }), "at least 4 lines"));
  scene.high.x = 0;
  CHECK(contains(error_of([&] { rl::draw_svg(scene); }), "span an area"));
  scene.high.x = tests::kInfinity;
  CHECK(contains(error_of([&] { rl::draw_terminal(scene); }), "must be finite"));
}
