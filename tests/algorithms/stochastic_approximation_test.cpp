#include "algorithms/stochastic_approximation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/truth.hpp"
#include "envs/bandit.hpp"
#include "rl/registry.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Problem;
using rl::Schedule;
using tests::contains;
using tests::error_of;

namespace {

/// One state and one action whose rewards are these outcomes.
Problem arm(const std::vector<rl::Outcome>& outcomes) {
  const auto row = [&](rl::State, rl::Action, std::vector<rl::Outcome>& r) { r = outcomes; };
  return {.name = "arm", .model = rl::FiniteMdp(1, 1, row), .gamma = 0};
}

/// w after each measurement of the only arm.
template <class Learner>
std::vector<double> iterates(Learner learner, const std::vector<double>& measurements) {
  std::vector<double> w;
  for (const double x : measurements) {
    learner.learn({.state = 0, .action = 0, .reward = x, .next = 0, .terminated = false});
    w.push_back(learner.w()(0, 0));
  }
  return w;
}

const Problem& zero() {
  static const Problem problem = arm({{1, 0, 0}});
  return problem;
}

}  // namespace

TEST_CASE("mean estimation: with 1/k the iterates are the means so far, whatever w1") {
  for (const double w1 : {0.0, -7.0})
    CHECK(iterates(rl::MeanEstimation(zero(), {.w1 = w1}), {2, 4, 9, 1}) ==
          std::vector<double>{2, 3, 5, 4});
}

TEST_CASE("robbins-monro: w <- w - alpha [ g(w) + noise ]") {
  // 20 - 0.5 (20 - 10) = 15, 15 - 0.5 (5 + 1) = 12.
  using Function = rl::NoisyEquation::Function;
  const rl::RobbinsMonro linear(zero(),
                                {.rule = {.alpha = 0.5, .g = Function::linear, .c = 10}, .w1 = 20});
  CHECK(iterates(linear, {0, 1}) == std::vector<double>{15, 12});
  // 0 - 1 (0 - 5) = 5, 5 - (125 - 5) / 2 = -55: MFRL Figure 6.3 as printed.
  const rl::RobbinsMonro cubic(zero(), {.rule = {.alpha = Schedule::harmonic(1)}});
  CHECK(iterates(cubic, {0, 0}) == std::vector<double>{5, -55});
}

TEST_CASE("robbins-monro: a run that diverges stays infinite and is told from one that is finite") {
  const rl::RobbinsMonro cubic(zero(), {.rule = {.alpha = Schedule::harmonic(1)}});
  const std::vector<double> w = iterates(cubic, std::vector<double>(20, 0));
  for (const double x : w) CHECK_FALSE(std::isnan(x));
  CHECK(std::isinf(w.back()));
  rl::RobbinsMonro diverged = cubic;
  for (int i = 0; i < 20; ++i)
    diverged.learn({.state = 0, .action = 0, .reward = 0, .next = 0, .terminated = false});
  CHECK_FALSE(rl::all_finite(zero().model, diverged.estimates()));
  CHECK(rl::all_finite(zero().model, cubic.estimates()));
}

TEST_CASE("robbins-monro: the root is where g(w) and the mean of the noise cancel") {
  using Function = rl::NoisyEquation::Function;
  const Problem noise = arm({{0.5, 1, 0}, {0.5, -0.5, 0}});  // mean 0.25
  const auto root = [&](Function g, double c) {
    return rl::RobbinsMonro(noise, {.rule = {.g = g, .c = c}}).root()(0, 0);
  };
  CHECK(root(Function::linear, 3) == 2.75);
  CHECK(root(Function::cubic, 8.25) == doctest::Approx(2));
  CHECK(std::tanh(root(Function::tanh, 1) - 1) == doctest::Approx(-0.25));
  CHECK(
      std::isnan(rl::RobbinsMonro(arm({{1, 2, 0}}), {.rule = {.g = Function::tanh}}).root()(0, 0)));
}

TEST_CASE("gradient descent: one sample, the mean of a few new ones, the mean of all kept") {
  const std::vector<double> x = {4, 8, 0, 2};
  // alpha = 0.5, squared loss: w <- w + (x - w) / 2.
  CHECK(iterates(rl::StochasticGradientDescent(zero(), {.rule = {.alpha = 0.5}}), x) ==
        std::vector<double>{2, 5, 2.5, 2.25});
  // Two at a time: 0 + 6 / 2 = 3, 3 + (1 - 3) / 2 = 2.
  CHECK(iterates(rl::MiniBatchGradientDescent(zero(),
                                              {.rule = {.alpha = 0.5}, .sampling = {.batch = 2}}),
                 x) == std::vector<double>{0, 3, 3, 2});
  // The first two are all there is: 3, then 3 + (6 - 3) / 2, then 4.5 + 0.75.
  CHECK(iterates(
            rl::BatchGradientDescent(zero(), {.rule = {.alpha = 0.5}, .sampling = {.samples = 2}}),
            x) == std::vector<double>{0, 3, 4.5, 5.25});
}

TEST_CASE("gradient descent: the absolute loss goes by signs and leads to a median") {
  using Loss = rl::LossGradient::Loss;
  const rl::StochasticGradientDescent sgd(zero(), {.rule = {.alpha = 0.5, .loss = Loss::absolute}});
  CHECK(iterates(sgd, {3, 0.5, -9}) == std::vector<double>{0.5, 0.5, 0});
  CHECK(rl::reward_median(arm({{0.3, 1, 0}, {0.3, 2, 0}, {0.4, 9, 0}}).model, 0, 0) == 2);
  CHECK(rl::reward_median(arm({{0.5, 1, 0}, {0.5, 2, 0}}).model, 0, 0) == 1);
  CHECK(rl::reward_median(arm({{1, 3, 0, 2}}).model, 0, 0) == 3);
  // Half of N(0, 1) and half of N(4, 1): by symmetry 2.
  CHECK(rl::reward_median(arm({{0.5, 0, 0, 1}, {0.5, 4, 0, 1}}).model, 0, 0) ==
        doctest::Approx(2).epsilon(1e-9));
}

TEST_CASE("dvoretzky: w <- (1 - alpha) w + beta x, and a root where the noise has mean 0") {
  const rl::Dvoretzky learner(zero(), {.rule = {.alpha = 0.5, .beta = 0.25}, .w1 = 8});
  CHECK(iterates(learner, {4, -4}) == std::vector<double>{5, 1.5});
  CHECK(learner.root()(0, 0) == 0);
  CHECK(std::isnan(rl::Dvoretzky(arm({{1, 1, 0}}), {}).root()(0, 0)));
  CHECK(contains(error_of([] { rl::Dvoretzky(zero(), {.rule = {.alpha = 0.0}}); }),
                 "'alpha': must stay above 0"));
}

TEST_CASE("stochastic approximation: every method comes to its exact root on noisy arms") {
  const Problem arms = rl::bandit({.arms = 3}, {.rng = rl::Rng(4)});
  const rl::Truth truth = rl::exact_truth(arms);
  rl::Registry registry;
  rl::add_algorithms(registry);
  for (const char* name :
       {"mean_estimation", "robbins_monro", "sgd", "mini_batch_gd", "batch_gd"}) {
    CAPTURE(name);
    nlohmann::json options = nlohmann::json::object();
    if (name == std::string("batch_gd")) options["samples"] = 10'000;
    rl::AnyRunner runner = registry.algorithm(name).make_learner(arms, options, rl::Streams(1));
    runner.run({.steps = 100'000});
    // sd of a mean over 33,000 pulls: 0.0055 (10,000 samples: 0.01).
    CHECK(truth.error(arms.model, runner.estimates()).max < 0.05);
    CHECK(contains(runner.note(), "meet the Robbins-Monro conditions"));
  }
}

TEST_CASE("robbins-monro conditions: what is known of a schedule's sums") {
  const auto hold = [](const Schedule& s) { return rl::robbins_monro_conditions(s).hold(); };
  CHECK(hold(Schedule::harmonic(1)));
  CHECK(hold(Schedule::harmonic(0.1, 50)));
  CHECK_FALSE(hold(0.1));
  CHECK(rl::robbins_monro_conditions(0.1).sum_diverges);
  CHECK_FALSE(rl::robbins_monro_conditions(0.0).sum_diverges);
  CHECK_FALSE(rl::robbins_monro_conditions(Schedule::linear(1, 0, 100)).sum_diverges);
  CHECK(rl::robbins_monro_conditions(Schedule::linear(1, 0, 100)).squares_converge);
  CHECK_FALSE(rl::robbins_monro_conditions(Schedule::linear(1, 0.1, 100)).squares_converge);
  CHECK_FALSE(rl::robbins_monro_conditions(Schedule::exponential(1, 0.9)).sum_diverges);
  CHECK(rl::robbins_monro_conditions(Schedule::exponential(1, 0.9, 0.01)).sum_diverges);
  CHECK(rl::robbins_monro_conditions(Schedule::exponential(1, 1)).sum_diverges);
  CHECK(contains(rl::robbins_monro_text(0.1), "noise keeps w moving"));
  CHECK(contains(rl::robbins_monro_text(Schedule::exponential(1, 0.9)), "may stop before"));
}
