#include "rl/drawing/chart.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/drawing/axis.hpp"
#include "rl/drawing/svg_text.hpp"
#include "tests/numbers.hpp"
#include "tests/rl/xml.hpp"

namespace {

std::vector<std::string> texts(const std::vector<rl::drawing::Tick>& ticks) {
  std::vector<std::string> result;
  for (const rl::drawing::Tick& t : ticks) result.push_back(t.text);
  return result;
}

rl::drawing::Axis axis(std::vector<double> numbers, bool logarithmic = false) {
  return {numbers, logarithmic};
}

using Words = std::vector<std::string>;

/// Values of an attribute, in the order of the drawing.
std::vector<std::string> attributes(const std::string& svg, const std::string& name) {
  std::vector<std::string> found;
  const std::string start = " " + name + "=\"";
  for (std::size_t at = svg.find(start); at != std::string::npos; at = svg.find(start, at + 1)) {
    const std::size_t begin = at + start.size();
    found.push_back(svg.substr(begin, svg.find('"', begin) - begin));
  }
  return found;
}

/// The y of the text elements that say one of `names`.
std::vector<double> label_places(const std::string& svg, const std::vector<std::string>& names) {
  std::vector<double> places;
  for (const std::string& name : names) {
    const std::size_t end = svg.find(">" + name + "</text>");
    REQUIRE(end != std::string::npos);
    const std::size_t y = svg.find(" y=\"", svg.rfind("<text", end)) + 4;
    places.push_back(std::stod(svg.substr(y)));
  }
  return places;
}

void check_sound(const std::string& svg) {
  CHECK(xml_fault(svg) == "");
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
  CHECK(svg.find("href") == std::string::npos);  // nothing from elsewhere
}

rl::LineChart two_curves() {
  return {.title = "Two",
          .x_label = "episode",
          .y_label = "return",
          .band_note = "mean, 95 % t interval, n = 10",
          .series = {{"up", {0, 1, 2}, {0, 5, 10}, {-1, 4, 9}, {1, 6, 10}},
                     {"down", {0, 1, 2}, {10, 5, 0}}},
          .levels = {{8, "optimum"}}};
}

}  // namespace

TEST_CASE("chart: ticks stand at 1, 2 or 5 times a power of ten") {
  CHECK(rl::drawing::nice_step(10, 5) == 2);
  CHECK(rl::drawing::nice_step(10, 10) == 1);
  CHECK(rl::drawing::nice_step(11, 10) == 2);
  CHECK(rl::drawing::nice_step(0.3, 4) == doctest::Approx(0.1));
  CHECK(rl::drawing::nice_step(3, 4) == 1);
  CHECK(rl::drawing::nice_step(7000, 2) == 5000);
  CHECK(texts(axis({0, 10}).ticks(5)) == Words{"0", "2", "4", "6", "8", "10"});
  CHECK(texts(axis({-13.2, -12.1}).ticks(3)) == Words{"-13.0", "-12.5"});
  CHECK(texts(axis({-100, 12'345}).ticks(4)) == Words{"0", "5000", "10,000"});
  CHECK(texts(axis({0, 4e8}).ticks(4)) == Words{"0", "1e8", "2e8", "3e8", "4e8"});
  CHECK(texts(axis({0, 2.5e-8}).ticks(3)) == Words{"0", "1e-8", "2e-8"});
}

TEST_CASE("chart: a logarithmic axis has decades, and 1, 2, 5 where there are few") {
  CHECK(texts(axis({0.001, 1000}, true).ticks(8)) ==
        Words{"0.001", "0.01", "0.1", "1", "10", "100", "1000"});
  CHECK(texts(axis({1, 1e8}, true).ticks(4)) == Words{"1", "100", "10,000", "1,000,000", "1e8"});
  CHECK(texts(axis({0.5, 20}, true).ticks(8)) == Words{"0.5", "1", "2", "5", "10", "20"});
  CHECK(texts(axis({3, 4}, true).ticks(5)) == Words{"3.0", "3.2", "3.4", "3.6", "3.8", "4.0"});
  const rl::drawing::Axis a = axis({0.01, 100}, true);
  CHECK(a.share(0.01) == 0);
  CHECK(a.share(1) == doctest::Approx(0.5));
  CHECK_FALSE(a.shows(0));
  CHECK_FALSE(a.shows(-1));
}

TEST_CASE("chart: an axis covers the numbers that have a place, and more than one number") {
  rl::drawing::Axis a = axis({3, tests::kNan, -4, tests::kInfinity, 1e301});
  CHECK(a.low() == -4);
  CHECK(a.high() == 3);
  a.widen(4);  // steps of 2
  CHECK(a.high() == 4);
  CHECK(axis({}).high() == 1);
  CHECK(axis({-7, -7}).low() == doctest::Approx(-7.7));
  CHECK(axis({-7, -7}).high() == doctest::Approx(-6.3));
  CHECK(axis({0}).high() == 0.5);
  CHECK(axis({8}, true).high() == 16);
  CHECK_THROWS_AS(a.set_ends(2, 2), std::invalid_argument);
}

TEST_CASE("chart: labels keep their order, lie a gap apart and as near as that allows") {
  using rl::drawing::spread_labels;
  CHECK(spread_labels(std::vector<double>{10, 50}, 10, 0, 100) == std::vector<double>{10, 50});
  // Three at 50: 40, 50, 60 have the least sum of squares.
  CHECK(spread_labels(std::vector<double>{50, 50, 50}, 10, 0, 100) ==
        std::vector<double>{40, 50, 60});
  // 20 and 24 around their mean 22; given in the other order.
  CHECK(spread_labels(std::vector<double>{24, 20}, 10, 0, 100) == std::vector<double>{27, 17});
  CHECK(spread_labels(std::vector<double>{99, 98}, 10, 0, 100) == std::vector<double>{100, 90});
  CHECK(spread_labels(std::vector<double>{}, 10, 0, 100).empty());
}

TEST_CASE("chart: a point lies where its numbers say") {
  // Without title, labels and names, at font size 10: the frame's top is 14 + 3 + 3 = 20, its
  // bottom 300 - 14 - 16 = 270; left: margin 14 + "10" of 2 x 5.6 + 5 = 30.2; right: 400 - 14 - 12
  // = 374.
  rl::LineChart chart;
  chart.series = {{"", {0, 1, 2}, {0, 2, 10}}};
  const std::string svg = rl::draw_svg(chart, {.width = 400, .height = 300, .font_size = 10});
  // x = 1 in the middle: (30.2 + 374) / 2 = 202.1; y = 2 a fifth of 250 above 270: 220.
  CHECK(svg.find("d=\"M30.2 270.0L202.1 220.0L374.0 20.0\"") != std::string::npos);
  check_sound(svg);
}

TEST_CASE("chart: curves are named, told apart by dashes and readable by scripts") {
  const std::string svg = rl::draw_svg(two_curves());
  check_sound(svg);
  CHECK(count(svg, "<g class=\"series\"") == 2);
  CHECK(attributes(svg, "data-x") == Words{"0,1,2", "0,1,2"});
  CHECK(attributes(svg, "data-low") == Words{"-1,4,9"});
  CHECK(attributes(svg, "data-name") == Words{"optimum", "up", "down"});
  CHECK(svg.find("stroke-dasharray=\"none\"") != std::string::npos);
  CHECK(svg.find("stroke-dasharray=\"9 4\"") != std::string::npos);
  for (const char* text :
       {">up</text>", ">down</text>", ">optimum</text>", ">episode</text>", ">return</text>",
        ">mean, 95 % t interval, n = 10</text>", "<title>up: 1, 5 [4, 6]</title>", "role=\"img\""})
    CHECK(svg.find(text) != std::string::npos);
  CHECK(svg == rl::draw_svg(two_curves()));
}

TEST_CASE("chart: labels do not overlap, and those that were moved have a leader") {
  rl::LineChart chart;
  std::vector<std::string> names;
  for (int i = 0; i < 8; ++i) {
    names.push_back("c" + std::to_string(i));
    chart.series.push_back({names.back(), {0, 1}, {0.1 * i, 5 + 0.001 * i}});
  }
  const std::string svg = rl::draw_svg(chart);
  std::vector<double> places = label_places(svg, names);
  CHECK(std::is_sorted(places.rbegin(), places.rend()));  // the higher value above
  for (std::size_t i = 1; i < places.size(); ++i) CHECK(places[i - 1] - places[i] >= 17 * 1.3);
  CHECK(count(svg, "class=\"leader\"") >= 6);
  check_sound(svg);
}

TEST_CASE("chart: twenty series, or a long name, have a legend") {
  rl::LineChart chart;
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("name" + std::to_string(i));
    chart.series.push_back({names.back(), {0, 1}, {0.0, 1.0 * i}});
  }
  const std::string svg = rl::draw_svg(chart);
  check_sound(svg);
  CHECK(label_places(svg, names).size() == 20);
  CHECK(count(svg, "class=\"leader\"") == 0);
  // Colour and dashes together differ.
  std::vector<std::string> looks;
  for (std::size_t at = svg.find("stroke-dasharray=\""); at != std::string::npos;
       at = svg.find("stroke-dasharray=\"", at + 1))
    looks.push_back(svg.substr(svg.rfind("stroke=", at), 16) + svg.substr(at, 40));
  std::sort(looks.begin(), looks.end());
  looks.erase(std::unique(looks.begin(), looks.end()), looks.end());
  CHECK(looks.size() >= 20);

  const std::string long_name(200, 'x');
  const std::string cut = rl::draw_svg(rl::LineChart{.series = {{long_name, {0, 1}, {0, 1}}}});
  CHECK(cut.find("<title>" + long_name + "</title>") != std::string::npos);
  CHECK(cut.find("x…</text>") != std::string::npos);
}

TEST_CASE("chart: what is not finite leaves a gap, in the line and in its band") {
  rl::LineChart chart;
  chart.series = {{"gap",
                   {0, 1, 2, 3, 4, 5},
                   {1, 2, tests::kNan, 3, 4, tests::kInfinity},
                   {0, 1, 2, tests::kNan, 3, 4},
                   {2, 3, 4, 5, 6, tests::kInfinity}}};
  const std::string svg = rl::draw_svg(chart);
  check_sound(svg);
  CHECK(attributes(svg, "data-x") == Words{"0,1,3,4"});
  CHECK(attributes(svg, "data-low") == Words{"0,1,,3"});
  CHECK(count(svg, "class=\"band\"") == 2);  // 0 to 2, which has a band without a value; and 4

  chart.log_y = true;
  chart.series[0].y[0] = -1;
  check_sound(rl::draw_svg(chart));
  CHECK(attributes(rl::draw_svg(chart), "data-x") == Words{"1,3,4"});
}

TEST_CASE("chart: nothing, one point, equal numbers and vertical lines can be drawn") {
  for (const bool logarithmic : {false, true})
    for (const auto& [x, y] : std::vector<std::pair<std::vector<double>, std::vector<double>>>{
             {{}, {}},
             {{3}, {4}},
             {{1, 2, 3}, {7, 7, 7}},
             {{2, 2, 2}, {1, 2, 3}},
             {{tests::kNan, tests::kNan}, {1, 2}},
             {{1, 2}, {1e299, -1e299}},
             {{1, 2}, {1e-299, 1e-298}}}) {
      rl::LineChart chart{.title = "t", .log_x = logarithmic, .log_y = logarithmic};
      chart.series = {{"s", x, y, y, y}, {"p", x, y, {}, {}, true}};
      check_sound(rl::draw_svg(chart));
    }
  check_sound(rl::draw_svg(rl::LineChart{}));
  check_sound(rl::draw_svg(rl::IntervalChart{}));
  check_sound(rl::draw_svg(rl::MatrixChart{}));
}

TEST_CASE("chart: many points are thinned, and extremes are kept") {
  constexpr int kPoints = 100'000;
  rl::ChartSeries s{"noise", {}, {}};
  for (int i = 0; i < kPoints; ++i) {
    s.x.push_back(i);
    s.y.push_back(std::sin(0.7 * i));
  }
  s.y[54'321] = 17.5;
  const std::string svg = rl::draw_svg(rl::LineChart{.series = {s}});
  CHECK(svg.size() < 150'000);
  CHECK(svg.find(",17.5,") != std::string::npos);
  s.points_only = true;
  CHECK(rl::draw_svg(rl::LineChart{.series = {s}}).find("17.5") != std::string::npos);
}

TEST_CASE("chart: ends of an axis cut the curves off") {
  rl::LineChart chart = two_curves();
  chart.y_low = 4;
  chart.y_high = 6;
  const std::string svg = rl::draw_svg(chart);
  check_sound(svg);
  CHECK(count(svg, "<svg") == 2);
  CHECK(label_places(svg, {"4.0", "6.0"}).size() == 2);
  // Ends that are cut off cannot be labelled there: a legend.
  CHECK(count(svg, "class=\"leader\"") == 0);
  CHECK(label_places(svg, {"up", "down", "optimum"}).size() == 3);
  chart.y_high = 4;
  CHECK_THROWS_WITH_AS(rl::draw_svg(chart), "chart: an axis cannot go from 4 to 4",
                       std::invalid_argument);
}

TEST_CASE("chart: numbers without a fraction have no ticks between them") {
  rl::LineChart chart;
  chart.series = {{"s", {1, 2, 3}, {1, 2, 3}}};
  CHECK(count(rl::draw_svg(chart), ">1.5</text>") == 1);  // of y alone
}

TEST_CASE("chart: a series without a label is drawn, and named on hovering alone") {
  rl::LineChart chart;
  chart.series = {
      {.name = "reference", .x = {1, 2}, .y = {1, 2}, .points_only = true, .labelled = false}};
  const std::string svg = rl::draw_svg(chart);
  CHECK(svg.find(">reference</text>") == std::string::npos);
  CHECK(svg.find("<title>reference: 1, 1</title>") != std::string::npos);
  CHECK(count(svg, "fill=\"#ffffff\" stroke=") == 2);  // open marks
}

TEST_CASE("chart: names are escaped, and drawings on one page share no id") {
  rl::LineChart chart = two_curves();
  chart.title = "a < b & \"c\"";
  chart.series[0].name = "<script>";
  const std::string svg = rl::draw_svg(chart);
  check_sound(svg);
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find("a &lt; b &amp; &quot;c&quot;") != std::string::npos);
  const auto ids = attributes(svg, "id");
  REQUIRE(ids.size() == 2);
  CHECK(attributes(svg, "aria-labelledby") == Words{ids[0] + " " + ids[1]});
  CHECK(attributes(rl::draw_svg(two_curves()), "id")[0] != ids[0]);
  CHECK(attributes(rl::draw_svg(chart, {.id = "fig-6"}), "id")[0] == "fig-6-title");
}

TEST_CASE("chart: intervals show values, ends, runs and those that failed") {
  rl::IntervalChart chart{.title = "Final return", .x_label = "return"};
  chart.interval_note = "IQM, 95 % bootstrap, n = 3";
  chart.rows = {{"sarsa", -17, -18, -16.5, {-17, -18, tests::kNan}, {false, true, true}},
                {"q_learning", -13, -tests::kInfinity, -12},
                {"none", tests::kNan, tests::kNan, tests::kNan}};
  chart.reference = {-13, "optimum"};
  for (const double width : {720.0, 390.0}) {
    const std::string svg = rl::draw_svg(chart, {.width = width});
    check_sound(svg);
    CHECK(svg.find(">-17.0 [-18.0, -16.5]</text>") != std::string::npos);
    CHECK(svg.find(">-13.0 [−∞, -12.0]</text>") != std::string::npos);
    CHECK(count(svg, "<circle") == 1);
    CHECK(count(svg, ", failed</title>") == 1);
    CHECK(svg.find(">optimum</text>") != std::string::npos);
  }
  CHECK(rl::draw_svg(chart, {.width = 1200})
            .find("each dot is a run; crosses: failed runs; 1 run has no place on the axis") !=
        std::string::npos);
  chart.rows[0].failed.pop_back();
  CHECK_THROWS_WITH_AS(rl::draw_svg(chart), "chart: row 'sarsa' has 3 dots and 2 marks of failure",
                       std::invalid_argument);
}

TEST_CASE("chart: a matrix is white at its neutral number, and a missing one is grey") {
  rl::MatrixChart chart{.title = "P(row improves on column)"};
  chart.names = {"a", "b"};
  chart.value = {0.5, 1, 0, tests::kNan};
  chart.neutral = 0.5;
  const std::string svg = rl::draw_svg(chart);
  check_sound(svg);
  CHECK(attributes(svg, "data-value") == Words{"0.5", "1", "0", ""});
  // 0.15 white + 0.85 blue = (38, 135, 190); 0.15 white + 0.85 vermilion = (219, 118, 38).
  for (const char* color : {"#ffffff\" stroke=\"#ffffff\"", "#2687be", "#db7626", "#ebebeb"})
    CHECK(svg.find(color) != std::string::npos);
  chart.value.pop_back();
  CHECK_THROWS_WITH_AS(rl::draw_svg(chart), "chart: a matrix of 2 names has 3 numbers, not 4",
                       std::invalid_argument);
}

TEST_CASE("chart: lists of different lengths and styles out of range are refused") {
  rl::LineChart chart;
  chart.series = {{"s", {1, 2}, {1}}};
  CHECK_THROWS_WITH_AS(rl::draw_svg(chart),
                       "chart: series 's' has 2 x, 1 y, 0 low, 0 high; x and y must be of equal "
                       "length, low and high too or empty",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(rl::draw_svg(rl::LineChart{}, {.width = 10}),
                       "chart: width is 10, but must be in [240, 10000]", std::invalid_argument);
}

TEST_CASE("chart: CSV holds every number, and quotes what needs it") {
  rl::LineChart chart;
  chart.series = {{"a, \"b\"", {0, 1}, {0.1, tests::kNan}, {0, 0}, {1, tests::kInfinity}}};
  chart.levels = {{-13, "optimum"}};
  CHECK(rl::chart_csv(chart) ==
        "series,x,y,low,high\n"
        "\"a, \"\"b\"\"\",0,0.1,0,1\n"
        "\"a, \"\"b\"\"\",1,,0,\n"
        "optimum,,-13,,\n");
  rl::IntervalChart intervals;
  intervals.rows = {{"r", 1, 0, 2, {0.5, 1.5}, {false, true}}};
  intervals.reference = {3, "best"};
  CHECK(rl::chart_csv(intervals) ==
        "row,what,value,low,high\n"
        "r,interval,1,0,2\n"
        "r,run,0.5,,\n"
        "r,failed run,1.5,,\n"
        "best,reference,3,,\n");
  rl::MatrixChart matrix;
  matrix.names = {"a", "b"};
  matrix.value = {0.5, 1, 0, tests::kNan};
  CHECK(rl::chart_csv(matrix) == "row,column,value\na,a,0.5\na,b,1\nb,a,0\nb,b,\n");
}
