#include "algorithms/monte_carlo.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/dynamic_programming/importance_sampling.hpp"
#include "algorithms/monte_carlo_basic.hpp"
#include "rl/statistics/sample.hpp"
#include "tests/algorithms/learners.hpp"
#include "tests/errors.hpp"

using nlohmann::json;
using rl::Action;
using rl::Problem;
using rl::Rng;
using rl::State;
using tests::contains;
using tests::error_of;

namespace {

/// Two states and an end; two actions, all of which lead anywhere.
Problem small(double gamma) {
  const auto row = [](State, Action, std::vector<rl::Outcome>& r) {
    r = {{0.25, 1, 0}, {0.25, 1, 1}, {0.5, 1, 2}};
  };
  return {.name = "small", .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}}), .gamma = gamma};
}

struct Move {
  State s;
  Action a;
  double reward;
};

/// Tells a learner of an episode that ends in state 2.
template <class Learner>
void live(Learner& learner, const std::vector<Move>& moves, bool terminated = true) {
  Rng rng(1);
  learner.start(moves.front().s, rng);
  for (std::size_t t = 0; t < moves.size(); ++t) {
    const bool last = t + 1 == moves.size();
    const State next = last ? (terminated ? 2 : 1) : moves[t + 1].s;
    learner.step(
        {moves[t].s, moves[t].a, moves[t].reward, next, last && terminated, last && !terminated},
        rng);
  }
}

/// A run of so many episodes in a registered world.
rl::AnyRunner run(const char* name, const Problem& problem, std::int64_t episodes,
                  const json& options = json::object()) {
  rl::AnyRunner runner = tests::begin(name, problem, options);
  runner.run({.episodes = episodes});
  return runner;
}

}  // namespace

TEST_CASE("mc prediction: first visits and every visit, by hand") {
  // gamma 0.5, states 0 0 1, rewards 2 4 8: G = 2 + (4 + 8 / 2) / 2 = 6, 4 + 4 = 8, 8.
  const std::vector<Move> moves = {{0, 0, 2}, {0, 0, 4}, {1, 0, 8}};
  rl::MonteCarloPrediction first(small(0.5), {});
  live(first, moves);
  CHECK(first.v()[0] == 6);
  CHECK(first.v()[1] == 8);
  rl::MonteCarloPrediction every(small(0.5), {.returns = {.visits = rl::VisitRule::every}});
  live(every, moves);
  CHECK(every.v()[0] == 7);
  // Constant alpha, in order of the visits: 0 -> 3 -> 5.5.
  rl::MonteCarloPrediction constant(small(0.5),
                                    {.returns = {.visits = rl::VisitRule::every}, .alpha = 0.5});
  live(constant, moves);
  CHECK(constant.v()[0] == 5.5);
}

TEST_CASE("mc prediction: a truncated episode gives the return so far") {
  rl::MonteCarloPrediction learner(small(0.5), {.values = {.v0 = 100}});
  live(learner, {{0, 0, 2}, {0, 0, 4}}, false);
  CHECK(learner.v()[0] == 4);    // 2 + 4 / 2
  CHECK(learner.v()[1] == 100);  // where it was cut: never left
}

TEST_CASE("importance sampling: ordinary, weighted and per-decision, by hand") {
  // The behaviour is uniform; the policy takes action 0 with 0.75 in state 0 and with 0.25 in 1.
  const std::vector<double> policy = {0.75, 0.25, 0.25, 0.75, 0, 0};
  const std::vector<Move> moves = {{0, 0, 2}, {1, 0, 4}};  // rho = 1.5, 0.5; gamma = 1
  rl::OrdinaryImportanceSampling ordinary(small(1), {.policy = policy});
  live(ordinary, moves);
  CHECK(ordinary.v()[0] == 0.75 * 6);
  CHECK(ordinary.v()[1] == 0.5 * 4);
  rl::PerDecisionImportanceSampling per_decision(small(1), {.policy = policy});
  live(per_decision, moves);
  CHECK(per_decision.v()[0] == 1.5 * (2 + 0.5 * 4));
  CHECK(per_decision.v()[1] == 0.5 * 4);
  rl::WeightedImportanceSampling weighted(small(1), {.policy = policy});
  live(weighted, moves);
  CHECK(weighted.v()[0] == 6);  // the first return counts as it is
  live(weighted, {{0, 1, 2}});  // W = 0.5
  CHECK(weighted.v()[0] == doctest::Approx((0.75 * 6 + 0.5 * 2) / (0.75 + 0.5)));
}

TEST_CASE("importance sampling: a behaviour that misses an action of the policy is refused") {
  CHECK(contains(error_of([] {
                   rl::OrdinaryImportanceSampling(small(1), {.behavior = {1, 0, 1, 0, 0, 0}});
                 }),
                 "behavior: never takes action 1 in state 0"));
  CHECK(contains(error_of([] {
                   rl::MonteCarloPrediction(small(1), {.policy = {1, 0}});
                 }),
                 "option 'policy': 2 probabilities for 3 states and 2 actions"));
}

TEST_CASE("importance sampling: exact mean and variance are those of many episodes") {
  const Problem walk = tests::world("random_walk_5");
  rl::TabularPolicy policy(7, 2);
  for (State s = 1; s < 6; ++s) {
    policy.row(s)[0] = 0.4;
    policy.row(s)[1] = 0.6;
  }
  const rl::TabularPolicy uniform = rl::uniform_policy(walk.model);
  const rl::WeightedReturn exact = rl::weighted_return(walk.model, policy, uniform, 1, 3);
  CHECK(exact.mean_weight == doctest::Approx(1));
  CHECK(exact.mean == doctest::Approx(rl::evaluate_exactly(walk.model, policy, 1)[3]));
  Rng rng(1);
  std::vector<double> samples;
  for (int i = 0; i < 100'000; ++i) {
    double W = 1;
    double G = 0;
    for (State s = 3; !walk.model.terminal(s);) {
      const Action a = uniform.sample(s, rng);
      W *= policy.probability(s, a) / 0.5;
      const rl::Step<State> x = walk.model.sample(s, a, rng);
      G += x.reward;
      s = x.next;
    }
    samples.push_back(W * G);
  }
  const double sd = rl::standard_deviation(samples);
  CHECK(std::abs(rl::mean(samples) - exact.mean) < 4 * sd / std::sqrt(1e5));
  CHECK(sd * sd == doctest::Approx(exact.variance()).epsilon(0.05));
  // On-policy, the reward of Example 5.5's loop is 1 for sure; off-policy its square has no mean.
  const Problem loop = tests::world("infinite_variance");
  const rl::TabularPolicy left = rl::deterministic_policy(loop.model, std::vector<Action>{0, 0});
  CHECK(rl::weighted_return(loop.model, left, left, 1, 0).variance() == doctest::Approx(0));
  CHECK(std::isinf(
      rl::weighted_return(loop.model, left, rl::uniform_policy(loop.model), 1, 0).second_moment));
}

TEST_CASE("offline lambda-return: by hand, with v as it was at the episode's start") {
  // gamma 1, lambda 0.5, v = 8: last G = 4; G_0 = 2 + 0.5 * 8 + 0.5 * 4 = 8.
  rl::OfflineLambdaReturn learner(small(1),
                                  {.returns = {.lambda = 0.5}, .alpha = 0.5, .values = {.v0 = 8}});
  live(learner, {{0, 0, 2}, {1, 0, 4}});
  CHECK(learner.v()[0] == 8);
  CHECK(learner.v()[1] == 6);
  // Cut, the last return is bootstrapped: 4 + v(1) = 10, G_0 = 2 + (6 + 10) / 2 = 10.
  live(learner, {{0, 0, 2}, {1, 0, 4}}, false);
  CHECK(learner.v()[0] == 9);
  CHECK(learner.v()[1] == 8);
}

TEST_CASE("offline lambda-return: lambda = 1 is every-visit Monte Carlo to the bit") {
  const Problem walk = tests::world("random_walk_19");
  const auto numbers = [](const rl::AnyRunner& runner) {
    const auto v = runner.estimates().values;
    return std::vector<double>(v.begin(), v.end());
  };
  CHECK(numbers(run("offline_lambda_return", walk, 50, {{"lambda", 1}, {"alpha", 0.125}})) ==
        numbers(run("mc_prediction", walk, 50, {{"visits", "every"}, {"alpha", 0.125}})));
}

TEST_CASE("mc control: returns of pairs, and a policy that follows them") {
  rl::MonteCarloEpsilonGreedy learner(small(0.5), {});
  live(learner, {{0, 0, 2}, {0, 1, 4}, {1, 0, 8}});
  CHECK(learner.q().value(0, 0) == 6);
  CHECK(learner.q().value(0, 1) == 8);
  CHECK(learner.q().value(1, 0) == 8);
  CHECK(learner.q().value(1, 1) == 0);
  rl::MonteCarloExploringStarts greedy(small(0.5), {});
  live(greedy, {{0, 0, 2}, {0, 1, 4}, {1, 0, 8}});
  Rng rng(1);
  for (int i = 0; i < 20; ++i)  // after the first action the policy is greedy
    CHECK(greedy.step({1, 0, 0, 0, false, false}, rng) == 1);
}

TEST_CASE("mc off-policy control: back to the last action that was not greedy") {
  rl::OffPolicyMonteCarloControl learner(small(1), {.epsilon = 0.5});
  // Back from the end: q(1, 0) = 8 is greedy, W = 1 / 0.75; q(0, 1) = 4 + 8, then greedy in 0; the
  // first action, 0, is not: its return is weighted, and what was before it would not be.
  live(learner, {{0, 0, 2}, {0, 1, 4}, {1, 0, 8}});
  CHECK(learner.q()(1, 0) == 8);
  CHECK(learner.q()(0, 1) == 12);
  CHECK(learner.q()(0, 0) == 14);
  CHECK(learner.q()(1, 1) == 0);
}

TEST_CASE("mc basic: without chance, episodes of L steps lead to what L steps can gain") {
  const Problem problem = tests::world("mfrl_5x5_forbidden_10");
  const rl::Plan plan = rl::solve(
      rl::MonteCarloBasic(problem.model, problem.gamma, {.episodes = 1, .episode_length = 30}));
  const rl::Plan exact = rl::solve(tests::worlds_and_algorithms()
                                       .algorithm("backward_induction")
                                       .make_planner(problem, {{"horizon", 30}}));
  CHECK(plan.converged);
  CHECK((plan.v - exact.v).lpNorm<Eigen::Infinity>() < 1e-12);
  REQUIRE(plan.error_bound.has_value());
  const rl::Truth truth = rl::exact_truth(problem);
  const double error = (plan.v - truth.v_star).lpNorm<Eigen::Infinity>();
  CHECK(error > 0.1);  // 30 steps are few, and the plan says so
  CHECK(error <= *plan.error_bound);
}

TEST_CASE("monte carlo: each method comes to the planner's values") {
  const Problem walk = tests::world("random_walk_5");
  const rl::Truth truth = rl::exact_truth(walk);
  const auto error = [&](const rl::AnyRunner& runner) {
    return truth.error(walk.model, runner.estimates()).max;
  };
  CHECK(error(run("mc_prediction", walk, 20'000)) < 0.02);
  CHECK(error(run("mc_prediction", walk, 20'000, {{"visits", "every"}})) < 0.02);
  CHECK(error(run("offline_lambda_return", walk, 20'000, {{"alpha", 0.002}})) < 0.03);
  // pi goes right with 0.6; uniform episodes, weighted.
  json policy = json::array();
  for (int s = 0; s < 7; ++s) policy.insert(policy.end(), {0.4, 0.6});
  for (const char* name : {"mc_ordinary_importance_sampling", "mc_weighted_importance_sampling",
                           "mc_per_decision_importance_sampling"}) {
    CAPTURE(name);
    CHECK(error(run(name, walk, 50'000, {{"policy", policy}})) < 0.05);
  }
  const Problem blackjack = tests::world("blackjack");
  const rl::Truth best = rl::exact_truth(blackjack);
  for (const char* name : {"mc_exploring_starts", "mc_epsilon_greedy", "mc_off_policy_control"}) {
    CAPTURE(name);
    const rl::AnyRunner runner = run(name, blackjack, 200'000);
    const double J =
        best.policy_return(rl::greedy_policy(blackjack.model, runner.estimates(), blackjack.gamma));
    CHECK(best.optimal_return - J < 0.02);
    CHECK(best.optimal_return - best.random_return > 0.3);
  }
}

TEST_CASE("mc exploring starts: a world in which a greedy policy can go on for ever is refused") {
  const rl::AlgorithmEntry& learner =
      tests::worlds_and_algorithms().algorithm("mc_exploring_starts");
  const Problem maze = tests::world("dyna_maze");
  CHECK(contains(learner.refuses(maze).value_or(""), "one can go on for ever: give "));
  Problem limited = maze;
  limited.episode_steps = 100;
  CHECK_FALSE(learner.refuses(limited).has_value());
  CHECK_FALSE(learner.refuses(tests::world("blackjack")).has_value());
}
