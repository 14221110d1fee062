#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "rl/experiment/summary.hpp"
#include "tests/errors.hpp"
#include "tests/rl/experiment/experiments.hpp"

using rl::PairTest;
using rl::Results;
using rl::RunRecord;

namespace {

RunRecord final_score(double score) {
  RunRecord run{.status = rl::RunStatus::complete, .random_return = 0, .optimal_return = 1};
  run.curve = {{.step = 0, .score = score}};
  return run;
}

/// Two learners in one world with these final scores.
Results two_learners(const std::vector<double>& a, const std::vector<double>& b) {
  Results results{.learners = {{.name = "a"}, {.name = "b"}},
                  .worlds = {"world"},
                  .seeds = {},
                  .budget = {.steps = 1},
                  .runs = {}};
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) results.seeds.push_back(i);
  for (const std::vector<double>* x : {&a, &b})
    for (std::size_t i = 0; i < results.seeds.size(); ++i)
      results.runs.push_back(i < x->size() ? final_score((*x)[i]) : RunRecord{});
  return results;
}

}  // namespace

TEST_CASE("pair tests: a learner against itself on other seeds is rarely called better or worse") {
  constexpr std::size_t kRepetitions = 500;
  constexpr std::size_t kRuns = 10;
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("q_learning")};
  e.budget = {.steps = 25};
  e.eval_every = 25;
  e.seeds.clear();
  for (std::size_t s = 0; s < 2 * kRuns * kRepetitions; ++s) e.seeds.push_back(s);
  const rl::ExperimentResult result = rl::run_experiment(e);
  std::set<double> scores;
  std::size_t decided = 0;
  for (std::size_t r = 0; r < kRepetitions; ++r) {
    std::vector<double> sides[2];
    for (std::size_t i = 0; i < 2 * kRuns; ++i) {
      sides[i / kRuns].push_back(result.runs[2 * kRuns * r + i].curve.back().score);
      scores.insert(sides[i / kRuns].back());
    }
    const auto pairs = rl::compare_pairs(two_learners(sides[0], sides[1]));
    decided += pairs.front().decision == "no evidence of a difference" ? 0 : 1;
  }
  CHECK(scores.size() > 3);  // else nothing could differ
  CHECK(decided <= 35);      // 7 %
  CHECK(decided >= 5);       // of an expected 5 %: the test does decide
}

TEST_CASE("pair tests: the chosen test and adjustment give the p-values that are told") {
  const std::vector<double> a = {0.9, 0.8, 0.85, 0.95};
  const std::vector<double> b = {0.7, 0.75, 0.6, 0.72};
  const Results results = two_learners(a, b);
  const auto p = [&](PairTest test) {
    return rl::compare_pairs(results, {.test = test}).front().p;
  };
  // All of a lie above all of b: 2 of the 70 orders are as extreme.
  CHECK(p(PairTest::mann_whitney) == doctest::Approx(2.0 / 70));
  CHECK(p(PairTest::permutation) == doctest::Approx(2.0 / 70));
  CHECK(p(PairTest::welch) < 0.02);
  // Differences 0.2, 0.05, 0.25, 0.23: mean 0.1825, sd 0.0907, t = 4.024 with 3 degrees.
  CHECK(p(PairTest::paired_t) == doctest::Approx(0.0276).epsilon(0.01));
}

TEST_CASE("pair tests: more than one test costs evidence, as the adjustment says") {
  Results results = two_learners({0.9, 0.8, 0.85, 0.95}, {0.7, 0.75, 0.6, 0.72});
  results.learners.push_back({.name = "c"});
  for (const double x : {0.7, 0.76, 0.61, 0.73}) results.runs.push_back(final_score(x));
  const auto adjusted = [&](rl::Adjustment how) {
    std::vector<double> p;
    for (const auto& pair : rl::compare_pairs(results, {.adjustment = how}))
      p.push_back(pair.p_adjusted / pair.p);
    return p;
  };
  CHECK(adjusted(rl::Adjustment::none) == std::vector<double>{1, 1, 1});
  for (const double factor : adjusted(rl::Adjustment::bonferroni)) CHECK(factor <= 3);
  CHECK(adjusted(rl::Adjustment::bonferroni)[0] == doctest::Approx(3));
  CHECK(adjusted(rl::Adjustment::holm)[2] == doctest::Approx(1));  // the largest of three
}

TEST_CASE("pair tests: a paired test takes the seeds that both have, or refuses") {
  Results results = two_learners({0.9, 0.8, 0.85}, {0.7, 0.75});  // the third was cut off
  const rl::SummaryOptions paired{.test = PairTest::paired_t};
  CHECK(rl::compare_pairs(results, paired).front().difference == doctest::Approx(0.125));
  results.scores_only = true;
  CHECK(tests::contains(tests::error_of([&] { rl::compare_pairs(results, paired); }),
                        "a paired test needs the same seeds for a and b in world"));
}

TEST_CASE("pair tests: names are read and written alike, a mistyped one finds its nearest") {
  for (const PairTest test :
       {PairTest::welch, PairTest::paired_t, PairTest::mann_whitney, PairTest::permutation})
    CHECK(rl::pair_test(rl::option_name(test)) == test);
  CHECK(rl::pair_test("paired-t") == PairTest::paired_t);
  CHECK(tests::contains(tests::error_of([] { rl::pair_test("wlech"); }), "did you mean 'welch'?"));
  CHECK(tests::contains(tests::error_of([] { rl::adjustment("hom"); }), "did you mean 'holm'?"));
  CHECK(rl::interval_method("bca") == rl::IntervalMethod::bca);
}
