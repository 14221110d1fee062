#include "apps/rlhf/efficiency_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/task_run.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

ordered_json efficiency_curves_json(const EfficiencyExperiment& e, const EfficiencyResult& result) {
  ordered_json curves = ordered_json::array();
  for (const AnnotatorKind annotator : e.annotators)
    for (const PreferenceMethod method : e.methods)
      for (const std::size_t pairs : e.sizes) {
        const OverSeeds score = summary_of(result, annotator, method, pairs, &EfficiencyRun::score);
        if (score.n == 0) continue;
        const OverSeeds accuracy =
            summary_of(result, annotator, method, pairs, &EfficiencyRun::accuracy);
        ordered_json point;
        point["annotator"] = annotator_name(annotator);
        point["method"] = info_of(method).name;
        point["pairs"] = pairs;
        point["n"] = score.n;
        point["score"] = over_seeds_json(score);
        point["accuracy"] = over_seeds_json(accuracy);
        curves.push_back(std::move(point));
      }
  return curves;
}

ordered_json efficiency_runs_json(const EfficiencyResult& result) {
  ordered_json runs = ordered_json::array();
  for (const EfficiencyRun& run : result.runs) {
    ordered_json row;
    row["annotator"] = annotator_name(run.annotator);
    row["method"] = info_of(run.method).name;
    row["pairs"] = run.pairs;
    row["seed"] = run.seed;
    row["return"] = finite_or_null(run.expected_return);
    row["score"] = finite_or_null(run.score);
    row["accuracy"] = finite_or_null(run.accuracy);
    runs.push_back(std::move(row));
  }
  return runs;
}

/// The true rewards of entering the states, and the learned ones.
void add_rewards(ordered_json& all, const EfficiencyResult& result) {
  ordered_json entering = ordered_json::array();
  for (const double x : result.true_entering) entering.push_back(finite_or_null(x));
  all["entering_reward"] = std::move(entering);
  all["learned_rewards"] = ordered_json::array();
  for (const LearnedRewardMap& map : result.maps) {
    ordered_json row;
    row["annotator"] = annotator_name(map.annotator);
    row["method"] = info_of(map.method).name;
    row["pairs"] = map.pairs;
    row["seed"] = map.seed;
    row["correlation"] = finite_or_null(map.correlation);
    row["entering_reward"] = ordered_json::array();
    for (const double x : map.entering) row["entering_reward"].push_back(finite_or_null(x));
    all["learned_rewards"].push_back(std::move(row));
  }
}

std::string empty_unless_finite(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : std::string();
}

}  // namespace

LabelMeans mean_label_statistics(const EfficiencyResult& result, AnnotatorKind annotator) {
  std::vector<LabelStatistics> labels;
  for (const HeldOutLabels& x : result.held_out)
    if (x.annotator == annotator) labels.push_back(x.labels);
  return {over_runs(labels, [](const LabelStatistics& x) { return x.entropy; }).mean,
          over_runs(labels, [](const LabelStatistics& x) { return x.accuracy_ceiling; }).mean};
}

nlohmann::ordered_json efficiency_json(const EfficiencyExperiment& e,
                                       const EfficiencyResult& result) {
  ordered_json all;
  all["environment"] = e.problem.name;
  all["gamma"] = e.problem.gamma;
  all["optimal_return"] = finite_or_null(result.optimal_return);
  all["random_return"] = finite_or_null(result.random_return);
  all["options"] = ordered_json::parse(to_json_text(e.options));
  all["seeds"] = e.seeds;
  add_report(all, result.report);
  all["annotators"] = ordered_json::array();
  for (const AnnotatorKind annotator : e.annotators) {
    const LabelMeans labels = mean_label_statistics(result, annotator);
    ordered_json row;
    row["annotator"] = annotator_name(annotator);
    row["label_entropy"] = finite_or_null(labels.entropy);
    row["accuracy_ceiling"] = finite_or_null(labels.ceiling);
    all["annotators"].push_back(std::move(row));
  }
  all["curves"] = efficiency_curves_json(e, result);
  all["runs"] = efficiency_runs_json(result);
  add_rewards(all, result);
  return all;
}

std::string efficiency_csv(const EfficiencyResult& result) {
  std::string text =
      "annotator,method,pairs,seed,return,score,accuracy,accuracy_ceiling,label_entropy\n";
  for (const EfficiencyRun& run : result.runs) {
    const auto labels = std::find_if(
        result.held_out.begin(), result.held_out.end(),
        [&](const HeldOutLabels& x) { return x.annotator == run.annotator && x.seed == run.seed; });
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", annotator_name(run.annotator),
                        info_of(run.method).name, run.pairs, run.seed,
                        empty_unless_finite(run.expected_return), empty_unless_finite(run.score),
                        empty_unless_finite(run.accuracy),
                        empty_unless_finite(labels->labels.accuracy_ceiling),
                        empty_unless_finite(labels->labels.entropy));
  }
  return text;
}

}  // namespace rl::apps
