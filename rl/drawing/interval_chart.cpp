#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rl/drawing/chart_parts.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr double kRowHeight = 2.1;      // in font sizes
constexpr double kWidestNames = 0.34;   // share of the chart's width
constexpr double kGoldenRatio = 0.618;  // multiples of it spread dots evenly

class IntervalPainter {
 public:
  IntervalPainter(const IntervalChart& chart, const ChartStyle& style);
  std::string draw();

 private:
  void arrange();
  void reference();
  void row(std::size_t i);
  void dots(const IntervalChart::Row& row, double y);
  void interval(const IntervalChart::Row& row, double y);
  std::string numbers_of(const IntervalChart::Row& row) const;
  std::string note() const;
  std::string description() const;
  double x_of(double x) const {
    return std::clamp(frame_.left + frame_.width() * axis_.share(x), frame_.left, frame_.right);
  }
  double size() const { return style_.font_size; }

  const IntervalChart& chart_;
  const ChartStyle& style_;
  SvgBody body_;
  Axis axis_;
  Frame frame_{};
  int decimals_;
  bool stacked_ = false;  // names and numbers above the intervals: they need the whole width
  double row_height_ = 0;
};

std::vector<double> numbers_in(const IntervalChart& chart) {
  std::vector<double> numbers;
  for (const IntervalChart::Row& row : chart.rows) {
    for (const double x : {row.value, row.low, row.high}) numbers.push_back(x);
    numbers.insert(numbers.end(), row.dots.begin(), row.dots.end());
  }
  if (chart.reference) numbers.push_back(chart.reference->x);
  return numbers;
}

/// Decimals for the values and the ends of their intervals.
int decimals_in(const IntervalChart& chart) {
  std::vector<double> numbers;
  for (const IntervalChart::Row& row : chart.rows)
    for (const double x : {row.value, row.low, row.high}) numbers.push_back(x);
  return fitting_decimals(numbers);
}

IntervalPainter::IntervalPainter(const IntervalChart& chart, const ChartStyle& style)
    : chart_(chart),
      style_(style),
      axis_(numbers_in(chart), chart.log_x),
      decimals_(decimals_in(chart)) {
  axis_.widen(6);
}

std::string IntervalPainter::draw() {
  frame_.top = write_heading(body_, style_, chart_.title, note());
  arrange();
  draw_x_axis(body_, frame_, axis_, size(), chart_.x_label);
  reference();
  for (std::size_t i = 0; i < chart_.rows.size(); ++i) row(i);
  const double below = (chart_.x_label.empty() ? 1.6 : 2.9) * size();
  return svg_document(style_.width, frame_.bottom + below + kChartMargin, chart_.title,
                      description(), body_.text(), style_.id);
}

std::string IntervalPainter::note() const {
  std::size_t shown = 0;
  std::size_t hidden = 0;
  bool failed = false;
  for (const IntervalChart::Row& row : chart_.rows) {
    for (const double x : row.dots) ++(axis_.shows(x) ? shown : hidden);
    failed = failed || std::find(row.failed.begin(), row.failed.end(), true) != row.failed.end();
  }
  std::string text = chart_.interval_note;
  const auto say = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  if (shown > 0) say("each dot is a run");
  if (failed) say("crosses: failed runs");
  if (hidden > 0)
    say(fmt::format("{} no place on the axis",
                    hidden == 1 ? "1 run has" : fmt::format("{} runs have", hidden)));
  return text;
}

std::string IntervalPainter::description() const {
  if (!chart_.description.empty()) return chart_.description;
  std::string text = chart_.x_label;
  for (std::size_t i = 0; i < chart_.rows.size(); ++i)
    text += fmt::format("{}{} {}", i == 0 ? ": " : ", ", chart_.rows[i].name,
                        numbers_of(chart_.rows[i]));
  return text + ".";
}

std::string IntervalPainter::numbers_of(const IntervalChart::Row& row) const {
  if (!std::isfinite(row.value)) return "none";
  std::string value = number_text(row.value, decimals_);
  if (std::isnan(row.low) || std::isnan(row.high)) return value;
  const auto end = [&](double x) {
    return std::isfinite(x) ? number_text(x, decimals_) : std::string(x < 0 ? "−∞" : "∞");
  };
  return fmt::format("{} [{}, {}]", value, end(row.low), end(row.high));
}

void IntervalPainter::arrange() {
  double names = 0;
  double numbers = 0;
  for (const IntervalChart::Row& row : chart_.rows) {
    names = std::max(names, text_width(row.name, size()));
    numbers = std::max(numbers, text_width(numbers_of(row), size()));
  }
  const double rest = style_.width - 2 * kChartMargin - 2 * size() - names - numbers;
  stacked_ = names > kWidestNames * style_.width || rest < 0.3 * style_.width;
  row_height_ = (stacked_ ? kRowHeight + kLineHeight : kRowHeight) * size();
  frame_.left = kChartMargin + (stacked_ ? 0.8 * size() : names + size());
  frame_.right = style_.width - kChartMargin - (stacked_ ? 0.8 * size() : numbers + size());
  if (chart_.reference && !chart_.reference->name.empty()) frame_.top += kLineHeight * size();
  frame_.bottom = frame_.top + row_height_ * std::max(1.0, static_cast<double>(chart_.rows.size()));
}

void IntervalPainter::reference() {
  if (!chart_.reference || !axis_.shows(chart_.reference->x)) return;
  const std::string& name = chart_.reference->name;
  const double x = x_of(chart_.reference->x);
  body_.add(
      "<path class=\"reference\" d=\"M{:.1f} {:.1f}V{:.1f}\" stroke=\"{}\" "
      "stroke-width=\"1.2\" stroke-dasharray=\"7 2 1 2\"/>\n",
      x, frame_.top, frame_.bottom, hex(kDarkGrey));
  const double half = text_width(name, size()) / 2;
  const double room = style_.width - kChartMargin - half;
  const double middle = std::max(std::min(x, room), kChartMargin + half);
  write_text(body_, {middle, frame_.top - 0.7 * size()}, size(), name,
             {.anchor = "middle", .color = kDarkGrey});
}

void IntervalPainter::row(std::size_t i) {
  const IntervalChart::Row& row = chart_.rows[i];
  const double top = frame_.top + static_cast<double>(i) * row_height_;
  const double y = top + row_height_ - kRowHeight / 2 * size();
  const std::string numbers = numbers_of(row);
  body_.add("<g class=\"series\" data-name=\"{}\" data-x=\"{}\"><title>{}: {}</title>\n",
            escaped(row.name), std::isfinite(row.value) ? plain_number(row.value) : "",
            escaped(row.name), numbers);
  const double name_y = stacked_ ? top + 0.9 * size() : y;
  const double right = style_.width - kChartMargin;
  const double name_room = stacked_ ? right - kChartMargin - text_width(numbers, size()) - size()
                                    : frame_.left - kChartMargin;
  write_text(body_, {kChartMargin, name_y}, size(), row.name,
             {.halo = true, .columns = std::max(3, columns_in(name_room, size()))});
  write_text(body_, {right, name_y}, size(), numbers,
             {.anchor = "end", .color = kDarkGrey, .halo = true});
  dots(row, y);
  interval(row, y);
  body_.add("</g>\n");
}

/// Dots are moved up and down, by the same amounts in every drawing, so that equal ones are seen.
void IntervalPainter::dots(const IntervalChart::Row& row, double y) {
  for (std::size_t k = 0; k < row.dots.size(); ++k) {
    if (!axis_.shows(row.dots[k])) continue;
    const double turn = kGoldenRatio * static_cast<double>(k + 1);
    const double x = x_of(row.dots[k]);
    const double up = (turn - std::floor(turn) - 0.5) * 0.36 * kRowHeight * size();
    const std::string title = fmt::format("run {}: {}", k + 1, plain_number(row.dots[k]));
    if (!row.failed.empty() && row.failed[k])
      body_.add(
          "<path d=\"M{0:.1f} {1:.1f}l6 6m0 -6l-6 6\" stroke=\"{2}\" "
          "stroke-width=\"1.5\"><title>{3}, failed</title></path>\n",
          x - 3, y + up - 3, hex(kVermilion), title);
    else
      body_.add(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\" fill-opacity=\"0.45\">"
          "<title>{}</title></circle>\n",
          x, y + up, hex(kDarkGrey), title);
  }
}

/// Caps stand at the ends that are finite.
void IntervalPainter::interval(const IntervalChart::Row& row, double y) {
  if (!std::isnan(row.low) && !std::isnan(row.high)) {
    const auto end = [&](double x) {
      if (axis_.shows(x)) return x_of(x);
      return x > 0 ? frame_.right : frame_.left;
    };
    std::string path = fmt::format("M{:.1f} {:.1f}H{:.1f}", end(row.low), y, end(row.high));
    for (const double x : {row.low, row.high})
      if (axis_.shows(x)) path += fmt::format("M{:.1f} {:.1f}v10", end(x), y - 5);
    body_.add("<path class=\"band\" d=\"{}\" stroke=\"{}\" stroke-width=\"2.5\"/>\n", path,
              hex(kBlue));
  }
  if (axis_.shows(row.value))
    body_.add("<path d=\"{}\" fill=\"{}\" stroke=\"#ffffff\"/>\n",
              series_mark(3, {x_of(row.value), y}, 5), hex(kBlue));
}

}  // namespace

void check_chart(const IntervalChart& chart) {
  for (const IntervalChart::Row& row : chart.rows)
    if (!row.failed.empty() && row.failed.size() != row.dots.size())
      throw std::invalid_argument(fmt::format("chart: row '{}' has {} dots and {} marks of failure",
                                              row.name, row.dots.size(), row.failed.size()));
}

}  // namespace drawing

std::string draw_svg(const IntervalChart& chart, const ChartStyle& style) {
  drawing::check_style(style);
  drawing::check_chart(chart);
  return drawing::IntervalPainter(chart, style).draw();
}

}  // namespace rl
