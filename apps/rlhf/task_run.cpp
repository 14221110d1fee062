#include "apps/rlhf/task_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "rl/parallel.hpp"

namespace rl::apps {

namespace {

/// What tasks of several threads come to.
class TaskTally {
 public:
  TaskTally(double work, const std::function<void(double)>& progress)
      : work_(work), progress_(progress) {}

  void done(double work) {
    const std::lock_guard lock(mutex_);
    any_done_ = true;
    advance(work);
  }
  void failed(std::size_t task, double work, const char* why, std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    advance(work);
    if (failures_.empty() || task < first_task_) {
      first_task_ = task;
      first_ = std::move(exception);
    }
    failures_.push_back({task, why});
  }
  void stopped() { stopped_ = true; }

  TaskOutcome close(bool all_begun) {
    const bool complete = all_begun && !stopped_;
    if (complete && !any_done_ && first_) std::rethrow_exception(first_);
    std::sort(failures_.begin(), failures_.end(),
              [](const TaskFailure& a, const TaskFailure& b) { return a.task < b.task; });
    return {complete, std::move(failures_)};
  }

 private:
  void advance(double work) {
    done_ += work;
    if (progress_) progress_(std::min(1.0, done_ / work_));
  }

  double work_;
  const std::function<void(double)>& progress_;
  std::mutex mutex_;
  std::atomic<bool> stopped_ = false;
  bool any_done_ = false;
  double done_ = 0;
  std::vector<TaskFailure> failures_;
  std::size_t first_task_ = 0;
  std::exception_ptr first_;
};

}  // namespace

TaskOutcome run_tasks(std::size_t n, const TaskRun& run,
                      const std::function<void(std::size_t)>& task,
                      const std::function<double(std::size_t)>& work) {
  const auto work_of = [&](std::size_t i) { return work ? work(i) : 1.0; };
  double all = 0;
  for (std::size_t i = 0; i < n; ++i) all += work_of(i);
  TaskTally tally(all, run.progress);
  const bool all_begun = parallel_for(
      n, run.threads,
      [&](std::size_t i) {
        try {
          task(i);
          tally.done(work_of(i));
        } catch (const Interrupted&) {
          tally.stopped();
        } catch (const std::exception& e) {
          tally.failed(i, work_of(i), e.what(), std::current_exception());
        }
      },
      run.stop);
  return tally.close(all_begun);
}

void stop_if_asked(const StopRequest& stop) {
  if (stop && stop()) throw Interrupted{};
}

void train_to_end(Trainer& trainer, const StopRequest& stop) {
  while (trainer.advance()) stop_if_asked(stop);
}

void StudyReport::count_fit(bool converged) {
  ++fits;
  if (!converged) ++unconverged;
}

void StudyReport::add(const StudyReport& part) {
  complete = complete && part.complete;
  failures.insert(failures.end(), part.failures.begin(), part.failures.end());
  fits += part.fits;
  unconverged += part.unconverged;
}

void StudyReport::add(const TaskOutcome& outcome,
                      const std::function<std::string(std::size_t task)>& name) {
  complete = complete && outcome.complete;
  for (const TaskFailure& failure : outcome.failures)
    failures.push_back(fmt::format("{}: {}", name(failure.task), failure.why));
}

void add_report(nlohmann::ordered_json& object, const StudyReport& report) {
  object["cancelled"] = !report.complete;
  object["failures"] = report.failures;
  object["unconverged_fits"] = report.unconverged;
}

std::string unconverged_text(const StudyReport& report) {
  if (report.unconverged == 0) return "";
  return fmt::format("{} of {} fits did not converge: what rests on them is where they stopped",
                     report.unconverged, report.fits);
}

}  // namespace rl::apps
