#include "rl/drawing/chart_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "rl/drawing/canvas.hpp"

namespace rl::drawing {

namespace {

constexpr Rgb kSkyBlue{86, 180, 233};
constexpr std::array<Rgb, 7> kSeriesColors{kBlue,   kVermilion, kGreen, kPurple,
                                           kOrange, kSkyBlue,   kBlack};
constexpr std::array<std::string_view, 7> kSeriesDashes{
    "none", "9 4", "3 3", "12 3 3 3", "16 4 6 4", "6 2 2 2 2 2", "1.5 4"};

void check_between(std::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument(
      fmt::format("chart: {} is {}, but must be in [{}, {}]", name, value, low, high));
}

}  // namespace

void check_style(const ChartStyle& style) {
  check_between("width", style.width, 240, 10'000);
  check_between("height", style.height, 160, 10'000);
  check_between("font_size", style.font_size, 6, 40);
}

Rgb series_color(std::size_t i) { return kSeriesColors[i % kSeriesColors.size()]; }

std::string_view series_dashes(std::size_t i) {
  return kSeriesDashes[(i + i / kSeriesColors.size()) % kSeriesDashes.size()];
}

std::string series_mark(std::size_t i, Point at, double radius) {
  const auto outline = [&](std::initializer_list<Point> corners) {
    std::string path;
    for (const Point& c : corners)
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", at.x + radius * c.x,
                          at.y + radius * c.y);
    return path + "Z";
  };
  switch (i % 5) {
    case 0:
      return fmt::format(
          "M{0:.1f} {1:.1f}a{2:.1f} {2:.1f} 0 1 0 {3:.1f} 0a{2:.1f} {2:.1f} 0 1 0 "
          "{4:.1f} 0Z",
          at.x - radius, at.y, radius, 2 * radius, -2 * radius);
    case 1:
      return outline({{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}});
    case 2:
      return outline({{0, -1.2}, {1.1, 0.9}, {-1.1, 0.9}});
    case 3:
      return outline({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
    default:
      return outline({{0, 1.2}, {1.1, -0.9}, {-1.1, -0.9}});
  }
}

std::string plain_number(double x) { return fmt::format("{:.6g}", x == 0 ? 0.0 : x); }

std::string finite_text(double x, int decimals) {
  return std::isfinite(x) ? number_text(x, decimals) : "none";
}

void write_text(SvgBody& body, Point at, double font_size, std::string_view text,
                const TextLook& look) {
  if (text.empty()) return;
  const std::string shown = shortened(text, look.columns);
  const std::string whole = shown == text ? "" : fmt::format("<title>{}</title>", escaped(text));
  body.add(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.4g}\" text-anchor=\"{}\" fill=\"{}\"{}{}>"
      "{}{}</text>\n",
      at.x, at.y + 0.35 * font_size, font_size, look.anchor, hex(look.color),
      look.bold ? " font-weight=\"bold\"" : "",
      look.halo ? " stroke=\"#ffffff\" stroke-width=\"5\" paint-order=\"stroke\"" : "", whole,
      escaped(shown));
}

double write_heading(SvgBody& body, const ChartStyle& style, const std::string& title,
                     const std::string& note) {
  double y = kChartMargin;
  const auto write = [&](const std::string& text, double size, bool bold, Rgb color) {
    if (text.empty()) return;
    const int room = columns_in(style.width - 2 * kChartMargin, bold ? 1.08 * size : size);
    for (const std::string& line : wrap(text, room)) {
      write_text(body, {kChartMargin, y + 0.6 * size}, size, line, {.color = color, .bold = bold});
      y += size * kLineHeight;
    }
  };
  write(title, 1.1 * style.font_size, true, kBlack);
  write(note, style.font_size, false, kDarkGrey);
  return y + 0.3 * style.font_size;
}

std::vector<Tick> ticks_across(const Axis& axis, double width, double font_size) {
  for (int most = 12; most > 1; --most) {
    std::vector<Tick> ticks = axis.ticks(most);
    bool fits = true;
    for (std::size_t i = 1; i < ticks.size(); ++i) {
      const double apart = width * (axis.share(ticks[i].at) - axis.share(ticks[i - 1].at));
      const double needed =
          (text_width(ticks[i].text, font_size) + text_width(ticks[i - 1].text, font_size)) / 2;
      fits = fits && apart >= needed + 0.8 * font_size;
    }
    if (fits) return ticks;
  }
  return axis.ticks(1);
}

void draw_x_axis(SvgBody& body, const Frame& frame, const Axis& axis, double font_size,
                 const std::string& label) {
  for (const Tick& tick : ticks_across(axis, frame.width(), font_size)) {
    const double x = frame.left + frame.width() * axis.share(tick.at);
    body.add("<path d=\"M{0:.1f} {1:.1f}V{2:.1f}\" stroke=\"{3}\" stroke-width=\"1\"/>\n", x,
             frame.top, frame.bottom, hex(kGridColor));
    body.add("<path d=\"M{0:.1f} {1:.1f}v5\" stroke=\"{2}\" stroke-width=\"1\"/>\n", x,
             frame.bottom, hex(kDarkGrey));
    write_text(body, {x, frame.bottom + 0.9 * font_size}, font_size, tick.text,
               {.anchor = "middle", .color = kDarkGrey});
  }
  body.add("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"{}\" stroke-width=\"1\"/>\n", frame.left,
           frame.bottom, frame.right, hex(kDarkGrey));
  const int room = columns_in(frame.width() + 2 * kChartMargin, font_size);
  write_text(body, {frame.left + frame.width() / 2, frame.bottom + 2.2 * font_size}, font_size,
             label, {.anchor = "middle", .columns = room});
}

}  // namespace rl::drawing
