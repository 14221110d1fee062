// rlbook reproduce: figures, tables and examples of the books, each number against its reference.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/reproduce/drawings.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/page.hpp"
#include "apps/reproduce/result.hpp"
#include "apps/reproduce/value_tables.hpp"

namespace rl::apps {

namespace {

using namespace reproduce;  // NOLINT(google-build-using-namespace): this file is its front
using nlohmann::ordered_json;

constexpr std::size_t kFewCases = 4;     // so many are shown with all their numbers
constexpr std::size_t kBriefWidth = 24;  // of a cell that shows only the first numbers

/// The cases that the words name, each once.
std::vector<const Case*> selected_cases(const Arguments& arguments) {
  std::vector<const Case*> cases;
  std::set<const Case*> seen;
  std::vector<std::string> names = arguments.operands();
  if (names.empty()) names = {"all"};
  for (const std::string& name : names)
    for (const Case* c : select(name, answered_cases()))
      if (seen.insert(c).second) cases.push_back(c);
  return cases;
}

// ---- --list -------------------------------------------------------------------------------------

/// How many drawings a name has; 0: none.
std::size_t count_drawings(const std::string& name) {
  std::size_t count = 0;
  for (const DrawnFigure& figure : drawn_figures())
    if (is_meant(name, figure)) count += figure.charts.size() + figure.maps.size();
  return count;
}

void list_cases(const std::vector<const Case*>& cases, bool all, bool as_json, Console& console) {
  const std::vector<std::string> with_cases = figure_names(cases);
  std::vector<std::string> names = with_cases;
  if (all)  // figures that are drawn, though no case has a number of theirs
    for (const DrawnFigure& figure : drawn_figures())
      if (std::find(names.begin(), names.end(), figure.name) == names.end())
        names.push_back(figure.name);
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"name", "cases", "drawings"}};
  for (const std::string& name : names) {
    ordered_json ids = ordered_json::array();
    if (std::find(with_cases.begin(), with_cases.end(), name) != with_cases.end())
      for (const Case* c : select(name, cases)) ids.push_back(c->id);
    const std::size_t drawings = count_drawings(name);
    rows.push_back(
        {name, std::to_string(ids.size()), drawings > 0 ? std::to_string(drawings) : ""});
    list.push_back({{"name", name}, {"cases", std::move(ids)}, {"drawings", drawings}});
  }
  if (as_json)
    console.out << list.dump(2) << '\n';
  else
    console.out << table(rows, console.columns);
}

// ---- --out --------------------------------------------------------------------------------------

/// One drawing of a figure with its two files, which are opened before the work.
struct DrawingTask {
  DrawingTask(const DrawnFigure& of, const FigureChart* a_chart, const FigureMap* a_map,
              const std::string& path, bool force)
      : figure(&of),
        chart(a_chart),
        map(a_map),
        svg(path + ".svg", force),
        csv(path + ".csv", force) {}

  const DrawnFigure* figure;
  const FigureChart* chart;  ///< nullptr: a map
  const FigureMap* map;      ///< nullptr: a chart
  OutputFile svg;
  OutputFile csv;
};

/// The figures that the words name, each once.
std::vector<const DrawnFigure*> selected_drawings(const Arguments& arguments) {
  std::vector<const DrawnFigure*> figures;
  if (arguments.operands().empty())
    throw std::invalid_argument(
        "--out: name the figures that are to be drawn, or all of them: all");
  for (const std::string& name : arguments.operands())
    for (const DrawnFigure* figure : select_drawn(name))
      if (std::find(figures.begin(), figures.end(), figure) == figures.end())
        figures.push_back(figure);
  return figures;
}

void open_files(std::list<DrawingTask>& tasks, const std::vector<const DrawnFigure*>& figures,
                const std::string& folder, bool force) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!std::filesystem::is_directory(folder))
    throw std::invalid_argument(fmt::format("{}: is no folder and cannot be made one", folder));
  for (const DrawnFigure* figure : figures) {
    const auto add = [&](const FigureChart* chart, const FigureMap* map) {
      const std::string& panel = chart != nullptr ? chart->panel : map->panel;
      const std::string path = (std::filesystem::path(folder) / file_stem(*figure, panel)).string();
      tasks.emplace_back(*figure, chart, map, path, force);
    };
    for (const FigureChart& chart : figure->charts) add(&chart, nullptr);
    for (const FigureMap& map : figure->maps) add(nullptr, &map);
  }
}

int draw_figures(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::optional<std::int64_t> runs = arguments.integer("runs", 1, 1'000'000);
  const int threads = threads_of(arguments);
  std::list<DrawingTask> tasks;
  open_files(tasks, selected_drawings(arguments), *arguments.text("out"), arguments.is_on("force"));
  std::vector<std::vector<std::string>> rows = {{"file", "runs", "figure"}};
  ordered_json list = ordered_json::array();
  Progress progress(console, "draw");
  try {
    for (DrawingTask& task : tasks) {
      if (console.interrupted()) break;
      const Drawing drawing = task.chart != nullptr ? draw(registry, *task.figure, *task.chart,
                                                           runs, threads, console.interrupted)
                                                    : draw(registry, *task.figure, *task.map);
      task.svg.stream() << drawing.svg;
      task.svg.commit();
      task.csv.stream() << drawing.csv;
      task.csv.commit();
      rows.push_back({task.svg.path(), drawing.runs > 0 ? std::to_string(drawing.runs) : "exact",
                      drawing.title});
      list.push_back({{"figure", task.figure->name},
                      {"title", drawing.title},
                      {"svg", task.svg.path()},
                      {"csv", task.csv.path()},
                      {"runs", drawing.runs}});
      progress.update(static_cast<double>(list.size()) / static_cast<double>(tasks.size()));
    }
  } catch (const Interrupted&) {  // what is drawn stays
  }
  progress.finish();
  if (list.size() < tasks.size())
    console.warn(fmt::format("interrupted after {} of {} drawings", list.size(), tasks.size()));
  if (arguments.is_on("json"))
    console.out << list.dump(1) << '\n';
  else
    console.out << table(rows, console.columns);
  return kOk;
}

// ---- results as text ----------------------------------------------------------------------------

std::string answer_of(const CaseResult& result, Console& console) {
  if (!result.error.empty()) return console.style("no number", "31");
  if (!result.agrees) return "no reference";
  return *result.agrees ? console.style("yes", "32") : console.style("no", "31");
}

/// Every number of a case, ours and the book's.
void write_in_full(const CaseResult& result, Console& console) {
  const auto write = [&](const char* whose, const nlohmann::json& value) {
    for (const ValueTable& t : value_tables(value)) {
      console.out << fmt::format("\n{}, {}\n", result.truth->id, whose);
      std::size_t width = 0;
      for (const auto& row : t.rows)
        for (const nlohmann::json& cell : row) width = std::max(width, as_text(cell).size());
      for (const auto& row : t.rows) {
        for (const nlohmann::json& cell : row)
          console.out << fmt::format("{:>{}}", as_text(cell), width + 2);
        console.out << '\n';
      }
    }
  };
  if (result.error.empty()) write("ours", result.measured.value);
  if (!result.truth->expected.is_null()) write("the book's", result.truth->expected);
}

void write_table(const std::vector<CaseResult>& results, Console& console) {
  std::vector<std::vector<std::string>> rows = {{"case", "ours", "book", "agrees", "note"}};
  std::vector<std::string> notes;  // each once, by number
  for (const CaseResult& result : results) {
    const std::string& note = result.error.empty() ? result.note : result.error;
    std::string mark;
    if (!note.empty()) {
      const auto found = std::find(notes.begin(), notes.end(), note);
      mark = fmt::format("[{}]", found - notes.begin() + 1);
      if (found == notes.end()) notes.push_back(note);
    }
    const auto brief = [](const nlohmann::json& value) { return in_brief(value, kBriefWidth); };
    rows.push_back({result.truth->id, result.error.empty() ? brief(result.measured.value) : "",
                    result.truth->expected.is_null() ? "" : brief(result.truth->expected),
                    answer_of(result, console), mark});
  }
  console.out << table(rows, console.columns);
  if (results.size() <= kFewCases)
    for (const CaseResult& result : results) write_in_full(result, console);
  if (!notes.empty()) console.out << '\n';
  for (std::size_t i = 0; i < notes.size(); ++i)
    for (const std::string& line :
         wrap(fmt::format("[{}] {}", i + 1, notes[i]), console.columns, 4))
      console.out << line << '\n';
}

void write_summary(const std::vector<CaseResult>& results, Console& console) {
  const auto count = [&](auto&& holds) {
    return std::count_if(results.begin(), results.end(), holds);
  };
  console.out << '\n';
  const std::string text =
      fmt::format("{} cases: {} agree, {} do not, {} without a public reference", results.size(),
                  count([](const CaseResult& o) { return o.agrees == true; }),
                  count([](const CaseResult& o) { return o.failed(); }),
                  count([](const CaseResult& o) { return o.error.empty() && !o.agrees; }));
  for (const std::string& line : wrap(text, console.columns)) console.out << line << '\n';
}

// ---- the command --------------------------------------------------------------------------------

int run_reproduce(const Registry& registry, const Arguments& arguments, Console& console) {
  if (arguments.given("out")) {
    for (const char* flag : {"list", "html"})
      if (arguments.given(flag))
        throw std::invalid_argument(
            fmt::format("--out draws figures, --{} shows numbers: one of them", flag));
    return draw_figures(registry, arguments, console);
  }
  for (const char* flag : {"runs", "jobs"})
    if (arguments.given(flag))
      throw std::invalid_argument(fmt::format(
          "--{}: the numbers' runs are the cases' own; only drawings (--out) take it", flag));
  const std::vector<const Case*> cases = selected_cases(arguments);
  const bool as_json = arguments.is_on("json");
  if (arguments.is_on("list")) {
    if (arguments.given("html"))
      throw std::invalid_argument("--list computes nothing that --html could show: one of them");
    list_cases(cases, arguments.operands().empty(), as_json, console);
    return kOk;
  }
  std::optional<OutputFile> html;
  if (const auto path = arguments.text("html")) html.emplace(*path, arguments.is_on("force"));
  std::vector<CaseResult> results;
  Progress progress(console, "reproduce");
  try {
    for (const Case* c : cases) {
      if (console.interrupted()) break;
      results.push_back(evaluate(registry, *c, console.interrupted));
      progress.update(static_cast<double>(results.size()) / static_cast<double>(cases.size()));
    }
  } catch (const Interrupted&) {  // what is computed is shown
  }
  progress.finish();
  if (results.size() < cases.size())
    console.warn(fmt::format("interrupted after {} of {} cases", results.size(), cases.size()));
  if (html) {
    html->stream() << numbers_page(results);
    html->commit();
  }
  if (as_json) {
    ordered_json rows = ordered_json::array();
    for (const CaseResult& result : results) rows.push_back(reproduce_json(result));
    console.out << rows.dump(1) << '\n';
  } else {
    write_table(results, console);
    write_summary(results, console);
  }
  const bool failed =
      std::any_of(results.begin(), results.end(), [](const CaseResult& o) { return o.failed(); });
  return failed ? kCheckFailed : kOk;
}

}  // namespace

Command reproduce_command() {
  std::vector<FlagSpec> flags = {
      {"list", "",
       "the names of figures, examples and chapters, and how many cases and drawings each has"},
      {"html", "FILE", "write all that is chosen as one page"},
      {"out", "FOLDER",
       "draw the figures instead: an SVG with the reference numbers and bands over "
       "runs, and a CSV of the same, into this folder"},
      {"runs", "N", "of each curve, instead of the figure's own number of runs"}};
  for (FlagSpec& flag : shared_flags({"jobs", "force", "json", "color", "quiet"}))
    flags.push_back(flag);
  return {
      {.command = "reproduce",
       .usage = "FIGURE... | all [--list] [--json] [--html FILE] [--out FOLDER [--runs N]]",
       .doc = "numbers of the books, computed again and compared, and their figures, drawn again",
       .operands = {"FIGURE", 0, 100},
       .flags = std::move(flags),
       .examples = {"reproduce mfrl-fig-3.4", "reproduce sb-ex-6.6 sb-ex-4.1", "reproduce --list",
                    "reproduce all --html numbers.html", "reproduce sb-ex-6.6 --out figures"}},
      run_reproduce};
}

}  // namespace rl::apps
