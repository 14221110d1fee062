#include "rl/experiment/run_curve.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::RunCurve;
using rl::RunRecord;
using rl::RunStatus;

namespace {

const rl::EvaluationMetric& score_metric() { return rl::evaluation_metric("eval/score"); }

RunRecord scored_run(const std::vector<double>& scores, RunStatus status = RunStatus::complete) {
  RunRecord run{.status = status, .random_return = 0, .optimal_return = 1};
  for (const double score : scores)
    run.curve.push_back({.step = 10 * static_cast<std::int64_t>(run.curve.size()), .score = score});
  run.steps = run.curve.empty() ? 0 : run.curve.back().step;
  return run;
}

}  // namespace

TEST_CASE("run curve: the final value is the mean of the last tenth, at least one") {
  CHECK(rl::run_curve({.steps = 20}, score_metric(), scored_run({0, 1, 0.5}))->final == 0.5);
  std::vector<double> twenty(20, 0);
  twenty[18] = 0.4;
  twenty[19] = 0.8;
  CHECK(rl::run_curve({.steps = 190}, score_metric(), scored_run(twenty))->final ==
        doctest::Approx(0.6));
}

TEST_CASE("run curve: a run that was cut off has none, one that failed ends as the random policy") {
  CHECK_FALSE(rl::run_curve({.steps = 20}, score_metric(), scored_run({0, 1}, RunStatus::cut_off)));
  const auto failed =
      rl::run_curve({.steps = 40}, score_metric(), scored_run({0, 1}, RunStatus::failed));
  REQUIRE(failed);
  CHECK(failed->at == std::vector<double>{0, 10, 10, 40});
  CHECK(failed->value == std::vector<double>{0, 1, 0, 0});
  CHECK(failed->final == 0);
  CHECK(failed->failed);
  CHECK_FALSE(rl::run_curve({.steps = 40}, rl::evaluation_metric("eval/value_rmse"),
                            scored_run({0, 1}, RunStatus::failed)));
}

TEST_CASE("run curve: evaluations without a number are left out") {
  const auto curve =
      rl::run_curve({.steps = 20}, score_metric(), scored_run({tests::kNan, 0.5, 0.7}));
  CHECK(curve->at == std::vector<double>{10, 20});
  CHECK_FALSE(rl::run_curve({.steps = 20}, score_metric(), scored_run({tests::kNan})));
}

TEST_CASE("run curve: on one axis, a run keeps its value until its next evaluation") {
  const RunCurve a{.at = {0, 10, 20}, .value = {0, 1, 2}};
  const RunCurve b{.at = {5, 15}, .value = {7, 8}};
  const rl::AlignedCurves both = rl::aligned({a, b});
  CHECK(both.at == std::vector<double>{0, 5, 10, 15, 20});
  CHECK(both.value[0] == std::vector<double>{0, 0, 1, 1, 2});
  CHECK(std::isnan(both.value[1][0]));
  CHECK(std::vector<double>(both.value[1].begin() + 1, both.value[1].end()) ==
        std::vector<double>{7, 7, 8, 8});
}

TEST_CASE("run curve: an unknown metric is named with the nearest one") {
  CHECK(tests::contains(tests::error_of([] { rl::evaluation_metric("eval/scroe"); }),
                        "did you mean 'eval/score'?"));
}
