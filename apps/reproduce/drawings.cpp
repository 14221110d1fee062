#include "apps/reproduce/drawings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "apps/reproduce/case.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/reading.hpp"
#include "apps/reproduce/spec.hpp"
#include "rl/drawing.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// "S&B Figure 2.2" for "sb-fig-2.2".
std::string printed_name(const std::string& figure) {
  const std::size_t kind = figure.find('-') + 1;
  const std::size_t number = figure.find('-', kind) + 1;
  const std::string what = figure.substr(kind, number - kind - 1);
  return fmt::format("{} {} {}", figure.rfind("sb-", 0) == 0 ? "S&B" : "MFRL",
                     what == "ex"    ? "Example"
                     : what == "box" ? "Box"
                                     : "Figure",
                     figure.substr(number));
}

std::string title_of(const DrawnFigure& figure, const std::string& title) {
  return fmt::format("{}: {}", printed_name(figure.name), title);
}

/// The truth file's number; NaN where it is withheld.
double reference(const std::string& case_id) {
  for (const Case& c : textbook())
    if (c.id == case_id)
      return c.expected.is_number() ? c.expected.get<double>()
                                    : std::numeric_limits<double>::quiet_NaN();
  throw std::invalid_argument("there is no case " + case_id);
}

std::optional<ChartSeries> reference_marks(const FigureChart& chart) {
  ChartSeries marks{.name = "reference", .points_only = true, .labelled = false};
  for (const ReferenceMark& mark : chart.marks) {
    const double y = reference(mark.case_id);
    if (std::isnan(y)) continue;
    marks.x.push_back(mark.x);
    marks.y.push_back(y);
  }
  if (marks.x.empty()) return std::nullopt;
  return marks;
}

LineChart::Level level_of(const Registry& registry, const ExactLevel& level) {
  const double y =
      number(level.number.is_number() ? level.number : compute(registry, level.number), level.name);
  return {y, fmt::format("{} {:.4g}", level.name, y)};
}

// ---- maps ---------------------------------------------------------------------------------------

/// The actions of a row with its largest probability.
std::vector<Action> likely_actions(std::span<const double> probabilities) {
  const double most = *std::max_element(probabilities.begin(), probabilities.end());
  std::vector<Action> actions;
  for (std::size_t a = 0; a < probabilities.size(); ++a)
    if (probabilities[a] > most - 1e-9) actions.push_back(static_cast<Action>(a));
  return actions;
}

/// A world and what is laid over its picture.
struct MapContent {
  Problem problem;
  PictureContent content;
};

MapContent planned_content(const Registry& registry, const FigureMap& map) {
  Computation computation(registry, map.spec);
  const Problem& problem = computation.problem();
  const StateValues& v = computation.plan().v;
  if (map.greedy || !map.spec.contains("policy"))
    return {problem, content_of(problem.model, v, computation.gamma())};
  PictureContent content;
  content.number.assign(v.begin(), v.end());
  for (State s = 0; s < problem.model.num_states(); ++s)
    content.actions.push_back(problem.model.terminal(s)
                                  ? std::vector<Action>{}
                                  : likely_actions(computation.policy().row(s)));
  return {problem, std::move(content)};
}

MapContent learned_content(const Registry& registry, const FigureMap& map) {
  json spec = map.spec;
  Budget budget;
  if (spec.contains("episode"))
    budget.episodes = integer(spec["episode"], "episode", 0, 1'000'000'000);
  else
    budget.steps = integer(needed(spec, "step"), "step", 0, 1'000'000'000);
  spec.erase("episode");
  spec.erase("step");
  auto [problem, runner] = first_run(registry, spec);
  runner.run(budget);
  PictureContent content = content_of(problem.model, runner.estimates(), problem.effective_gamma());
  return {std::move(problem), std::move(content)};
}

std::string map_csv(const Picture& picture, const PictureContent& content) {
  std::string csv = "state,value,actions\n";
  for (std::size_t s = 0; s < content.number.size(); ++s) {
    std::vector<std::string> names;
    for (const Action a : content.actions[s]) names.push_back(picture.action_name(a));
    csv += fmt::format("{},{},{}\n", picture.state_name(static_cast<State>(s)), content.number[s],
                       join(names, " "));
  }
  return csv;
}

// ---- names --------------------------------------------------------------------------------------

std::vector<std::string> drawn_names() {
  std::vector<std::string> names;
  for (const DrawnFigure& figure : drawn_figures()) names.push_back(figure.name);
  return names;
}

/// Of "sb-fig-10.2": {"sb", 10}.
std::pair<std::string, int> book_and_chapter(const DrawnFigure& figure) {
  return {figure.name.substr(0, figure.name.find('-')),
          std::stoi(figure.name.substr(figure.name.rfind('-') + 1))};
}

}  // namespace

const std::vector<DrawnFigure>& drawn_figures() {
  static const std::vector<DrawnFigure> all = [] {
    std::vector<DrawnFigure> figures;
    for (const auto part : {mfrl_drawings, mfrl_function_drawings, sutton_barto_drawings,
                            sutton_barto_function_drawings})
      for (DrawnFigure& figure : part()) figures.push_back(std::move(figure));
    std::stable_sort(figures.begin(), figures.end(), [](const auto& x, const auto& y) {
      return book_and_chapter(x) < book_and_chapter(y);
    });
    return figures;
  }();
  return all;
}

bool is_meant(const std::string& typed, const DrawnFigure& figure) {
  if (typed == figure.name) return true;
  const std::string book = figure.name.substr(0, figure.name.find('-'));
  const std::string number = figure.name.substr(figure.name.rfind('-') + 1);
  return typed == fmt::format("{}-ch-{}", book, number.substr(0, number.find('.')));
}

std::vector<const DrawnFigure*> select_drawn(std::string_view name) {
  const std::string typed = full_figure_name(name);
  std::vector<const DrawnFigure*> chosen;
  for (const DrawnFigure& figure : drawn_figures())
    if (name == "all" || is_meant(typed, figure)) chosen.push_back(&figure);
  if (!chosen.empty()) return chosen;
  const std::vector<std::string> names = drawn_names();
  const std::string nearest = nearest_name(typed, names);
  throw std::invalid_argument(fmt::format(
      "'{}' has no drawing{}; those that have: {}", clipped(name),
      nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest), join(names)));
}

std::string file_stem(const DrawnFigure& figure, const std::string& panel) {
  return panel.empty() ? figure.name : fmt::format("{}-{}", figure.name, panel);
}

Drawing draw(const Registry& registry, const DrawnFigure& figure, const FigureChart& chart,
             std::optional<std::int64_t> runs, int threads, const StopRequest& stop) {
  const RunPlan plan{runs.value_or(chart.runs), threads, stop};
  LineChart drawn{.title = title_of(figure, chart.title),
                  .x_label = chart.x_label,
                  .y_label = chart.y_label,
                  .log_x = chart.log_x,
                  .log_y = chart.log_y,
                  .y_low = chart.y_low,
                  .y_high = chart.y_high};
  bool of_runs = false;
  for (const Curve& curve : chart.curves) {
    of_runs = of_runs || is_of_runs(registry, curve.spec);
    if (chart.each_run)
      drawn.series = curves_of_runs(registry, curve, plan);
    else
      drawn.series.push_back(mean_curve(registry, curve, plan));
  }
  for (const ExactLevel& level : chart.levels) drawn.levels.push_back(level_of(registry, level));
  drawn.band_note = !of_runs         ? "exact"
                    : chart.each_run ? fmt::format("{} runs, seeds 0, 1, ...", plan.runs)
                                     : band_note(plan.runs);
  if (auto marks = reference_marks(chart)) {
    drawn.series.push_back(std::move(*marks));
    drawn.band_note += "; open marks: reference";
  }
  return {drawn.title, draw_svg(drawn), chart_csv(drawn), of_runs ? plan.runs : 0};
}

Drawing draw(const Registry& registry, const DrawnFigure& figure, const FigureMap& map) {
  const bool learned = is_of_runs(registry, map.spec);
  auto [problem, content] =
      learned ? learned_content(registry, map) : planned_content(registry, map);
  content.title = title_of(figure, map.title);
  return {content.title, draw_svg(problem.picture, content), map_csv(problem.picture, content),
          learned ? 1 : 0};
}

json learner_in(const char* world, const char* algorithm, const json& options) {
  return {{"problem", world}, {"algorithm", algorithm}, {"options", options}};
}

}  // namespace rl::reproduce
