#pragma once
/// \file
/// All worlds together: what a learner scores in the mean over them, and how likely it is to do
/// better than another (rl/statistics/scores.hpp says how each number is made).
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/results.hpp"
#include "rl/experiment/summary.hpp"
#include "rl/statistics/scores.hpp"

namespace rl {

/// One aggregate of one learner over all worlds that have a score.
struct Aggregate {
  std::string learner;  ///< its label
  std::string name;     ///< "mean", "median", "IQM", "optimality gap"
  double value = 0;
  std::string ci_name = {};  ///< "percentile bootstrap"; empty: too few runs for any
  Interval ci = {0, 0};
};

/// P(a learner's run scores higher than another's), over all worlds.
struct Improvement {
  std::string a, b;
  double probability = 0.5;
  Interval ci = {0, 1};
};

struct AcrossWorlds {
  std::vector<std::string> worlds;    ///< that have a score
  std::vector<std::string> learners;  ///< labels
  std::vector<Scores> scores;         ///< [learners]: runs x worlds
  std::vector<Aggregate> aggregates;
  std::vector<Improvement> improvements;  ///< each pair once
};

/// Empty where no world has a score, or where a learner's worlds differ in their number of runs (a
/// run was cut off): then there is no table of runs by worlds. Intervals are bootstraps by the
/// options; each draws from a stream of its own name.
std::optional<AcrossWorlds> across_worlds(const Results& results, const SummaryOptions& options);

/// A row a learner, a column an aggregate: "0.812 [0.790, 0.830]".
TextTable aggregate_table(const AcrossWorlds& across);

}  // namespace rl
