#pragma once
/// \file
/// The preference-efficiency experiment as drawings: a chart for each annotator, and learned
/// rewards beside the true ones.
#include "apps/rlhf/efficiency.hpp"
#include "rl/drawing.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// Scores over the number of pairs, a series for each method.
LineChart efficiency_chart(const EfficiencyExperiment& e, const EfficiencyResult& result,
                           AnnotatorKind annotator);

/// Whether a method learns a reward, in a world that can be drawn.
bool draws_rewards(const EfficiencyExperiment& e);

/// The true rewards and the learned ones as one drawing, beside each other and in the same colours:
/// each is a copy of the world with states of its own.
struct RewardDrawing {
  Picture picture;
  PictureContent content;
};
RewardDrawing reward_drawing(const EfficiencyExperiment& e, const EfficiencyResult& result);

}  // namespace rl::apps
