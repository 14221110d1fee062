#include "apps/rlhf/task_run.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::error_of;

/// Task i of n throws where it is among `bad`; which tasks were done.
struct DoneTasks {
  std::vector<bool> done;
  TaskOutcome outcome;
};
DoneTasks with_bad_tasks(std::size_t n, const std::vector<std::size_t>& bad, int threads) {
  std::vector<char> done(n, 0);  // bits of a vector<bool> are no places of their own
  const TaskOutcome outcome = run_tasks(n, {.threads = threads}, [&](std::size_t i) {
    for (const std::size_t b : bad)
      if (b == i) throw std::invalid_argument("task " + std::to_string(i));
    done[i] = 1;
  });
  return {{done.begin(), done.end()}, outcome};
}

}  // namespace

TEST_CASE("tasks: one that throws leaves the others alone, on any number of threads") {
  for (const int threads : {1, 3}) {
    const DoneTasks x = with_bad_tasks(6, {4, 1}, threads);
    CHECK(x.done == std::vector<bool>{true, false, true, true, false, true});
    CHECK(x.outcome.complete);
    REQUIRE(x.outcome.failures.size() == 2);
    CHECK(x.outcome.failures[0].task == 1);
    CHECK(x.outcome.failures[1].why == "task 4");
  }
}

TEST_CASE("tasks: where all throw, so does the first one's exception") {
  for (const int threads : {1, 3})
    CHECK(error_of([&] { with_bad_tasks(3, {0, 1, 2}, threads); }) == "task 0");
}

TEST_CASE("tasks: Interrupted within a task is a stop and no failure") {
  const TaskOutcome outcome = run_tasks(2, {}, [](std::size_t i) {
    if (i == 0) stop_if_asked([] { return true; });
  });
  CHECK(!outcome.complete);
  CHECK(outcome.failures.empty());
}

TEST_CASE("tasks: progress is the share of the work that is behind, failures too") {
  std::vector<double> told;
  run_tasks(
      3, {.progress = [&](double share) { told.push_back(share); }},
      [](std::size_t i) {
        if (i == 1) throw std::runtime_error("none");
      },
      [](std::size_t i) { return static_cast<double>(i + 1); });
  CHECK(told == std::vector<double>{1.0 / 6, 3.0 / 6, 1});
}

TEST_CASE("study report: parts are added up, and told in words and as JSON") {
  StudyReport report;
  report.count_fit(true);
  CHECK(unconverged_text(report).empty());
  StudyReport part;
  part.count_fit(false);
  part.failures = {"rm: why"};
  report.add(part);
  report.add({.complete = false, .failures = {{2, "no"}}},
             [](std::size_t task) { return "task " + std::to_string(task); });
  CHECK(unconverged_text(report) ==
        "1 of 2 fits did not converge: what rests on them is where they stopped");
  nlohmann::ordered_json object;
  add_report(object, report);
  CHECK(object.dump() ==
        R"({"cancelled":true,"failures":["rm: why","task 2: no"],"unconverged_fits":1})");
}

}  // namespace rl::apps
