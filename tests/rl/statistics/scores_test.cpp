#include "rl/statistics/scores.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "rl/statistics/hypothesis_tests.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using Numbers = std::vector<double>;
using doctest::Approx;
using rl::Scores;
using tests::error_of;

namespace {

Numbers numbers(const Scores& scores) { return {scores.all().begin(), scores.all().end()}; }

/// Three runs of two tasks; task means 0.6 and 0.9.
Scores three_runs() { return Scores::by_run({{0.2, 0.5}, {0.6, 0.9}, {1.0, 1.3}}); }

}  // namespace

TEST_CASE("scores: runs and tasks keep their names however they are given") {
  const Scores by_run = three_runs();
  const Scores by_task = Scores::by_task({{0.2, 0.6, 1.0}, {0.5, 0.9, 1.3}});
  CHECK(by_run.runs() == 3);
  CHECK(by_run.tasks() == 2);
  for (const Scores& scores : {by_run, by_task}) {
    CHECK(scores.at(2, 0) == 1.0);
    CHECK(scores.at(0, 1) == 0.5);
    CHECK(Numbers(scores.task(1).begin(), scores.task(1).end()) == Numbers{0.5, 0.9, 1.3});
  }
  CHECK(Scores::of_one_task(Numbers{1, 2, 3}).runs() == 3);
  CHECK(Scores::of_one_task(Numbers{1, 2, 3}).tasks() == 1);
}

TEST_CASE("scores: a run can be left out, in all tasks") {
  const Scores rest = three_runs().without_run(1);
  CHECK(rest.runs() == 2);
  CHECK(numbers(rest) == Numbers{0.2, 1.0, 0.5, 1.3});
  CHECK(error_of([] { three_runs().without_run(3); }) == "run: 3 of 3 cannot be left out");
  CHECK(error_of([] {
          Scores::by_run({{1, 2}}).without_run(0);
        }) == "run: 0 of 1 cannot be left out");
}

TEST_CASE("scores: a resample has its runs in their order, however often each was drawn") {
  const Scores from = Scores::by_task({{5, 3, 9, 1, 7, 8}, {1, 2, 3, 4, 5, 6}}).ordered();
  CHECK(numbers(from) == Numbers{1, 3, 5, 7, 8, 9, 1, 2, 3, 4, 5, 6});
  Scores scores = from;
  scores.resample(from, {{4, 5, 4, 0, 4, 2, 4, 2, 4, 5, 4, 1}, {}});
  CHECK(numbers(scores) == Numbers{8, 8, 8, 8, 8, 8, 1, 2, 3, 3, 6, 6});
}

TEST_CASE("scores: empty, ragged and infinite ones are refused by name") {
  CHECK(error_of([] { Scores::by_run({}); }) == "scores: no runs");
  CHECK(error_of([] { Scores::by_task({}); }) == "scores: no tasks");
  CHECK(error_of([] { Scores::by_run({{}}); }) == "scores: run 0 has no tasks");
  CHECK(error_of([] { Scores::of_one_task({}); }) == "scores: task 0 has no runs");
  CHECK(error_of([] {
          Scores::by_task({{1, 2, 3}, {1, 2}});
        }) == "scores: task 1 has 2 runs, task 0 has 3");
  CHECK(error_of([] {
          Scores::by_run({{1, 2}, {1}});
        }) == "scores: run 1 has 1 tasks, run 0 has 2");
  CHECK(error_of([] {
          Scores::by_run({{1, 2}, {1, tests::kInfinity}});
        }) == "scores: run 1 in task 1 is inf, not a finite number");
}

TEST_CASE("scores: normalising maps the random policy to 0 and the optimal one to 1") {
  CHECK(rl::normalise(Numbers{-100, -13, -56.5, -187}, -100, -13) == Numbers{0, 1, 0.5, -1});
  CHECK(rl::normalise(3, 5, 1) == 0.5);  // costs: lower is better
  CHECK(error_of([] { rl::normalise(1, 2, 2); }) ==
        "low and high: expected two different finite numbers, not 2 and 2");
  CHECK(error_of([] { rl::normalise(1, -tests::kInfinity, 2); }) ==
        "low and high: expected two different finite numbers, not -inf and 2");
}

TEST_CASE("scores: aggregates by hand") {
  const Scores scores = three_runs();
  CHECK(rl::task_means(scores)[0] == Approx(0.6));
  CHECK(rl::mean_score(scores) == Approx(0.75));
  CHECK(rl::median_score(scores) == Approx(0.75));
  // 6 numbers without floor(1.5) = 1 on each side: (0.5 + 0.6 + 0.9 + 1.0) / 4
  CHECK(rl::iqm_score(scores) == Approx(0.75));
  // 1.3 counts as 1: 1 - (0.2 + 0.5 + 0.6 + 0.9 + 1 + 1) / 6 = 1 - 4.2 / 6
  CHECK(rl::optimality_gap(scores) == Approx(0.3));
  CHECK(rl::optimality_gap(scores, 2) == Approx(1.25));
}

TEST_CASE("scores: the median is over tasks, not over runs") {
  // Task means 0, 1, 5; their median is 1, the median of all numbers 0.5.
  const Scores scores = Scores::by_task({{0, 0}, {0, 2}, {1, 9}});
  CHECK(rl::median_score(scores) == 1);
  CHECK(rl::mean_score(scores) == 2);
}

TEST_CASE("profile: a score at tau is not above it") {
  const Scores scores = three_runs();
  CHECK(rl::performance_profile(scores, Numbers{0, 0.5, 0.9, 1.3}) ==
        Numbers{1, 4.0 / 6, 2.0 / 6, 0});
  CHECK(rl::performance_profile(scores, Numbers{0.5, 0.7, 0.95}, rl::ProfileOf::task_means) ==
        Numbers{1, 0.5, 0});
}

TEST_CASE("profile: its grid has 101 points over all learners' scores and at least [0, 1]") {
  const std::vector<Scores> learners = {three_runs(), Scores::by_run({{-0.5, 0.1}})};
  const Numbers taus = rl::profile_taus(learners);
  REQUIRE(taus.size() == 101);
  CHECK(taus.front() == -0.5);
  CHECK(taus.back() == 1.3);
  CHECK(taus[50] == Approx(0.4));
  const std::vector<Scores> inside = {Scores::by_run({{0.2, 0.3}})};
  CHECK(rl::profile_taus(inside).front() == 0);
  CHECK(rl::profile_taus(inside).back() == 1);
  CHECK(error_of([] { rl::profile_taus({}); }) == "profile_taus: no learners");
}

TEST_CASE("improvement: ties count half, and both directions sum to one") {
  // 3 > 1, 3 > 2, 3 = 3, 2 > 1, 2 = 2: 2 + .5 + 1 + .5 = 4 of 6.
  const Numbers x{3, 2};
  const Numbers y{1, 2, 3};
  CHECK(rl::probability_of_improvement(x, y) == Approx(4.0 / 6));
  CHECK(rl::probability_of_improvement(x, y) + rl::probability_of_improvement(y, x) == Approx(1));
  CHECK(rl::cliffs_delta(x, y) == Approx(2.0 / 6));
  CHECK(rl::probability_of_improvement(x, x) == 0.5);
  CHECK(rl::cliffs_delta(Numbers{2, 3}, Numbers{0, 1}) == 1);
}

TEST_CASE("improvement: it is U / (n m) of the Mann-Whitney test") {
  const Numbers x{1, 4, 2, 2, 9};
  const Numbers y{2, 3, 3, 0};
  CHECK(rl::mann_whitney_test(x, y).u1 / 20 == Approx(rl::probability_of_improvement(x, y)));
}

TEST_CASE("improvement: over tasks it is the mean, and learners need the same tasks") {
  // Task 0: 1 of 1; task 1: 0 of 1. One run of x beside two of y.
  const Scores x = Scores::by_run({{2, 0}});
  const Scores y = Scores::by_run({{1, 1}, {0, 2}});
  CHECK(rl::probability_of_improvement(x, y) == 0.5);
  CHECK(error_of([&] { rl::probability_of_improvement(x, Scores::by_run({{1}})); }) ==
        "probability_of_improvement: x has 2 tasks, y has 1");
  CHECK(error_of([] { rl::probability_of_improvement(Numbers{}, Numbers{1}); }) ==
        "probability_of_improvement: needs at least 1 number, not 0");
}
