// rlbook reproduce: figures, tables and examples of the books, each number against its reference.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
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

void list_cases(const std::vector<const Case*>& cases, bool as_json, Console& console) {
  ordered_json list = ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"name", "cases"}};
  for (const std::string& name : figure_names(cases)) {
    ordered_json ids = ordered_json::array();
    for (const Case* c : select(name, cases)) ids.push_back(c->id);
    rows.push_back({name, std::to_string(ids.size())});
    list.push_back({{"name", name}, {"cases", std::move(ids)}});
  }
  if (as_json)
    console.out << list.dump(2) << '\n';
  else
    console.out << table(rows, console.columns);
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
  const std::vector<const Case*> cases = selected_cases(arguments);
  const bool as_json = arguments.is_on("json");
  if (arguments.is_on("list")) {
    if (arguments.given("html"))
      throw std::invalid_argument("--list computes nothing that --html could show: one of them");
    list_cases(cases, as_json, console);
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
      {"list", "", "the names of figures, examples and chapters, and how many cases each has"},
      {"html", "FILE", "write all that is chosen as one page"}};
  for (FlagSpec& flag : shared_flags({"force", "json", "color", "quiet"})) flags.push_back(flag);
  return {{.command = "reproduce",
           .usage = "FIGURE... | all [--list] [--json] [--html FILE]",
           .doc = "numbers of the books, computed again and compared",
           .operands = {"FIGURE", 0, 100},
           .flags = std::move(flags),
           .examples = {"reproduce mfrl-fig-3.4", "reproduce sb-ex-6.6 sb-ex-4.1",
                        "reproduce --list", "reproduce all --html numbers.html"}},
          run_reproduce};
}

}  // namespace rl::apps
