#pragma once
/// \file
/// Learners x worlds x seeds, each run judged at fixed steps against the exact answers.
///
/// All learners of a seed meet the same world and the same luck: the streams of a run are those of
/// its seed (rl/random.hpp), whatever runs beside it, so results depend neither on the number of
/// threads nor on the order of the runs. A run that was cut off can go on later and ends as if it
/// had never been.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/evaluation.hpp"
#include "rl/registry.hpp"

namespace rl {

/// "sarsa", or "sarsa:alpha=0.5" where the variant is not "default".
std::string learner_label(const std::string& learner, const std::string& variant);

/// A learner with its options.
struct Contender {
  const AlgorithmEntry* algorithm;
  std::string options = "{}";  ///< as JSON text; defaults where an option is not named
  /// What sets it apart from other contenders of the same learner, "alpha=0.5", or "default"; see
  /// name_variants.
  std::string variant = "default";

  std::string label() const;  ///< "sarsa" or "sarsa:alpha=0.5"
};

/// All options of a contender with their values, as JSON text. Throws std::invalid_argument for
/// options that the learner does not have.
std::string full_options(const Contender& contender);

/// Sets each contender's variant: the options in which contenders of one learner differ. Throws
/// std::invalid_argument where two are the same.
void name_variants(std::vector<Contender>& contenders);

struct ExperimentWorld {
  std::string name;
  std::function<Problem(std::uint64_t seed)> make;
  bool drawn = false;  ///< `make` depends on the seed
};

struct Experiment {
  std::vector<Contender> contenders;
  std::vector<ExperimentWorld> worlds;
  std::vector<std::uint64_t> seeds;
  Budget budget = {.steps = 20'000};
  /// Steps between evaluations (episodes, where the budget counts these alone); 0: a 20th of the
  /// budget, at least 1.
  std::int64_t eval_every = 0;
  int threads = 1;
  TruthFunction truth;
};

/// The evaluations' distance in effect.
std::int64_t evaluation_distance(const Experiment& experiment);
/// Whether evaluations and budget count episodes instead of steps.
bool counts_episodes(const Budget& budget);

enum class RunStatus : int {
  cut_off,   ///< cancelled: it can go on
  complete,  ///< used up its budget
  failed,    ///< threw, or its estimates were no longer finite
};

/// Greedy policies of larger worlds are not kept: nobody looks at them state by state.
inline constexpr State kShownStates = 1000;

/// What is kept of a run.
struct RunRecord {
  RunStatus status = RunStatus::cut_off;
  std::string error = {};  ///< of a failed run
  std::int64_t steps = 0;
  std::int64_t episodes = 0;
  std::vector<Evaluation> curve = {};  ///< at 0, every eval_every, and at the end
  double random_return = 0;            ///< anchors of the score
  double optimal_return = 0;
  /// Best actions by the last estimates, state by state; empty for more than kShownStates states.
  std::vector<std::vector<Action>> greedy = {};
  std::string checkpoint = {};  ///< from which it goes on; empty for a failed run
};

/// Which run: indices into the experiment's lists.
struct RunId {
  std::size_t contender;
  std::size_t world;
  std::size_t seed;
};

/// How an experiment is watched, stopped and kept; each may be empty.
struct ExperimentHooks {
  /// Called once, when all is planned, before the first run.
  std::function<void()> begin = {};
  /// A record of this run that `keep` was given earlier; empty: the run begins anew.
  std::function<std::optional<RunRecord>(const RunId&)> restore = {};
  /// Where several processes make one experiment's runs, each in a call of its own: counts up from
  /// 0 and gives each number to one of them, which makes the run that has it. Asked by all threads;
  /// empty: all runs are this call's.
  std::function<std::size_t()> next = {};
  /// Called by the run's thread when it ends, in any order. May throw: the experiment ends.
  std::function<void(const RunId&, const RunRecord&)> keep = {};
  /// The fraction made of what this call has to make, the mean over its runs; one call at a time,
  /// from any thread.
  std::function<void(double fraction)> progress = {};
  std::function<bool()> cancelled = {};  ///< asked by all threads; `truth` may ask it as well
  std::function<double()> seconds = {};  ///< a clock, asked by all threads
};

struct ExperimentResult {
  /// In the order of run_index, without checkpoints; those that another process made are cut off.
  std::vector<RunRecord> runs = {};
  std::vector<double> seconds = {};  ///< that each took in this call, by the hooks' clock
  bool cancelled = false;            ///< a run of this call was cut off, or never begun
};

/// Place of a run in ExperimentResult::runs: contender by contender, world by world, seed by seed.
std::size_t run_index(const Experiment& experiment, const RunId& id);

/// Throws std::invalid_argument for empty lists, bad options, a learner that a world refuses, and
/// runs without any limit.
void check_experiment(const Experiment& experiment);

/// Checks the experiment, then makes its runs.
ExperimentResult run_experiment(const Experiment& experiment, const ExperimentHooks& hooks = {});

}  // namespace rl
