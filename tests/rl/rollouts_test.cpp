#include "rl/rollouts.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rl/statistics/sample.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Problem;
using rl::Rng;
using rl::RolloutSample;
using rl::TabularPolicy;

namespace {

/// Forwards round a ring of three: rewards 0, 1, 2, 0, 1, 2, ...
Problem ring_problem() { return {.name = "ring", .model = tests::ring(3), .gamma = 0.5}; }
TabularPolicy forwards(const Problem& p) {
  return deterministic_policy(p.model, std::vector<rl::Action>{0, 0, 0});
}

/// Ends on either side with probability 1/2, and the right side pays 1: J = 1/2.
Problem walk_problem() { return {.name = "walk", .model = tests::random_walk(7), .gamma = 1}; }

}  // namespace

TEST_CASE("rollouts: returns of a world without chance, by hand") {
  Problem p = ring_problem();
  p.episode_steps = 3;
  const RolloutSample x = value_by_rollouts(p, forwards(p), {.n = 5}, Rng(1));
  CHECK(x.n == 5);
  CHECK(x.mean == 1);  // 0 + 0.5 * 1 + 0.25 * 2
  CHECK(x.standard_deviation() == 0);
  CHECK(x.half_width() == 0);
  CHECK(x.truncated == 5);
  CHECK(x.terminated == 0);
  CHECK(x.truncation_bound == 0);  // the problem itself is about three steps
}

TEST_CASE("rollouts: an endless episode is cut where at most the stated bound is left") {
  // R_max = 2: 0.5^T 2 / 0.5 = 4 / 2^T is below 1e-9 from T = 32 on. J = 0.5 + 0.5 in each round,
  // and a round is worth 1/8 of the one before: J = 1 / (1 - 1/8).
  const Problem p = ring_problem();
  const RolloutSample x = value_by_rollouts(p, forwards(p), {.n = 2}, Rng(1));
  CHECK(x.horizon == 32);
  CHECK(x.truncation_bound == doctest::Approx(4 / std::pow(2.0, 32)).epsilon(1e-12));
  CHECK(x.holds(8.0 / 7));
  CHECK(std::abs(x.mean - 8.0 / 7) <= x.truncation_bound);
  CHECK_FALSE(x.holds(8.0 / 7 + 1e-8));
}

TEST_CASE("rollouts: one thread and two give equal bits") {
  const Problem p = walk_problem();
  const TabularPolicy policy = uniform_policy(p.model);
  for (const std::int64_t n : {1, 7, 5000}) {
    const RolloutSample one = value_by_rollouts(p, policy, {.n = n, .threads = 1}, Rng(4));
    const RolloutSample two = value_by_rollouts(p, policy, {.n = n, .threads = 2}, Rng(4));
    CHECK(one.n == n);
    CHECK(one.mean == two.mean);
    CHECK(one.sum_of_squares == two.sum_of_squares);
    CHECK(one.terminated == two.terminated);
  }
}

TEST_CASE("rollouts: rollout i is the episode of the stream root.split(i)") {
  const Problem p = walk_problem();
  const TabularPolicy policy = uniform_policy(p.model);
  std::vector<double> returns;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    double G = 0;
    for (const auto& t : episode_of(p, policy, rl::kNoLimit, Rng(9).split(i))) G += t.reward;
    returns.push_back(G);
  }
  const RolloutSample x = value_by_rollouts(p, policy, {.n = 1000}, Rng(9));
  CHECK(x.mean == doctest::Approx(rl::mean(returns)).epsilon(1e-13));
  CHECK(x.standard_deviation() == doctest::Approx(rl::standard_deviation(returns)).epsilon(1e-12));
  CHECK(x.mean - x.half_width() == doctest::Approx(rl::t_interval(returns).low).epsilon(1e-12));
  CHECK(x.standard_errors_from(x.mean + x.standard_deviation()) ==
        doctest::Approx(std::sqrt(1000.0)));
}

TEST_CASE("rollouts: the interval has the exact value in it as often as it says") {
  // 400 intervals at 95 %: 380 +- 4 * 4.4. The value 0.7 is 2.5 standard errors away.
  const Problem p = walk_problem();
  const TabularPolicy policy = uniform_policy(p.model);
  int covered = 0;
  int covered_wrong = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const RolloutSample x = value_by_rollouts(p, policy, {.n = 40}, Rng(seed));
    covered += x.holds(0.5) ? 1 : 0;
    covered_wrong += x.holds(0.7) ? 1 : 0;
  }
  CHECK(covered >= 362);
  CHECK(covered <= 398);
  CHECK(covered_wrong < 200);
}

TEST_CASE("rollouts: whoever stops them gets what was done") {
  const Problem p = walk_problem();
  int asked = 0;
  const RolloutSample x = value_by_rollouts(
      p, uniform_policy(p.model), {.n = 1000, .stop = [&] { return ++asked > 100; }}, Rng(1));
  CHECK(x.n > 0);
  CHECK(x.n < 100);
  CHECK(x.terminated == x.n);
  double last = 0;
  value_by_rollouts(p, uniform_policy(p.model),
                    {.n = 1000, .progress = [&](double done) { last = done; }}, Rng(1));
  CHECK(last == 1);
}

TEST_CASE("rollouts: what may never end is refused") {
  Problem p = ring_problem();
  p.gamma = 1;
  CHECK_FALSE(rollouts_end(p, forwards(p)));
  CHECK(tests::contains(tests::error_of([&] { value_by_rollouts(p, forwards(p), {}, Rng(1)); }),
                        "the policy may go on for ever"));
  p.episode_steps = 10;
  CHECK(rollouts_end(p, forwards(p)));
  CHECK(
      tests::contains(tests::error_of([&] { value_by_rollouts(p, forwards(p), {.n = 0}, Rng(1)); }),
                      "at least one episode"));
}
