// The tables of a report as Markdown and as LaTeX (rl/experiment/report.hpp).
#include <fmt/format.h>

#include "rl/experiment/report.hpp"

namespace rl {

namespace {

std::string markdown_table(const TextTable& table) {
  std::string text;
  for (std::size_t r = 0; r < table.size(); ++r) {
    text += '|';
    for (const std::string& cell : table[r]) text += fmt::format(" {} |", cell);
    text += '\n';
    if (r > 0) continue;
    text += '|';
    for (std::size_t c = 0; c < table[r].size(); ++c) text += "---|";
    text += '\n';
  }
  return text;
}

/// Text as LaTeX prints it.
std::string latex_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\textbackslash{}";
    else if (c == '~')
      result += "\\textasciitilde{}";
    else if (c == '^')
      result += "\\textasciicircum{}";
    else if (c == '<' || c == '>')
      result += fmt::format("${}$", c);
    else if (std::string_view("_%&#${}").find(c) != std::string_view::npos)
      result += fmt::format("\\{}", c);
    else
      result += c;
  }
  return result;
}

/// A tabular of a table whose first row is the heading.
std::string latex_table(const TextTable& table, const std::string& caption) {
  if (table.size() < 2) return {};
  std::string text =
      fmt::format("\\begin{{table}}\n\\caption{{{}}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n",
                  latex_escaped(caption), std::string(table.front().size() - 1, 'r'));
  for (std::size_t r = 0; r < table.size(); ++r) {
    for (std::size_t c = 0; c < table[r].size(); ++c)
      text += (c > 0 ? " & " : "") + latex_escaped(table[r][c]);
    text += " \\\\\n";
    if (r == 0) text += "\\midrule\n";
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n\n";
}

}  // namespace

std::string comparison_markdown(const Summary& summary) {
  std::string text = "# Comparison\n";
  for (const std::string& environment : summary.environments) {
    text += fmt::format("\n## {}\n", environment);
    if (const TextTable scores = score_table(summary, environment); !scores.empty())
      text += fmt::format("\n{}.\n\n{}", summary.score_text, markdown_table(scores));
    if (const TextTable spread = spread_table(summary, environment); spread.size() > 1)
      text += "\nMean (standard deviation) at the end:\n\n" + markdown_table(spread);
    const std::vector<std::string> pairs = pair_sentences(summary, environment);
    if (!pairs.empty()) text += fmt::format("\nPairwise, {}:\n\n", tests_text(summary));
    for (std::size_t i = 0; i < pairs.size(); i += 2)
      text += fmt::format("- {}  \n{}\n", pairs[i], pairs[i + 1]);
    if (const std::string power = power_sentence(summary, environment); !power.empty())
      text += fmt::format("\n{}\n", power);
  }
  if (!summary.notes.empty()) text += "\n## Notes\n\n";
  for (const std::string& note : summary.notes) text += fmt::format("- {}\n", note);
  return text;
}

std::string latex_tables(const Report& report) {
  const Summary& summary = report.summary;
  std::string text = "% Needs \\usepackage{booktabs}\n\n";
  for (const std::string& world : summary.environments) {
    text +=
        latex_table(score_table(summary, world), fmt::format("{}: {}", world, summary.score_text));
    text += latex_table(spread_table(summary, world),
                        fmt::format("{}: mean (standard deviation) at the end", world));
    text +=
        latex_table(pair_table(summary, world), fmt::format("{}: {}", world, tests_text(summary)));
  }
  if (report.across)
    text += latex_table(aggregate_table(*report.across), "Aggregates over all worlds");
  return text;
}

}  // namespace rl
