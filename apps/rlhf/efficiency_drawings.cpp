#include "apps/rlhf/efficiency_drawings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "apps/rlhf/over_seeds.hpp"

namespace rl::apps {

LineChart efficiency_chart(const EfficiencyExperiment& e, const EfficiencyResult& result,
                           AnnotatorKind annotator) {
  LineChart chart{
      .title = fmt::format("{}: preferences by {}", e.problem.name, annotator_name(annotator)),
      .x_label = "labelled pairs of segments",
      .y_label = "(J - J random) / (J* - J random)",
      .log_x = true};
  std::size_t most = 0;
  for (const PreferenceMethod method : e.methods) {
    ChartSeries series{.name = info_of(method).label};
    for (const std::size_t pairs : e.sizes) {
      const OverSeeds score = summary_of(result, annotator, method, pairs, &EfficiencyRun::score);
      series.x.push_back(static_cast<double>(pairs));
      series.y.push_back(score.mean);
      most = std::max(most, score.n);
      if (e.seeds.size() < 2) continue;
      series.low.push_back(score.low());
      series.high.push_back(score.high());
    }
    chart.series.push_back(std::move(series));
  }
  chart.band_note = band_note(most);
  chart.levels.push_back({1, "optimal"});
  return chart;
}

bool draws_rewards(const EfficiencyExperiment& e) {
  const bool learns =
      runs_method(e, PreferenceMethod::rm) || runs_method(e, PreferenceMethod::rm_pairs);
  return learns && !e.problem.picture.panels.empty();
}

RewardDrawing reward_drawing(const EfficiencyExperiment& e, const EfficiencyResult& result) {
  RewardDrawing drawing;
  drawing.picture.actions = e.problem.picture.actions;
  drawing.content.title = fmt::format("{}: reward of entering a state", e.problem.name);
  drawing.content.number_name = "reward";
  const auto add = [&](const std::string& title, const std::vector<double>& rewards) {
    const auto offset = static_cast<State>(drawing.content.number.size());
    for (Panel panel : e.problem.picture.panels) {
      panel.title = panel.title.empty() ? title : title + ", " + panel.title;
      for (State& s : panel.state)
        if (s >= 0) s += offset;
      drawing.picture.panels.push_back(std::move(panel));
    }
    for (State s = 0; s < static_cast<State>(rewards.size()); ++s)
      drawing.picture.state_names.push_back(e.problem.picture.state_name(s));
    drawing.content.number.insert(drawing.content.number.end(), rewards.begin(), rewards.end());
  };
  add("true", result.true_entering);
  for (const LearnedRewardMap& map : result.maps)
    add(fmt::format("from {}s", annotator_name(map.annotator)), map.entering);
  return drawing;
}

}  // namespace rl::apps
