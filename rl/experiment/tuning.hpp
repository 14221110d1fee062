#pragma once
/// \file
/// How options were chosen before learners were compared: every configuration on the tuning seeds,
/// the best few again on the selection seeds, the best of these. The seeds of the comparison are
/// others still, for the best of many noisy scores is too good a score.
///
///     score of a run             mean over worlds of its final score; 0 where it failed
///     score of a configuration   mean over the runs, with a t interval
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rl/experiment/results.hpp"
#include "rl/statistics/sample.hpp"

namespace rl {

/// One configuration on one list of seeds.
struct TuningScore {
  double mean = 0;
  Interval ci = {0, 0};  ///< 95 %, t; NaN for one run
  std::size_t n = 0;     ///< runs
  std::size_t failed = 0;
};

struct Configuration {
  LearnerVariant learner;  ///< the variant says what varies
  TuningScore tuning;
  std::optional<TuningScore> selection = std::nullopt;  ///< of the best few
  bool chosen = false;
};

struct Tuning {
  std::vector<std::string> worlds;
  Budget budget;
  std::vector<std::uint64_t> tuning_seeds, selection_seeds;
  std::vector<Configuration> configurations;  ///< learner by learner, in the order of the sweep

  /// The best of this learner; null where it was not tuned.
  const Configuration* chosen(const std::string& learner) const;
};

/// The scores of the results's learners. Throws std::invalid_argument, naming it, for a world that
/// has no score.
std::vector<TuningScore> tuning_scores(const Results& results);

/// Places of the `k` configurations of one learner that have the best tuning scores, best first; of
/// equal ones the first.
std::vector<std::size_t> best_configurations(const Tuning& tuning, const std::string& learner,
                                             std::size_t k);

/// Marks the best of each learner: by its selection score where it has one, among those that have.
void choose(Tuning& tuning);

/// Throws std::invalid_argument, naming the first, where a seed was seen while tuning.
void check_fresh(const Tuning& tuning, std::span<const std::uint64_t> seeds);

std::string tuning_json(const Tuning& tuning);
/// Throws std::invalid_argument, naming `file_name`, for text that tuning_json did not write.
Tuning tuning_from_json(const std::string& text, const std::string& file_name);

}  // namespace rl
