#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "rl/drawing/canvas.hpp"
#include "rl/drawing/scene.hpp"

namespace rl {

namespace drawing {
namespace {

/// Dots of a braille character: a terminal's cell is twice as high as it is wide, so dots lie on a
/// square grid.
constexpr int kDotCols = 2;
constexpr int kDotRows = 4;

/// "⠁" and so on: bit i of `dots` is the dot that Unicode numbers i + 1.
std::string braille(int dots) {
  const int code = 0x2800 + dots;
  return {static_cast<char>(0xe0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

/// The shapes as dots: each dot knows the last shape that covers it.
class DotGrid {
 public:
  DotGrid(const Scene& scene, int cols, int lines)
      : scene_(scene),
        scale_(std::min(kDotCols * cols / (scene.high.x - scene.low.x),
                        kDotRows * lines / (scene.high.y - scene.low.y))),
        cols_(cells((scene.high.x - scene.low.x) * scale_, kDotCols)),
        lines_(cells((scene.high.y - scene.low.y) * scale_, kDotRows)),
        shape_(index(cols_ * kDotCols) * index(lines_ * kDotRows), kNone) {
    for (std::size_t i = 0; i < scene.shapes.size(); ++i) {
      current_ = static_cast<int>(i);
      std::visit(*this, scene.shapes[i]);
    }
  }

  void operator()(const SceneLine& line) {
    const double radius = std::max(line.width * scale_ / 2, 0.5);
    for (std::size_t i = 1; i < line.points.size(); ++i)
      stroke(dot(line.points[i - 1]), dot(line.points[i]), radius, line.dashed);
  }
  void operator()(const SceneDisc& disc) {
    const ScenePoint center = dot(disc.center);
    stroke(center, center, std::max(disc.radius * scale_, 0.75), false);
  }
  void operator()(const SceneArea& area) {
    const ScenePoint all = dot({scene_.high.x, scene_.low.y});
    for_each_dot({0, 0}, all, [&](ScenePoint p, int& shape) {
      if (holds(area, p)) shape = current_;
    });
  }
  void operator()(const SceneText&) {}  // put over the dots

  Canvas canvas(const TerminalStyle& style) const {
    Canvas canvas;
    canvas.put(lines_ - 1, 0, "");  // as high whatever it shows
    for (int row = 0; row < lines_; ++row)
      for (int col = 0; col < cols_; ++col) put_cell(canvas, row, col, style.unicode);
    for (const SceneShape& shape : scene_.shapes)
      if (const auto* text = std::get_if<SceneText>(&shape)) put_text(canvas, *text);
    return canvas;
  }

 private:
  static constexpr int kNone = -1;

  static int cells(double dots, int dots_a_cell) {
    return std::max(1, static_cast<int>(std::ceil(dots / dots_a_cell - 1e-9)));
  }

  /// In dots from the upper left corner, and a trifle more: what lies just between two rows of dots
  /// takes one of them.
  ScenePoint dot(ScenePoint p) const {
    constexpr double kTrifle = 1e-3;
    return {(p.x - scene_.low.x) * scale_ + kTrifle, (scene_.high.y - p.y) * scale_ + kTrifle};
  }

  /// The dots of the rectangle from a to b.
  template <class F>
  void for_each_dot(ScenePoint a, ScenePoint b, F&& f) {
    const auto within = [](double x, int size) {
      return static_cast<int>(std::clamp(x, 0.0, 1.0 * size));
    };
    const int dot_cols = cols_ * kDotCols;
    const int last_row = within(b.y + 1, lines_ * kDotRows);
    const int last_col = within(b.x + 1, dot_cols);
    for (int row = within(a.y, lines_ * kDotRows); row < last_row; ++row)
      for (int col = within(a.x, dot_cols); col < last_col; ++col)
        f(ScenePoint{col + 0.5, row + 0.5}, shape_[index(row * dot_cols + col)]);
  }

  /// All dots within `radius` of the way from a to b; of a dashed way every other piece.
  void stroke(ScenePoint a, ScenePoint b, double radius, bool dashed) {
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double length = std::hypot(dx, dy);
    const ScenePoint first{std::min(a.x, b.x) - radius, std::min(a.y, b.y) - radius};
    const ScenePoint last{std::max(a.x, b.x) + radius, std::max(a.y, b.y) + radius};
    for_each_dot(first, last, [&](ScenePoint p, int& shape) {
      const double share =
          length > 0
              ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (length * length), 0.0, 1.0)
              : 0;
      if (dashed && static_cast<int>(share * length / kDotRows) % 2 == 1) return;
      if (std::hypot(p.x - a.x - share * dx, p.y - a.y - share * dy) <= radius) shape = current_;
    });
  }

  /// Whether a ray from p to the right crosses the outline an odd number of times.
  bool holds(const SceneArea& area, ScenePoint p) const {
    bool inside = false;
    for (std::size_t i = 0; i < area.corners.size(); ++i) {
      const ScenePoint a = dot(area.corners[i]);
      const ScenePoint b = dot(area.corners[(i + 1) % area.corners.size()]);
      if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x))
        inside = !inside;
    }
    return inside;
  }

  void put_cell(Canvas& canvas, int row, int col, bool unicode) const {
    // Unicode numbers the dots down the left column, down the right one, then the lowest two.
    static constexpr int kBit[kDotRows][kDotCols] = {{0, 3}, {1, 4}, {2, 5}, {6, 7}};
    int dots = 0;
    int top = kNone;
    for (int i = 0; i < kDotRows; ++i)
      for (int j = 0; j < kDotCols; ++j) {
        const int shape =
            shape_[index((row * kDotRows + i) * cols_ * kDotCols + col * kDotCols + j)];
        if (shape != kNone) dots |= 1 << kBit[i][j];
        top = std::max(top, shape);
      }
    if (top == kNone) return;
    const SceneShape& shape = scene_.shapes[index(top)];
    const Ink ink{.text = std::visit([](const auto& s) { return s.color; }, shape)};
    canvas.put(row, col, unicode ? braille(dots) : std::string(1, ".#o?"[shape.index()]), ink);
  }

  void put_text(Canvas& canvas, const SceneText& text) const {
    const ScenePoint at = dot(text.at);
    if (!std::isfinite(at.x) || !std::isfinite(at.y)) return;
    const int width = columns(text.text);
    const double col =
        std::clamp(at.x / kDotCols - width / 2.0, 0.0, std::max(0.0, 1.0 * cols_ - width));
    const double row = std::clamp(at.y / kDotRows, 0.0, lines_ - 1.0);
    canvas.put(static_cast<int>(row), static_cast<int>(col), clip(text.text, cols_),
               {.text = text.color});
  }

  const Scene& scene_;
  double scale_;  // dots a unit
  int cols_, lines_;
  std::vector<int> shape_;  // [dot rows x dot columns]
  int current_ = kNone;
};

}  // namespace
}  // namespace drawing

std::string draw_terminal(const Scene& scene, const TerminalStyle& style, int height) {
  drawing::check_scene(scene);
  if (style.width < 10) throw std::invalid_argument("drawing: width must be at least 10 columns");
  if (height < 4) throw std::invalid_argument("drawing: height must be at least 4 lines");
  drawing::Canvas canvas;
  canvas.append({drawing::clip(scene.title, style.width)});
  canvas.append(drawing::DotGrid(scene, style.width, height - 2).canvas(style));
  canvas.append({drawing::clip(scene.caption, style.width)});
  return canvas.text(style);
}

}  // namespace rl
