#include "algorithms/dynamic_programming/certificate.hpp"

#include <doctest/doctest.h>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/policy_evaluation.hpp"
#include "algorithms/dynamic_programming/policy_iteration.hpp"
#include "algorithms/dynamic_programming/prioritized_sweeping.hpp"
#include "tests/algorithms/random_mdp.hpp"

namespace rl::test {

namespace {

/// A way to plan, stopped anywhere: bounds must hold for unfinished plans too.
Plan plan_somehow(const FiniteMdp& model, double gamma, Rng& rng) {
  SweepOptions sweeps;
  sweeps.tolerance = std::pow(10, -12 * rng.uniform());
  sweeps.max_sweeps = 1 + rng.index(400);
  sweeps.order = static_cast<SweepOrder>(rng.index(4));
  sweeps.stop = static_cast<StopRule>(rng.index(2));
  sweeps.v0 = rng.flip(0.5) ? 0 : 10 * rng.normal();
  switch (rng.index(5)) {
    case 0:
      return solve(PolicyIteration(model, gamma));
    case 1: {
      TruncatedPolicyIterationOptions truncated;
      truncated.max_iterations = 1 + rng.index(20);
      truncated.evaluation_sweeps = 1 + rng.index(20);
      return solve(PolicyIteration(model, gamma, truncated));
    }
    case 2:
      return solve(PrioritizedSweeping(model, gamma, {.max_sweeps = 1 + rng.index(100)}));
    default:
      return value_iteration(model, gamma, sweeps);
  }
}

constexpr double kGammas[] = {0, 0.3, 0.5, 0.9, 0.99, 0.999};

}  // namespace

TEST_CASE("certificate: no bound of 10,000 random problems is below the error in long double") {
  int violated = 0;
  int missing = 0;
  for (int i = 0; i < 10'000; ++i) {
    Rng rng = Rng(7).split(static_cast<std::uint64_t>(i));
    const FiniteMdp model = random_mdp(rng, rng.flip(0.5));
    const double gamma = kGammas[rng.index(6)];
    const Plan plan = plan_somehow(model, gamma, rng);
    missing += plan.error_bound ? 0 : 1;
    const Exact exact = optimum_in_long_double(model, static_cast<long double>(gamma));
    violated += largest_error(model, plan.v, exact) <= plan.error_bound.value_or(0) ? 0 : 1;
  }
  CHECK(violated == 0);
  CHECK(missing == 0);
}

TEST_CASE("certificate: the bound knows of rows that sum to 1 only within 1e-9") {
  const double p = 0.5 + 0.9e-9;  // e = 1 + 0.9e-9; v = e + gamma e v = e / (1 - gamma e)
  const FiniteMdp model(1, 1, [p](State s, Action, std::vector<Outcome>& row) {
    row = {{0.5, 1, s}, {p, 1, s}};
  });
  for (const double gamma : {0.1, 0.5, 0.9, 0.99}) {
    const Plan plan = value_iteration(model, gamma);
    const long double e = 0.5L + static_cast<long double>(p);
    const long double exact = e / (1 - static_cast<long double>(gamma) * e);
    REQUIRE(plan.error_bound);
    CHECK(std::abs(plan.v[0] - static_cast<double>(exact)) <= *plan.error_bound);
    CHECK(*plan.error_bound <= 1e-9);
  }
}

TEST_CASE("certificate: evaluation and epsilon-soft bounds hold on 2,000 random problems") {
  int violated = 0;
  for (int i = 0; i < 2'000; ++i) {
    Rng rng = Rng(8).split(static_cast<std::uint64_t>(i));
    const bool ends = rng.flip(0.5);
    const FiniteMdp model = random_mdp(rng, ends);
    const double gamma = ends && rng.flip(0.3) ? 1 : kGammas[rng.index(6)];
    const TabularPolicy policy = random_policy(model, rng);
    const Exact exact = evaluate_in_long_double(model, policy, static_cast<long double>(gamma));
    const Plan by_sweeps = policy_evaluation(
        model, gamma, policy,
        {.max_sweeps = 1 + rng.index(300), .order = static_cast<SweepOrder>(rng.index(4))});
    const Plan closed = solve(ClosedFormEvaluation(model, gamma, policy));
    for (const Plan* plan : {&by_sweeps, &closed}) {
      REQUIRE(plan->error_bound);
      violated += largest_error(model, plan->v, exact) <= *plan->error_bound ? 0 : 1;
    }
  }
  CHECK(violated == 0);
}

TEST_CASE("certificate: without discount the bound holds where every row may end") {
  int violated = 0;
  int certified = 0;
  for (int i = 0; i < 1'000; ++i) {
    Rng rng = Rng(9).split(static_cast<std::uint64_t>(i));
    const FiniteMdp model = random_mdp(rng, true);
    const Exact exact = optimum_in_long_double(model, 1);
    for (const Plan& plan : {value_iteration(model, 1.0, {.max_sweeps = 1 + rng.index(200)}),
                             solve(PolicyIteration(model, 1.0))}) {
      certified += plan.error_bound ? 1 : 0;
      if (plan.error_bound)
        violated += largest_error(model, plan.v, exact) <= *plan.error_bound ? 0 : 1;
    }
  }
  CHECK(violated == 0);
  CHECK(certified > 1'500);
}

TEST_CASE("certificate: a free loop without discount is not certified, a costly one is") {
  // State 0 may stay for `stay` or go to the terminal state 1 for -1.
  const auto choice = [](double stay) {
    return FiniteMdp(2, 2,
                     [stay](State, Action a, std::vector<Outcome>& row) {
                       row.push_back(a == 0 ? Outcome{1, stay, 0} : Outcome{1, -1, 1});
                     },
                     {.terminal = {1}});
  };
  // Staying costs: v* = -1, by leaving.
  const Plan costly = value_iteration(choice(-2), 1.0);
  CHECK(costly.v[0] == doctest::Approx(-1));
  REQUIRE(costly.error_bound);
  CHECK(*costly.error_bound < 1e-9);
  // Staying is free: the values of policies that end are at most -1, of those that stay 0. From
  // v = -1 the backup finds nothing to improve, and no certificate may be given.
  const Plan free = value_iteration(choice(0), 1.0, {.v0 = -1});
  CHECK(free.v[0] == doctest::Approx(-1));
  CHECK_FALSE(free.error_bound);
}

TEST_CASE("certificate: a tolerance below rounding ends unconverged and says how near it came") {
  const FiniteMdp loop(1, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, 1, s});
  });
  const Plan plan = value_iteration(loop, 0.99, {.tolerance = 1e-300});
  CHECK_FALSE(plan.converged);
  CHECK(plan.sweeps < 100'000);
  REQUIRE(plan.error_bound);
  CHECK(std::abs(plan.v[0] - 100) <= *plan.error_bound);
  CHECK(*plan.error_bound < 1e-9);
}

TEST_CASE("certificate: where rounding goes round in a circle the sweeps end all the same") {
  const FiniteMdp pair(2, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, s == 0 ? 4.1 : -4.2, 1 - s});
  });
  for (const SweepOrder order : {SweepOrder::synchronous, SweepOrder::in_place}) {
    const Plan plan = value_iteration(pair, 0.9, {.tolerance = 0, .order = order});
    CHECK_FALSE(plan.converged);
    CHECK(plan.sweeps < 1'000);
    REQUIRE(plan.error_bound);
    CHECK(*plan.error_bound < 1e-12);
    CHECK(std::abs(plan.v[0] - (4.1 - 0.9 * 4.2) / 0.19) <= *plan.error_bound);
  }
}

TEST_CASE(
    "certificate: far initial values round coarsely, and the sweeps go on until they do not") {
  const FiniteMdp loop(1, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, 1, s});
  });
  const Plan plan = value_iteration(loop, 0.9, {.v0 = 1e6});
  CHECK(plan.converged);
  CHECK(std::abs(plan.v[0] - 10) <= 1e-9);
}

}  // namespace rl::test
