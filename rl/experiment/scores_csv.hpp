#pragma once
/// \file
/// Scores from elsewhere, for the same statistics:
///
///     learner,task,seed,score
///     dqn,pong,1,20.5
///
/// The first line names the columns, in any order; others are passed over. With columns `low` and
/// `high`, the same in every line of a task, scores are normalised: (score - low) / (high - low).
#include <string>
#include <string_view>

#include "rl/experiment/results.hpp"

namespace rl {

/// Throws std::invalid_argument, with file and line, for missing columns, values that are no
/// numbers, the same learner, task and seed twice, anchors that differ or are equal.
Results read_scores_csv(std::string_view text, const std::string& file_name);

}  // namespace rl
