// The page of a report (rl/experiment/report.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "rl/experiment/report.hpp"
#include "rl/html.hpp"
#include "rl/statistics/power.hpp"

namespace rl {

namespace {

constexpr const char* kReportStyle = R"css(
nav ol { columns: 14rem; padding-left: 1.4rem; }
.answer li { margin: .3rem 0; }
h3 { margin-top: 1.4rem; }
.scroll { overflow-x: auto; }
.scroll table { margin-right: 1rem; }
th { text-align: right; border: 1px solid var(--line); padding: .1rem .4rem; font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
th[aria-sort] button { font-weight: 700; }
th button { all: unset; cursor: pointer; }
figure { margin: .6rem 0; }
figure svg { max-width: 100%; height: auto; background: #fff; border-radius: .4rem; }
figure.small { display: inline-block; width: 100%; max-width: 27rem; vertical-align: top;
               margin-right: 1rem; }
figcaption { font-size: .875rem; color: var(--faint); }
.views > input { position: absolute; opacity: 0; }
.views > label { display: inline-block; padding: .15rem .6rem; margin: 0 .2rem .3rem 0;
                 border: 1px solid var(--line); border-radius: 1rem; cursor: pointer;
                 font-size: .875rem; }
.views > input:checked + label { background: var(--ink); color: var(--paper); }
.views > input:focus-visible + label { outline: 2px solid; outline-offset: 2px; }
.views > figure { display: none; }
.views > input:nth-of-type(1):checked ~ figure:nth-of-type(1),
.views > input:nth-of-type(2):checked ~ figure:nth-of-type(2),
.views > input:nth-of-type(3):checked ~ figure:nth-of-type(3),
.views > input:nth-of-type(4):checked ~ figure:nth-of-type(4) { display: block; }
.tools { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: center;
         font-size: .875rem; }
.tools button { font: inherit; color: inherit; background: var(--shade);
                border: 1px solid var(--line); border-radius: .3rem; cursor: pointer; }
details table { font-size: .75rem; }
details > div { max-height: 20rem; overflow: auto; }
summary { font-size: .875rem; color: var(--faint); cursor: pointer; }
#tip { position: absolute; z-index: 9; max-width: 20rem; padding: .2rem .5rem; border-radius: .3rem;
       background: var(--ink); color: var(--paper); font-size: .8125rem; pointer-events: none; }
.better { font-weight: 600; }
@media (max-width: 30rem) { figure.small { margin-right: 0; } }
@media print { .tools, .views > label, details { display: none; }
               .scroll { overflow: visible; } td:last-child { white-space: normal; }
               figure, tr { break-inside: avoid; } }
)css";

// Nothing is lost without it: it adds hover, switches for learners, sorting and downloads.
constexpr const char* kReportScript = R"js(
'use strict';
const make = (name, text) => Object.assign(document.createElement(name), {textContent: text || ''});
const save = (name, type, text) => {
  const link = make('a');
  link.href = URL.createObjectURL(new Blob([text], {type}));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};
const csv = table => [...table.rows].map(row => [...row.cells].map(cell =>
  /[",\n]/.test(cell.textContent) ? '"' + cell.textContent.replace(/"/g, '""') + '"'
                                  : cell.textContent).join(',')).join('\n') + '\n';
for (const figure of document.querySelectorAll('figure[data-file]')) {
  const svg = figure.querySelector('svg'), table = figure.querySelector('table');
  const tools = make('div');
  tools.className = 'tools';
  const series = [...svg.querySelectorAll('g.series[data-y]')];
  if (series.length > 1)
    for (const group of series) {
      const box = make('input'), label = make('label');
      box.type = 'checkbox';
      box.checked = true;
      box.addEventListener('change', () => {
        for (const one of svg.querySelectorAll('[data-name]'))
          if (one.dataset.name === group.dataset.name)
            one.style.display = box.checked ? '' : 'none';
      });
      label.append(box, ' ' + group.dataset.name);
      tools.append(label);
    }
  const button = (text, act) => {
    const one = make('button', text);
    one.type = 'button';
    one.addEventListener('click', act);
    tools.append(one);
  };
  button('SVG', () => save(figure.dataset.file + '.svg', 'image/svg+xml', svg.outerHTML));
  if (table) button('CSV', () => save(figure.dataset.file + '.csv', 'text/csv', csv(table)));
  svg.after(tools);
}
const tip = make('div');
tip.id = 'tip';
tip.hidden = true;
document.body.append(tip);
document.addEventListener('pointermove', event => {
  let mark = event.target, title = null;
  while (mark.ownerSVGElement && !(title = mark.querySelector(':scope > title')))
    mark = mark.parentNode;
  tip.hidden = !title;
  if (!title) return;
  tip.textContent = title.textContent;
  const left = Math.min(event.pageX + 12, scrollX + innerWidth - tip.offsetWidth - 8);
  tip.style.left = Math.max(0, left) + 'px';
  tip.style.top = event.pageY + 14 + 'px';
});
for (const table of document.querySelectorAll('table.sortable'))
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = make('button', head.textContent);
    button.title = 'sort';
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const key = row => {
        const text = row.cells[column].textContent.replace(/^\[|\s/g, '');
        return isNaN(parseFloat(text)) ? text : parseFloat(text);
      };
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => { const x = key(a), y = key(b);
        return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1); });
      table.tBodies[0].append(...rows);
    });
  });
const written = document.getElementById('written');
written.textContent = 'This file was written on ' + new Date(document.lastModified).toLocaleString() + '.';
)js";

// ---- pieces -------------------------------------------------------------------------------------

std::string cell_text(const std::string& text) { return html_escaped(text); }

std::string sortable_table(const TextTable& table) {
  if (table.size() < 2) return {};
  std::string html = "<div class=\"scroll\"><table class=\"sortable\"><thead><tr>";
  for (const std::string& cell : table.front())
    html += fmt::format("<th scope=\"col\">{}</th>", cell_text(cell));
  html += "</tr></thead><tbody>\n";
  for (std::size_t r = 1; r < table.size(); ++r) {
    html += "<tr>";
    for (const std::string& cell : table[r]) html += fmt::format("<td>{}</td>", cell_text(cell));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

/// The lines of a CSV as cells; numbers with six digits, which is more than a chart shows.
TextTable cells_of(const std::string& csv) {
  TextTable table(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (c == '"' && quoted && i + 1 < csv.size() && csv[i + 1] == '"')
      table.back().back() += csv[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      table.back().emplace_back();
    else if (c == '\n' && !quoted)
      table.push_back({""});
    else
      table.back().back() += c;
  }
  table.pop_back();
  for (std::vector<std::string>& row : table)
    for (std::string& cell : row) {
      char* end = nullptr;
      const double x = std::strtod(cell.c_str(), &end);
      if (!cell.empty() && *end == '\0' && cell.size() > 8) cell = fmt::format("{:.6g}", x);
    }
  return table;
}

std::string data_table(const std::string& csv) {
  const TextTable table = cells_of(csv);
  std::string html = "<details><summary>data</summary><div><table>";
  for (std::size_t r = 0; r < table.size(); ++r) {
    html += "<tr>";
    for (const std::string& cell : table[r])
      html += r == 0 ? fmt::format("<th>{}</th>", cell_text(cell))
                     : fmt::format("<td>{}</td>", cell_text(cell));
    html += "</tr>";
  }
  return html + "</table></div></details>";
}

/// What a page holds beside its tables and one drawing of everything. A page that grows too large
/// does without the last of these, and then without the next.
struct PageContent {
  int level = 0;
  bool tables_of_views() const { return level < 1; }
  bool views() const { return level < 2; }
  bool policies() const { return level < 3; }
  bool data() const { return level < 4; }
  static constexpr int kLastLevel = 4;
};
constexpr std::size_t kPageBytes = 490'000;

/// What was left out, as a sentence; empty: nothing.
const char* left_out(const PageContent& content) {
  constexpr const char* kLeftOut[] = {
      "", "the data of the other views", "the other views of the learning curves",
      "the other views of the learning curves and the policies",
      "the other views of the learning curves, the policies and the data of the charts"};
  return kLeftOut[content.level];
}

std::string figure_of(const ReportChart& chart, bool data, const char* css_class = "") {
  return std::visit(
      [&](const auto& drawn) {
        return fmt::format("<figure class=\"{}\" data-file=\"{}\">{}{}</figure>\n", css_class,
                           html_escaped(chart.file), draw_svg(drawn, ChartStyle{.id = chart.file}),
                           data ? data_table(chart_csv(drawn)) : "");
      },
      chart.chart);
}

std::string heading(int number, const char* anchor, const char* text) {
  return fmt::format("<h2 id=\"{}\">{}. {}</h2>\n", anchor, number, text);
}

std::vector<const ReportChart*> charts_of(const Report& report, std::string_view section,
                                          const std::string& world) {
  std::vector<const ReportChart*> charts;
  for (const ReportChart& chart : report.charts)
    if (chart.section == section && chart.world == world) charts.push_back(&chart);
  return charts;
}

/// Several drawings of the same, one of which is seen; all radio buttons, no script.
std::string views(const std::vector<const ReportChart*>& charts, const PageContent& content) {
  if (charts.empty()) return {};
  if (charts.size() == 1 || !content.views()) return figure_of(*charts.front(), content.data());
  std::string html = "<div class=\"views\">";
  const std::string group = html_anchor(charts.front()->file);
  for (std::size_t i = 0; i < charts.size(); ++i)
    html += fmt::format(
        "<input type=\"radio\" name=\"{0}\" id=\"{0}-{1}\"{2}><label for=\"{0}-{1}\">{3}</label>\n",
        group, i, i == 0 ? " checked" : "", html_escaped(charts[i]->view));
  for (const ReportChart* chart : charts)
    html += figure_of(*chart, chart == charts.front() || content.tables_of_views());
  return html + "</div>\n";
}

// ---- sections -----------------------------------------------------------------------------------

std::string answer_section(const Report& report) {
  std::string html = heading(1, "answer", "Answer") + "<ul class=\"answer\">\n";
  const std::vector<std::string> sentences = answers(report.summary);
  for (const std::string& sentence : sentences)
    html += fmt::format("<li>{}</li>\n", html_escaped(sentence));
  if (sentences.empty()) html += "<li>There is no pair of learners with a score to compare.</li>\n";
  html += fmt::format("</ul>\n<p class=\"faint\">{}. {}.</p>\n",
                      html_escaped(report.summary.score_text),
                      html_escaped(tests_text(report.summary)));
  for (const std::string& world : report.summary.environments) {
    const TextTable scores = score_table(report.summary, world);
    const TextTable spread = spread_table(report.summary, world);
    html += fmt::format("<h3>{}</h3>\n{}", html_escaped(world), sortable_table(scores));
    if (spread.size() > 1)
      html +=
          "<p class=\"faint\">Mean (standard deviation) at the end, errors against the exact "
          "values</p>\n" +
          sortable_table(spread);
  }
  return html;
}

std::string curve_section(const Report& report, const PageContent& content) {
  std::string html = heading(2, "curves", "Learning curves");
  for (const std::string& world : report.summary.environments) {
    html += fmt::format("<h3>{}</h3>\n", html_escaped(world));
    for (const char* section : {"curves", "value_error", "train_return"})
      html += views(charts_of(report, section, world), content);
  }
  return html;
}

std::string across_section(const Report& report, const PageContent& content) {
  std::string html = heading(3, "aggregates", "All worlds together");
  if (!report.across)
    return html +
           "<p id=\"profile\">Not every learner has a score in every world with the same "
           "number of runs, so there is nothing to aggregate and no profile.</p>\n"
           "<p id=\"improvement\"></p>\n";
  html += sortable_table(aggregate_table(*report.across));
  for (const ReportChart* chart : charts_of(report, "aggregates", ""))
    html += figure_of(*chart, content.data(), "small");
  html += heading(4, "profile", "Performance profile");
  html += views(charts_of(report, "profile", ""), content);
  html += heading(5, "improvement", "Probability of improvement");
  html += views(charts_of(report, "improvement", ""), content);
  TextTable table = {{"", "P(improvement)", "interval"}};
  for (const Improvement& i : report.across->improvements)
    table.push_back({fmt::format("{} over {}", i.a, i.b), fmt::format("{:.3f}", i.probability),
                     fmt::format("[{:.3f}, {:.3f}]", i.ci.low, i.ci.high)});
  return html + sortable_table(table);
}

std::string test_section(const Report& report) {
  std::string html = heading(6, "tests", "Tests");
  html += fmt::format("<p>{}; an adjusted p below {:.2g} decides.</p>\n",
                      html_escaped(tests_text(report.summary)), 1 - report.summary.options.level);
  for (const std::string& world : report.summary.environments) {
    const TextTable table = pair_table(report.summary, world);
    if (table.size() < 2) continue;
    html += fmt::format("<h3>{}</h3>\n{}", html_escaped(world), sortable_table(table));
    if (const std::string power = power_sentence(report.summary, world); !power.empty())
      html += fmt::format("<p class=\"faint\">{}</p>\n", html_escaped(power));
  }
  return html;
}

std::string runs_section(const Report& report, const PageContent& content) {
  std::string html = heading(7, "runs", "Every run") +
                     "<p class=\"faint\">A dot is a run, a cross a run that failed and counts as "
                     "the random policy.</p>\n";
  for (const std::string& world : report.summary.environments)
    html += views(charts_of(report, "runs", world), content);
  return html;
}

std::string tuning_section(const Report& report, const PageContent& content) {
  std::string html = heading(8, "sensitivity", "Sensitivity and tuning");
  if (!report.tuning)
    return html + "<p>The options were set by hand: nothing was tuned in this experiment.</p>\n";
  const Tuning& t = *report.tuning;
  TextTable table = {{"configuration", "tuning score", "n", "failed", "selection score", "chosen"}};
  const auto score = [](const TuningScore& s) {
    return s.n < 2 ? fmt::format("{:.3f}", s.mean)
                   : fmt::format("{:.3f} [{:.3f}, {:.3f}]", s.mean, s.ci.low, s.ci.high);
  };
  for (const Configuration& c : t.configurations)
    table.push_back({c.learner.label(), score(c.tuning), std::to_string(c.tuning.n),
                     std::to_string(c.tuning.failed), c.selection ? score(*c.selection) : "",
                     c.chosen ? "chosen" : ""});
  html += fmt::format(
      "<p>{} configurations on {} tuning seeds, the best again on {} selection "
      "seeds; no seed of the comparison was among them. Mean, 95 % t "
      "interval.</p>\n",
      t.configurations.size(), t.tuning_seeds.size(), t.selection_seeds.size());
  html += sortable_table(table);
  for (const ReportChart* chart : charts_of(report, "sensitivity", ""))
    html += figure_of(*chart, content.data());
  return html;
}

std::string policy_section(const Report& report, const PageContent& content) {
  std::string html = heading(9, "policies", "Learned policies");
  if (report.policies.empty())
    return html + "<p>No world here has a picture of a size that can be looked at.</p>\n";
  if (!content.policies()) return html + "<p>See figures/policy-*.svg.</p>\n";
  html +=
      "<p class=\"faint\">The greedy policy of the run with the median score, on the optimal "
      "values.</p>\n";
  for (const ReportPolicy& p : report.policies)
    html += fmt::format(
        "<figure class=\"small\">{}<figcaption>{} in {}, seed {}, score {:.3f}: {} of {} states "
        "have an action that is not optimal</figcaption></figure>\n",
        draw_svg(p.picture, p.learned, {.cell = 48, .width = 420}), html_escaped(p.learner),
        html_escaped(p.world), p.seed, p.score, p.different, p.states);
  return html;
}

std::string warning_section(const Report& report) {
  std::string html = heading(10, "warnings", "Warnings");
  if (report.summary.notes.empty()) return html + "<p>None.</p>\n";
  html += "<ul>\n";
  for (const std::string& note : report.summary.notes)
    html += fmt::format("<li>{}</li>\n", html_escaped(note));
  return html + "</ul>\n";
}

constexpr const char* kHowToRead = R"html(<dl>
<dt>Run, n</dt><dd>One training from its own seed. n counts runs, never episodes: only runs are
independent.</dd>
<dt>Score</dt><dd>(J(greedy) - J(random)) / (J* - J(random)) with exact returns J from planning: 0 is
the uniformly random policy, 1 the optimal one. Below 0 counts as 0. The final score of a run is the
mean over its last tenth of evaluations, fixed before the run; it is not the best one seen.</dd>
<dt>Interval</dt><dd>Says how far the number could lie from that of infinitely many runs; it does not
say where the next run will fall (the tolerance band does). Two intervals that overlap decide
nothing: the tests do.</dd>
<dt>IQM</dt><dd>Mean of the middle half of the runs. Less moved by a few lucky or failed runs than the
mean.</dd>
<dt>p, adjusted p</dt><dd>How probable a difference at least this large would be, were there none;
adjusted for the number of tests made here. "No evidence of a difference" is not "equal".</dd>
<dt>P(improvement)</dt><dd>How probable it is that a run of the one scores higher than a run of the
other; 0.5 is a coin.</dd>
<dt>Performance profile</dt><dd>For each score tau, the share of runs above it: a curve that lies
higher everywhere is better everywhere.</dd>
<dt>Optimality gap</dt><dd>How much of the way to the optimal policy is missing in the mean; lower is
better.</dd>
<dt>Failed runs</dt><dd>Runs that diverged or broke off count as the random policy and are never left
out.</dd></dl>
)html";

std::string reproduce_section(const Report& report) {
  std::string html = heading(12, "reproduce", "Reproduce");
  if (!report.command.empty()) html += fmt::format("<pre>{}</pre>\n", html_escaped(report.command));
  html += "<div class=\"scroll\"><table><tbody>\n";
  for (const auto& [name, value] : report.settings)
    html += fmt::format(
        "<tr><td>{}</td><td style=\"white-space:normal;text-align:left\">{}</td>"
        "</tr>\n",
        html_escaped(name), html_escaped(value));
  html += "</tbody></table></div>\n";
  if (!report.build.version.empty())
    html += fmt::format(
        "<p>rlbook {}, {}. Results depend on the seeds alone, not on threads; date, "
        "host and command line of the call stand in manifest.json.</p>\n",
        html_escaped(report.build.version), html_escaped(report.build.compiler));
  return html + "<p class=\"faint\" id=\"written\"></p>\n";
}

std::string contents() {
  std::string html = "<nav><ol>\n";
  for (const auto& [anchor, text] :
       {std::pair("answer", "Answer"), std::pair("curves", "Learning curves"),
        std::pair("aggregates", "All worlds together"), std::pair("profile", "Performance profile"),
        std::pair("improvement", "Probability of improvement"), std::pair("tests", "Tests"),
        std::pair("runs", "Every run"), std::pair("sensitivity", "Sensitivity and tuning"),
        std::pair("policies", "Learned policies"), std::pair("warnings", "Warnings"),
        std::pair("reading", "How to read this"), std::pair("reproduce", "Reproduce")})
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", anchor, text);
  return html + "</ol></nav>\n";
}

}  // namespace

namespace {

std::string page_with(const Report& report, const PageContent& content) {
  std::string body = fmt::format("<h1>{}</h1>\n<p>{}</p>\n", html_escaped(report.title),
                                 html_escaped(report.size));
  body += contents() + answer_section(report) + curve_section(report, content) +
          across_section(report, content) + test_section(report) + runs_section(report, content) +
          tuning_section(report, content) + policy_section(report, content) +
          warning_section(report) + heading(11, "reading", "How to read this") + kHowToRead +
          reproduce_section(report);
  if (content.level > 0)
    body += fmt::format(
        "<p class=\"faint\">To keep this page small it is without {}: they are "
        "files in figures/.</p>\n",
        left_out(content));
  return html_page(report.title, kReportStyle, body, kReportScript);
}

}  // namespace

std::string report_html(const Report& report) {
  std::string page;
  for (PageContent content; content.level <= PageContent::kLastLevel; ++content.level) {
    page = page_with(report, content);
    if (page.size() <= kPageBytes) break;
  }
  return page;
}

}  // namespace rl
