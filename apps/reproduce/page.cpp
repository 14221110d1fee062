#include "apps/reproduce/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "apps/reproduce/errata.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/table.hpp"
#include "apps/reproduce/value_tables.hpp"
#include "rl/html.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr const char* kStyle = R"css(
nav ul { columns: 14rem; padding-left: 1.2rem; }
article { border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; margin: .8rem 0; }
article p { margin: .3rem 0; }
.state { float: right; margin-left: .6rem; font-size: .875rem; font-weight: 600; }
.agrees { color: var(--good); } .differs { color: var(--bad); } .open { color: var(--open); }
.numbers { display: flex; flex-wrap: wrap; gap: .4rem 2rem; }
.numbers > div { min-width: 0; max-width: 100%; overflow-x: auto; }
td.off { background: var(--bad); color: var(--paper); }
.wide td { font-size: .75rem; padding: .05rem .25rem; }
@media (max-width: 30rem) { article { padding: .6rem; }
  .state { float: none; display: block; margin: 0; } }
@media print { details { display: none; } article { break-inside: avoid; } }
)css";

std::string chapter_title(const Place& place) {
  const std::string book = place.book == "mfrl" ? "MFRL"
                           : place.book == "sb" ? "Sutton and Barto"
                                                : "Gymnasium";
  return place.chapter > 0 ? fmt::format("{}, chapter {}", book, place.chapter) : book;
}

std::string state_of(const CaseResult& result) {
  if (!result.error.empty()) return R"(<span class="state differs">no number</span>)";
  if (!result.agrees) return R"(<span class="state open">no public reference</span>)";
  return *result.agrees ? R"(<span class="state agrees">&#10003; agrees</span>)"
                        : R"(<span class="state differs">&#10007; differs</span>)";
}

/// The tables of a value; cells that are not within `tolerance` of `other` are marked.
std::string tables_of(const char* caption, const json& value, const json* other, double tolerance) {
  const std::vector<ValueTable> tables = value_tables(value);
  const std::vector<ValueTable> others =
      other != nullptr ? value_tables(*other) : std::vector<ValueTable>();
  std::string html = "<div>";
  for (std::size_t t = 0; t < tables.size(); ++t) {
    const auto& rows = tables[t].rows;
    html += fmt::format("<table{}>", rows.front().size() > 12 ? " class=\"wide\"" : "");
    if (t == 0) html += fmt::format("<caption>{}</caption>", caption);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      html += "<tr>";
      for (std::size_t k = 0; k < rows[i].size(); ++k) {
        const bool comparable =
            t < others.size() && i < others[t].rows.size() && k < others[t].rows[i].size();
        const bool off = comparable && !within(rows[i][k], others[t].rows[i][k], tolerance);
        html += fmt::format("<td{}>{}</td>", off ? " class=\"off\"" : "",
                            html_escaped(as_text(rows[i][k])));
      }
      html += "</tr>";
    }
    html += "</table>";
  }
  return html + "</div>";
}

std::string text_in(const json& whole, const char* key) {
  const auto found = whole.find(key);
  if (found == whole.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string article_of(const CaseResult& result) {
  const Case& c = *result.truth;
  std::string html = fmt::format("<article id=\"{}\">{}<h3>{}</h3>\n", html_anchor(c.id),
                                 state_of(result), html_escaped(c.id));
  html += fmt::format("<p>{}</p>\n<p class=\"faint\">{}</p>\n",
                      html_escaped(text_in(c.whole, "quantity")),
                      html_escaped(text_in(c.whole, "source")));
  if (!result.error.empty()) html += fmt::format("<p>{}</p>\n", html_escaped(result.error));
  if (!result.note.empty())
    html += fmt::format("<p class=\"note\">{}</p>\n", html_escaped(result.note));
  const double tolerance = c.tolerance.value_or(kDefaultTolerance);
  html += "<div class=\"numbers\">";
  if (result.error.empty())
    html += tables_of("ours", result.measured.value, c.expected.is_null() ? nullptr : &c.expected,
                      tolerance);
  if (!c.expected.is_null()) html += tables_of("reference", c.expected, nullptr, tolerance);
  html += "</div>\n";
  if (const auto spec = spec_table().find(c.id); spec != spec_table().end())
    html += fmt::format(
        "<details><summary class=\"faint\">how it is computed</summary><pre>{}"
        "</pre></details>\n",
        html_escaped(spec->dump()));
  return html + "</article>\n";
}

std::string summary_of(std::span<const CaseResult> results) {
  const auto count = [&](auto&& holds) {
    return std::count_if(results.begin(), results.end(), holds);
  };
  const auto failed = count([](const CaseResult& o) { return o.failed(); });
  return fmt::format(
      "<p>{} cases: <strong class=\"agrees\">{} agree</strong> with their reference, "
      "<strong{}>{} differ</strong>, {} have no public reference. A printed table "
      "agrees within half of its last digit, a computed number within 1e-6 unless the case says "
      "otherwise; policies agree as sets of best actions. Each number comes from a call of the "
      "library, shown beneath it.</p>\n",
      results.size(), count([](const CaseResult& o) { return o.agrees == true; }),
      failed > 0 ? " class=\"differs\"" : "", failed,
      count([](const CaseResult& o) { return o.error.empty() && !o.agrees; }));
}

std::string errata_of(std::span<const CaseResult> results) {
  std::string html = "<h2 id=\"errata\">What to know beside the numbers</h2>\n<dl>\n";
  for (const Erratum& erratum : errata()) {
    std::string ids;
    for (const CaseResult& o : results)
      if (fits(erratum.ids, o.truth->id))
        ids += fmt::format("{}<a href=\"#{}\">{}</a>", ids.empty() ? "" : ", ",
                           html_anchor(o.truth->id), html_escaped(o.truth->id));
    if (!ids.empty())
      html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", ids, html_escaped(erratum.note));
  }
  return html + "</dl>\n";
}

}  // namespace

std::string numbers_page(std::span<const CaseResult> results) {
  std::vector<std::string> chapters;  // in order of appearance
  std::map<std::string, std::string> articles;
  for (const CaseResult& result : results) {
    const std::string chapter = chapter_title(place_of(result.truth->id));
    if (articles[chapter].empty()) chapters.push_back(chapter);
    articles[chapter] += article_of(result);
  }
  std::string html = "<h1>The books' numbers, computed again</h1>\n";
  html += summary_of(results);
  html += "<nav><ul><li><a href=\"#errata\">What to know beside the numbers</a></li>\n";
  for (const std::string& chapter : chapters)
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", html_anchor(chapter), chapter);
  html += "</ul></nav>\n" + errata_of(results);
  for (const std::string& chapter : chapters)
    html +=
        fmt::format("<h2 id=\"{}\">{}</h2>\n{}", html_anchor(chapter), chapter, articles[chapter]);
  return html_page("rlbook: the books' numbers", kStyle, html);
}

}  // namespace rl::reproduce
