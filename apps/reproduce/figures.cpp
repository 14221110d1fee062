#include "apps/reproduce/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <stdexcept>

#include "rl/text.hpp"

namespace rl::reproduce {

namespace {

/// How a reader may call a kind of figure, and how ids call it.
struct FigureKind {
  const char* called;
  const char* in_ids;
};
constexpr FigureKind kKinds[] = {
    {"fig", "fig"},           {"figure", "fig"},  {"ex", "ex"},   {"example", "ex"},
    {"exercise", "exercise"}, {"table", "table"}, {"thm", "thm"}, {"theorem", "thm"},
    {"lemma", "lemma"},       {"box", "box"},     {"ch", "ch"},   {"chapter", "ch"},
};

/// A name such as "mfrl-fig-3.4a", taken apart.
struct FigureName {
  std::string book;    ///< empty: not given
  std::string figure;  ///< "fig-3.4"
  std::string panel;   ///< "a"
};

std::optional<FigureName> read_figure(const std::string& name) {
  static const std::regex shape(R"(^(?:(mfrl|sb|gym)-)?([a-z]+)-?(\d+(?:\.\d+)?)([a-z]?)$)");
  std::smatch m;
  if (!std::regex_match(name, m, shape)) return std::nullopt;
  for (const FigureKind& kind : kKinds)
    if (m[2] == kind.called)
      return FigureName{m[1], fmt::format("{}-{}", kind.in_ids, m[3].str()), m[4]};
  return std::nullopt;
}

/// Whether the id names the panel right behind the figure's number: fig3.4a, fig2.7.a.
bool shows_panel(const std::string& id, const FigureName& name) {
  if (name.panel.empty()) return true;
  std::string number = name.figure.substr(name.figure.find('-') + 1);
  const std::size_t at = id.find(number);
  if (at == std::string::npos) return false;
  const std::string rest = id.substr(at + number.size());
  return rest.rfind(name.panel, 0) == 0 || rest.rfind("." + name.panel, 0) == 0;
}

bool shows(const std::string& id, const std::string& book, const FigureName& name) {
  const Place place = place_of(id);
  if (place.book != book) return false;
  if (name.figure.rfind("ch-", 0) == 0) return name.figure == fmt::format("ch-{}", place.chapter);
  const std::string full = book + "-" + name.figure;
  return std::find(place.figures.begin(), place.figures.end(), full) != place.figures.end() &&
         shows_panel(id, name);
}

std::vector<const Case*> cases_of(const std::string& book, const FigureName& name,
                                  const std::vector<const Case*>& cases) {
  std::vector<const Case*> chosen;
  for (const Case* c : cases)
    if (shows(c->id, book, name)) chosen.push_back(c);
  return chosen;
}

[[noreturn]] void ask_for_book(std::string_view typed, const FigureName& name,
                               const std::vector<const Case*>& cases) {
  std::vector<std::string> names;
  for (const char* book : {"mfrl", "sb"})
    if (!cases_of(book, name, cases).empty())
      names.push_back(fmt::format("{}-{}{}", book, name.figure, name.panel));
  throw std::invalid_argument(fmt::format(
      "'{}' names no book: {}", typed,
      names.empty() ? "mfrl-" + name.figure + " or sb-" + name.figure + ", though neither is here"
                    : join(names, " or ")));
}

/// The figure, else the id, that is nearest to what was typed.
std::string nearest_figure(std::string_view typed, const std::vector<const Case*>& cases) {
  std::vector<std::string> figures = figure_names(cases);
  std::vector<std::string> ids;
  for (const Case* c : cases) ids.push_back(c->id);
  for (const std::vector<std::string>& names : {figures, ids}) {
    std::vector<std::string> canonical;
    for (const std::string& name : names) canonical.push_back(canonical_name(name));
    const std::string nearest = nearest_name(typed, canonical);
    if (nearest.empty()) continue;
    return names[static_cast<std::size_t>(std::find(canonical.begin(), canonical.end(), nearest) -
                                          canonical.begin())];
  }
  return {};
}

/// As ids are compared with what a reader types: `-`, `_` and `.` alike.
std::string loose(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c == '-' || c == '_') c = '.';
  return result;
}

}  // namespace

Place place_of(std::string_view id) {
  static const std::regex figure(
      R"((?:^|[._])(exercise|ex|fig|table|thm|lemma|box)(\d+)(\.\d+)?((?:_\d+\.\d+)*))");
  static const std::regex chapter(R"(\.ch(\d+)\.)");
  const std::string text(id);
  Place place;
  place.book = text.substr(0, text.find('.'));
  std::smatch m;
  if (std::regex_search(text, m, figure)) {
    place.chapter = std::stoi(m[2]);
    const auto add = [&](const std::string& number) {
      place.figures.push_back(fmt::format("{}-{}-{}", place.book, m[1].str(), number));
    };
    if (m[3].matched) add(m[2].str() + m[3].str());
    static const std::regex further(R"(_(\d+\.\d+))");
    const std::string others = m[4];
    for (std::sregex_iterator i(others.begin(), others.end(), further), end; i != end; ++i)
      add((*i)[1]);
  }
  if (std::regex_search(text, m, chapter)) place.chapter = std::stoi(m[1]);
  return place;
}

std::string full_figure_name(std::string_view typed) {
  std::string name = canonical_name(typed);
  std::replace(name.begin(), name.end(), '_', '-');
  const auto figure = read_figure(name);
  if (!figure || figure->book.empty()) return name;
  return fmt::format("{}-{}{}", figure->book, figure->figure, figure->panel);
}

std::vector<const Case*> select(std::string_view name, const std::vector<const Case*>& cases) {
  if (name == "all") return cases;
  for (const Case* c : cases)
    if (c->id == name) return {c};
  std::string typed = canonical_name(name);
  std::replace(typed.begin(), typed.end(), '_', '-');
  if (const auto figure = read_figure(typed)) {
    if (figure->book.empty()) ask_for_book(name, *figure, cases);
    if (auto chosen = cases_of(figure->book, *figure, cases); !chosen.empty()) return chosen;
  }
  std::vector<const Case*> chosen;
  for (const Case* c : cases)
    if (!name.empty() && loose(c->id).rfind(loose(name), 0) == 0) chosen.push_back(c);
  if (!chosen.empty()) return chosen;
  const std::string nearest = nearest_figure(name, cases);
  throw std::invalid_argument(fmt::format(
      "unknown figure or case '{}'; {}'rlbook reproduce --list' shows all", clipped(name),
      nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest)));
}

std::vector<std::string> figure_names(const std::vector<const Case*>& cases) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Case* c : cases) {
    const Place place = place_of(c->id);
    for (const std::string& figure : place.figures) add(figure);
    if (place.chapter > 0) add(fmt::format("{}-ch-{}", place.book, place.chapter));
  }
  return names;
}

}  // namespace rl::reproduce
