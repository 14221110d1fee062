// Linear methods: prediction and control with features.
#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/gradient_td.hpp"
#include "algorithms/least_squares.hpp"
#include "algorithms/targets.hpp"
#include "algorithms/td_prediction.hpp"
#include "algorithms/temporal_difference.hpp"
#include "algorithms/truth.hpp"
#include "rl/experiment/evaluation.hpp"
#include "rl/linear.hpp"
#include "tests/algorithms/learners.hpp"
#include "tests/errors.hpp"

using nlohmann::json;
using rl::Problem;
using rl::State;
using tests::begin;
using tests::contains;
using tests::error_of;
using tests::numbers_after;
using tests::world;

namespace function_approximation_test {
namespace {

/// Two states and an end, one action: 0 -> 1 -> end, rewards 1 and 2. Features (1, 2) and (3, 1).
Problem two_steps(double gamma) {
  const auto fill = [](State s, rl::Action, std::vector<rl::Outcome>& row) {
    row.push_back({1, s + 1.0, s + 1});
  };
  return {.name = "two_steps",
          .model = rl::FiniteMdp(3, 1, fill, {.terminal = {2}}).with_start(0),
          .gamma = gamma,
          .features = rl::WorldFeatures{.count = 2, .values = {1, 2, 3, 1, 0, 0}, .w0 = {1, -1}}};
}

double largest_weight(const rl::AnyRunner& runner) {
  double largest = 0;
  for (const double x : runner.estimates().values) largest = std::max(largest, std::abs(x));
  return largest;
}

/// A learner with features of one state each, and the same with a table: equal numbers.
void same_as_table(const char* linear, const char* table, const char* world_name, json options) {
  CAPTURE(linear);
  const Problem problem = world(world_name);
  CHECK(numbers_after(linear, problem, {.steps = 2000}, options) ==
        numbers_after(table, problem, {.steps = 2000}, options));
}

/// The solid action always; what acts takes it once in seven times.
json baird_policies() {
  std::vector<double> target, behavior;
  for (int s = 0; s < 7; ++s) {
    target.insert(target.end(), {0, 1});
    behavior.insert(behavior.end(), {6.0 / 7, 1.0 / 7});
  }
  return {{"features", "world"}, {"policy", target}, {"behavior", behavior}};
}

rl::AnyRunner on_baird(const char* learner, json options, std::int64_t steps) {
  options.update(baird_policies());
  rl::AnyRunner runner = begin(learner, world("baird"), options);
  runner.run({.steps = steps});
  return runner;
}

}  // namespace

TEST_CASE("linear methods: with one feature a state they are the tables, to the bit") {
  const json alpha = {{"alpha", 0.1}};
  same_as_table("semi_gradient_sarsa", "sarsa", "cliff_walking", alpha);
  same_as_table("semi_gradient_expected_sarsa", "expected_sarsa", "mfrl_5x5", alpha);
  same_as_table("semi_gradient_q_learning", "q_learning", "cliff_walking", alpha);
  same_as_table("semi_gradient_n_step_sarsa", "n_step_sarsa", "cliff_walking", alpha);
  same_as_table("semi_gradient_sarsa_lambda", "sarsa_lambda", "windy_grid", alpha);
  same_as_table("linear_true_online_sarsa_lambda", "true_online_sarsa_lambda", "windy_grid", alpha);
  same_as_table("semi_gradient_td", "td", "random_walk_19", alpha);
  same_as_table("semi_gradient_td_lambda", "td_lambda", "random_walk_19", alpha);
  same_as_table("linear_true_online_td_lambda", "true_online_td_lambda", "random_walk_19", alpha);
  same_as_table("semi_gradient_n_step_td", "n_step_td", "random_walk_19", alpha);
  CHECK(numbers_after("gradient_mc", world("random_walk_19"), {.steps = 2000}, alpha) ==
        numbers_after("mc_prediction", world("random_walk_19"), {.steps = 2000},
                      {{"alpha", 0.1}, {"visits", "every"}}));
}

TEST_CASE("semi-gradient td: two updates by hand") {
  // w = (1, -1): v(0) = -1, v(1) = 2. gamma .5, alpha .1
  // delta = 1 + .5 * 2 + 1 = 3;     w = (1, -1) + .3 (1, 2) = (1.3, -.4)
  // v(1) = 3.5, delta = 2 - 3.5;    w = (1.3, -.4) - .15 (3, 1) = (.85, -.55)
  const Problem problem = two_steps(0.5);
  rl::TdPrediction<rl::OneStep, rl::LinearValues<State>> td(
      problem, {.alpha = 0.1, .values = {.features = "world"}});
  td.learn({0, 0, 1, 1, false});
  td.learn({1, 0, 2, 2, true});
  CHECK(td.v().parameters()[0] == doctest::Approx(0.85).epsilon(1e-14));
  CHECK(td.v().parameters()[1] == doctest::Approx(-0.55).epsilon(1e-14));
}

TEST_CASE("gtd2 and tdc: two updates by hand") {
  // gamma .5, alpha .1, beta .2, on policy: rho = 1. First delta = 3 and h = 0: GTD2 leaves w, TDC
  // takes the step of TD; h = .2 * 3 (1, 2) = (.6, 1.2). Then at the end h.x = 3 * .6 + 1.2 = 3.
  // GTD2: w = (1, -1) + .1 * 3 (3, 1) = (1.9, -.7)
  // TDC:  w = (1.3, -.4), delta = -1.5, as TD: (.85, -.55), for x' = 0
  const Problem problem = two_steps(0.5);
  rl::Rng rng(1);
  rl::Gtd2 gtd2(problem, {.alpha = 0.1, .rule = {.beta = 0.2}, .values = {.features = "world"}});
  rl::Tdc tdc(problem, {.alpha = 0.1, .rule = {.beta = 0.2}, .values = {.features = "world"}});
  for (const rl::Transition<State>& t :
       {rl::Transition<State>{0, 0, 1, 1, false}, rl::Transition<State>{1, 0, 2, 2, true}}) {
    gtd2.learn(t, rng);
    tdc.learn(t, rng);
  }
  CHECK(gtd2.v().parameters()[0] == doctest::Approx(1.9).epsilon(1e-14));
  CHECK(gtd2.v().parameters()[1] == doctest::Approx(-0.7).epsilon(1e-14));
  CHECK(tdc.v().parameters()[0] == doctest::Approx(0.85).epsilon(1e-14));
  CHECK(tdc.v().parameters()[1] == doctest::Approx(-0.55).epsilon(1e-14));
}

TEST_CASE("emphatic td: the follow-on trace carries interest on") {
  // Interest (1, 0), gamma .5: M = 1, then M = .5 * 1 + 0 = .5 where TD would have 1.
  // w = (1.3, -.4) as TD; then half of -.15 (3, 1): (1.075, -.475)
  rl::EmphaticTd td(
      two_steps(0.5),
      {.alpha = 0.1, .rule = {.interest = {1, 0, 0}}, .values = {.features = "world"}});
  rl::Rng rng(1);
  td.begin_episode();
  td.learn({0, 0, 1, 1, false}, rng);
  td.learn({1, 0, 2, 2, true}, rng);
  CHECK(td.v().parameters()[0] == doctest::Approx(1.075).epsilon(1e-14));
  CHECK(td.v().parameters()[1] == doctest::Approx(-0.475).epsilon(1e-14));
}

TEST_CASE("off policy, with features: semi-gradient TD diverges on Baird's world, TDC does not") {
  CHECK(largest_weight(on_baird("off_policy_semi_gradient_td", {{"alpha", 0.01}}, 10'000)) > 1e3);
  const json tdc = {{"alpha", 0.005}, {"beta", 0.05}};
  CHECK(largest_weight(on_baird("tdc", tdc, 10'000)) < 20);
  CHECK(largest_weight(on_baird("gtd2", tdc, 10'000)) < 20);
}

TEST_CASE("a number that is no longer finite ends the run at the step where it happens") {
  rl::AnyRunner runner = begin("off_policy_semi_gradient_td", world("baird"), [] {
    json options = baird_policies();
    options["alpha"] = 1;
    return options;
  }());
  CHECK_THROWS_AS(runner.run({.steps = 1'000'000}), rl::Diverged);
  CHECK(runner.steps() < 1'000'000);
  CHECK(runner.finite());  // what was learned until then
}

TEST_CASE("lstd: after one episode of a chain it solves the chain, and both forms agree") {
  // Without a ridge A w = b is the Bellman equation of what was seen: v(1) = 2, v(0) = 1 + .5 * 2.
  const Problem problem = two_steps(0.5);
  const auto values = [&](json options) {
    options["features"] = "world";
    return numbers_after("lstd", problem, {.episodes = 3}, options);
  };
  const std::vector<double> exact = values({{"ridge", 0}, {"recursive", false}});
  CHECK(exact[0] == doctest::Approx(2).epsilon(1e-12));
  CHECK(exact[1] == doctest::Approx(2).epsilon(1e-12));
  const std::vector<double> batch = values({{"ridge", 0.1}, {"recursive", false}});
  const std::vector<double> recursive = values({{"ridge", 0.1}});
  for (std::size_t s = 0; s < 3; ++s)
    CHECK(recursive[s] == doctest::Approx(batch[s]).epsilon(1e-12));
  CHECK(std::abs(batch[0] - 2) > 0.01);
}

TEST_CASE("lstd: where features are not told apart it says so") {
  rl::AnyRunner runner = begin("lstd", world("random_walk_5"),
                               {{"features", "bias+bias"}, {"ridge", 0}, {"recursive", false}});
  runner.run({.episodes = 5});
  CHECK(contains(runner.note(), "A is singular: of 2 features 1"));
  CHECK(contains(error_of([] {
                   begin("lstd", world("random_walk_5"), {{"ridge", 0}});
                 }),
                 "option 'ridge'"));
}

TEST_CASE("lspi and fitted q iteration: from random steps to q*") {
  const Problem problem = world("mfrl_5x5");
  for (const char* learner : {"lspi", "fitted_q_iteration"}) {
    CAPTURE(learner);
    const json options = {{"solve_every", 5000}, {"iterations", 200}, {"ridge", 1e-6}};
    CHECK(tests::error_after(learner, problem, {.steps = 5000}, options) < 1e-3);
  }
}

TEST_CASE("differential td: two steps by hand") {
  // alpha 0.1, eta 0.5, phi(0) = (1, 2), phi(1) = (3, 1), w0 = (1, -1): v(0) = -1, v(1) = 2.
  rl::TdPrediction<rl::OneStep, rl::LinearValues<State>, rl::AverageTarget> td(
      two_steps(1), {.alpha = 0.1, .values = {.features = "world"}, .target = {.eta = 0.5}});
  td.learn({0, 0, 1, 1, false});  // delta = 1 - 0 + 2 + 1 = 4: w = (1.4, -0.2), r_bar = 2
  CHECK(td.v()[0] == doctest::Approx(1));
  CHECK(td.v()[1] == doctest::Approx(4));
  td.learn({1, 0, 2, 2, true});  // delta = 2 - 2 + 0 - 4 = -4: w = (0.2, -0.6), r_bar = 0
  CHECK(td.v()[1] == doctest::Approx(0));
  CHECK(td.estimates().what == rl::Quantity::differential_v);
}

TEST_CASE("differential td: the queue's average reward, and its values up to a constant") {
  // A table is features of one state each. Exact: (I - P + 1 d') v = r - r_bar.
  const Problem queue = world("access_control");
  const rl::TabularPolicy uniform = rl::uniform_policy(queue.model);
  const rl::PolicyChain chain = rl::policy_chain(queue.model, uniform);
  const Eigen::VectorXd d = rl::stationary_distribution(queue.model, uniform);
  const Eigen::Index n = d.size();
  const double r_bar = d.dot(chain.reward);
  const Eigen::MatrixXd A = Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd(chain.transition) +
                            Eigen::VectorXd::Ones(n) * d.transpose();
  const Eigen::VectorXd exact =
      A.partialPivLu().solve(chain.reward - Eigen::VectorXd::Constant(n, r_bar));
  rl::AnyRunner runner = begin("differential_td", queue,
                               {{"alpha", {{"linear", {0.1, 0.0003, 4'000'000}}}}, {"eta", 3e-4}});
  runner.run({.steps = 4'000'000});
  const std::span<const double> learned = runner.estimates().values;
  double shift = 0, error = 0, spread = 0;
  for (Eigen::Index s = 0; s < n; ++s) shift += d[s] * learned[static_cast<std::size_t>(s)];
  for (Eigen::Index s = 0; s < n; ++s) {
    const double off = learned[static_cast<std::size_t>(s)] - shift - exact[s];
    error += d[s] * off * off;
    spread += d[s] * exact[s] * exact[s];
  }
  CHECK(std::sqrt(error) < 0.05 * std::sqrt(spread));
  const std::string note = runner.note();
  CHECK(std::abs(std::stod(note.substr(note.rfind(' '))) - r_bar) < 0.05);  // of 1.4
}

TEST_CASE("differential td: its greedy policy looks ahead without a discount") {
  // v(1) = 100, v(2) = 99.5. From 0 action 0 pays 0 on the way to 1, action 1 pays 0.497 on the way
  // to 2: 100 beside 99.997, but discounted by 0.99 99 beside 99.002. Action 0 earns nothing.
  const auto row = [](State s, rl::Action a, std::vector<rl::Outcome>& r) {
    if (s == 0)
      r = {{1, a == 0 ? 0 : 0.497, a + 1}};
    else
      r = {{0.5, 0, 0}, {0.5, 0, s}};
  };
  Problem problem{.name = "two_ways",
                  .model = rl::FiniteMdp(3, 2, row, {}).with_start(0),
                  .criterion = rl::Criterion::average,
                  .gamma = 0.99};
  problem.features =
      rl::WorldFeatures{.count = 3, .values = {1, 0, 0, 0, 1, 0, 0, 0, 1}, .w0 = {0, 100, 99.5}};
  rl::AnyRunner runner = begin("differential_td", problem, {{"features", "world"}, {"alpha", 0.0}});
  runner.run({.steps = 10});
  const rl::Judge judge(problem, [](const Problem& p, const rl::FiniteMdp& model) {
    return rl::exact_truth(p, model);
  });
  const rl::Evaluation e = judge(runner);
  CHECK(std::abs(e.greedy_return) < 1e-9);
  CHECK(e.regret > 0.1);
}

TEST_CASE("differential td and sarsa: an update says what is subtracted from its reward") {
  for (const char* name : {"differential_td", "differential_sarsa"}) {
    CAPTURE(name);
    rl::AnyRunner runner = begin(name, world("access_control"), {{"eta", 0.1}});
    runner.run({.steps = 100});
    runner.trace().enable(true);
    runner.advance();
    REQUIRE(runner.trace().updates().size() == 1);
    const rl::Update& u = runner.trace().updates()[0];
    CHECK(u.average_reward != 0);
    CHECK(u.target == u.reward - u.average_reward + u.bootstrap);
    CHECK(u.delta == u.target - u.before);
  }
}

TEST_CASE("differential sarsa: nearly the best average reward of the queue") {
  const Problem queue = world("access_control");
  rl::AnyRunner runner =
      begin("differential_sarsa", queue, {{"alpha", 0.01}, {"eta", 0.01}, {"epsilon", 0.1}});
  runner.run({.steps = 500'000});
  const rl::Truth truth = rl::exact_truth(queue);
  const double j = truth.policy_return(
      rl::greedy_policy(queue.model, runner.estimates(), queue.effective_gamma()));
  CHECK(j <= truth.optimal_return + 1e-9);
  CHECK(j > truth.optimal_return - 0.1);  // 2.70 at best, 1.4 at random
  CHECK(truth.random_return < truth.optimal_return - 0.5);
}

TEST_CASE("linear methods: a scaled step is a scaled feature") {
  // Of cos(2 pi x) the step is halved: w changes by alpha / 2 phi, and v by phi^2 of that.
  const Problem problem = world("random_walk_5");
  const auto value_change = [&](const char* features) {
    rl::TdPrediction<rl::OneStep, rl::LinearValues<State>> td(
        problem, {.alpha = 0.1, .values = {.features = features}});
    td.learn({1, 0, 1, 0, true});
    return td.v()[1];
  };
  // State 1 is x = 0, where all cosines are 1: 0.1 * (1 + 1 + 1), and 0.1 * (1 + 1 + 1 / 2).
  CHECK(value_change("fourier:order=2") == doctest::Approx(0.3).epsilon(1e-14));
  CHECK(value_change("fourier:order=2,scale_steps") == doctest::Approx(0.25).epsilon(1e-14));
}

TEST_CASE("linear methods: what does not fit is refused with a reason") {
  const Problem walk = world("random_walk_5");
  const auto error = [&](const json& options) {
    return error_of([&] { begin("semi_gradient_sarsa", walk, options); });
  };
  CHECK(contains(error({{"features", "forier"}}), "fourier"));
  CHECK(contains(error({{"features", "world"}}), "no book gives features"));
  CHECK(contains(error({{"action_features", "joint"}}), "cannot be joined"));
  CHECK(contains(error({{"alpha", {{"harmonic", {1, 1}}, {"clock", "visits"}}}}), "not visits"));
}

}  // namespace function_approximation_test
