#include "rl/drawing/scene.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rl/drawing/chart_parts.hpp"
#include "rl/drawing/svg_text.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr double kSceneFont = 13;
constexpr double kThinnest = 1.6;  // pixels
constexpr double kTallest = 0.68;  // of the width

/// From units of the world to pixels.
struct SceneFrame {
  ScenePoint low, high;
  double pixels;  // of a unit

  Point at(ScenePoint p) const { return {(p.x - low.x) * pixels, (high.y - p.y) * pixels}; }
  std::string path(const std::vector<ScenePoint>& points) const {
    std::string text;
    for (const ScenePoint& p : points)
      text += fmt::format("{}{:.1f},{:.1f}", text.empty() ? "" : " ", at(p).x, at(p).y);
    return text;
  }
};

/// Writes one shape of each kind.
struct SceneWriter {
  SvgBody& body;
  const SceneFrame& frame;

  void operator()(const SceneLine& line) const {
    const double width = std::max(kThinnest, line.width * frame.pixels);
    body.add(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" "
        "stroke-linecap=\"round\" stroke-linejoin=\"round\"{}/>\n",
        frame.path(line.points), hex(line.color), width,
        line.dashed ? " stroke-dasharray=\"7 6\"" : "");
  }
  void operator()(const SceneArea& area) const {
    body.add("<polygon points=\"{}\" fill=\"{}\"/>\n", frame.path(area.corners), hex(area.color));
  }
  void operator()(const SceneDisc& disc) const {
    const Point center = frame.at(disc.center);
    body.add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"/>\n", center.x, center.y,
             std::max(kThinnest, disc.radius * frame.pixels), hex(disc.color));
  }
  void operator()(const SceneText& text) const {
    write_text(body, frame.at(text.at), kSceneFont, text.text,
               {.anchor = "middle", .color = text.color});
  }
};

/// What lies beyond the corners is cut off by an SVG inside of the SVG.
std::string scene_document(const Scene& scene, double width) {
  ChartStyle look;
  look.width = width;
  look.font_size = kSceneFont;
  SvgBody body;
  const double top = write_heading(body, look, scene.title, scene.caption);
  const double units = scene.high.x - scene.low.x;
  const double units_up = scene.high.y - scene.low.y;
  const double inner = width - 2 * kChartMargin;
  const SceneFrame frame{scene.low, scene.high,
                         std::min(inner / units, kTallest * width / units_up)};
  const double height = units_up * frame.pixels;
  body.add("<svg x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\">\n",
           (width - units * frame.pixels) / 2, top, units * frame.pixels, height);
  for (const SceneShape& shape : scene.shapes) std::visit(SceneWriter{body, frame}, shape);
  body.add("</svg>\n");
  return svg_document(width, top + height + kChartMargin, scene.title, scene.caption, body.text());
}

}  // namespace

void check_scene(const Scene& scene) {
  const double width = scene.high.x - scene.low.x;
  const double height = scene.high.y - scene.low.y;
  if (!(width > 0 && height > 0 && std::isfinite(width) && std::isfinite(height)))
    throw std::invalid_argument("drawing: the corners of a scene must be finite and span an area");
}

}  // namespace drawing

void add_path(Scene& scene, std::span<const ScenePoint> places) {
  constexpr std::size_t kShades = 8;
  if (places.size() < 2) return;
  const std::size_t steps = places.size() - 1;
  for (std::size_t k = 0; k < kShades; ++k) {
    const std::size_t first = steps * k / kShades;
    const std::size_t last = steps * (k + 1) / kShades;
    if (first == last) continue;
    const auto piece = places.subspan(first, last - first + 1);
    const double share = 0.25 + 0.65 * static_cast<double>(k + 1) / kShades;
    scene.shapes.emplace_back(
        SceneLine{.points = {piece.begin(), piece.end()},
                  .color = drawing::mix(drawing::kWhite, drawing::kPurple, share)});
  }
}

std::string draw_svg(const Scene& scene, double width) {
  drawing::check_scene(scene);
  if (!(width >= 50 && width <= 1e5))
    throw std::invalid_argument(
        fmt::format("drawing: width = {} must be from 50 to 100000", width));
  return drawing::scene_document(scene, width);
}

}  // namespace rl
