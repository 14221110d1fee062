#include "apps/rlhf/story_page.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "apps/rlhf/efficiency_drawings.hpp"
#include "apps/rlhf/language_charts.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "rl/drawing.hpp"
#include "rl/html.hpp"

namespace rl::apps {

namespace {

constexpr const char* kStoryStyle = R"css(
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
.wide { overflow-x: auto; }
th { padding: .1rem .4rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
)css";

std::string section(const std::string& title, const std::string& text, const std::string& body) {
  return fmt::format("<h2 id=\"{}\">{}</h2>\n<p>{}</p>\n{}", html_anchor(title),
                     html_escaped(title), html_escaped(text), body);
}

std::string figure(const LineChart& chart) {
  return fmt::format("<figure>{}</figure>\n", draw_svg(chart));
}

std::string frontier_table(const Frontier& frontier) {
  std::string html =
      "<div class=\"wide\"><table><tr><th>method</th><th>beta</th><th>gold</th><th>KL</th>"
      "<th>win rate</th></tr>\n";
  for (const FrontierRow& row : frontier.rows) {
    if (row.points.empty()) continue;
    const auto over = [&](double FrontierPoint::*number) {
      return over_runs(row.points, [&](const FrontierPoint& point) { return point.*number; });
    };
    html += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.0f} %</td></tr>\n",
        html_escaped(row.method), row.beta, over_seeds_text(over(&FrontierPoint::gold), true),
        two_decimals(over(&FrontierPoint::kl).mean), 100 * over(&FrontierPoint::win_rate).mean);
  }
  return html + "</table></div>\n";
}

std::string facts(const Story& story) {
  std::string html = fmt::format(
      "<p>SFT's responses are worth {:.2f} in gold, the best ones {:.2f}. {:.0f} % of the labels "
      "agree with gold; a model of them is right about",
      story.sft_gold, story.best_gold, 100 * story.agreement);
  const char* before = " ";
  for (const auto& [name, accuracy] : story.accuracies) {
    html += fmt::format("{}{:.1f} % ({})", before, 100 * accuracy, html_escaped(name));
    before = ", ";
  }
  return html + " of fresh ones.</p>\n";
}

std::string grid_sections(const Story& story) {
  if (!story.grid) return {};
  const RewardDrawing drawing = reward_drawing(*story.grid, story.grid_result);
  return section("Preference efficiency",
                 "How many labelled pairs of segments a policy needs on MFRL's grid: 0 is as good "
                 "as random moves, 1 optimal.",
                 figure(efficiency_chart(*story.grid, story.grid_result, AnnotatorKind::return_))) +
         section("The learned reward beside the true one",
                 "Mean reward of entering a cell, shifted to the true mean: segments of one length "
                 "tell no constant.",
                 fmt::format("<figure class=\"wide\">{}</figure>\n",
                             draw_svg(drawing.picture, drawing.content)));
}

}  // namespace

std::string story_page(const Story& story) {
  std::string html = "<h1>From preferences to a policy</h1>\n" + facts(story);
  html +=
      "<p class=\"note\">A toy that was built to be exploitable: a demonstration of shapes that "
      "the literature reports, no evidence about language models. All returns, KL and win rates "
      "are exact.</p>\n";
  if (!story.frontier.upper.empty()) {
    html += section(
        "The frontier",
        "Gold against the distance from SFT, a point for each beta. The exact frontier is the "
        "optimum over all responses: nobody is above it. In the table, half of the "
        "95 % t interval over the data sets stands behind the mean of gold.",
        figure(frontier_chart(story.frontier)) + frontier_table(story.frontier));
    html += section("Win rates", "A response against one of SFT's to the same prompt.",
                    figure(win_rate_chart(story.frontier)));
  }
  if (!story.overoptimization.tilts.empty()) {
    html += section("Over-optimisation",
                    "The optimal policy for a model, pushed away from SFT. Where the model (bag) "
                    "cannot see repetition, its own reward goes on rising while gold falls.",
                    figure(overoptimization_chart(story.overoptimization.tilts,
                                                  story.overoptimization.reference_gold,
                                                  "Best policy for a reward model")));
    html += section(
        "Ensembles",
        "Five members on few labels, a quarter of them wrong: the mean over-optimises, the least "
        "and the mean less the variance hold back.",
        figure(gold_of_ensembles(story.overoptimization)));
  }
  for (const DpoCurve& curve : story.overoptimization.dpo)
    if (!curve.runs.empty())
      html += section(fmt::format("DPO along its steps, beta = {}", curve.beta),
                      "The loss sees the difference of the two rewards alone: both may fall. Gold "
                      "peaks early.",
                      figure(dpo_chart(curve)) + figure(dpo_log_probability_chart(curve)));
  html += grid_sections(story);
  return html_page("rlbook: from preferences to a policy", kStoryStyle, html);
}

}  // namespace rl::apps
