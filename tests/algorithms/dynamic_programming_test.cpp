#include <doctest/doctest.h>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/backward_induction.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/dynamic_programming/contraction.hpp"
#include "algorithms/dynamic_programming/policy_evaluation.hpp"
#include "algorithms/dynamic_programming/policy_iteration.hpp"
#include "algorithms/dynamic_programming/prioritized_sweeping.hpp"
#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "tests/algorithms/random_mdp.hpp"

namespace rl::test {

namespace {

/// MFRL Fig 4.3: two cells, actions left, stay, right; leaving the grid costs 1, the right cell is
/// the target and pays 1 on entry and for staying.
FiniteMdp two_cells() {
  return FiniteMdp(2, 3, [](State s, Action a, std::vector<Outcome>& row) {
    const State aimed = s + a - 1;
    if (aimed < 0 || aimed > 1)
      row.push_back({1, -1, s});
    else
      row.push_back({1, aimed == 1 ? 1.0 : 0.0, aimed});
  });
}

/// A chain of n states to the terminal state n; each step costs 1.
FiniteMdp chain(State n) {
  return FiniteMdp(n + 1, 1,
                   [](State s, Action, std::vector<Outcome>& row) {
                     row.push_back({1, -1, s + 1});
                   },
                   {.terminal = {n}});
}

TruncatedPolicyIterationOptions five_sweeps() {
  TruncatedPolicyIterationOptions options;
  options.evaluation_sweeps = 5;
  return options;
}

/// The chain with rows that are computed when they are asked for.
struct ComputedChain {
  struct Row {
    double reward;
    State next;
    double expectation(const double* v) const { return v[next]; }
  };
  State n;
  State num_states() const { return n + 1; }
  Action num_actions() const { return 1; }
  bool terminal(State s) const { return s == n; }
  bool has_terminal() const { return true; }
  bool available(State, Action) const { return true; }
  std::size_t longest_row() const { return 1; }
  double largest_reward() const { return 1; }
  double row_sum_error() const { return chain(1).row_sum_error(); }
  Row row(State s, Action) const { return {-1, s + 1}; }
};
static_assert(Model<ComputedChain>);

}  // namespace

TEST_CASE("value iteration: two sweeps by hand") {
  // v1 = (1, 1); v2(s) = 1 + .9 * 1 = 1.9 for both (MFRL 4.2.3)
  BackupIteration<FiniteMdp, Greedy> vi(two_cells(), 0.9, Greedy{}, {.stop = StopRule::change});
  vi.advance();
  CHECK(vi.values()[0] == 1);
  CHECK(vi.values()[1] == 1);
  vi.advance();
  CHECK(vi.values()[0] == doctest::Approx(1.9));
  CHECK(vi.values()[1] == doctest::Approx(1.9));
}

TEST_CASE("value iteration: where every value changes alike, one sweep certifies the answer") {
  // d = (1, 1): MacQueen leaves the one value 1 + .9 / (1 - .9) = 10
  const Plan plan = value_iteration(two_cells(), 0.9);
  CHECK(plan.sweeps == 1);
  CHECK(plan.v[0] == doctest::Approx(10));
  REQUIRE(plan.error_bound);
  CHECK(*plan.error_bound < 1e-12);
}

TEST_CASE("value iteration: sweeps in place use what the sweep has changed") {
  // chain 0 -> 1 -> terminal, last state first: v(1) = -1, then v(0) = -1 + v(1) = -2 in one sweep
  BackupIteration<FiniteMdp, Greedy> backwards(chain(2), 1, Greedy{},
                                               {.order = SweepOrder::alternating});
  backwards.advance();  // forth: v(0) = -1 + 0, v(1) = -1
  CHECK(backwards.values()[0] == -1);
  backwards.advance();  // back: v(1) = -1, v(0) = -2
  CHECK(backwards.values()[0] == -2);
}

TEST_CASE("policy iteration: MFRL's two cells need one improvement of `left`") {
  PolicyIteration pi(two_cells(), 0.9, {.initial_action = 0});
  pi.advance();
  CHECK(pi.values()[0] == doctest::Approx(-10));  // v = -1 / (1 - .9)
  CHECK(pi.values()[1] == doctest::Approx(-9));   // 0 + .9 * -10
  CHECK(pi.policy() == std::vector<Action>{2, 1});
  const Plan plan = solve(pi);
  CHECK(plan.converged);
  CHECK(plan.v[0] == doctest::Approx(10));
  CHECK(plan.v[1] == doctest::Approx(10));
}

TEST_CASE("planning: every method finds the same optimum on random models") {
  for (std::uint64_t i = 0; i < 100; ++i) {
    Rng rng = Rng(3).split(i);
    const FiniteMdp model = random_mdp(rng, rng.flip(0.5));
    const Exact exact = optimum_in_long_double(model, 0.9L);
    for (const Plan& plan :
         {value_iteration(model, 0.9), value_iteration(model, 0.9, {.order = SweepOrder::in_place}),
          value_iteration(model, 0.9, {.order = SweepOrder::alternating}),
          value_iteration(model, 0.9, {.order = SweepOrder::random}),
          solve(PolicyIteration(model, 0.9)), solve(PolicyIteration(model, 0.9, five_sweeps())),
          solve(PolicyIteration(model, 0.9, {.ties = ImprovementTies::first})),
          solve(PrioritizedSweeping(model, 0.9))}) {
      CHECK(plan.converged);
      CHECK(largest_error(model, plan.v, exact) <= 1e-9);
    }
  }
}

TEST_CASE("planning: a model that computes its rows gives the table's values and bounds") {
  const FiniteMdp table = chain(6);
  const ComputedChain computed{6};
  for (const SweepOrder order : {SweepOrder::synchronous, SweepOrder::random}) {
    const Plan a = value_iteration(table, 0.9, {.order = order});
    const Plan b = value_iteration(computed, 0.9, {.order = order});
    CHECK(a.v == b.v);
    CHECK(a.error_bound == b.error_bound);
  }
  const TabularPolicy policy = uniform_policy(table);
  CHECK(policy_evaluation(table, 0.9, policy).v == policy_evaluation(computed, 0.9, policy).v);
  // Without discount a certificate takes the graph, which only the table has.
  CHECK(value_iteration(table, 1).error_bound);
  const Plan plan = value_iteration(computed, 1);
  CHECK(plan.v[0] == -6);
  CHECK(plan.converged);
  CHECK_FALSE(plan.error_bound);
}

TEST_CASE("value iteration: random order is not done because the drawn states did not change") {
  // The end pays 1: the first sweeps often draw no state that has heard of it.
  const State n = 20;
  const FiniteMdp model(n + 1, 1,
                        [](State s, Action, std::vector<Outcome>& row) {
                          row.push_back({1, s == n - 1 ? 1.0 : 0.0, s + 1});
                        },
                        {.terminal = {n}});
  for (const StopRule stop : {StopRule::change, StopRule::bound})
    for (std::int64_t seed = 0; seed < 20; ++seed) {
      const Plan plan = value_iteration(
          model, 0.99,
          {.tolerance = 1e-6, .stop = stop, .order = SweepOrder::random, .seed = seed});
      CHECK(plan.converged);
      REQUIRE(plan.error_bound);
      CHECK(*plan.error_bound <= 1e-6 / (1 - 0.99) + 1e-9);
      CHECK(plan.v[0] == doctest::Approx(std::pow(0.99, n - 1)));
    }
}

TEST_CASE("value iteration: with tolerance 0 on the change, sweeps end when nothing changes") {
  const Plan plan = value_iteration(chain(3), 1, {.tolerance = 0, .stop = StopRule::change});
  CHECK(plan.converged);
  CHECK(plan.sweeps == 4);
}

TEST_CASE("value iteration: a standstill without certificate counts only when it began at 0") {
  // Two states wander for nothing until one of them ends for 1: v* = 1. Every larger constant is a
  // fixed point as well.
  const FiniteMdp model(3, 2,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          if (a == 0) row = {{0.5, 0, s}, {0.5, 0, 1 - s}};
                          if (a == 1 && s == 1) row = {{1, 1, 2}};
                        },
                        {.terminal = {2}});
  const Plan high = value_iteration(model, 1, {.v0 = 5});
  CHECK(high.v[0] == 5);
  CHECK_FALSE(high.error_bound);
  CHECK_FALSE(high.converged);
  const Plan zero = value_iteration(model, 1);
  CHECK(zero.v[0] == doctest::Approx(1));
  CHECK(zero.converged);
}

TEST_CASE(
    "policy iteration: large models are evaluated sweep by sweep, and rounding cannot trap it") {
  // Pairs of states that lead to each other: v(0) = 4.1 - .9 * 4.2 + .81 v(0).
  const FiniteMdp pairs(20'002, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, s % 2 == 0 ? 4.1 : -4.2, s % 2 == 0 ? s + 1 : s - 1});
  });
  PolicyIteration pi(pairs, 0.9);
  pi.advance();
  CHECK(pi.progress().sweeps == 1);
  CHECK(pi.progress().iterations == 0);
  const Plan plan = solve(pi);
  CHECK(plan.converged);
  CHECK(plan.iterations == 1);
  REQUIRE(plan.error_bound);
  CHECK(*plan.error_bound < 1e-12);
  CHECK(std::abs(plan.v[0] - (4.1 - 0.9 * 4.2) / 0.19) <= *plan.error_bound);
}

TEST_CASE("truncated policy iteration: an evaluation of many sweeps is advanced sweep by sweep") {
  TruncatedPolicyIterationOptions options;
  options.evaluation_sweeps = 1'000'000;
  PolicyIteration pi(chain(5), 0.9, options);
  pi.advance();
  CHECK(pi.progress().sweeps == 1);
  const Plan plan = solve(pi);
  CHECK(plan.converged);
  CHECK(plan.sweeps == 6);  // the sixth changes nothing
  CHECK(plan.iterations == 1);
}

TEST_CASE("policy iteration: a first policy that never ends is refused, however large the model") {
  for (const State n : {3, 20'001}) {
    const FiniteMdp model(n + 1, 2,
                          [](State s, Action a, std::vector<Outcome>& row) {
                            row.push_back({1, -1, a == 0 ? s : s + 1});
                          },
                          {.terminal = {n}});
    PolicyIteration stays(model, 1, {.initial_action = 0});
    CHECK_THROWS_WITH_AS(stays.advance(),
                         "the policy never ends from state 0: without a discount its values are "
                         "not defined",
                         std::invalid_argument);
  }
}

TEST_CASE("policy iteration: what is a tie follows the rewards, not a fixed number") {
  const FiniteMdp tiny(1, 2, [](State s, Action a, std::vector<Outcome>& row) {
    row.push_back({1, a * 9e-10, s});
  });
  const Plan plan = solve(PolicyIteration(tiny, 0.999));
  CHECK(plan.converged);
  CHECK(plan.v[0] == doctest::Approx(9e-7));
  CHECK(*plan.error_bound < 1e-18);
  Rng rng(13);
  for (int i = 0; i < 50; ++i) {
    std::vector<double> reward(40);
    for (double& r : reward) r = 1e10 * (rng.uniform() - 0.5);
    const FiniteMdp huge(10, 4, [&](State s, Action a, std::vector<Outcome>& row) {
      for (int k = 0; k < 3; ++k)
        row.push_back({1.0 / 3, reward[index(s) * 4 + index(a)], (s * 7 + a * 3 + k * 5) % 10});
    });
    const Plan large = solve(PolicyIteration(huge, 0.99, {.max_iterations = 200}));
    CHECK(large.converged);
    CHECK(*large.error_bound < 1e-12 * large.v.lpNorm<Eigen::Infinity>());
  }
}

TEST_CASE("policy iteration: without discount it starts from a policy that ends") {
  // Action 0 stays for ever; only action 1 reaches the end.
  const FiniteMdp model(3, 2,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          row.push_back({1, -1, a == 0 ? s : s + 1});
                        },
                        {.terminal = {2}});
  const Plan plan = solve(PolicyIteration(model, 1));
  CHECK(plan.converged);
  CHECK(plan.v[0] == doctest::Approx(-2));
  REQUIRE(plan.error_bound);
  CHECK(*plan.error_bound < 1e-9);
}

TEST_CASE("planning stops at its limit, says so, and goes on where it stopped") {
  Rng rng(4);
  const FiniteMdp model = random_mdp(rng, false);
  const Plan cut = value_iteration(model, 0.99, {.max_sweeps = 10});
  CHECK_FALSE(cut.converged);
  CHECK(cut.sweeps == 10);
  REQUIRE(cut.error_bound);
  BackupIteration<FiniteMdp, Greedy> all(model, 0.99, Greedy{});
  BackupIteration<FiniteMdp, Greedy> pieces = all;
  for (int i = 0; i < 20; ++i) all.advance();
  for (int i = 0; i < 10; ++i) pieces.advance();
  BackupIteration<FiniteMdp, Greedy> copy = pieces;
  for (int i = 0; i < 10; ++i) copy.advance();
  CHECK(copy.values() == all.values());
}

TEST_CASE("one state at a time: S backups in place are one sweep in place") {
  Rng rng(5);
  const FiniteMdp model = random_mdp(rng, false);
  BackupIteration<FiniteMdp, Greedy> sweep(model, 0.9, Greedy{}, {.order = SweepOrder::in_place});
  BackupIteration<FiniteMdp, Greedy> single = sweep;
  sweep.advance();
  for (State s = 0; s < model.num_states(); ++s) single.backup_state(s);
  CHECK(sweep.values() == single.values());
}

TEST_CASE("prioritized sweeping: on a chain each backup is the last one its state needs") {
  // From the end backwards n - 1 states change once more after their first backup; plain sweeps
  // in order need n sweeps of n backups.
  const State n = 200;
  PrioritizedSweeping ps(chain(n), 1);
  std::int64_t backups = 0;
  while (!ps.queue_empty()) {
    ps.backup_next();
    ++backups;
  }
  CHECK(ps.values()[0] == -n);
  CHECK(backups < n * n / 2);
  const Plan plan = solve(PrioritizedSweeping(chain(n), 1));
  CHECK(plan.converged);
  CHECK(plan.v[0] == -n);
}

TEST_CASE("backward induction: h advances are the best return of h steps") {
  // Two cells, gamma 1: from the left cell 3 steps pay 1 + 1 + 1.
  const Plan plan = solve(BackwardInduction(two_cells(), 1, {.horizon = 3}));
  CHECK(plan.v[0] == 3);
  CHECK(plan.converged);
  REQUIRE(plan.error_bound);
  CHECK(*plan.error_bound < 1e-12);
}

TEST_CASE("backward induction: the actions are best for the steps that are left") {
  // With one step left staying pays 1; with two, leaving for 3 a step later is better.
  const FiniteMdp model(3, 2, [](State s, Action a, std::vector<Outcome>& row) {
    if (s == 0) row.push_back(a == 0 ? Outcome{1, 1, 0} : Outcome{1, 0, 1});
    if (s == 1) row.push_back({1, 3, 2});
    if (s == 2) row.push_back({1, 0, 2});
  });
  for (const std::int64_t horizon : {1, 2}) {
    const Plan plan = solve(BackwardInduction(model, 1, {.horizon = horizon}));
    CHECK(optimal_actions(model, plan.next_values(), 1, 0) ==
          std::vector<Action>{horizon == 1 ? 0 : 1});
    CHECK(max_value(action_values(model, plan.next_values(), 1, 0)) == plan.v[0]);
  }
}

TEST_CASE("backward induction equals value iteration stopped after as many sweeps") {
  Rng rng(6);
  const FiniteMdp model = random_mdp(rng, false);
  const Plan horizon = solve(BackwardInduction(model, 0.9, {.horizon = 7}));
  BackupIteration<FiniteMdp, Greedy> sweeps(model, 0.9, Greedy{});
  for (int i = 0; i < 7; ++i) sweeps.advance();
  CHECK(horizon.v == sweeps.values());
}

TEST_CASE("relative value iteration: a cycle of period 2 pays its mean") {
  // 0 -> 1 pays 1, 1 -> 0 pays 3; staying in 0 pays 1.5. The cycle's mean 2 is the best.
  const FiniteMdp model(2, 2, [](State s, Action a, std::vector<Outcome>& row) {
    if (a == 0) row.push_back({1, s == 0 ? 1.0 : 3.0, 1 - s});
    if (a == 1 && s == 0) row.push_back({1, 1.5, 0});
  });
  const Plan plan = solve(RelativeValueIteration(model));
  CHECK(plan.converged);
  REQUIRE(plan.average_reward);
  CHECK(*plan.average_reward == doctest::Approx(2).epsilon(1e-9));
  // The average over a long discounted future tends to the same: (1 - gamma) v*.
  CHECK((1 - 0.9999) * value_iteration(model, 0.9999).v[0] == doctest::Approx(2).epsilon(1e-3));
}

TEST_CASE("epsilon-soft iteration: epsilon 0 is value iteration, epsilon 1 the uniform policy") {
  Rng rng(11);
  const FiniteMdp model = random_mdp(rng, true);
  const StateValues greedy = value_iteration(model, 0.9).v;
  const StateValues uniform = evaluate_exactly(model, uniform_policy(model), 0.9);
  const auto close = [](const StateValues& a, const StateValues& b) {
    return (a - b).lpNorm<Eigen::Infinity>() <= 2e-9;
  };
  CHECK(close(epsilon_soft_iteration(model, 0.9, 0).v, greedy));
  CHECK(close(epsilon_soft_iteration(model, 0.9, 1).v, uniform));
  // Between: the best epsilon-soft policy is epsilon-greedy in its own action values.
  const Plan soft = epsilon_soft_iteration(model, 0.9, 0.3);
  REQUIRE(soft.policy);
  CHECK(*soft.policy == epsilon_greedy_policy(model, action_values(model, soft.v, 0.9), 0.3));
  CHECK(close(evaluate_exactly(model, *soft.policy, 0.9), soft.v));
}

TEST_CASE("closed form: sweeps agree with it, and a policy without end is refused") {
  Rng rng(12);
  const FiniteMdp model = random_mdp(rng, true);
  const TabularPolicy policy = random_policy(model, rng);
  const StateValues exact = evaluate_exactly(model, policy, 1);
  CHECK((policy_evaluation(model, 1, policy).v - exact).lpNorm<Eigen::Infinity>() <= 1e-9);
  const FiniteMdp loop(1, 1, [](State, Action, std::vector<Outcome>& row) {
    row.push_back({1, 0, 0});
  });
  CHECK_THROWS_WITH_AS(evaluate_exactly(loop, uniform_policy(loop), 1),
                       "the policy never ends from state 0: without a discount its values are not "
                       "defined",
                       std::invalid_argument);
}

TEST_CASE("policy evaluation: a policy that sums to 1 only within 1e-9 has one value") {
  const FiniteMdp model(1, 3, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, 1, s});
  });
  TabularPolicy policy(1, 3);
  for (double& p : policy.row(0)) p = 0.3333333333;
  check_policy(model, policy);
  // 1 / (1 - gamma) of the policy that is meant; its rows as they are would give 1e-4 less.
  for (const Plan& plan : {policy_evaluation(model, 0.999, policy),
                           solve(ClosedFormEvaluation(model, 0.999, policy))}) {
    REQUIRE(plan.error_bound);
    CHECK(*plan.error_bound < 2e-9);
    CHECK(std::abs(plan.v[0] - 1000) <= *plan.error_bound);
  }
  CHECK(evaluate_exactly(model, policy, 0.999)[0] == doctest::Approx(1000).epsilon(1e-12));
}

TEST_CASE("stationary distribution: a two-state chain by hand") {
  // 0 -> 1 with .5, 1 -> 0 with .25: d0 * .5 = d1 * .25, so d = (1/3, 2/3)
  const FiniteMdp model(2, 1, [](State s, Action, std::vector<Outcome>& row) {
    const double leave = s == 0 ? 0.5 : 0.25;
    row.push_back({leave, 0, 1 - s});
    row.push_back({1 - leave, 0, s});
  });
  const Eigen::VectorXd d = stationary_distribution(model, uniform_policy(model));
  CHECK(d[0] == doctest::Approx(1.0 / 3));
  CHECK(d[1] == doctest::Approx(2.0 / 3));
  const FiniteMdp apart(2, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, 0, s});
  });
  CHECK_THROWS_AS(stationary_distribution(apart, uniform_policy(apart)), std::invalid_argument);
}

TEST_CASE("expected visits: a coin that ends the episode is seen twice") {
  const FiniteMdp model(2, 1,
                        [](State, Action, std::vector<Outcome>& row) {
                          row.push_back({0.5, 0, 0});
                          row.push_back({0.5, 0, 1});
                        },
                        {.terminal = {1}});
  CHECK(expected_visits(model, uniform_policy(model))[0] == doctest::Approx(2));
}

TEST_CASE("contraction mapping: the theorem's bound holds at every iterate") {
  const ContractionRun run =
      iterate_contraction([](double x) { return 0.5 * std::sin(x); }, 10, 0.5, 30);
  REQUIRE(run.iterates.size() == 31);
  for (std::size_t k = 0; k < run.iterates.size(); ++k)
    CHECK(std::abs(run.iterates[k]) <= run.error_bounds[k]);  // the fixed point is 0
}

TEST_CASE("policy evaluation: options that do not fit the world are refused") {
  const FiniteMdp model = two_cells();
  PolicyEvaluationOptions options;
  options.policy = {1, 0, 0};
  CHECK_THROWS_WITH_AS(rl::policy_or_uniform(model, options.policy, "policy"),
                       "option 'policy': 3 probabilities for 2 states and 3 actions",
                       std::invalid_argument);
  options.policy = {0.5, 0.5, 0.5, 1, 0, 0};
  CHECK_THROWS_AS(rl::policy_or_uniform(model, options.policy, "policy"), std::invalid_argument);
}

TEST_CASE(
    "policy iteration: a small gain beside large values of other states is not taken for none") {
  // From state 0: end with 0, or on to 1, which leads back with .999999 at 3e-7 a round:
  // v(0) = 3e-7 / 1e-6 = .3. State 2 ends with a million.
  const FiniteMdp model(4, 2,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          if (s == 0) row.push_back({1, 0, a == 0 ? 3 : 1});
                          if (s == 1) {
                            const double reward = a == 0 ? -5e-7 : 3e-7;
                            row.push_back({0.999999, reward, 0});
                            row.push_back({0.000001, reward, 3});
                          }
                          if (s == 2 && a == 0) row.push_back({1, 1e6, 3});
                        },
                        {.terminal = {3}});
  const Plan plan = solve(PolicyIteration(model, 1, {.initial_action = 0}));
  CHECK(plan.converged);
  CHECK(plan.v[0] == doctest::Approx(0.3).epsilon(1e-6));
}

}  // namespace rl::test
