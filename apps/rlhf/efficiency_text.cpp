#include "apps/rlhf/efficiency_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "apps/rlhf/efficiency_drawings.hpp"
#include "apps/rlhf/efficiency_numbers.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/seeds_table.hpp"
#include "apps/rlhf/task_run.hpp"
#include "rl/drawing.hpp"

namespace rl::apps {

namespace {

std::vector<std::string> pair_count_headings(const EfficiencyExperiment& e,
                                             const std::string& first) {
  std::vector<std::string> row = {first};
  for (const std::size_t pairs : e.sizes) row.push_back(fmt::format("{}", pairs));
  return row;
}

void write_annotator_tables(const EfficiencyExperiment& e, const EfficiencyResult& result,
                            AnnotatorKind annotator, Console& console) {
  std::vector<std::vector<std::string>> scores = {pair_count_headings(e, "score")};
  std::vector<std::vector<std::string>> accuracies = {pair_count_headings(e, "accuracy")};
  for (const PreferenceMethod method : e.methods) {
    std::vector<std::string> score = {info_of(method).name};
    std::vector<std::string> accuracy = {info_of(method).name};
    for (const std::size_t pairs : e.sizes) {
      score.push_back(over_seeds_text(
          summary_of(result, annotator, method, pairs, &EfficiencyRun::score), console.unicode));
      const double mean =
          summary_of(result, annotator, method, pairs, &EfficiencyRun::accuracy).mean;
      accuracy.push_back(std::isnan(mean) ? "" : fmt::format("{:.3f}", mean));
    }
    scores.push_back(std::move(score));
    if (method != PreferenceMethod::bc) accuracies.push_back(std::move(accuracy));
  }
  const LabelMeans labels = mean_label_statistics(result, annotator);
  console.out << '\n';
  write_wrapped(console,
                console.style(fmt::format("pairs compared by {}", annotator_name(annotator)), "1"));
  console.out << seeds_table(std::move(scores), console.columns);
  if (accuracies.size() > 1) console.out << '\n' << table(accuracies, console.columns);
  write_wrapped(console, fmt::format("labels: at most {:.3f} accurate, entropy {:.3f} nats",
                                     labels.ceiling, labels.entropy));
}

void write_learned_rewards(const EfficiencyExperiment& e, const EfficiencyResult& result,
                           Console& console) {
  if (!draws_rewards(e) || result.maps.empty()) return;
  const RewardDrawing drawing = reward_drawing(e, result);
  console.out << '\n' << draw_terminal(drawing.picture, drawing.content, terminal_style(console));
  const LearnedRewardMap& first = result.maps.front();
  std::string correlations;
  for (const LearnedRewardMap& map : result.maps)
    correlations += fmt::format("{}{:.2f} from {}s", correlations.empty() ? "" : ", ",
                                map.correlation, annotator_name(map.annotator));
  write_wrapped(console,
                fmt::format("learned by {} from {}, seed {}; divided by the rationality and "
                            "shifted to the true mean, for segments of one length tell no "
                            "constant. Correlation with r(s, a): {}",
                            info_of(first.method).name, plural(first.pairs, "pair"), first.seed,
                            correlations));
}

std::string efficiency_methods_text(const EfficiencyExperiment& e) {
  std::string text;
  for (const PreferenceMethod method : e.methods)
    text += (text.empty() ? "" : "; ") + info_of(method).name + ": " + info_of(method).doc;
  return text;
}

}  // namespace

void write_efficiency(const EfficiencyExperiment& e, const EfficiencyResult& result,
                      Console& console) {
  write_wrapped(console,
                fmt::format("{}, gamma = {}: J* = {:.3f}, random actions {:.3f}, from uniform "
                            "starts; {}, segments of {}, rationality {}, flips {}",
                            e.problem.name, e.problem.gamma, result.optimal_return,
                            result.random_return, plural(e.seeds.size(), "seed"),
                            plural(static_cast<std::size_t>(e.options.fragment_length), "step"),
                            e.options.rationality, e.options.flip_prob));
  for (const AnnotatorKind annotator : e.annotators)
    write_annotator_tables(e, result, annotator, console);
  console.out << '\n';
  write_wrapped(
      console,
      fmt::format("score = (J - J random) / (J* - J random) of the greedy policy, exact, "
                  "by pairs of segments: mean{}; accuracy on {} held-out labels. {}",
                  e.seeds.size() > 1 ? " and half of the 95 % t interval over the seeds" : "",
                  e.options.held_out, efficiency_methods_text(e)));
  if (const std::string doubt = unconverged_text(result.report); !doubt.empty())
    write_wrapped(console, doubt + '.');
  write_learned_rewards(e, result, console);
}

}  // namespace rl::apps
