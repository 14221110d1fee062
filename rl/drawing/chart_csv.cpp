#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

#include "rl/drawing/chart_parts.hpp"

namespace rl {

namespace {

/// Quoted where a comma, a quote or a line end stands in it.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

/// Reads back to the same bits; empty where it is not finite.
std::string csv_number(double x) { return std::isfinite(x) ? fmt::format("{}", x) : ""; }

double at_or_none(const std::vector<double>& list, std::size_t i) {
  return i < list.size() ? list[i] : drawing::kNoNumber;
}

template <class... Args>
void add_line(std::string& csv, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(csv), format, std::forward<Args>(args)...);
  csv += '\n';
}

}  // namespace

std::string chart_csv(const LineChart& chart) {
  drawing::check_chart(chart);
  std::string csv = "series,x,y,low,high\n";
  for (const ChartSeries& s : chart.series)
    for (std::size_t i = 0; i < s.x.size(); ++i)
      add_line(csv, "{},{},{},{},{}", csv_field(s.name), csv_number(s.x[i]), csv_number(s.y[i]),
               csv_number(at_or_none(s.low, i)), csv_number(at_or_none(s.high, i)));
  for (const LineChart::Level& level : chart.levels)
    add_line(csv, "{},,{},,", csv_field(level.name), csv_number(level.y));
  return csv;
}

std::string chart_csv(const IntervalChart& chart) {
  drawing::check_chart(chart);
  std::string csv = "row,what,value,low,high\n";
  for (const IntervalChart::Row& row : chart.rows) {
    const std::string name = csv_field(row.name);
    add_line(csv, "{},interval,{},{},{}", name, csv_number(row.value), csv_number(row.low),
             csv_number(row.high));
    for (std::size_t k = 0; k < row.dots.size(); ++k)
      add_line(csv, "{},{},{},,", name, !row.failed.empty() && row.failed[k] ? "failed run" : "run",
               csv_number(row.dots[k]));
  }
  if (chart.reference)
    add_line(csv, "{},reference,{},,", csv_field(chart.reference->name),
             csv_number(chart.reference->x));
  return csv;
}

std::string chart_csv(const MatrixChart& chart) {
  drawing::check_chart(chart);
  std::string csv = "row,column,value\n";
  const std::size_t n = chart.names.size();
  for (std::size_t i = 0; i < n * n; ++i)
    add_line(csv, "{},{},{}", csv_field(chart.names[i / n]), csv_field(chart.names[i % n]),
             csv_number(chart.value[i]));
  return csv;
}

}  // namespace rl
