#pragma once
/// \file
/// Draws numbers of many runs as charts: curves with bands, numbers with intervals, matrices. Data
/// in, one self-contained SVG or the same data as CSV out; nothing is printed.
///
/// Series differ in colour (Okabe and Ito), dashes and marks, so that a chart can be read without
/// colour, and are named at the end of their curves where there is room, else in a legend. Letters
/// can be read on a phone that shows 720 pixels on 390. NaN and infinite numbers, and numbers that
/// are not positive on a logarithmic axis, leave gaps. Equal data give equal bytes.
#include <optional>
#include <string>
#include <vector>

namespace rl {

/// One curve with its band.
struct ChartSeries {
  std::string name;
  std::vector<double> x = {};     ///< drawn in this order
  std::vector<double> y = {};     ///< as long as x
  std::vector<double> low = {};   ///< of the band, as long as x; or empty: no band
  std::vector<double> high = {};  ///< as low
  bool points_only = false;       ///< open marks without a line, bands as error bars
  bool labelled = true;           ///< named at its end or in the legend, not on hovering alone
};

/// Curves over a common axis.
struct LineChart {
  struct Level {
    double y;
    std::string name;
  };

  std::string title = {};
  std::string description = {};  ///< for those who do not see it; empty: made from the names
  std::string x_label = {};
  std::string y_label = {};
  std::string band_note = {};  ///< what bands are: "mean, 95 % t interval, n = 100"
  bool log_x = false;
  bool log_y = false;
  std::optional<double> y_low = {}, y_high = {};  ///< ends of the axis; curves are cut off there
  std::vector<ChartSeries> series = {};
  std::vector<Level> levels = {};  ///< horizontal lines, such as an exact value
};

/// Numbers with intervals, one row each (a forest plot), with each run as a dot where known.
struct IntervalChart {
  struct Row {
    std::string name;
    double value;                   ///< not finite: "none" is written
    double low, high;               ///< an infinite end is drawn to the edge, NaN: no interval
    std::vector<double> dots = {};  ///< one a run
    std::vector<bool> failed = {};  ///< as long as dots, drawn as crosses; or empty: none
  };
  struct Reference {
    double x;
    std::string name;
  };

  std::string title = {};
  std::string description = {};
  std::string x_label = {};
  std::string interval_note = {};  ///< "IQM, 95 % percentile bootstrap, n = 30"
  bool log_x = false;
  std::vector<Row> rows = {};
  std::optional<Reference> reference = {};  ///< a vertical line
};

/// Numbers in coloured cells, such as P(row improves on column).
struct MatrixChart {
  std::string title = {};
  std::string description = {};
  std::string note = {};                ///< "P(row > column), n = 30"
  std::vector<std::string> names = {};  ///< of rows and of columns
  std::vector<double> value = {};       ///< [names x names] row-major; NaN: none
  double low = 0;                       ///< number of the palest colour
  double high = 1;                      ///< number of the fullest colour
  std::optional<double> neutral = {};   ///< white here, vermilion below and blue above
};

struct ChartStyle {
  double width = 720;   ///< pixels, at least 240
  double height = 420;  ///< of a line chart without its legend, at least 160; rows make the others
  double font_size = 17;  ///< pixels, in [6, 40]
  std::string id = {};    ///< what ids begin with; empty: a hash of the drawing
};

/// Curves of more points than pixels are thinned to the first, least, greatest and last one a
/// column. Each series is a group with `class="series"`, `data-name` and, as lists with commas,
/// what was drawn: `data-x`, `data-y`, `data-low`, `data-high`. Throws std::invalid_argument for
/// lists of different lengths, ends of an axis in the wrong order, a style out of range.
std::string draw_svg(const LineChart& chart, const ChartStyle& style = {});
std::string draw_svg(const IntervalChart& chart, const ChartStyle& style = {});
std::string draw_svg(const MatrixChart& chart, const ChartStyle& style = {});

/// "series,x,y,low,high", every point; then a line a level, without x. What is not finite is empty.
std::string chart_csv(const LineChart& chart);
/// "row,what,value,low,high", what: interval, run or failed run; then the reference.
std::string chart_csv(const IntervalChart& chart);
/// "row,column,value"
std::string chart_csv(const MatrixChart& chart);

}  // namespace rl
