#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>
#include <utility>

#include "rl/drawing/chart_parts.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr std::size_t kMostDirectLabels = 10;
constexpr std::size_t kMostMarks = 40;  // of a line; more would hide it
constexpr double kWidestLabels = 0.34;  // share of the chart's width beside the curves
constexpr double kMarkRadius = 3.5;
constexpr double kSmallestPlot = 90;  // pixels
constexpr double kLeader = 22;        // pixels between curves and their labels

/// A point that has a place, and where it is.
struct Placed {
  std::size_t i;
  Point at;
};
using Stretch = std::vector<Placed>;  // points without a gap between them

struct Edge {
  double x, low, high;  // pixels; low lies below, which is a greater y
};

/// The first, the highest, the lowest and the last point of each column of pixels.
Stretch thin_line(const Stretch& points) {
  Stretch kept;
  for (std::size_t begin = 0; begin < points.size();) {
    const auto column = [&](std::size_t i) { return std::floor(points[i].at.x); };
    std::size_t end = begin + 1;
    while (end < points.size() && column(end) == column(begin)) ++end;
    std::set<std::size_t> chosen{begin, end - 1};
    const auto higher = [](const Placed& a, const Placed& b) { return a.at.y < b.at.y; };
    const auto from = points.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = points.begin() + static_cast<std::ptrdiff_t>(end);
    const auto [top, bottom] = std::minmax_element(from, to, higher);
    chosen.insert(static_cast<std::size_t>(top - points.begin()));
    chosen.insert(static_cast<std::size_t>(bottom - points.begin()));
    for (const std::size_t i : chosen) kept.push_back(points[i]);
    begin = end;
  }
  return kept;
}

/// One point a square of two pixels.
Stretch thin_points(const Stretch& points) {
  std::set<std::pair<long, long>> taken;
  Stretch kept;
  for (const Placed& p : points)
    if (taken.emplace(std::lround(p.at.x / 2), std::lround(p.at.y / 2)).second) kept.push_back(p);
  return kept;
}

/// The lowest low and the highest high of each column of pixels.
std::vector<Edge> thin_band(const std::vector<Edge>& edges) {
  std::vector<Edge> kept;
  for (const Edge& e : edges)
    if (!kept.empty() && std::floor(kept.back().x) == std::floor(e.x)) {
      kept.back().low = std::max(kept.back().low, e.low);
      kept.back().high = std::min(kept.back().high, e.high);
    } else {
      kept.push_back(e);
    }
  return kept;
}

Axis axis_of_x(const LineChart& chart) {
  std::vector<double> numbers;
  for (const ChartSeries& s : chart.series) numbers.insert(numbers.end(), s.x.begin(), s.x.end());
  Axis axis(numbers, chart.log_x);
  const auto whole = [](double x) { return !std::isfinite(x) || x == std::floor(x); };
  if (std::all_of(numbers.begin(), numbers.end(), whole)) axis.set_whole();
  return axis;
}

Axis axis_of_y(const LineChart& chart, const Axis& x_axis, int most_ticks) {
  std::vector<double> numbers;
  for (const ChartSeries& s : chart.series)
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!x_axis.shows(s.x[i])) continue;
      numbers.push_back(s.y[i]);
      if (s.low.empty()) continue;
      numbers.push_back(s.low[i]);
      numbers.push_back(s.high[i]);
    }
  for (const LineChart::Level& level : chart.levels) numbers.push_back(level.y);
  Axis axis(numbers, chart.log_y);
  axis.widen(most_ticks);
  if (chart.y_low || chart.y_high)
    axis.set_ends(chart.y_low.value_or(axis.low()), chart.y_high.value_or(axis.high()));
  return axis;
}

class LinePainter {
 public:
  LinePainter(const LineChart& chart, const ChartStyle& style)
      : chart_(chart), style_(style), x_axis_(axis_of_x(chart)), y_axis_({}, chart.log_y) {}
  std::string draw();

 private:
  /// One name at the end of its curve or in the legend.
  struct Entry {
    const std::string* name;
    std::size_t series;  // its index; series.size() and above: a level
    Point end;           // of the curve
  };

  void arrange();
  void axes();
  void level(const LineChart::Level& level);
  void series(std::size_t i);
  void line(std::size_t i, const std::vector<Stretch>& stretches);
  void band(std::size_t i);
  void data_of(std::size_t i, const std::vector<Stretch>& stretches);
  void marks(std::size_t i, const Stretch& points);
  void labels();
  void legend();
  void sample(std::size_t series, Point from, double length);
  bool has_marks(std::size_t i) const;
  std::string mark_look(std::size_t i) const;
  std::vector<Stretch> stretches_of(const ChartSeries& series) const;
  std::optional<Edge> edge_of(const ChartSeries& series, std::size_t i) const;
  std::vector<std::vector<Edge>> band_of(const ChartSeries& series) const;
  std::vector<Entry> entries() const;
  std::string description() const;
  double x_of(double x) const { return frame_.left + frame_.width() * x_axis_.share(x); }
  double y_of(double y) const { return frame_.bottom - frame_.height() * y_axis_.share(y); }
  double size() const { return style_.font_size; }
  double line_height() const { return kLineHeight * style_.font_size; }
  bool cut_off() const { return chart_.y_low || chart_.y_high; }
  bool far_outside(double y) const {
    return !y_axis_.shows(y) || std::abs(y_axis_.share(y) - 0.5) > 1.5;
  }
  bool in_frame(Point p) const { return p.y >= frame_.top - 1 && p.y <= frame_.bottom + 1; }

  const LineChart& chart_;
  const ChartStyle& style_;
  SvgBody body_;
  Axis x_axis_;
  Axis y_axis_;
  Frame frame_{};
  int most_y_ticks_ = 2;
  bool direct_ = true;
  double bottom_ = 0;
};

std::string LinePainter::draw() {
  frame_.top = write_heading(body_, style_, chart_.title, chart_.band_note);
  arrange();
  axes();
  if (cut_off())  // a drawing of its own cuts off what is outside, without an id to refer to
    body_.add(
        "<svg x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" "
        "viewBox=\"{0:.1f} {1:.1f} {2:.1f} {3:.1f}\">\n",
        frame_.left - kMarkRadius, frame_.top - 1, frame_.width() + 2 * kMarkRadius,
        frame_.height() + 2);
  for (const LineChart::Level& l : chart_.levels) level(l);
  for (std::size_t i = 0; i < chart_.series.size(); ++i) series(i);
  if (cut_off()) body_.add("</svg>\n");
  if (direct_)
    labels();
  else
    legend();
  return svg_document(style_.width, bottom_ + kChartMargin, chart_.title, description(),
                      body_.text(), style_.id);
}

std::string LinePainter::description() const {
  if (!chart_.description.empty()) return chart_.description;
  std::string text = fmt::format("{} over {}", chart_.y_label, chart_.x_label);
  for (std::size_t i = 0; i < chart_.series.size(); ++i)
    text += (i == 0 ? ": " : ", ") + chart_.series[i].name;
  return text + ".";
}

// ---- places -------------------------------------------------------------------------------------

/// Finds the frame: room for numbers on the left, for names on the right or below.
void LinePainter::arrange() {
  if (!chart_.y_label.empty()) frame_.top += 1.6 * size();
  frame_.top += 0.3 * size();
  const double below = (chart_.x_label.empty() ? 1.6 : 2.9) * size();
  frame_.bottom = std::max(style_.height - kChartMargin - below, frame_.top + kSmallestPlot);
  bottom_ = frame_.bottom + below;

  most_y_ticks_ = std::clamp(static_cast<int>(frame_.height() / (2.4 * size())), 2, 8);
  y_axis_ = axis_of_y(chart_, x_axis_, most_y_ticks_);
  double numbers = 0;
  for (const Tick& tick : y_axis_.ticks(most_y_ticks_))
    numbers = std::max(numbers, text_width(tick.text, size()));
  frame_.left = kChartMargin + numbers + 0.5 * size();

  double names = 0;
  const std::vector<Entry> named = entries();
  for (const Entry& e : named) names = std::max(names, text_width(*e.name, size()));
  const double room = frame_.height() / line_height();
  direct_ =
      named.size() <= std::min<std::size_t>(kMostDirectLabels, static_cast<std::size_t>(room)) &&
      names <= kWidestLabels * style_.width &&
      std::all_of(named.begin(), named.end(), [this](const Entry& e) { return in_frame(e.end); });
  frame_.right =
      style_.width - kChartMargin - (direct_ && !named.empty() ? names + kLeader : 1.2 * size());
  const std::vector<Tick> across = ticks_across(x_axis_, frame_.width(), size());
  if (across.empty()) return;
  const double end = frame_.left + frame_.width() * x_axis_.share(across.back().at) +
                     0.5 * text_width(across.back().text, size());
  frame_.right -= std::max(0.0, end - style_.width + 4);
}

std::vector<LinePainter::Entry> LinePainter::entries() const {
  std::vector<Entry> result;
  for (std::size_t i = 0; i < chart_.series.size(); ++i) {
    const ChartSeries& s = chart_.series[i];
    const std::vector<Stretch> stretches = stretches_of(s);
    if (s.labelled && !s.name.empty() && !stretches.empty())
      result.push_back({&s.name, i, stretches.back().back().at});
  }
  for (std::size_t i = 0; i < chart_.levels.size(); ++i) {
    const LineChart::Level& l = chart_.levels[i];
    if (!l.name.empty() && y_axis_.shows(l.y))
      result.push_back({&l.name, chart_.series.size() + i, {frame_.right, y_of(l.y)}});
  }
  return result;
}

std::vector<Stretch> LinePainter::stretches_of(const ChartSeries& series) const {
  std::vector<Stretch> result;
  bool open = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const bool shown = x_axis_.shows(series.x[i]) && y_axis_.shows(series.y[i]);
    if (shown && !open) result.emplace_back();
    if (shown) result.back().push_back({i, {x_of(series.x[i]), y_of(series.y[i])}});
    open = shown;
  }
  return result;
}

/// An interval that reaches below a logarithmic axis ends at its foot.
std::optional<Edge> LinePainter::edge_of(const ChartSeries& series, std::size_t i) const {
  if (series.low.empty() || !x_axis_.shows(series.x[i]) || !y_axis_.shows(series.high[i]))
    return std::nullopt;
  if (cut_off() && far_outside(series.y[i])) return std::nullopt;  // would fill the frame
  const bool below = chart_.log_y && std::isfinite(series.low[i]) && series.low[i] <= 0;
  if (!below && !y_axis_.shows(series.low[i])) return std::nullopt;
  return Edge{x_of(series.x[i]), below ? frame_.bottom : y_of(series.low[i]), y_of(series.high[i])};
}

std::vector<std::vector<Edge>> LinePainter::band_of(const ChartSeries& series) const {
  std::vector<std::vector<Edge>> result;
  bool open = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const std::optional<Edge> edge = edge_of(series, i);
    if (edge && !open) result.emplace_back();
    if (edge) result.back().push_back(*edge);
    open = edge.has_value();
  }
  return result;
}

// ---- what is drawn ------------------------------------------------------------------------------

void LinePainter::axes() {
  write_text(body_, {kChartMargin, frame_.top - 1.2 * size()}, size(), chart_.y_label,
             {.columns = columns_in(style_.width - 2 * kChartMargin, size())});
  for (const Tick& tick : y_axis_.ticks(most_y_ticks_)) {
    const double y = y_of(tick.at);
    body_.add("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"{}\" stroke-width=\"1\"/>\n", frame_.left,
              y, frame_.right, hex(kGridColor));
    write_text(body_, {frame_.left - 0.5 * size(), y}, size(), tick.text,
               {.anchor = "end", .color = kDarkGrey});
  }
  draw_x_axis(body_, frame_, x_axis_, size(), chart_.x_label);
}

void LinePainter::level(const LineChart::Level& level) {
  if (!y_axis_.shows(level.y)) return;
  body_.add(
      "<g class=\"level\" data-name=\"{0}\" data-y=\"{1}\"><title>{0}: {1}</title>\n"
      "<path d=\"M{2:.1f} {3:.1f}H{4:.1f}\" stroke=\"{5}\" stroke-width=\"1.2\" "
      "stroke-dasharray=\"7 2 1 2\"/>\n</g>\n",
      escaped(level.name), plain_number(level.y), frame_.left, y_of(level.y), frame_.right,
      hex(kDarkGrey));
}

bool LinePainter::has_marks(std::size_t i) const {
  return chart_.series[i].points_only || chart_.series[i].x.size() <= kMostMarks;
}

std::string LinePainter::mark_look(std::size_t i) const {
  const std::string color = hex(series_color(i));
  if (!chart_.series[i].points_only) return fmt::format("fill=\"{}\"", color);
  return fmt::format("fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"1.6\"", color);
}

void LinePainter::series(std::size_t i) {
  const ChartSeries& s = chart_.series[i];
  std::vector<Stretch> stretches = stretches_of(s);
  if (s.points_only) {
    Stretch all;
    for (const Stretch& stretch : stretches) all.insert(all.end(), stretch.begin(), stretch.end());
    stretches = {thin_points(all)};
  } else {
    for (Stretch& stretch : stretches) stretch = thin_line(stretch);
  }
  body_.add("<g class=\"series\" data-name=\"{}\"", escaped(s.name));
  data_of(i, stretches);
  body_.add("><title>{}</title>\n", escaped(s.name));
  band(i);
  if (!s.points_only) line(i, stretches);
  for (const Stretch& stretch : stretches)
    if (has_marks(i) || stretch.size() == 1) marks(i, stretch);
  body_.add("</g>\n");
}

void LinePainter::data_of(std::size_t i, const std::vector<Stretch>& stretches) {
  const ChartSeries& s = chart_.series[i];
  const auto list = [&](std::string_view name, const std::vector<double>& numbers) {
    if (numbers.empty()) return;
    body_.add(" data-{}=\"", name);
    bool first = true;
    for (const Stretch& stretch : stretches)
      for (const Placed& p : stretch) {
        const double x = numbers[p.i];
        body_.add("{}{}", first ? "" : ",", std::isfinite(x) ? plain_number(x) : "");
        first = false;
      }
    body_.add("\"");
  };
  list("x", s.x);
  list("y", s.y);
  list("low", s.low);
  list("high", s.high);
}

void LinePainter::line(std::size_t i, const std::vector<Stretch>& stretches) {
  std::string path;
  for (const Stretch& stretch : stretches) {
    if (stretch.size() < 2) continue;
    for (std::size_t k = 0; k < stretch.size(); ++k)
      path += fmt::format("{}{:.1f} {:.1f}", k == 0 ? "M" : "L", stretch[k].at.x, stretch[k].at.y);
  }
  if (path.empty()) return;
  body_.add(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\" "
      "stroke-linejoin=\"round\"/>\n",
      path, hex(series_color(i)), series_dashes(i));
}

/// Filled between low and high, with thin edges for those who print; a single point and marks
/// without a line get error bars.
void LinePainter::band(std::size_t i) {
  const ChartSeries& s = chart_.series[i];
  const std::string color = hex(series_color(i));
  std::string bars;
  for (const std::vector<Edge>& stretch : band_of(s)) {
    const std::vector<Edge> edges = thin_band(stretch);
    if (s.points_only || edges.size() == 1) {
      for (const Edge& e : edges)
        bars += fmt::format("M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h6M{3:.1f} {2:.1f}h6", e.x,
                            e.low, e.high, e.x - 3);
      continue;
    }
    std::string path;
    std::string way_back;
    for (const Edge& e : edges) {
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", e.x, e.high);
      way_back.insert(0, fmt::format("L{:.1f} {:.1f}", e.x, e.low));
    }
    path += way_back;
    body_.add(
        "<path class=\"band\" d=\"{}Z\" fill=\"{}\" fill-opacity=\"0.16\" stroke=\"{}\" "
        "stroke-opacity=\"0.35\" stroke-width=\"0.6\"/>\n",
        path, color, color);
  }
  if (!bars.empty())
    body_.add("<path class=\"band\" d=\"{}\" stroke=\"{}\" stroke-width=\"1.2\"/>\n", bars, color);
}

void LinePainter::marks(std::size_t i, const Stretch& points) {
  const ChartSeries& s = chart_.series[i];
  for (const Placed& p : points) {
    std::string interval;
    if (!s.low.empty() && std::isfinite(s.low[p.i]) && std::isfinite(s.high[p.i]))
      interval = fmt::format(" [{}, {}]", plain_number(s.low[p.i]), plain_number(s.high[p.i]));
    body_.add("<path d=\"{}\" {}><title>{}: {}, {}{}</title></path>\n",
              series_mark(i, p.at, kMarkRadius), mark_look(i), escaped(s.name),
              plain_number(s.x[p.i]), plain_number(s.y[p.i]), interval);
  }
}

// ---- names --------------------------------------------------------------------------------------

void LinePainter::labels() {
  const std::vector<Entry> named = entries();
  std::vector<double> wanted;
  for (const Entry& e : named) wanted.push_back(std::clamp(e.end.y, frame_.top, frame_.bottom));
  const std::vector<double> places =
      spread_labels(wanted, line_height(), frame_.top, frame_.bottom);
  for (std::size_t k = 0; k < named.size(); ++k) {
    const Entry& e = named[k];
    const Point to{frame_.right + kLeader - 4, places[k]};
    const bool is_level = e.series >= chart_.series.size();
    const Rgb color = is_level ? kDarkGrey : series_color(e.series);
    const double from = std::min(e.end.x, frame_.right) + 4;
    if (std::abs(places[k] - wanted[k]) > 0.25 * size() || to.x - from > kLeader)
      body_.add(
          "<path class=\"leader\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\" "
          "stroke-width=\"1\" stroke-opacity=\"0.7\"/>\n",
          from, wanted[k], to.x, to.y, hex(color));
    write_text(body_, {to.x + 4, to.y}, size(), *e.name, {.color = mix(color, kBlack, 0.45)});
  }
}

void LinePainter::legend() {
  constexpr double kSample = 44;
  const std::vector<Entry> named = entries();
  const double all = style_.width - 2 * kChartMargin;
  double widest = 0;
  for (const Entry& e : named)
    widest = std::max(widest, kSample + text_width(*e.name, size()) + size());
  const auto columns = static_cast<std::size_t>(std::max(1.0, std::floor(all / widest)));
  const double column = columns > 1 ? widest : all;
  const std::size_t rows = (named.size() + columns - 1) / columns;
  const double top = bottom_ + 0.4 * size();
  for (std::size_t k = 0; k < named.size(); ++k) {  // from top to bottom, then the next column
    const std::size_t place = k / rows;
    const double x = kChartMargin + static_cast<double>(place) * column;
    const double y = top + (static_cast<double>(k % rows) + 0.5) * line_height();
    sample(named[k].series, {x, y}, kSample - 8);
    write_text(body_, {x + kSample, y}, size(), *named[k].name,
               {.columns = columns_in(column - kSample, size())});
  }
  bottom_ = top + static_cast<double>(rows) * line_height();
}

/// The line and the mark beside a name of the legend.
void LinePainter::sample(std::size_t series, Point from, double length) {
  const bool is_level = series >= chart_.series.size();
  const std::string color = hex(is_level ? kDarkGrey : series_color(series));
  if (is_level || !chart_.series[series].points_only)
    body_.add(
        "<path d=\"M{:.1f} {:.1f}h{:.1f}\" stroke=\"{}\" stroke-width=\"{}\" "
        "stroke-dasharray=\"{}\"/>\n",
        from.x, from.y, length, color, is_level ? "1.2" : "2",
        is_level ? "7 2 1 2" : series_dashes(series));
  if (!is_level && has_marks(series))
    body_.add("<path d=\"{}\" {}/>\n",
              series_mark(series, {from.x + length / 2, from.y}, kMarkRadius), mark_look(series));
}

}  // namespace

void check_chart(const LineChart& chart) {
  for (const ChartSeries& s : chart.series) {
    const auto fits = [&](const std::vector<double>& list) {
      return list.empty() || list.size() == s.x.size();
    };
    if (s.x.size() != s.y.size() || !fits(s.low) || !fits(s.high) || s.low.size() != s.high.size())
      throw std::invalid_argument(
          fmt::format("chart: series '{}' has {} x, {} y, {} low, {} high; x and y must be of "
                      "equal length, low "
                      "and high too or empty",
                      s.name, s.x.size(), s.y.size(), s.low.size(), s.high.size()));
  }
}

}  // namespace drawing

std::string draw_svg(const LineChart& chart, const ChartStyle& style) {
  drawing::check_style(style);
  drawing::check_chart(chart);
  return drawing::LinePainter(chart, style).draw();
}

}  // namespace rl
