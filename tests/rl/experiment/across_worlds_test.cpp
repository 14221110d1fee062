#include "rl/experiment/across_worlds.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using rl::Results;
using rl::RunRecord;

namespace {

/// scores[learner][world][run]
Results scored(const std::vector<std::vector<std::vector<double>>>& scores) {
  Results results{.learners = {}, .worlds = {}, .seeds = {}, .budget = {.steps = 1}, .runs = {}};
  for (std::size_t l = 0; l < scores.size(); ++l)
    results.learners.push_back({.name = std::string(1, static_cast<char>('a' + l))});
  for (std::size_t w = 0; w < scores[0].size(); ++w)
    results.worlds.push_back("world" + std::to_string(w));
  for (std::size_t s = 0; s < scores[0][0].size(); ++s) results.seeds.push_back(s);
  for (const auto& learner : scores)
    for (const auto& world : learner)
      for (const double score : world) {
        RunRecord run{.status = rl::RunStatus::complete, .random_return = 0, .optimal_return = 1};
        run.curve = {{.step = 0, .score = score}};
        results.runs.push_back(run);
      }
  return results;
}

double aggregate(const rl::AcrossWorlds& all, const std::string& learner, const std::string& name) {
  for (const rl::Aggregate& a : all.aggregates)
    if (a.learner == learner && a.name == name) return a.value;
  return -1;
}

}  // namespace

TEST_CASE("across worlds: aggregates and P(improvement) by hand") {
  const auto all =
      rl::across_worlds(scored({{{0.2, 0.4}, {1.0, 0.8}}, {{0.3, 0.3}, {0.5, 0.9}}}), {});
  REQUIRE(all);
  // a: means of the worlds 0.3 and 0.9. b: 0.3 and 0.7.
  CHECK(aggregate(*all, "a", "mean") == doctest::Approx(0.6));
  CHECK(aggregate(*all, "a", "median") == doctest::Approx(0.6));
  CHECK(aggregate(*all, "a", "IQM") == doctest::Approx(0.6));  // of 0.4 and 0.8
  CHECK(aggregate(*all, "b", "optimality gap") == doctest::Approx(0.5));
  // World 0: 0.2 loses to both, 0.4 wins both: 1/2. World 1: 1.0 wins both, 0.8 wins one: 3/4.
  REQUIRE(all->improvements.size() == 1);
  CHECK(all->improvements[0].probability == doctest::Approx((0.5 + 0.75) / 2));
  CHECK(all->improvements[0].ci.low < 0.625);
  CHECK(all->improvements[0].ci.high > 0.625);
}

TEST_CASE("across worlds: an interval belongs to its learner, whoever stands beside it") {
  const auto alone = rl::across_worlds(scored({{{0.2, 0.4, 0.9}, {1.0, 0.8, 0.1}}}), {});
  const auto both = rl::across_worlds(
      scored({{{0.2, 0.4, 0.9}, {1.0, 0.8, 0.1}}, {{0.3, 0.3, 0.1}, {0.5, 0.9, 0.2}}}), {});
  REQUIRE(alone);
  REQUIRE(both);
  for (std::size_t i = 0; i < alone->aggregates.size(); ++i) {
    CHECK(alone->aggregates[i].ci.low == both->aggregates[i].ci.low);
    CHECK(alone->aggregates[i].ci.high == both->aggregates[i].ci.high);
  }
}

TEST_CASE("across worlds: without a whole table of runs by worlds there is no aggregate") {
  Results results = scored({{{0.2, 0.4}, {1.0, 0.8}}});
  CHECK(rl::across_worlds(results, {}));
  results.runs[1].status = rl::RunStatus::cut_off;
  CHECK_FALSE(rl::across_worlds(results, {}));
}

TEST_CASE("across worlds: one run has aggregates and no intervals") {
  const auto all = rl::across_worlds(scored({{{0.2}, {1.0}}}), {});
  REQUIRE(all);
  CHECK(aggregate(*all, "a", "mean") == doctest::Approx(0.6));
  CHECK(all->aggregates[0].ci_name.empty());
  CHECK(rl::aggregate_table(*all)[1][1] == "0.600");
}
