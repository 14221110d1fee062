#include "apps/reproduce/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "apps/reproduce/errata.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/table.hpp"
#include "apps/reproduce/value_tables.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr const char* kStyle = R"css(
:root { --ink: #1b1f24; --faint: #5b6570; --line: #d5dae0; --paper: #fff; --shade: #f4f6f8;
        --good: #0b6b3a; --bad: #a4161a; --open: #5b6570; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --faint: #a3adb8; --line: #3a424b; --paper: #14181c; --shade: #1d2329;
          --good: #63d297; --bad: #ff8a8a; --open: #a3adb8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--paper);
       color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2.5rem; }
h2, h3 { line-height: 1.25; } h3 { font-size: 1rem; margin: 0; }
a { color: inherit; }
nav ul { columns: 14rem; padding-left: 1.2rem; }
article { border: 1px solid var(--line); border-radius: .4rem; padding: .8rem; margin: .8rem 0; }
article p { margin: .3rem 0; }
.faint { color: var(--faint); font-size: .875rem; }
.state { float: right; margin-left: .6rem; font-size: .875rem; font-weight: 600; }
.agrees { color: var(--good); } .differs { color: var(--bad); } .open { color: var(--open); }
.note { border-left: .25rem solid var(--line); padding-left: .6rem; }
.numbers { display: flex; flex-wrap: wrap; gap: .4rem 2rem; }
.numbers > div { min-width: 0; max-width: 100%; overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem;
        margin: .3rem 0; }
caption { text-align: left; color: var(--faint); }
td { border: 1px solid var(--line); padding: .1rem .4rem; text-align: right; white-space: nowrap; }
td.off { background: var(--bad); color: var(--paper); }
.wide td { font-size: .75rem; padding: .05rem .25rem; }
pre { background: var(--shade); padding: .6rem; overflow-x: auto; font-size: .8125rem;
      white-space: pre-wrap; }
dt { font-weight: 600; } dd { margin: 0 0 .6rem 1.2rem; }
@media (max-width: 30rem) { body { padding: .6rem; } article { padding: .6rem; }
  .state { float: none; display: block; margin: 0; } }
@media print { :root { --ink: #000; --faint: #444; --line: #999; --paper: #fff; --shade: #fff; }
  body { font-size: 9pt; max-width: none; } nav, details { display: none; }
  article { break-inside: avoid; } h2 { break-after: avoid; } }
)css";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

/// Letters and digits of an id, for anchors.
std::string anchor(std::string_view id) {
  std::string result(id);
  for (char& c : result)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  return result;
}

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
        html +=
            fmt::format("<td{}>{}</td>", off ? " class=\"off\"" : "", escaped(as_text(rows[i][k])));
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
  std::string html = fmt::format("<article id=\"{}\">{}<h3>{}</h3>\n", anchor(c.id),
                                 state_of(result), escaped(c.id));
  html += fmt::format("<p>{}</p>\n<p class=\"faint\">{}</p>\n",
                      escaped(text_in(c.whole, "quantity")), escaped(text_in(c.whole, "source")));
  if (!result.error.empty()) html += fmt::format("<p>{}</p>\n", escaped(result.error));
  if (!result.note.empty()) html += fmt::format("<p class=\"note\">{}</p>\n", escaped(result.note));
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
        escaped(spec->dump()));
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
        ids += fmt::format("{}<a href=\"#{}\">{}</a>", ids.empty() ? "" : ", ", anchor(o.truth->id),
                           escaped(o.truth->id));
    if (!ids.empty()) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", ids, escaped(erratum.note));
  }
  return html + "</dl>\n";
}

}  // namespace

std::string html_page(std::span<const CaseResult> results) {
  std::vector<std::string> chapters;  // in order of appearance
  std::map<std::string, std::string> articles;
  for (const CaseResult& result : results) {
    const std::string chapter = chapter_title(place_of(result.truth->id));
    if (articles[chapter].empty()) chapters.push_back(chapter);
    articles[chapter] += article_of(result);
  }
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>rlbook: the books' numbers</title>\n<style>" +
      std::string(kStyle) +
      "</style></head>\n<body>\n<h1>The books' numbers, computed again</h1>\n";
  html += summary_of(results);
  html += "<nav><ul><li><a href=\"#errata\">What to know beside the numbers</a></li>\n";
  for (const std::string& chapter : chapters)
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", anchor(chapter), chapter);
  html += "</ul></nav>\n" + errata_of(results);
  for (const std::string& chapter : chapters)
    html += fmt::format("<h2 id=\"{}\">{}</h2>\n{}", anchor(chapter), chapter, articles[chapter]);
  return html + "</body></html>\n";
}

}  // namespace rl::reproduce
