#pragma once
/// \file
/// Pictures of worlds without cells: a few shapes in the world's own units, drawn as SVG or as
/// characters, at the same scale in both directions.
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "rl/drawing/parts.hpp"

namespace rl {

/// In units of the world; y grows upwards.
struct ScenePoint {
  double x, y;
};

/// With round ends and corners; as thin as can be drawn where `width` is 0.
struct SceneLine {
  std::vector<ScenePoint> points;
  double width = 0;
  drawing::Rgb color = drawing::kDarkGrey;
  bool dashed = false;
};
/// Filled.
struct SceneArea {
  std::vector<ScenePoint> corners;
  drawing::Rgb color = drawing::kBlue;
};
/// Filled.
struct SceneDisc {
  ScenePoint center;
  double radius;
  drawing::Rgb color = drawing::kDarkGrey;
};
/// A word around a place, always of the same size.
struct SceneText {
  ScenePoint at;
  std::string text;
  drawing::Rgb color = drawing::kDarkGrey;
};
using SceneShape = std::variant<SceneLine, SceneArea, SceneDisc, SceneText>;

/// What is shown and where: later shapes lie over earlier ones.
struct Scene {
  std::string title;
  std::string caption;  ///< the state in numbers
  ScenePoint low;       ///< lower left corner of what is shown
  ScenePoint high;
  std::vector<SceneShape> shapes;
};

/// Where something has been, old places paler than new ones.
void add_path(Scene& scene, std::span<const ScenePoint> places);

/// One self-contained SVG, `width` pixels wide; tall scenes stand in its middle. Throws
/// std::invalid_argument unless width is at least 50 and the corners are finite and span an area.
std::string draw_svg(const Scene& scene, double width = 640);

/// At most `height` lines and the style's width; title and caption take a line each. Braille dots
/// where there is Unicode, else one character for each kind of shape: `.` lines, `#` areas, `o`
/// discs. Throws std::invalid_argument for fewer than 10 columns or 4 lines, and as above.
std::string draw_terminal(const Scene& scene, const TerminalStyle& style = {}, int height = 24);

namespace drawing {
/// Throws std::invalid_argument unless the corners are finite and span an area.
void check_scene(const Scene& scene);
}  // namespace drawing

}  // namespace rl
