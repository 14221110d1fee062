#include "algorithms/ppo.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/a2c.hpp"
#include "algorithms/truth.hpp"
#include "rl/truth.hpp"
#include "tests/algorithms/learners.hpp"
#include "tests/algorithms/segment_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using doctest::Approx;
using nlohmann::json;
using rl::Action;
using rl::AnyRunner;
using rl::clipped_surrogate;
using rl::Lessons;
using rl::Point;
using rl::Problem;
using rl::Rng;
using rl::Schedule;
using rl::State;
using rl::Streams;
using tests::error_of;

namespace {

using Networks = rl::PolicyNetworks<Point, Action, double>;

/// Lessons that own their numbers, of states in [-1, 1] x [-2, 2].
struct Taught {
  std::vector<Point> s;
  std::vector<Action> a;
  std::vector<double> log_pi, advantage, G;

  explicit Taught(const Networks& networks, std::size_t n = 12) : log_pi(n) {
    Rng rng(4);
    for (std::size_t k = 0; k < n; ++k) {
      s.push_back({2 * rng.uniform() - 1, 4 * rng.uniform() - 2});
      a.push_back(rng.index(2));
      advantage.push_back(rng.normal());
      G.push_back(rng.normal());
    }
    networks.log_probabilities(s, a, log_pi);
  }
  Lessons<Point, Action> lessons() const { return {s, a, log_pi, advantage, G}; }
  std::vector<double> gradient(const Networks& networks, const Networks::Loss& loss) const {
    std::vector<double> g(networks.num_parameters());
    networks.gradient(s, loss, g);
    return g;
  }
};

Networks fresh_networks() { return Networks(tests::push_or_pull(), {.head = 1}, Rng(1)); }

/// The exact J of what a run has learned.
double J(const Problem& problem, const AnyRunner& runner) {
  return rl::exact_truth(problem).policy_return(
      rl::greedy_policy(problem.model, runner.estimates(), problem.gamma));
}

/// Options with which a segment is soon full.
json small(json more = json::object()) {
  json options{{"worlds", 4}, {"segment", 8}};
  options.update(more);
  return options;
}

template <class L>
AnyRunner run_in(const Problem& problem, const typename L::Options& options, std::int64_t steps) {
  AnyRunner runner = rl::make_runner(problem, L(problem, options, Rng(5)), Streams(6));
  runner.run({.steps = steps});
  return runner;
}

std::vector<double> numbers(const AnyRunner& runner) {
  const auto values = runner.estimates().values;
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("ppo: the surrogate is clipped where rho has gone the way that A pushes, else not") {
  CHECK(clipped_surrogate(1, 3, 0.2).value == 3);
  CHECK(clipped_surrogate(1, 3, 0.2).slope == 3);
  CHECK(clipped_surrogate(1.5, 1, 0.2).value == Approx(1.2));
  CHECK(clipped_surrogate(1.5, 1, 0.2).slope == 0);
  CHECK(clipped_surrogate(1.5, -1, 0.2).value == -1.5);
  CHECK(clipped_surrogate(1.5, -1, 0.2).slope == -1.5);
  CHECK(clipped_surrogate(0.5, 1, 0.2).value == 0.5);
  CHECK(clipped_surrogate(0.5, 1, 0.2).slope == 0.5);
  CHECK(clipped_surrogate(0.5, -1, 0.2).value == Approx(-0.8));
  CHECK(clipped_surrogate(0.5, -1, 0.2).slope == 0);
}

TEST_CASE("ppo: the loss of one sample by hand") {
  // pi(a | s) = 1/4, once 1/5: rho = 1.25, A = 2 clipped at 0.5: slope 2.5, by h (3/4, -3/4)
  const std::vector<Point> s{{0.0, 0.0}};
  const std::vector<Action> a{0};
  const std::vector<double> log_pi{std::log(0.2)}, advantage{2}, G{5};
  const rl::Ppo ppo(
      {.lived = {1, 1}, .passes = {.minibatch = 1}, .weight = {.value = 0.5, .entropy = 0.1}});
  const Networks::Loss loss =
      ppo.loss<Networks>(Lessons<Point, Action>{s, a, log_pi, advantage, G}, 0.5);
  const std::vector<double> h{0, std::log(3)};
  std::vector<double> by_h(2, 0);
  double by_v = 0;
  loss({0, h, 4, by_h, by_v});
  CHECK(by_v == Approx(4 - 5));  // 2 * 0.5 (v - G)
  // H = -ln(1/4) / 4 - 3 ln(3/4) / 4, dH/dh_0 = -(ln(1/4) + H) / 4
  const double H = -std::log(0.25) / 4 - 3 * std::log(0.75) / 4;
  CHECK(by_h[0] == Approx(-2.5 * 0.75 + 0.1 * (std::log(0.25) + H) / 4));
  CHECK(by_h[1] == Approx(2.5 * 0.75 + 0.1 * 0.75 * (std::log(0.75) + H)));
}

TEST_CASE("a2c: its gradient is PPO's while the policy is the one that acted") {
  const Networks networks = fresh_networks();
  const Taught taught(networks);
  const rl::LossWeights weight{.value = 0.3, .entropy = 0.02};
  const rl::Ppo ppo({.weight = weight});
  const rl::A2c a2c({.weight = weight});
  const std::vector<double> of_ppo =
      taught.gradient(networks, ppo.loss<Networks>(taught.lessons(), 0.2));
  const std::vector<double> of_a2c =
      taught.gradient(networks, a2c.loss<Networks>(taught.lessons()));
  double length = 0;
  for (std::size_t i = 0; i < of_a2c.size(); ++i) {
    CHECK_UNARY(std::abs(of_ppo[i] - of_a2c[i]) <= 1e-14);
    length += of_a2c[i] * of_a2c[i];
  }
  CHECK(length > 0.01);
}

TEST_CASE("ppo: where all are clipped, only values learn") {
  const Networks networks = fresh_networks();
  Taught taught(networks);
  for (std::size_t k = 0; k < taught.s.size(); ++k)  // rho = 2 or 1/2, as A pushes it
    taught.log_pi[k] += std::log(taught.advantage[k] > 0 ? 0.5 : 2);
  const std::vector<double> g =
      taught.gradient(networks, rl::Ppo({}).loss<Networks>(taught.lessons(), 0.2));
  const std::size_t of_policy = networks.parameters()[0].size();
  double of_values = 0;
  for (std::size_t i = 0; i < g.size(); ++i)
    if (i < of_policy)
      CHECK_UNARY(g[i] == 0);
    else
      of_values += std::abs(g[i]);
  CHECK(of_values > 0);
}

TEST_CASE("a2c: it is PPO with one pass over one minibatch and lambda 1") {
  // The same sums in another order, in float: equal up to rounding.
  const Problem problem = tests::push_or_pull();
  rl::A2cOptions a2c;
  a2c.lived = {4, 8};
  a2c.alpha = 0.001;
  rl::PpoOptions ppo;
  ppo.lived = {4, 8};
  ppo.alpha = 0.001;
  ppo.passes.epochs = 1;
  ppo.passes.minibatch = 32;
  ppo.lambda = 1;
  ppo.normalize = false;
  ppo.weight = a2c.weight;
  ppo.networks = a2c.networks;
  ppo.networks.optimizer = a2c.networks.optimizer = rl::OptimizerKind::sgd;
  const std::vector<double> x = numbers(run_in<rl::PpoLearner<Point>>(problem, ppo, 32));
  const std::vector<double> y = numbers(run_in<rl::A2cLearner<Point>>(problem, a2c, 32));
  const std::vector<double> start = numbers(run_in<rl::A2cLearner<Point>>(problem, a2c, 0));
  double moved = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK_UNARY(std::abs(x[i] - y[i]) <= 1e-7);
    moved += std::abs(y[i] - start[i]);
  }
  CHECK(moved > 1e-4);
}

TEST_CASE("ppo and a2c: they reach the optimum of a small grid") {
  Problem problem = tests::world("mfrl_2x2");
  problem.episode_steps = 10;  // else all worlds end up at the target, and the rest is forgotten
  const double best = rl::exact_truth(problem).optimal_return;
  for (const char* name : {"ppo", "a2c"}) {
    CAPTURE(name);
    json options{{"alpha", {{"linear", {0.003, 0, 20'000}}}}};
    if (std::string(name) == "ppo") options["normalize"] = false;  // noise near the optimum
    AnyRunner runner = tests::begin(name, problem, options);
    const double before = J(problem, runner);
    runner.run({.steps = 20'000});
    CHECK(J(problem, runner) > best - 0.02);  // J* = 9; a policy with chance falls short of it
    CHECK(before < best - 2);
  }
}

TEST_CASE("ppo and a2c: they learn in worlds of points, by numbers and by points") {
  for (const char* name : {"ppo", "a2c"}) {
    CAPTURE(name);
    json options{{"alpha", {{"linear", {0.003, 0, 30'000}}}}};
    AnyRunner discrete = tests::begin(name, tests::push_or_pull(), options);
    AnyRunner continuous = tests::begin(name, tests::steer(), options);
    // A step pays 1 at best; push_or_pull 1/2 at random. An episode has 20 steps in the mean.
    for (AnyRunner* runner : {&discrete, &continuous}) {
      runner->run({.steps = 30'000});
      const double steps_of_episodes = 20;
      CHECK(runner->greedy_return(200, 1'000, 1, Rng(9)).mean / steps_of_episodes > 0.75);
    }
  }
}

TEST_CASE("ppo: nothing is learned before a segment is full, and its end changes the policy") {
  const Problem problem = tests::world("mfrl_2x2");
  AnyRunner runner = tests::begin("ppo", problem, small({{"minibatch", 16}}));
  const std::vector<double> before = numbers(runner);
  runner.run({.steps = 31});
  CHECK(numbers(runner) == before);
  runner.advance();
  CHECK(numbers(runner) != before);
}

TEST_CASE("ppo: a run saved in the middle of a segment and of a round goes on to the bit") {
  const Problem problem = tests::steer();
  const json options = small({{"minibatch", 16}, {"normalize_inputs", true}});
  AnyRunner whole = tests::begin("ppo", problem, options);
  AnyRunner half = tests::begin("ppo", problem, options);
  AnyRunner other = tests::begin("ppo", problem, options, 77);
  half.run({.steps = 32 * 3 + 13});
  other.load(half.save());
  for (AnyRunner* runner : {&whole, &other}) runner->run({.steps = 32 * 7 + 5});
  CHECK(whole.save() == other.save());
}

TEST_CASE("ppo: where its step size has fallen to 0 it learns no more") {
  const Problem problem = tests::world("mfrl_2x2");
  AnyRunner runner = tests::begin(
      "ppo", problem, small({{"minibatch", 16}, {"alpha", {{"linear", {0.001, 0, 64}}}}}));
  runner.run({.steps = 64});
  const std::vector<double> before = numbers(runner);
  runner.run({.steps = 320});
  CHECK(numbers(runner) == before);
}

TEST_CASE("ppo: a watcher is told v(s) of the step that completes a segment, and nothing else") {
  const Problem problem = tests::world("mfrl_2x2");
  AnyRunner runner = tests::begin("ppo", problem, small({{"minibatch", 16}}));
  runner.trace().enable(true);
  int told = 0;
  for (int i = 1; i <= 96; ++i) {
    const rl::Transition<State> t = runner.advance();
    const auto updates = runner.trace().updates();
    REQUIRE(updates.size() == (i % 32 == 0 ? 1 : 0));
    for (const rl::Update& u : updates) {
      CHECK(u.s == t.state);
      CHECK(u.a == -1);
      CHECK(u.reward == t.reward);
      CHECK(u.target == Approx(u.reward + u.gamma * u.bootstrap));
      CHECK(u.delta == Approx(u.target - u.before));
      CHECK(u.after == Approx(u.before + u.alpha * u.weight * u.delta));
      CHECK(u.after != u.before);
      ++told;
    }
  }
  CHECK(told == 3);
}

TEST_CASE("ppo: rewards that no float holds end the run; what it knew before stays") {
  const rl::FiniteMdp model(2, 2,
                            [](State s, Action a, std::vector<rl::Outcome>& row) {
                              row.push_back({1, 1e150, a + s >= 1 ? 1 : 0});
                            },
                            {});
  const Problem problem{.name = "rich", .model = model, .gamma = 0.9};
  for (const char* name : {"ppo", "a2c"}) {
    AnyRunner runner = tests::begin(name, problem);
    CHECK_THROWS_AS(runner.run({.steps = 5'000}), rl::Diverged);
    CHECK(runner.finite());
  }
}

TEST_CASE("ppo: options that do not fit are refused") {
  const Problem problem = tests::world("mfrl_2x2");
  CHECK(error_of([&] {
          tests::begin("ppo", problem, small({{"minibatch", 20}}));
        }) ==
        "option 'minibatch': 20 does not divide the 32 steps of a segment (4 worlds times 8)");
  CHECK(tests::contains(error_of([&] {
                          tests::begin("ppo", problem, {{"worlds", 0}});
                        }),
                        "option 'worlds': 0 is not a whole number in [1, "));
  CHECK(
      error_of([&] {
        tests::begin("a2c", problem, {{"alpha", {{"linear", {1, 0, 10}}, {"clock", "episodes"}}}});
      }) == "option 'alpha': its clock is the steps that were made; leave out 'clock'");
}

TEST_CASE("ppo: the clipped value loss by hand: held back where v runs to its target too fast") {
  // v went from .5 to 1, kept at .7: .2 short of .9 where v itself is .1 beyond
  const rl::ClippedValueLoss fast = rl::clipped_value_loss(1, 0.5, 0.9, 0.2);
  CHECK(fast.value == Approx(0.02));
  CHECK(fast.slope == 0);
  CHECK(fast.clipped);
  // within the width nothing is clipped
  const rl::ClippedValueLoss slow = rl::clipped_value_loss(0.1, 0, 0.6, 0.2);
  CHECK(slow.value == Approx(0.125));
  CHECK(slow.slope == Approx(-0.5));
  CHECK_FALSE(slow.clipped);
  // v went away from its target: its own loss is the larger one, and pulls it back
  const rl::ClippedValueLoss away = rl::clipped_value_loss(2, 0.5, 0, 0.2);
  CHECK(away.value == 2);
  CHECK(away.slope == 2);
  CHECK_FALSE(away.clipped);
  // with a width of 0 v is worth what it was
  const rl::ClippedValueLoss still = rl::clipped_value_loss(0.9, 0.5, 1, 0);
  CHECK(still.value == 0.125);
  CHECK(still.clipped);
}

TEST_CASE("ppo: the clipped value loss is the larger of two halves of squares, and its slope") {
  Rng rng(9);
  int clipped = 0;
  for (int k = 0; k < 1000; ++k) {
    const double v = rng.normal();
    const double v_old = rng.normal();
    const double G = rng.normal();
    const double width = rng.uniform(0.05, 1);
    const auto value = [&](double x) {
      const double kept = x > v_old + width ? v_old + width : x < v_old - width ? v_old - width : x;
      return std::fmax((x - G) * (x - G), (kept - G) * (kept - G)) / 2;
    };
    const rl::ClippedValueLoss loss = rl::clipped_value_loss(v, v_old, G, width);
    CHECK(loss.value == Approx(value(v)).epsilon(1e-14));
    CHECK(loss.clipped == (loss.slope == 0));
    if (loss.clipped) ++clipped;
    constexpr double h = 1e-6;
    const double before = value(v - h) - value(v);
    const double after = value(v + h) - value(v);
    if (std::abs(after + before) > 1e-11) continue;  // a corner within reach
    CHECK(std::abs((after - before) / (2 * h) - loss.slope) <= 1e-8);
  }
  CHECK(clipped > 100);
}

TEST_CASE("ppo: the clipped value loss with a width that is never reached is half the square") {
  Rng rng(10);
  for (int k = 0; k < 100; ++k) {
    const double v = rng.normal();
    const double G = rng.normal();
    const rl::ClippedValueLoss loss = rl::clipped_value_loss(v, rng.normal(), G, 100);
    CHECK(loss.value == (v - G) * (v - G) / 2);
    CHECK(loss.slope == v - G);
    CHECK_FALSE(loss.clipped);
  }
}
