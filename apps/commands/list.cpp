// rlbook list: the names of worlds, algorithms and figures, by book and chapter; who accepts whom.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "apps/books.hpp"
#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/result.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

struct Selection {
  bool environments = true;
  bool algorithms = true;
  bool figures = true;
  std::optional<std::string> book;
  std::optional<int> chapter;

  bool holds(const std::string& sections) const { return stands_in(sections, book, chapter); }
};

Selection selection_of(const Arguments& arguments) {
  Selection selection;
  if (!arguments.operands().empty()) {
    const std::vector<std::string> parts = {"environments", "algorithms", "figures"};
    const std::string& part = arguments.operands().front();
    if (std::find(parts.begin(), parts.end(), part) == parts.end())
      throw std::invalid_argument(unknown_name("part of the list", part, parts));
    selection.environments = part == "environments";
    selection.algorithms = part == "algorithms";
    selection.figures = part == "figures";
  }
  if (const auto name = arguments.text("book")) selection.book = book_by_name(*name);
  if (const auto chapter = arguments.integer("chapter", 1, 100))
    selection.chapter = static_cast<int>(*chapter);
  return selection;
}

/// The figures, tables and examples of the books that can be reproduced, with their numbers.
std::vector<std::pair<std::string, int>> figures_of(const Selection& selection) {
  std::vector<std::pair<std::string, int>> figures;
  for (const reproduce::Case* c : reproduce::answered_cases()) {
    const reproduce::Place place = reproduce::place_of(c->id);
    if (selection.book && place.book != *selection.book) continue;
    if (selection.chapter && place.chapter != *selection.chapter) continue;
    for (const std::string& name : place.figures) {
      auto it = std::find_if(figures.begin(), figures.end(),
                             [&](const auto& figure) { return figure.first == name; });
      if (it == figures.end()) it = figures.insert(figures.end(), {name, 0});
      ++it->second;
    }
  }
  return figures;
}

const char* kind_name(Kind kind) { return kind == Kind::planner ? "planner" : "learner"; }

ordered_json as_json(const Registry& registry, const Selection& selection) {
  ordered_json list;
  if (selection.environments) {
    list["environments"] = ordered_json::array();
    for (const WorldEntry& world : registry.worlds())
      if (selection.holds(world.source))
        list["environments"].push_back(
            {{"name", world.name}, {"title", world.title}, {"source", world.source}});
  }
  if (selection.algorithms) {
    list["algorithms"] = ordered_json::array();
    for (const AlgorithmEntry& algorithm : registry.algorithms())
      if (selection.holds(algorithm.sections))
        list["algorithms"].push_back({{"name", algorithm.name},
                                      {"kind", kind_name(algorithm.kind)},
                                      {"file", algorithm.file},
                                      {"title", algorithm.title},
                                      {"sections", algorithm.sections}});
  }
  if (selection.figures) {
    list["figures"] = ordered_json::array();
    for (const auto& [name, cases] : figures_of(selection))
      list["figures"].push_back({{"name", name}, {"cases", cases}});
  }
  return list;
}

constexpr int kNoWidth = 1'000'000;

void write_text(const Registry& registry, const Selection& selection, Console& console) {
  // A pipe has no width: each thing stays on one line, for grep.
  const int width = console.out_is_terminal ? console.columns : kNoWidth;
  const auto section = [&](const char* heading,
                           const std::vector<std::pair<std::string, std::string>>& items) {
    if (items.empty()) return;
    console.out << console.style(heading, "1") << '\n' << definition_list(items, width) << '\n';
  };
  std::vector<std::pair<std::string, std::string>> worlds, planners, learners, figures;
  if (selection.environments)
    for (const WorldEntry& world : registry.worlds())
      if (selection.holds(world.source))
        worlds.emplace_back(world.name, chapters_in(world.title).empty()
                                            ? fmt::format("{} ({})", world.title, world.source)
                                            : world.title);
  if (selection.algorithms)
    for (const AlgorithmEntry& algorithm : registry.algorithms())
      if (selection.holds(algorithm.sections))
        (algorithm.kind == Kind::planner ? planners : learners)
            .emplace_back(algorithm.name,
                          fmt::format("{} ({})", algorithm.title, algorithm.sections));
  if (selection.figures)
    for (const auto& [name, cases] : figures_of(selection))
      figures.emplace_back(name, fmt::format("{} {}", cases, cases == 1 ? "number" : "numbers"));
  section("environments", worlds);
  section("planners (rlbook solve)", planners);
  section("learners (rlbook run)", learners);
  section("figures (rlbook reproduce)", figures);
  if (worlds.empty() && planners.empty() && learners.empty() && figures.empty())
    console.note("nothing of that is here; 'rlbook list' shows all");
}

/// Each world with its default options against each algorithm.
struct Cell {
  const WorldEntry& world;
  const AlgorithmEntry& algorithm;
  std::optional<std::string> refusal;
};

std::vector<Cell> acceptance(const Registry& registry, const Selection& selection) {
  std::vector<Cell> cells;
  for (const WorldEntry& world : registry.worlds()) {
    if (!selection.holds(world.source)) continue;
    const Problem problem = world.make(nlohmann::json::object(), WorldContext{});
    for (const AlgorithmEntry& algorithm : registry.algorithms())
      cells.push_back({world, algorithm, algorithm.refuses(problem)});
  }
  return cells;
}

void write_matrix(const Registry& registry, const std::vector<Cell>& cells, Console& console) {
  const std::size_t columns = registry.algorithms().size();
  std::size_t width = 0;
  for (const Cell& cell : cells) width = std::max(width, cell.world.name.size());
  constexpr std::size_t kLetters = 26;
  for (std::size_t first = 0; first < columns; first += kLetters) {
    const std::size_t last = std::min(first + kLetters, columns);
    const bool narrow = static_cast<int>(width + 2 + last - first) > console.columns;
    const auto line = [&](const std::string& name, const std::string& marks) {
      if (narrow)
        console.out << name << '\n' << "  " << marks << '\n';
      else
        console.out << fmt::format("{:<{}}  {}\n", name, width, marks);
    };
    if (first > 0) console.out << '\n';
    std::string heading;
    for (std::size_t i = first; i < last; ++i) {
      heading += static_cast<char>('a' + (i - first));
      console.out << fmt::format("  {} {}\n", heading.back(), registry.algorithms()[i].name);
    }
    line("", heading);
    for (std::size_t i = 0; i < cells.size(); i += columns) {
      std::string marks;
      for (std::size_t k = i + first; k < i + last; ++k) marks += cells[k].refusal ? '-' : 'x';
      line(cells[i].world.name, marks);
    }
  }
  console.note("x: accepts the world as it stands; 'rlbook list --matrix --json' says why not");
}

int run_list(const Registry& registry, const Arguments& arguments, Console& console) {
  const Selection selection = selection_of(arguments);
  if (arguments.is_on("matrix")) {
    if (!arguments.operands().empty())
      throw std::invalid_argument("--matrix shows worlds against algorithms: it takes no part");
    const std::vector<Cell> cells = acceptance(registry, selection);
    if (!arguments.is_on("json")) {
      write_matrix(registry, cells, console);
      return kOk;
    }
    ordered_json rows = ordered_json::array();
    for (const Cell& cell : cells)
      rows.push_back({{"environment", cell.world.name},
                      {"algorithm", cell.algorithm.name},
                      {"accepts", !cell.refusal},
                      {"reason", cell.refusal ? ordered_json(*cell.refusal) : ordered_json()}});
    console.out << rows.dump(2) << '\n';
  } else if (arguments.is_on("json")) {
    console.out << as_json(registry, selection).dump(2) << '\n';
  } else {
    write_text(registry, selection, console);
  }
  return kOk;
}

}  // namespace

Command list_command() {
  std::vector<FlagSpec> flags = {
      {"book", "BOOK", "only what a book has: mfrl (Zhao) or sb (Sutton and Barto)"},
      {"chapter", "N", "only what stands in chapter N (of --book, or of either)"},
      {"matrix", "", "which algorithm accepts which world"}};
  for (FlagSpec& flag : shared_flags({"json", "color", "quiet"})) flags.push_back(flag);
  return {
      {.command = "list",
       .usage =
           "[environments|algorithms|figures | --matrix] [--book mfrl|sb] [--chapter N] [--json]",
       .doc = "worlds, algorithms and figures, one line each",
       .operands = {"PART", 0, 1},
       .flags = std::move(flags),
       .examples = {"list", "list algorithms --book mfrl --chapter 4", "list figures --book sb",
                    "list --matrix"}},
      run_list};
}

}  // namespace rl::apps
