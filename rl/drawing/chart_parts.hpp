#pragma once
/// \file
/// What line, interval and matrix charts share: heading, axes, the look of a series.
#include <string>
#include <string_view>
#include <vector>

#include "rl/drawing/axis.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/drawing/svg_text.hpp"

namespace rl::drawing {

inline constexpr double kChartMargin = 14;
inline constexpr double kLineHeight = 1.35;  ///< in font sizes
inline constexpr Rgb kGridColor{221, 221, 221};

/// Throws std::invalid_argument with the name, the value and the range.
void check_style(const ChartStyle& style);
/// Throws std::invalid_argument where lists are not as long as one another.
void check_chart(const LineChart& chart);
void check_chart(const IntervalChart& chart);
void check_chart(const MatrixChart& chart);

/// Where numbers are drawn, in pixels.
struct Frame {
  double left, right, top, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// How the i-th series looks; the first 49 differ.
Rgb series_color(std::size_t i);
std::string_view series_dashes(std::size_t i);  ///< of stroke-dasharray; "none" for the first
/// A closed outline around `at`: the data of a path.
std::string series_mark(std::size_t i, Point at, double radius);

/// "-1.25": six digits, as they are read off.
std::string plain_number(double x);
/// Of finite numbers that differ by `step`s of a value axis; "none" else.
std::string finite_text(double x, int decimals);

struct TextLook {
  std::string_view anchor = "start";
  Rgb color = kBlack;
  bool bold = false;
  bool halo = false;   ///< white around the letters, over lines
  int columns = 1000;  ///< what is longer is cut off, with the whole text in a title
};
/// `at`: the middle of its height.
void write_text(SvgBody& body, Point at, double font_size, std::string_view text,
                const TextLook& look = {});

/// Title in bold, then the note, in lines that fit; returns the y below them.
double write_heading(SvgBody& body, const ChartStyle& style, const std::string& title,
                     const std::string& note);

/// As many ticks as have room for their texts side by side.
std::vector<Tick> ticks_across(const Axis& axis, double width, double font_size);
/// Grid lines, numbers and the label below; needs two lines of height.
void draw_x_axis(SvgBody& body, const Frame& frame, const Axis& axis, double font_size,
                 const std::string& label);

}  // namespace rl::drawing
