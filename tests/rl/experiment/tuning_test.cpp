#include "rl/experiment/tuning.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Configuration;
using rl::Tuning;

namespace {

Configuration tried(const std::string& learner, const std::string& variant, double tuning_mean) {
  return {.learner = {learner, variant, "{\"alpha\":" + variant + "}"},
          .tuning = {.mean = tuning_mean, .ci = {0, 1}, .n = 5}};
}

Tuning two_learners_tuned() {
  Tuning t{
      .worlds = {"w"},
      .budget = {.steps = 10},
      .tuning_seeds = {0, 1, 2},
      .selection_seeds = {500, 501},
      .configurations = {tried("a", "0.1", 0.5), tried("a", "0.2", 0.9), tried("a", "0.3", 0.8),
                         tried("b", "0.1", 0.7), tried("b", "0.2", 0.7)}};
  return t;
}

}  // namespace

TEST_CASE("tuning: the best of a learner come first, the earlier of equal ones") {
  const Tuning t = two_learners_tuned();
  CHECK(rl::best_configurations(t, "a", 2) == std::vector<std::size_t>{1, 2});
  CHECK(rl::best_configurations(t, "b", 9) == std::vector<std::size_t>{3, 4});
}

TEST_CASE("tuning: the selection decides, though another was ahead while tuning") {
  Tuning t = two_learners_tuned();
  t.configurations[1].selection = rl::TuningScore{.mean = 0.6, .n = 2};
  t.configurations[2].selection = rl::TuningScore{.mean = 0.7, .n = 2};
  rl::choose(t);
  CHECK(t.chosen("a")->learner.variant == "0.3");
  CHECK(t.chosen("b")->learner.variant == "0.1");
  CHECK(t.chosen("c") == nullptr);
}

TEST_CASE("tuning: seeds that were seen are refused by number and stage") {
  const Tuning t = two_learners_tuned();
  const auto error = [&](std::vector<std::uint64_t> seeds) {
    return tests::error_of([&] { rl::check_fresh(t, seeds); });
  };
  CHECK(error({1000, 1001}) == "nothing was thrown");
  CHECK(tests::contains(error({1000, 2}), "seed 2 was seen in tuning"));
  CHECK(tests::contains(error({501}), "seed 501 was seen in selection"));
}

TEST_CASE("tuning: a score is the mean over worlds, a failed run counts as zero") {
  rl::Results results{.learners = {{.name = "a"}},
                      .worlds = {"w1", "w2"},
                      .seeds = {0, 1},
                      .budget = {.steps = 10},
                      .runs = {}};
  const auto run = [](double score) {
    rl::RunRecord r{.status = rl::RunStatus::complete, .random_return = 0, .optimal_return = 1};
    r.curve = {{.step = 10, .score = score}};
    return r;
  };
  results.runs = {run(0.2), run(0.4), run(0.6), run(1.0)};
  CHECK(rl::tuning_scores(results)[0].mean == doctest::Approx(0.55));  // of 0.4 and 0.7
  results.runs[3].status = rl::RunStatus::failed;
  CHECK(rl::tuning_scores(results)[0].mean == doctest::Approx(0.3));  // of 0.4 and 0.2
  CHECK(rl::tuning_scores(results)[0].failed == 1);
  for (rl::RunRecord& r : results.runs) r.curve[0].score = tests::kNan;
  CHECK(tests::contains(tests::error_of([&] { rl::tuning_scores(results); }),
                        "w1: every policy has the same return"));
}

TEST_CASE("tuning: written and read it is the same") {
  Tuning t = two_learners_tuned();
  t.configurations[1].selection = rl::TuningScore{.mean = 0.6, .ci = {0.1, 0.9}, .n = 2};
  rl::choose(t);
  const std::string text = rl::tuning_json(t);
  CHECK(rl::tuning_json(rl::tuning_from_json(text, "x")) == text);
  CHECK(tests::contains(tests::error_of([] { rl::tuning_from_json("{}", "x/tuning.json"); }),
                        "x/tuning.json: is not what a sweep wrote"));
}
