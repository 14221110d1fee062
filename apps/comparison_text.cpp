#include "apps/comparison_text.hpp"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "apps/layout.hpp"

namespace rl::apps {

namespace {

/// "95 % CI: IQM, percentile bootstrap, n=30"
std::string interval_text(const Summary& summary, const std::string& environment) {
  for (const SummaryRow& row : summary.rows)
    if (row.environment == environment && row.metric == "eval/score" && !row.ci_name.empty())
      return fmt::format("95 % CI: {}, n={}", row.ci_name, row.n);
  return "no CI: one run";
}

void write_pair_tests(const Summary& summary, const std::string& environment, Console& console) {
  const std::vector<std::string> pairs = pair_sentences(summary, environment);
  if (pairs.empty()) return;
  write_wrapped(console, "pairwise, " + tests_text(summary));
  for (const std::string& pair : pairs) write_wrapped(console, "  " + pair, 4);
  if (const std::string power = power_sentence(summary, environment); !power.empty())
    write_wrapped(console, power);
  console.out << '\n';
}

void write_world(const Summary& summary, const std::string& environment, Console& console) {
  const TextTable scores = score_table(summary, environment);
  const TextTable spread = spread_table(summary, environment);
  if (scores.empty() && spread.size() == 1) return;  // no run ended
  write_wrapped(console, console.style(environment, "1"));
  if (!scores.empty()) {
    write_wrapped(console,
                  fmt::format("{}; {}", summary.score_text, interval_text(summary, environment)));
    console.out << table(scores, console.columns) << '\n';
  }
  if (spread.size() > 1) {
    write_wrapped(console, "mean (sd) of the same evaluations, errors against the exact values");
    console.out << table(spread, console.columns) << '\n';
  }
  write_pair_tests(summary, environment, console);
}

}  // namespace

void write_wrapped(Console& console, const std::string& text, int indent) {
  for (const std::string& line : wrap(text, console.columns, indent)) console.out << line << '\n';
}

void write_comparison(const Summary& summary, const std::string& heading, Console& console) {
  write_wrapped(console, heading);
  console.out << '\n';
  for (const std::string& environment : summary.environments)
    write_world(summary, environment, console);
  for (const std::string& note : summary.notes) write_wrapped(console, "note: " + note);
}

}  // namespace rl::apps
