#pragma once
/// \file
/// A learner judged in the middle of its run against the exact answers.
///
///     score = (J(greedy) - J(random)) / (J* - J(random)), below 0 counted as 0
///
/// with J the exact return from the start distribution, greedy the learner's greedy policy, random
/// the uniformly random policy. In a continuous world J is the mean of kJudgedEpisodes episodes,
/// each cut after kLongestJudged steps or where the problem says or where discount hides the rest,
/// always the same ones; J* is known there only where the world tells it. Beside it stands what the
/// learner lived through since the evaluation before ("train/...").
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>

#include "rl/learning.hpp"
#include "rl/problem.hpp"
#include "rl/truth.hpp"

namespace rl {

/// What stands where there is no such number.
inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

struct Evaluation {
  std::int64_t step = 0;
  std::int64_t episode = 0;  ///< ended ones
  double greedy_return = 0;  ///< J(greedy); -infinity where it loses for ever
  double return_error = 0;   ///< its standard error; 0 where it is exact
  double regret = 0;         ///< J* - J(greedy)
  double score = 0;          ///< NaN where there is none; see has_score
  double value_error = 0;    ///< max |estimate - exact| of what the learner says it estimates
  double value_rmse = 0;
  double train_return = 0;    ///< mean reward sum of the episodes that ended; NaN where none did
  double train_td_error = 0;  ///< mean |delta| over the first kWatchedSteps; NaN without an update
  double train_epsilon = 0;   ///< exploration rate now; NaN for a learner without one
};

/// Episodes by which a greedy policy is judged where no model is, and the longest.
inline constexpr std::int64_t kJudgedEpisodes = 100;
inline constexpr std::int64_t kLongestJudged = 20'000;

/// So many steps after each evaluation are watched for their errors; all others run at full speed.
inline constexpr std::int64_t kWatchedSteps = 100;

/// The metrics of an evaluation by the names they have in every file.
struct EvaluationMetric {
  const char* name;
  double Evaluation::*value;
};
inline constexpr EvaluationMetric kEvaluationMetrics[] = {
    {"eval/score", &Evaluation::score},
    {"eval/return", &Evaluation::greedy_return},
    {"eval/regret", &Evaluation::regret},
    {"eval/value_error", &Evaluation::value_error},
    {"eval/value_rmse", &Evaluation::value_rmse},
    {"train/return", &Evaluation::train_return},
    {"train/td_error_abs", &Evaluation::train_td_error},
    {"train/epsilon", &Evaluation::train_epsilon},
};

/// Whether returns can be placed between these two: both are finite, and they differ by more than
/// rounding.
bool has_score(double random_return, double optimal_return);

/// The exact answers for a problem with this model in force. They may throw Interrupted, which cuts
/// off what asked for them.
using TruthFunction = std::function<Truth(const Problem&, const FiniteMdp&)>;

/// A problem with the exact answers for each of its models: the first one's are made at once, so
/// that a problem without them is refused before the work, the others' when they are asked for. A
/// continuous world has none but its returns. Any number of threads may ask one.
class Judge {
 public:
  Judge(Problem problem, TruthFunction truth);

  const Problem& problem() const { return problem_; }
  /// Of the model in force after so many steps: truth follows a world that changes.
  const Truth& truth(std::int64_t steps) const;
  /// All but what only the run knows: train_return and train_td_error.
  Evaluation operator()(const AnyRunner& runner) const;

 private:
  struct Answer {
    std::mutex mutex;  // whoever asks second waits for the first
    std::optional<Truth> truth;
  };

  const Truth& of_model(std::size_t i) const;
  Truth of_continuous_world() const;
  Evaluation by_episodes(const AnyRunner& runner) const;

  Problem problem_;
  TruthFunction truth_;
  std::unique_ptr<Answer[]> answers_;  // one a model
};

}  // namespace rl
