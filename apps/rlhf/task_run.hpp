#pragma once
/// \file
/// How an experiment of many independent tasks is run, and what is told of it beside its numbers.
/// What a task comes to depends on nothing here.
#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "algorithms/preference/trainer.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

struct TaskRun {
  int threads = 1;
  StopRequest stop = {};  ///< asked before every task and within long ones, by every thread
  std::function<void(double)> progress = {};  ///< a share in [0, 1]; by one thread at a time
};

struct TaskFailure {
  std::size_t task;
  std::string why;
};
struct TaskOutcome {
  bool complete = true;                    ///< false where it was stopped
  std::vector<TaskFailure> failures = {};  ///< in order
};

/// Calls task(0) .. task(n - 1), as parallel_for does. A task that throws is a failure and leaves
/// the others alone; Interrupted is a stop. Throws what the first task threw where none was done
/// and nobody stopped it. `work`: in proportion to a task's time, for `progress`; empty: all alike.
TaskOutcome run_tasks(std::size_t n, const TaskRun& run,
                      const std::function<void(std::size_t)>& task,
                      const std::function<double(std::size_t)>& work = {});

/// Throws Interrupted where `stop` says so.
void stop_if_asked(const StopRequest& stop);
/// To the last step. Throws Interrupted between two steps.
void train_to_end(Trainer& trainer, const StopRequest& stop);

/// What is missing from an experiment's results, and what in them is doubtful.
struct StudyReport {
  bool complete = true;                    ///< false where it was stopped
  std::vector<std::string> failures = {};  ///< "dpo, beta 0.1, seed 3: why"
  std::size_t fits = 0;                    ///< regressions that were made
  std::size_t unconverged = 0;             ///< those that ended short of their tolerance

  void count_fit(bool converged);
  void add(const StudyReport& part);
  /// `name` says what a task was.
  void add(const TaskOutcome& outcome, const std::function<std::string(std::size_t task)>& name);
};
/// Sets "cancelled", "failures" and "unconverged_fits" of an object.
void add_report(nlohmann::ordered_json& object, const StudyReport& report);
/// "2 of 10 fits did not converge: what rests on them is where they stopped"; "" where all did.
std::string unconverged_text(const StudyReport& report);

}  // namespace rl::apps
