#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rl/drawing/chart_parts.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr double kLargestCell = 84;
constexpr double kSmallestNumber = 0.6;  // in font sizes; smaller is left to the colour
constexpr double kWidestRowNames = 0.4;  // share of the chart's width

class MatrixPainter {
 public:
  MatrixPainter(const MatrixChart& chart, const ChartStyle& style)
      : chart_(chart), style_(style), n_(chart.names.size()) {
    if (std::max(std::abs(chart.low), std::abs(chart.high)) > 1)
      decimals_ = fitting_decimals(chart.value);
  }
  std::string draw();

 private:
  void arrange();
  void names();
  void cell(std::size_t row, std::size_t col);
  void scale();
  Rgb color(double x) const;
  double size() const { return style_.font_size; }
  /// Columns are named by the numbers of the rows where their names do not fit.
  std::string row_name(std::size_t i) const {
    return numbered_ ? fmt::format("{} {}", i + 1, chart_.names[i]) : chart_.names[i];
  }

  const MatrixChart& chart_;
  const ChartStyle& style_;
  SvgBody body_;
  std::size_t n_;
  int decimals_ = 2;
  bool numbered_ = false;
  Frame frame_{};
  double cell_width_ = 0;
  double cell_height_ = 0;
};

std::string MatrixPainter::draw() {
  frame_.top = write_heading(body_, style_, chart_.title, chart_.note);
  arrange();
  names();
  for (std::size_t row = 0; row < n_; ++row)
    for (std::size_t col = 0; col < n_; ++col) cell(row, col);
  scale();
  const std::string description =
      chart_.description.empty()
          ? fmt::format("A matrix of {0} rows and {0} columns. {1}", n_, chart_.note)
          : chart_.description;
  return svg_document(style_.width, frame_.bottom + 2.2 * size() + kChartMargin, chart_.title,
                      description, body_.text(), style_.id);
}

void MatrixPainter::arrange() {
  double widest = 0;
  for (const std::string& name : chart_.names) widest = std::max(widest, text_width(name, size()));
  const double all = style_.width - 2 * kChartMargin;
  const double n = std::max(1.0, static_cast<double>(n_));
  const auto left_of = [&](double name_width) {
    return kChartMargin + std::min(name_width, kWidestRowNames * style_.width) + 0.5 * size();
  };
  frame_.left = left_of(widest);
  numbered_ = widest + 0.5 * size() > std::min(1.5 * kLargestCell, (all - frame_.left) / n);
  if (numbered_) frame_.left = left_of(widest + text_width(fmt::format("{} ", n_), size()));
  const double needed = numbered_ ? kLargestCell : std::max(kLargestCell, widest + 0.5 * size());
  cell_width_ = std::min(needed, (style_.width - kChartMargin - frame_.left) / n);
  cell_height_ = std::min(cell_width_, 2.4 * size());
  frame_.top += kLineHeight * size();
  frame_.right = frame_.left + n * cell_width_;
  frame_.bottom = frame_.top + static_cast<double>(n_) * cell_height_;
}

void MatrixPainter::names() {
  const int room = columns_in(frame_.left - kChartMargin - 0.5 * size(), size());
  for (std::size_t i = 0; i < n_; ++i) {
    const double middle = static_cast<double>(i) + 0.5;
    write_text(body_, {frame_.left - 0.5 * size(), frame_.top + middle * cell_height_},
               std::min(size(), cell_height_), row_name(i), {.anchor = "end", .columns = room});
    write_text(body_, {frame_.left + middle * cell_width_, frame_.top - 0.7 * size()},
               std::min(size(), 0.8 * cell_width_),
               numbered_ ? fmt::format("{}", i + 1) : chart_.names[i], {.anchor = "middle"});
  }
}

Rgb MatrixPainter::color(double x) const {
  constexpr double kFull = 0.85;
  if (!std::isfinite(x)) return mix(kWhite, kBlack, 0.08);
  if (!chart_.neutral) {
    const double share = std::clamp((x - chart_.low) / (chart_.high - chart_.low), 0.0, 1.0);
    return mix(kWhite, kBlue, kFull * share);
  }
  const double end = x < *chart_.neutral ? chart_.low : chart_.high;
  const double share = std::min(1.0, (x - *chart_.neutral) / (end - *chart_.neutral));
  return mix(kWhite, x < *chart_.neutral ? kVermilion : kBlue, kFull * share);
}

void MatrixPainter::cell(std::size_t row, std::size_t col) {
  const double x = chart_.value[row * n_ + col];
  const double left = frame_.left + static_cast<double>(col) * cell_width_;
  const double top = frame_.top + static_cast<double>(row) * cell_height_;
  const Rgb fill = color(x);
  const std::string number = finite_text(x, decimals_);
  body_.add(
      "<g class=\"cell\" data-row=\"{0}\" data-column=\"{1}\" data-value=\"{2}\">"
      "<title>{0}, {1}: {3}</title>\n",
      escaped(chart_.names[row]), escaped(chart_.names[col]),
      std::isfinite(x) ? plain_number(x) : "", number);
  body_.add(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
      "stroke=\"#ffffff\"/>\n",
      left, top, cell_width_, cell_height_, hex(fill));
  const double number_size =
      std::min({size(), cell_height_,
                size() * (cell_width_ - 2) / std::max(1.0, text_width(number, size()))});
  if (std::isfinite(x) && number_size >= kSmallestNumber * size())
    write_text(body_, {left + cell_width_ / 2, top + cell_height_ / 2}, number_size, number,
               {.anchor = "middle", .color = text_color(fill)});
  body_.add("</g>\n");
}

void MatrixPainter::scale() {
  constexpr int kSteps = 24;
  const double top = frame_.bottom + 0.8 * size();
  const double middle = top + 0.5 * size();
  const std::string low = finite_text(chart_.low, decimals_);
  double x = kChartMargin + text_width(low, size()) + 0.4 * size();
  write_text(body_, {kChartMargin, middle}, size(), low, {.color = kDarkGrey});
  for (int i = 0; i < kSteps; ++i, x += 6)
    body_.add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"6.5\" height=\"{:.1f}\" fill=\"{}\"/>\n", x,
              top, size(), hex(color(chart_.low + (chart_.high - chart_.low) * i / (kSteps - 1))));
  write_text(body_, {x + 0.4 * size(), middle}, size(), finite_text(chart_.high, decimals_),
             {.color = kDarkGrey});
}

}  // namespace

void check_chart(const MatrixChart& chart) {
  if (chart.value.size() != chart.names.size() * chart.names.size())
    throw std::invalid_argument(fmt::format("chart: a matrix of {} names has {} numbers, not {}",
                                            chart.names.size(), chart.value.size(),
                                            chart.names.size() * chart.names.size()));
  if (!std::isfinite(chart.low) || !std::isfinite(chart.high) || !(chart.low < chart.high))
    throw std::invalid_argument(
        fmt::format("chart: colours cannot go from {} to {}", chart.low, chart.high));
  if (chart.neutral && !(chart.low < *chart.neutral && *chart.neutral < chart.high))
    throw std::invalid_argument(fmt::format("chart: neutral is {}, but must be in ({}, {})",
                                            *chart.neutral, chart.low, chart.high));
}

}  // namespace drawing

std::string draw_svg(const MatrixChart& chart, const ChartStyle& style) {
  drawing::check_style(style);
  drawing::check_chart(chart);
  return drawing::MatrixPainter(chart, style).draw();
}

}  // namespace rl
