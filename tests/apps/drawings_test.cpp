#include "apps/reproduce/drawings.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "apps/reproduce/case.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/spec.hpp"
#include "rl/statistics/sample.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::reproduce {

namespace {

using nlohmann::json;
using tests::contains;

Curve walk_curve() {
  return {"TD", learner_in("random_walk_5", "td", {{"alpha", 0.1}, {"v0", 0.5}}),
          after_episodes({{"name", "value_rmse"}}, {0, 1, 10})};
}

const DrawnFigure& figure_named(const std::string& name) { return *select_drawn(name).front(); }

}  // namespace

TEST_CASE("curves: a point is the mean over runs 0, 1, ... with its t interval") {
  const ChartSeries curve = mean_curve(tests::registry(), walk_curve(), {20, 1});
  CHECK(curve.x == std::vector<double>{0, 1, 10});
  std::vector<double> single;
  for (const std::vector<double>& run :
       numbers_of_runs(tests::registry(), walk_curve().spec,
                       {{{"name", "value_rmse"}, {"first", 10}, {"last", 10}}}, {20, 1}))
    single.insert(single.end(), run.begin(), run.end());
  CHECK(curve.y[2] == doctest::Approx(mean(single)));
  CHECK(curve.low[2] == doctest::Approx(t_interval(single).low));
  CHECK(curve.high[2] == doctest::Approx(t_interval(single).high));
  // Before the first episode all estimates are 1/2, the true values 1/6 .. 5/6:
  // sqrt((2 (1/3)^2 + 2 (1/6)^2) / 5) = 0.2357, without spread.
  CHECK(curve.y[0] == doctest::Approx(std::sqrt(10. / 36 / 5)));
  CHECK(curve.high[0] - curve.low[0] < 1e-12);
  CHECK(mean_curve(tests::registry(), walk_curve(), {1, 1}).low.empty());
}

TEST_CASE("curves: the number of threads changes nothing") {
  const ChartSeries one = mean_curve(tests::registry(), walk_curve(), {30, 1});
  const ChartSeries two = mean_curve(tests::registry(), walk_curve(), {30, 2});
  CHECK(one.y == two.y);
  CHECK(one.low == two.low);
}

TEST_CASE("curves: points along a run are what cases read there one by one") {
  Curve curve{"Sarsa", learner_in("windy_grid", "sarsa", {{"alpha", 0.5}}),
              in_windows("episodes_ended", 2000, 500), true};
  const ChartSeries summed = mean_curve(tests::registry(), curve, {5, 1});
  json spec = curve.spec;
  spec["runs"] = 5;
  spec["quantity"] = {{"name", "episodes_ended"}, {"first", 1}, {"last", 2000}};
  CHECK(summed.y.back() == doctest::Approx(compute(tests::registry(), spec).get<double>()));
  CHECK(std::is_sorted(summed.y.begin(), summed.y.end()));
}

TEST_CASE("curves: what has passed cannot be read any more") {
  Curve curve = walk_curve();
  curve.points = {in_windows("episode_return", 2).back(), in_windows("episode_return", 2).front()};
  CHECK(contains(tests::error_of([&] {
                   mean_curve(tests::registry(), curve, {1, 1});
                 }),
                 "the run has reached 2 when 1 is asked for"));
}

TEST_CASE("curves: an option, a start and an exact spec make points of their own") {
  Curve curve{"alpha", learner_in("random_walk_5", "td", {{"v0", 0.5}}),
              over_option("alpha", {0.05, 0.5})};
  curve.spec["quantity"] = {{"name", "value_rmse"}, {"first", 1}, {"last", 10}};
  const ChartSeries over = mean_curve(tests::registry(), curve, {20, 1});
  CHECK(over.x == std::vector<double>{0.05, 0.5});
  CHECK(over.y[0] != over.y[1]);

  // From D, the fourth of five states, v = 4/6.
  const Curve exact{"v",
                    {{"problem", "random_walk_5"},
                     {"algorithm", "policy_evaluation"},
                     {"policy", "uniform"},
                     {"quantity", "start_value"}},
                    {{3, {{"start", 3}}}, {4, {{"start", 4}}}}};
  const ChartSeries values = mean_curve(tests::registry(), exact, {5, 1});
  CHECK(values.y[0] == doctest::Approx(3. / 6));
  CHECK(values.y[1] == doctest::Approx(4. / 6));
  CHECK(values.low.empty());
}

TEST_CASE("curves: a squared error is the square of the distance from the exact value") {
  json spec = learner_in("random_walk_5", "td", {{"v0", 0.5}});
  const auto read = [&](const char* name) {
    return numbers_of_runs(tests::registry(), spec,
                           {{{"name", name}, {"place", 2}, {"first", 5}, {"last", 5}}}, {1, 1})
        .front()
        .front();
  };
  CHECK(read("squared_error") == doctest::Approx(std::pow(read("estimate") - 2. / 6, 2)));
}

TEST_CASE("drawings: names, panels and reference marks of all figures are sound") {
  std::set<std::string> files;
  for (const DrawnFigure& figure : drawn_figures()) {
    CAPTURE(figure.name);
    CHECK(figure.charts.size() + figure.maps.size() > 0);
    CHECK(select_drawn(figure.name) == std::vector<const DrawnFigure*>{&figure});
    for (const FigureChart& chart : figure.charts) {
      CHECK(files.insert(file_stem(figure, chart.panel)).second);
      CHECK_FALSE(chart.y_label.empty());
      for (const ReferenceMark& mark : chart.marks)
        CHECK(std::any_of(textbook().begin(), textbook().end(),
                          [&](const Case& c) { return c.id == mark.case_id; }));
    }
    for (const FigureMap& map : figure.maps)
      CHECK(files.insert(file_stem(figure, map.panel)).second);
  }
}

TEST_CASE("drawings: a chart has its curves, the exact optimum and the reference numbers") {
  const DrawnFigure& cliff = figure_named("sb-ex-6.6");
  const Drawing drawing = draw(tests::registry(), cliff, cliff.charts.front(), 3, 1);
  CHECK(contains(drawing.svg, "data-name=\"Q-learning\""));
  CHECK(contains(drawing.svg, ">optimum -13</text>"));
  CHECK(contains(drawing.svg, "data-name=\"reference\""));
  CHECK(contains(drawing.svg, "95 % t interval, n = 3"));
  CHECK(contains(drawing.csv, "\noptimum -13,,-13,,\n"));
  CHECK(contains(drawing.csv, "\nreference,450,-26.931498,,\n"));
  CHECK(drawing.runs == 3);
}

TEST_CASE("drawings: a map shows planned or learned values with their actions") {
  const DrawnFigure& basic = figure_named("mfrl-fig-5.4");
  const Drawing planned = draw(tests::registry(), basic, basic.maps.back());
  CHECK(planned.runs == 0);
  CHECK(contains(planned.csv, "state,value,actions\ns1,3.4"));
  const DrawnFigure& sarsa = figure_named("mfrl-fig-7.2");
  const Drawing learned = draw(tests::registry(), sarsa, sarsa.maps.front());
  CHECK(learned.runs == 1);
  CHECK(contains(learned.svg, "MFRL Figure 7.2: Sarsa"));
}

TEST_CASE("drawings: figures are chosen by name, chapter or all of them") {
  CHECK(select_drawn("all").size() == drawn_figures().size());
  CHECK(select_drawn("sb_figure_6.5").front()->name == "sb-fig-6.5");
  for (const DrawnFigure* figure : select_drawn("sb-ch-12"))
    CHECK(figure->name.rfind("sb-fig-12.", 0) == 0);
  CHECK(select_drawn("sb-ch-12").size() == 3);
  CHECK(
      contains(tests::error_of([] { select_drawn("sb-fig-6.55"); }), "did you mean 'sb-fig-6.5'"));
  CHECK(contains(tests::error_of([] { select_drawn("sb-ex-6.4"); }), "'sb-ex-6.4' has no drawing"));
}

}  // namespace rl::reproduce
