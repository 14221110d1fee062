#pragma once
/// \file
/// What an experiment left, as plain data: names and numbers, without the worlds and learners that
/// could make it again. Statistics and reports start from here, whether the runs were made just
/// now, read from a folder, or are scores from elsewhere.
#include <cstdint>
#include <string>
#include <vector>

#include "rl/experiment/experiment.hpp"

namespace rl {

/// A learner in results.
struct LearnerVariant {
  std::string name;
  std::string variant = "default";  ///< what sets it apart from others of its name
  std::string options = "{}";       ///< all of them, as JSON text

  std::string label() const;  ///< "sarsa" or "sarsa:alpha=0.5"
};

struct Results {
  std::vector<LearnerVariant> learners;
  std::vector<std::string> worlds;
  std::vector<std::uint64_t> seeds;
  Budget budget;
  std::vector<RunRecord> runs;  ///< learner by learner, world by world, seed by seed
  /// Final scores from elsewhere: a curve is one evaluation, and there are no values nor returns.
  bool scores_only = false;

  std::size_t index(std::size_t learner, std::size_t world, std::size_t seed) const {
    return (learner * worlds.size() + world) * seeds.size() + seed;
  }
  const RunRecord& run(std::size_t learner, std::size_t world, std::size_t seed) const {
    return runs[index(learner, world, seed)];
  }
};

/// The learners of an experiment with all their options.
std::vector<LearnerVariant> learners_of(const Experiment& experiment);

Results results_of(const Experiment& experiment, const ExperimentResult& result);

/// The several side by side, learner by learner: worlds, seeds and budget are the same in all.
/// Throws std::invalid_argument where they differ, and where a learner stands in two of them.
Results joined(const std::vector<Results>& several);

}  // namespace rl
