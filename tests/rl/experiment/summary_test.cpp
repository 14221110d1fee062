#include "rl/experiment/summary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rl/statistics/multiple_testing.hpp"
#include "tests/numbers.hpp"
#include "tests/rl/experiment/experiments.hpp"

using nlohmann::json;
using rl::RunRecord;
using rl::RunStatus;
using rl::Summary;
using rl::SummaryRow;
using tests::kNan;

namespace {

/// A complete run whose score is `scores` at steps 0, 100, 200, ...
RunRecord run_of(const std::vector<double>& scores) {
  RunRecord run{.status = RunStatus::complete, .random_return = -10, .optimal_return = -5};
  for (const double score : scores)
    run.curve.push_back({.step = 100 * static_cast<std::int64_t>(run.curve.size()),
                         .greedy_return = -10 + 5 * score,
                         .regret = 5 - 5 * score,
                         .score = score,
                         .value_error = 2,
                         .value_rmse = 1,
                         .train_return = run.curve.empty() ? kNan : -20});
  run.steps = run.curve.back().step;
  return run;
}

/// One learner, or two, in one world.
rl::Experiment experiment(std::size_t learners, std::size_t seeds) {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders.resize(learners, tests::contender("sarsa"));
  e.seeds.clear();
  for (std::size_t s = 0; s < seeds; ++s) e.seeds.push_back(1000 + s);
  e.budget.steps = 200;
  return e;
}

const SummaryRow& row(const Summary& summary, const std::string& learner,
                      const std::string& metric) {
  return *std::find_if(summary.rows.begin(), summary.rows.end(), [&](const SummaryRow& r) {
    return r.learner == learner && r.metric == metric;
  });
}

bool noted(const Summary& summary, const std::string& text) {
  return std::any_of(summary.notes.begin(), summary.notes.end(),
                     [&](const std::string& note) { return note.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("summary: mean, spread, area and threshold of three runs by hand") {
  const Summary s =
      rl::summarize(experiment(1, 3),
                    {.runs = {run_of({0, 0.5, 1}), run_of({0, 1, 0.4}), run_of({0, 0.2, 0.7})}});
  const SummaryRow& score = row(s, "q_learning", "eval/score");
  // Finals 1, 0.4, 0.7: mean 0.7, sd sqrt((0.09 + 0.09 + 0) / 2) = 0.3.
  CHECK(score.n == 3);
  CHECK(score.mean == doctest::Approx(0.7));
  CHECK(score.iqm == doctest::Approx(0.7));
  CHECK(score.sd == doctest::Approx(0.3));
  // Areas (0.25 + 0.75) / 2 = 0.5, (0.5 + 0.7) / 2 = 0.6, (0.1 + 0.45) / 2 = 0.275.
  CHECK(score.auc == doctest::Approx((0.5 + 0.6 + 0.275) / 3));
  // 0.9 is first reached at 200, at 100, never: the median is 200.
  CHECK(score.steps_to_threshold == 200);
  CHECK(score.reached == 2);
  // t(0.975; 2) = 4.3026527: 0.7 +- 4.3026527 * 0.3 / sqrt(3)
  CHECK(score.ci_name == "mean, t");
  CHECK(score.ci.low == doctest::Approx(0.7 - 4.3026527 * 0.3 / std::sqrt(3.0)));
  const SummaryRow& train = row(s, "q_learning", "train/return");
  CHECK(train.mean == -20);
  CHECK(train.auc == -20);  // from 100 on: there is no value at 0
  CHECK(noted(s, "n = 3: too few runs for an interval claim"));
  CHECK(noted(s, "fewer than 4 runs: the IQM is the mean"));
}

TEST_CASE("summary: the final value is the mean of the last tenth of evaluations") {
  std::vector<double> scores(20, 0.2);
  scores[18] = 0.6;
  scores[19] = 1;
  const Summary s = rl::summarize(experiment(1, 1), {.runs = {run_of(scores)}});
  CHECK(row(s, "q_learning", "eval/score").mean == doctest::Approx(0.8));
}

TEST_CASE("summary: more than half of the runs below the threshold means never, none is dropped") {
  const Summary s = rl::summarize(experiment(1, 3),
                                  {.runs = {run_of({0, 1}), run_of({0, 0.1}), run_of({0, 0.1})}});
  const SummaryRow& score = row(s, "q_learning", "eval/score");
  CHECK_FALSE(score.steps_to_threshold.has_value());
  CHECK(score.reached == 1);
  CHECK(score.n == 3);
}

TEST_CASE("summary: a failed run counts as the random policy from its failure on") {
  RunRecord failed = run_of({0, 1});
  failed.status = RunStatus::failed;
  failed.error = "diverged";
  const Summary s = rl::summarize(experiment(1, 2), {.runs = {run_of({0, 1, 1}), failed}});
  const SummaryRow& score = row(s, "q_learning", "eval/score");
  CHECK(score.n == 2);
  CHECK(score.failed == 1);
  CHECK(score.mean == doctest::Approx(0.5));  // 1 and 0
  CHECK(score.reached == 1);
  // Areas: (0.5 + 1) / 2 = 0.75, and 0.5 for the first half, 0 after it: 0.25.
  CHECK(score.auc == doctest::Approx(0.5));
  CHECK(row(s, "q_learning", "eval/return").mean == doctest::Approx((-5.0 - 10.0) / 2));
  CHECK(row(s, "q_learning", "eval/regret").mean == doctest::Approx((0.0 + 5.0) / 2));
  CHECK(row(s, "q_learning", "eval/value_error").n == 1);
  CHECK(noted(s,
              "1 of 2 runs of q_learning in corridor failed and count as the random policy; the "
              "first: diverged"));
}

TEST_CASE(
    "summary: learners that differ are told apart, those that do not are never called equal") {
  rl::Experiment e = experiment(2, 4);
  std::vector<RunRecord> runs;
  for (const double x : {0.90, 0.91, 0.92, 0.93}) runs.push_back(run_of({0, x}));
  for (const double x : {0.10, 0.11, 0.12, 0.13}) runs.push_back(run_of({0, x}));
  Summary s = rl::summarize(e, {.runs = runs});
  REQUIRE(s.pairs.size() == 1);
  CHECK(s.pairs[0].decision == "q_learning is better");
  CHECK(s.pairs[0].difference == doctest::Approx(0.8));
  CHECK(s.pairs[0].p_improvement == 1);
  for (std::size_t i = 0; i < 4; ++i) runs[4 + i] = runs[i];
  s = rl::summarize(e, {.runs = runs});
  CHECK(s.pairs[0].decision == "no evidence of a difference");
  CHECK(s.pairs[0].p_improvement == 0.5);
}

TEST_CASE("summary: p-values are adjusted over all pairs in all worlds") {
  rl::Experiment e = experiment(3, 4);
  e.worlds.push_back({.name = "second", .make = e.worlds[0].make});
  std::vector<RunRecord> runs;
  constexpr std::size_t kRuns = 24;  // 3 learners x 2 worlds x 4 seeds
  for (std::size_t i = 0; i < kRuns; ++i)
    runs.push_back(run_of({0, 0.1 * static_cast<double>(i % 7)}));
  const Summary s = rl::summarize(e, {.runs = runs});
  REQUIRE(s.pairs.size() == 6);
  std::vector<double> p;
  for (const rl::SummaryPair& pair : s.pairs) p.push_back(pair.p);
  const std::vector<double> adjusted = rl::holm_adjusted(p);
  for (std::size_t i = 0; i < p.size(); ++i) CHECK(s.pairs[i].p_adjusted == adjusted[i]);
}

TEST_CASE("summary: from 20 runs on the interval is of the IQM, by the bootstrap") {
  std::vector<RunRecord> runs;
  for (int i = 0; i < 20; ++i) runs.push_back(run_of({0, 0.05 * i}));
  const Summary s = rl::summarize(experiment(1, 20), {.runs = runs});
  const SummaryRow& score = row(s, "q_learning", "eval/score");
  CHECK(score.ci_name == "IQM, percentile bootstrap");
  CHECK(score.ci.low < score.iqm);
  CHECK(score.iqm < score.ci.high);
  CHECK(s.notes.empty());
  CHECK(rl::score_table(s, "corridor")[0][1] == "final (IQM)");
}

TEST_CASE("summary: where every policy has one return there is no score, and a note says so") {
  std::vector<RunRecord> runs = {run_of({kNan, kNan}), run_of({kNan, kNan})};
  const Summary s = rl::summarize(experiment(2, 1), {.runs = runs});
  CHECK(s.pairs.empty());
  CHECK(rl::score_table(s, "corridor").empty());
  CHECK(noted(s, "corridor: every policy has the same return, so there is no score and no test"));
  CHECK(row(s, "sarsa", "eval/value_error").mean == 2);
}

TEST_CASE(
    "summary: where returns are infinite there is no score and no test, and a note says why") {
  std::vector<RunRecord> runs = {run_of({kNan, kNan}), run_of({kNan, kNan}), run_of({kNan, kNan}),
                                 run_of({kNan, kNan})};
  for (RunRecord& run : runs) run.random_return = -std::numeric_limits<double>::infinity();
  runs[3].status = RunStatus::failed;
  const Summary s = rl::summarize(experiment(2, 2), {.runs = runs});
  CHECK(s.pairs.empty());
  CHECK(rl::score_table(s, "corridor").empty());
  CHECK(noted(s, "corridor: the random policy has no finite return, so there is no score and no"));
}

TEST_CASE("summary: an endless greedy policy scores 0, and its return is null in JSON") {
  RunRecord endless = run_of({0, 0});
  endless.curve.back().greedy_return = -std::numeric_limits<double>::infinity();
  endless.curve.back().regret = std::numeric_limits<double>::infinity();
  const Summary s = rl::summarize(experiment(1, 2), {.runs = {endless, run_of({0, 1})}});
  CHECK(row(s, "q_learning", "eval/score").mean == 0.5);
  const json rows = json::parse(rl::summary_json(s))["rows"];
  for (const json& r : rows)
    if (r["metric"] == "eval/return") {
      CHECK(r["mean"].is_null());
      CHECK(r["ci"].is_null());
      CHECK(r["n"] == 2);
    }
}

TEST_CASE("summary: runs that were cut off are left out and counted in a note") {
  RunRecord cut = run_of({0, 0.5});
  cut.status = RunStatus::cut_off;
  const Summary s = rl::summarize(experiment(1, 2), {.runs = {run_of({0, 1}), cut}});
  CHECK(row(s, "q_learning", "eval/score").n == 1);
  CHECK(row(s, "q_learning", "eval/score").ci_name.empty());
  CHECK(noted(s, "1 of 2 runs were cut off and are left out"));
}

TEST_CASE("summary: JSON rows and pairs have the documented keys") {
  const Summary s =
      rl::summarize(experiment(2, 2),
                    {.runs = {run_of({0, 1}), run_of({0, 0.9}), run_of({0, 1}), run_of({0, 0.8})}});
  const json j = json::parse(rl::summary_json(s));
  const json& first = j["rows"][0];
  for (const char* key : {"learner", "variant", "environment", "metric", "n", "iqm", "mean", "sd",
                          "ci", "auc", "steps_to_threshold", "reached", "failed"})
    CHECK(first.contains(key));
  CHECK(first.size() == 13);
  for (const char* key : {"name", "level", "low", "high"}) CHECK(first["ci"].contains(key));
  const json& pair = j["pairs"][0];
  for (const char* key : {"a", "b", "environment", "difference", "ci", "p", "p_adjusted", "test",
                          "p_improvement", "decision"})
    CHECK(pair.contains(key));
  CHECK(pair.size() == 10);
}

TEST_CASE("summary: CSV has one line a row and quotes what needs quotes") {
  rl::Experiment e = experiment(1, 2);
  e.worlds[0].name = "grid_world:slip=0.1,gamma=0.9";
  const Summary s = rl::summarize(e, {.runs = {run_of({0, 1}), run_of({0, 0.9})}});
  const std::string csv = rl::summary_csv(s);
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 9);  // heading and 8 metrics
  CHECK(csv.find("q_learning,default,\"grid_world:slip=0.1,gamma=0.9\",eval/score,2,0.95,") !=
        std::string::npos);
}

TEST_CASE("summary: as text, steps are grouped and the tables have one shape") {
  std::vector<RunRecord> runs;
  for (int i = 0; i < 2; ++i) runs.push_back(run_of(std::vector<double>(30, 0.5)));
  for (RunRecord& run : runs) run.curve.back().score = 1;
  const Summary s = rl::summarize(experiment(1, 2), {.runs = runs});
  const rl::TextTable scores = rl::score_table(s, "corridor");
  REQUIRE(scores.size() == 2);
  CHECK(scores[1][0] == "q_learning");
  CHECK(scores[1][4] == "2 900");
  CHECK(scores[1][5] == "2/2");
  for (const auto& line : rl::spread_table(s, "corridor")) CHECK(line.size() == 5);
  CHECK(rl::spread_table(s, "corridor")[1][2] == "2 (0)");
}
