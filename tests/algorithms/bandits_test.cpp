#include "algorithms/bandits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/truth.hpp"
#include "envs/bandit.hpp"
#include "rl/experiment/evaluation.hpp"
#include "rl/plan.hpp"
#include "rl/registry.hpp"
#include "rl/statistics/sample.hpp"
#include "tests/errors.hpp"

using nlohmann::json;
using rl::Action;
using rl::Problem;
using rl::Rng;
using tests::contains;
using tests::error_of;

namespace {

/// One state; arm a always pays rewards[a].
Problem arms_of(std::vector<double> rewards) {
  const auto row = [&](rl::State s, Action a, std::vector<rl::Outcome>& outcomes) {
    outcomes = {{.probability = 1, .reward = rewards[rl::index(a)], .next = s}};
  };
  return {.name = "arms",
          .model = rl::FiniteMdp(1, static_cast<Action>(rewards.size()), row),
          .gamma = 0};
}

/// What an arm's pull teaches.
template <class Learner>
Action pull(Learner& learner, Action a, double reward, Rng& rng) {
  return learner.step({.state = 0, .action = a, .reward = reward, .next = 0, .terminated = false},
                      rng);
}

/// By halving, in long double.
double kl_bound_by_halving(double q, double n, double level) {
  const auto kl = [&](long double m) {
    const long double x = q;
    return (x > 0 ? x * std::log(x / m) : 0) + (x < 1 ? (1 - x) * std::log((1 - x) / (1 - m)) : 0);
  };
  long double low = q, high = 1;
  for (int i = 0; i < 200; ++i) {
    const long double m = (low + high) / 2;
    (n * kl(m) <= level ? low : high) = m;
  }
  return static_cast<double>(low);
}

}  // namespace

TEST_CASE("ucb: every arm once, then the largest q + c sqrt(ln t / N)") {
  const Problem p = arms_of({1, 0});
  rl::UcbBandit learner(p, {.c = 2});
  Rng rng(1);
  const Action first = learner.start(0, rng);
  const Action second = pull(learner, first, first == 0 ? 1 : 0, rng);
  CHECK(second == 1 - first);
  // t = 3: 1 + 2 sqrt(ln 3) = 3.10 and 2 sqrt(ln 3) = 2.10
  CHECK(pull(learner, second, second == 0 ? 1 : 0, rng) == 0);
  // t = 4: 1 + 2 sqrt(ln 4 / 2) = 2.67 and 2 sqrt(ln 4) = 2.35
  CHECK(pull(learner, 0, 1, rng) == 0);
  // t = 5: 1 + 2 sqrt(ln 5 / 3) = 2.46 and 2 sqrt(ln 5) = 2.54
  CHECK(pull(learner, 0, 1, rng) == 1);
  // t = 6: 1 + 2 sqrt(ln 6 / 3) = 2.55 and 2 sqrt(ln 6 / 2) = 1.89
  CHECK(pull(learner, 1, 0, rng) == 0);
}

TEST_CASE("ucb: the default step size makes q the mean of an arm's rewards") {
  const Problem p = arms_of({0, 0});
  rl::UcbBandit learner(p, {});
  Rng rng(1);
  for (const double r : {2.0, 4.0, 9.0}) pull(learner, 1, r, rng);
  CHECK(learner.q()(0, 1) == doctest::Approx(5).epsilon(1e-15));
  CHECK(learner.q()(0, 0) == 0);
}

TEST_CASE("kl-ucb: the bound is the root of n KL(q, m) = level, to the last digits") {
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    const double q = i % 10 == 0 ? 0 : rng.uniform();
    const auto n = std::int64_t{1} + rng.index(1000);
    const double level = 20 * rng.uniform();
    const double bound = rl::bernoulli_kl_bound(q, n, level);
    CAPTURE(q);
    CAPTURE(n);
    CAPTURE(level);
    CHECK(std::abs(bound - kl_bound_by_halving(q, static_cast<double>(n), level)) <= 1e-9);
    CHECK(bound >= q);
    CHECK(bound <= 1);
  }
  CHECK(rl::bernoulli_kl_bound(1, 5, 3) == 1);
  CHECK(rl::bernoulli_kl_bound(0.3, 5, 0) == 0.3);
  // q = 0: -n ln(1 - m) = level
  CHECK(rl::bernoulli_kl_bound(0, 2, 1) == doctest::Approx(1 - std::exp(-0.5)).epsilon(1e-14));
}

TEST_CASE("thompson sampling: q is the posterior mean of normal rewards") {
  const Problem p = arms_of({0, 0});
  // k = (sd_reward / sd_prior)^2 = 4: (4 * 3 + 2 + 4 + 9) / (4 + 3)
  rl::ThompsonBandit learner(p, {.sd_reward = 1, .sd_prior = 0.5, .q0 = 3});
  Rng rng(1);
  for (const double r : {2.0, 4.0, 9.0}) pull(learner, 0, r, rng);
  CHECK(learner.q()(0, 0) == doctest::Approx(27. / 7).epsilon(1e-14));
  CHECK(learner.q()(0, 1) == 3);
}

TEST_CASE("thompson sampling: an arm is pulled as often as it is likely to be the better") {
  // Posteriors N(1, 1/2) and N(0, 1/2): the first draw is larger with probability Phi(1) = .8413.
  const Problem p = arms_of({0, 0});
  Rng rng(5);
  int first = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    rl::ThompsonBandit learner(p, {});
    pull(learner, 0, 2, rng);
    first += pull(learner, 1, 0, rng) == 0 ? 1 : 0;
  }
  CHECK(std::abs(first / double{kDraws} - 0.8413) < 4 * std::sqrt(0.8413 * 0.1587 / kDraws));
}

TEST_CASE("gradient bandit: two pulls by hand, with and without a baseline") {
  const Problem p = arms_of({0, 0});
  for (const bool baseline : {true, false}) {
    rl::GradientBandit learner(p, {.alpha = 0.5, .baseline = baseline});
    Rng rng(1);
    pull(learner, 0, 2, rng);  // pi = (1/2, 1/2), b = 0: H = (+.5, -.5)
    CHECK(learner.estimates().values[0] == 0.5);
    CHECK(learner.estimates().values[1] == -0.5);
    const double pi = 1 / (1 + std::exp(-1.0));
    CHECK(learner.policy(0)[0] == doctest::Approx(pi).epsilon(1e-14));
    pull(learner, 1, 5, rng);
    const double error = baseline ? 5 - 2 : 5;
    CHECK(learner.estimates().values[0] == doctest::Approx(0.5 - 0.5 * error * pi).epsilon(1e-14));
    CHECK(learner.estimates().values[1] == doctest::Approx(-0.5 + 0.5 * error * pi).epsilon(1e-14));
  }
}

TEST_CASE("gradient bandit: its trace tells every arm's share") {
  const Problem p = arms_of({0, 0});
  rl::GradientBandit learner(p, {.alpha = 0.5});
  learner.trace().enable(true);
  Rng rng(1);
  learner.trace().begin_step();
  pull(learner, 1, 2, rng);
  REQUIRE(learner.trace().updates().size() == 2);
  for (const rl::Update& u : learner.trace().updates()) {
    CHECK(u.weight == (u.a == 1 ? 0.5 : -0.5));
    CHECK(u.after == u.before + u.alpha * u.weight * u.delta);
  }
}

TEST_CASE("bandits: each finds the best arm, and values it as the planner does") {
  rl::Registry registry;
  rl::add_algorithms(registry);
  const auto row = [](rl::State s, Action a, std::vector<rl::Outcome>& outcomes) {
    const double p = a == 3 ? 0.8 : 0.4;
    outcomes = {{p, 1, s}, {1 - p, 0, s}};
  };
  const Problem problem{.name = "arms", .model = rl::FiniteMdp(1, 5, row), .gamma = 0};
  for (const char* name : {"epsilon_greedy", "optimistic_greedy", "ucb", "kl_ucb",
                           "thompson_sampling", "gradient_bandit"}) {
    CAPTURE(name);
    const json options = std::string(name) == "ucb" ? json{{"c", 0.5}} : json::object();
    rl::AnyRunner runner = registry.algorithm(name).make_learner(problem, options, rl::Streams(3));
    runner.run({.steps = 2000});
    int best = 0;
    for (int i = 0; i < 1000; ++i) best += runner.advance().action == 3 ? 1 : 0;
    CHECK(best > 800);
    if (runner.estimates().what == rl::Quantity::q_star)
      CHECK(std::abs(runner.estimates().values[3] - 0.8) < 0.2);
  }
}

TEST_CASE("bandits: worlds that they cannot weigh are refused by name") {
  rl::Registry registry;
  rl::add_algorithms(registry);
  Problem discounted = arms_of({1, 0});
  discounted.gamma = 0.9;
  CHECK(contains(registry.algorithm("ucb").refuses(discounted).value_or(""), "give --gamma 0"));
  CHECK_FALSE(registry.algorithm("ucb").refuses(arms_of({1, 7})).has_value());
  CHECK(contains(registry.algorithm("kl_ucb").refuses(arms_of({1, 7})).value_or(""),
                 "rewards must lie in [0, 1], but 1 in state 0 pays 7"));
  CHECK(contains(error_of([] { rl::KlUcbBandit(rl::bandit(), {}); }), "with normal noise"));
  CHECK(contains(error_of([] { rl::bernoulli_bandit({.low = 0.5, .high = 0.25}); }),
                 "0.5 is above high = 0.25"));
}

TEST_CASE("nonstationary arms: a constant step size keeps up with them, sample averages do not") {
  // S&B Exercise 2.5: over the second half of 10,000 pulls, how much less an arm pays than the one
  // that is then the best, in the model in force.
  rl::Registry registry;
  rl::add_algorithms(registry);
  const auto late_regret = [&](const Problem& problem, std::uint64_t seed, const json& options) {
    rl::AnyRunner runner =
        registry.algorithm("epsilon_greedy").make_learner(problem, options, rl::Streams(seed));
    runner.run({.steps = 5000});
    double regret = 0;
    for (int i = 0; i < 5000; ++i) {
      const rl::FiniteMdp model = runner.model();
      double best = model.row(0, 0).reward;
      for (Action a = 1; a < 10; ++a) best = std::max(best, model.row(0, a).reward);
      regret += best - model.row(0, runner.advance().action).reward;
    }
    return regret / 5000;
  };
  const json averages = {{"alpha", {{"harmonic", {1}}, {"clock", "visits"}}}};
  std::vector<double> saved;
  double least = 1e9;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Problem problem = rl::nonstationary_bandit({}, {.rng = rl::Rng(seed).split("world")});
    const double constant = late_regret(problem, seed, {{"alpha", 0.1}});
    saved.push_back(late_regret(problem, seed, averages) - constant);
    least = std::min(least, constant);
  }
  CHECK(least > 0);  // nobody beats the moving optimum
  const double error = rl::standard_deviation(saved) / std::sqrt(30.0);
  CHECK(rl::mean(saved) > 4 * error);
}

TEST_CASE("nonstationary arms: the truth follows them") {
  const Problem problem =
      rl::nonstationary_bandit({.every = 50, .steps = 200}, {.rng = rl::Rng(5)});
  const rl::Judge judge(problem, [](const Problem& p, const rl::FiniteMdp& model) {
    return rl::exact_truth(p, model);
  });
  for (const std::int64_t steps : {0, 49, 50, 199, 1000}) {
    const auto& model =
        problem.changing->models()[std::min<std::size_t>(static_cast<std::size_t>(steps) / 50, 3)];
    double best = -1e9;
    for (Action a = 0; a < 10; ++a) best = std::max(best, model.row(0, a).reward);
    CHECK(judge.truth(steps).optimal_return == doctest::Approx(best).epsilon(1e-12));
  }
}
