// Deep Q-learning: its network, its update, the learners.
#include "algorithms/deep_q.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "algorithms/off_policy_deep_q.hpp"
#include "algorithms/truth.hpp"
#include "envs/grid_world/presets.hpp"
#include "rl/run.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Action;
using rl::DeepQOptions;
using rl::HeadKind;
using rl::Point;
using rl::Problem;
using rl::QBatch;
using rl::QNetwork;
using rl::QUpdate;
using rl::Rng;
using rl::State;
using tests::contains;
using tests::error_of;

namespace deep_q_test {
namespace {

/// No hidden layer: q(s, a) = w_a x + b_a. Parameters: w_0, w_1, b_0, b_1.
QNetwork<double> line(std::vector<double> parameters, HeadKind head = HeadKind::plain,
                      std::size_t actions = 2) {
  Rng rng(1);
  QNetwork<double> q(head, 1, actions, {.hidden = {}}, rng);
  REQUIRE(q.parameters().size() == parameters.size());
  std::ranges::copy(parameters, q.parameters().begin());
  return q;
}

/// One transition: x = 2, a = 1, R = 1, x'' = 3, Gamma = .5.
QBatch<double> one() {
  return {.x = {2}, .next_x = {3}, .action = {1}, .reward = {1}, .discount = {0.5}, .weight = {1}};
}

rl::QUpdateOptions sgd() {
  return {.optimizer = rl::OptimizerKind::sgd, .gradient_norm = 1e300, .target_every = 2};
}

std::vector<double> numbers(std::span<const double> x) { return {x.begin(), x.end()}; }

/// A world of points in which a step goes left or right on [-1, 1], and ends at either side.
class Corridor {
 public:
  using Observation = Point;
  Action num_actions() const { return 2; }
  bool available(const Point&, Action) const { return true; }
  Point reset(Rng& rng) { return {x_ = 0.5 * rng.uniform() - 0.25}; }
  rl::Step<Point> step(Action a, Rng&) {
    x_ += a == 1 ? 0.25 : -0.25;
    return {x_ >= 1 ? 1.0 : 0.0, {x_}, std::abs(x_) >= 1};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("x", x_);
  }

 private:
  double x_ = 0;
};

Problem corridor() {
  return {.name = "corridor",
          .continuous =
              rl::ContinuousWorld{rl::ContinuousEnvironment<Action>(Corridor()), {{"x", -2, 2}}},
          .gamma = 0.9,
          .episode_steps = 50};
}

/// Little of everything, so that a short run does all of it.
DeepQOptions small() {
  DeepQOptions o;
  o.network.hidden = {8};
  o.batch = 4;
  o.capacity = 60;
  o.learn_from = 10;
  o.n_step = 3;
  o.update.target_every = 7;
  return o;
}

rl::AnyRunner in_corridor(const DeepQOptions& options, std::uint64_t seed = 1) {
  const rl::Streams streams(seed);
  const Problem problem = corridor();
  return rl::make_runner(problem, rl::DeepQ<Point>(problem, options, streams.agent.split("start")),
                         streams);
}

rl::AnyRunner in_grid(const Problem& problem, const DeepQOptions& options) {
  const rl::Streams streams(1);
  return rl::make_runner(problem, rl::DeepQ<State>(problem, options, streams.agent.split("start")),
                         streams);
}

std::string after(rl::AnyRunner runner, std::int64_t steps) {
  runner.run({.steps = steps});
  return runner.save();
}

/// Every option that changes what is kept.
std::vector<DeepQOptions> variants() {
  DeepQOptions plain = small();
  DeepQOptions full = small();
  full.dueling = full.prioritized = full.normalize_rewards = full.inputs.normalize_inputs = true;
  full.update.double_q = true;
  full.keep_best = 2;
  DeepQOptions exact = small();
  exact.precision = rl::Precision::float64;
  exact.update.optimizer = rl::OptimizerKind::rmsprop;
  exact.update.loss = rl::QLoss::huber;
  exact.inputs.features = "fourier:order=2";
  return {plain, full, exact};
}

}  // namespace

TEST_CASE("q update: by hand, of a line") {
  // w = (1, 2), b = (0, 1): q(2, 1) = 5; q(3, .) = (3, 7), target = 1 + .5 * 7 = 4.5, delta = -.5
  // L = delta^2, dL/dq = 2 * .5 = 1: dL/dw_1 = 2, dL/db_1 = 1. alpha .1: w_1 = 1.8, b_1 = .9
  QUpdate<double> update(line({1, 2, 0, 1}), sgd());
  const auto delta = update.learn(one(), 0.1);
  CHECK(numbers(delta) == std::vector<double>{-0.5});
  const auto w = update.online().parameters();
  CHECK(w[0] == 1);
  CHECK(w[1] == doctest::Approx(1.8));
  CHECK(w[2] == 0);
  CHECK(w[3] == doctest::Approx(0.9));
}

TEST_CASE("q update: beyond the end there is no bootstrap") {
  QUpdate<double> update(line({1, 2, 0, 1}), sgd());
  QBatch<double> batch = one();
  batch.discount = {0};
  CHECK(update.targets(batch)[0] == 1);
}

TEST_CASE("q update: an action that is not available is no maximum") {
  QUpdate<double> update(line({1, 2, 0, 1}), sgd());
  QBatch<double> batch = one();
  batch.available = {1, 0};
  CHECK(update.targets(batch)[0] == 1 + 0.5 * 3);
}

TEST_CASE("q update: double Q-learning asks the target network for the action of the other") {
  // q(3, .; w) = (9, 1) chooses action 0; q(3, .; w_T) = (3, 7) says 3, its maximum is 7.
  for (const bool twice : {false, true}) {
    rl::QUpdateOptions options = sgd();
    options.double_q = twice;
    QUpdate<double> update(line({1, 2, 0, 1}), options);
    std::ranges::copy(std::vector<double>{3, 0, 0, 1}, update.online().parameters().begin());
    CHECK(update.targets(one())[0] == 1 + 0.5 * (twice ? 3 : 7));
  }
}

TEST_CASE("q update: weights of errors and the mean of the batch scale the gradient") {
  QUpdate<double> update(line({1, 2, 0, 1}), sgd());
  QBatch<double> batch{.x = {2, 2},
                       .next_x = {3, 3},
                       .action = {1, 1},
                       .reward = {1, 1},
                       .discount = {0.5, 0.5},
                       .weight = {1, 0.5}};
  update.learn(batch, 0.1);
  CHECK(update.online().parameters()[3] == doctest::Approx(1 - 0.1 * (1 + 0.5) / 2));
}

TEST_CASE("q update: Huber's loss halves the slope of a small error and clips a large one") {
  rl::QUpdateOptions options = sgd();
  options.loss = rl::QLoss::huber;
  QUpdate<double> update(line({1, 2, 0, 1}), options);
  update.learn(one(), 0.1);
  CHECK(update.online().parameters()[3] == doctest::Approx(1 - 0.1 * 0.5));
  QBatch<double> far = one();
  far.reward = {1000};
  QUpdate<double> other(line({1, 2, 0, 1}), options);
  other.learn(far, 0.1);
  CHECK(other.online().parameters()[3] == doctest::Approx(1 + 0.1));
}

TEST_CASE("q update: the target network is copied every C updates") {
  QUpdate<double> update(line({1, 2, 0, 1}), sgd());
  update.learn(one(), 0.1);
  CHECK(numbers(update.target().parameters()) == std::vector<double>{1, 2, 0, 1});
  update.learn(one(), 0.1);
  CHECK(numbers(update.target().parameters()) == numbers(update.online().parameters()));
}

TEST_CASE("q update: a soft target network goes a share tau of the way") {
  rl::QUpdateOptions options = sgd();
  options.target_every = 1;
  options.target_tau = 0.25;
  QUpdate<double> update(line({1, 2, 0, 1}), options);
  update.learn(one(), 0.1);  // w_1 = 1.8
  CHECK(update.target().parameters()[1] == doctest::Approx(2 - 0.25 * 0.2));
}

TEST_CASE("q update: what is not finite is thrown before it spoils the weights") {
  for (const double bad : {tests::kNan, tests::kInfinity}) {
    QUpdate<double> update(line({1, 2, 0, 1}), sgd());
    QBatch<double> batch = one();
    batch.reward = {bad};
    CHECK_THROWS_AS(update.learn(batch, 0.1), rl::Diverged);
    CHECK(numbers(update.online().parameters()) == std::vector<double>{1, 2, 0, 1});
  }
}

TEST_CASE("q network: a dueling head is v + A less the mean of A, and its slopes follow") {
  // One input, outputs A_0 = x, A_1 = 3 x, v = 5 x: of x = 1 the mean of A is 2, q = (4, 6).
  const QNetwork<double> q = line({1, 3, 5, 0, 0, 0}, HeadKind::dueling);
  rl::QTape<double> tape;
  const std::vector<double> x = {1};
  CHECK(numbers(q.forward(x, tape)) == std::vector<double>{4, 6});
  // dq = (0, 1): dv = 1, dA = dq - 1/2 = (-.5, .5)
  std::vector<double> gradient(6);
  q.backward(std::vector<double>{0, 1}, tape, gradient);
  CHECK(gradient == std::vector<double>{-0.5, 0.5, 1, -0.5, 0.5, 1});
}

TEST_CASE("q network: of pairs, the action's number is the last input") {
  // q = 2 x + 10 a / 2 + 1, a = 0, 1, 2; a batch of x = 1 and x = 3
  const QNetwork<double> q = line({2, 10, 1}, HeadKind::pairs, 3);
  rl::QTape<double> tape;
  const std::vector<double> x = {1, 3};
  CHECK(numbers(q.forward(x, tape)) == std::vector<double>{3, 7, 8, 12, 13, 17});
}

TEST_CASE("network inputs: usual sizes divide, bounds go to -1 and 1, the rest stays") {
  using rl::input_scaling;
  using rl::InputScale;
  CHECK(input_scaling({"x", -4.8, 4.8, 2.4}, InputScale::centred)(2.4) == 1);
  CHECK(input_scaling({"x", 0, 4}, InputScale::centred)(0) == -1);
  CHECK(input_scaling({"x", 0, 4}, InputScale::centred)(4) == 1);
  CHECK(input_scaling({"x"}, InputScale::centred)(7) == 7);
  CHECK(input_scaling({"x", 0, tests::kInfinity}, InputScale::centred)(7) == 7);
  CHECK(input_scaling({"x", 3, 3}, InputScale::centred)(3) == 3);
  CHECK(input_scaling({"x", 0, 4}, InputScale::unit)(1) == 0.25);
}

TEST_CASE("network inputs: normalised they have mean 0 and standard deviation 1") {
  rl::RunningMoments moments(2);
  for (const double x : {1.0, 2.0, 6.0}) moments.add(std::vector<double>{x, 5});
  // mean 3, squares 4 + 1 + 9
  CHECK(moments.normalized(0, 6) == doctest::Approx(3 / std::sqrt(14.0 / 3)));
  CHECK(moments.normalized(1, 6) == 1);  // nothing varies: sd is taken as 1
}

TEST_CASE("deep Q-learning: equal seeds are equal to the bit, another seed is not") {
  for (const DeepQOptions& options : variants()) {
    CHECK(after(in_corridor(options), 300) == after(in_corridor(options), 300));
    CHECK(after(in_corridor(options), 300) != after(in_corridor(options, 2), 300));
  }
}

TEST_CASE("deep Q-learning: saved in the middle and loaded elsewhere it goes on to the bit") {
  for (const DeepQOptions& options : variants()) {
    rl::AnyRunner first = in_corridor(options);
    first.run({.steps = 155});
    rl::AnyRunner second = in_corridor(options, 77);
    second.run({.steps = 31});
    second.load(first.save());
    CHECK(after(second, 300) == after(in_corridor(options), 300));
  }
}

TEST_CASE("deep Q-learning: a copy is exact and independent, and watching changes nothing") {
  for (const DeepQOptions& options : variants()) {
    rl::AnyRunner original = in_corridor(options);
    original.run({.steps = 100});
    rl::AnyRunner copy = original;
    copy.trace().enable(true);
    CHECK(after(copy, 300) == after(original, 300));
  }
}

TEST_CASE("deep Q-learning: a saved network of another shape is refused") {
  DeepQOptions wider = small();
  wider.network.hidden = {9};
  const std::string bytes = after(in_corridor(small()), 50);
  rl::AnyRunner other = in_corridor(wider);
  CHECK(contains(error_of([&] { other.load(bytes); }), "network.shape"));
}

TEST_CASE("deep Q-learning: a watched update tells target and error of the pair just met") {
  rl::AnyRunner runner = in_corridor(small());
  runner.trace().enable(true);
  runner.run({.steps = 10});
  CHECK(runner.trace().updates().empty());  // before the first update
  for (int i = 0; i < 20; ++i) {
    const rl::AnyTransition t = runner.advance_anywhere();
    REQUIRE(runner.trace().updates().size() == 1);
    const rl::Update u = runner.trace().updates()[0];
    CHECK(u.a == std::get<Action>(t.action));
    CHECK(u.target == doctest::Approx(t.reward + 0.9 * u.bootstrap));
    CHECK(u.delta == u.target - u.before);
    CHECK(u.after == doctest::Approx(u.before + u.alpha * u.weight * u.delta));
  }
}

TEST_CASE("deep Q-learning: reaches q* of the 2x2 grid within 0.05") {
  DeepQOptions options;
  options.network.hidden = {32};
  options.inputs.features = "one_hot";
  options.n_step = 1;
  options.learn_from = 100;
  options.alpha = rl::Schedule::linear(3e-3, 0, 8000);
  options.epsilon = 1;
  options.update.target_every = 50;
  const Problem problem = rl::mfrl_2x2();
  rl::AnyRunner runner = in_grid(problem, options);
  runner.run({.steps = 8000});
  CHECK(rl::exact_truth(problem).error(problem.model, runner.estimates()).max < 0.05);
}

TEST_CASE("deep Q-learning: the best policy of a corridor goes right, by the weights kept too") {
  for (const std::int64_t keep : {0, 5}) {
    DeepQOptions options = small();
    options.capacity = 1000;
    options.keep_best = keep;
    options.epsilon = 0.3;
    rl::AnyRunner runner = in_corridor(options);
    runner.run({.steps = 3000});
    CHECK(runner.greedy_return(20, 50, 1, Rng(5)).mean == 1);
    CHECK(runner.estimates().what == rl::Quantity::weights);
  }
}

TEST_CASE("deep Q-learning: what makes no sense is refused") {
  const auto refused = [](auto change) {
    DeepQOptions options = small();
    change(options);
    return error_of([&] { in_corridor(options); });
  };
  CHECK(contains(refused([](DeepQOptions& o) { o.batch = 61; }), "option 'batch'"));
  CHECK(contains(refused([](DeepQOptions& o) { o.priority_alpha = 1; }), "without 'prioritized'"));
  CHECK(contains(refused([](DeepQOptions& o) { o.priority_beta = 1; }), "without 'prioritized'"));
  CHECK(contains(refused([](DeepQOptions& o) { o.alpha = rl::Schedule::one_over_visits(); }),
                 "option 'alpha'"));
}

TEST_CASE("off-policy deep Q-learning: keeps one episode, then learns from nothing else") {
  const Problem problem = rl::mfrl_2x2();
  const rl::Streams streams(1);
  rl::AnyRunner runner =
      rl::make_runner(problem,
                      rl::OffPolicyDeepQ(problem, {.episode_length = 100, .batch = 20},
                                         streams.agent.split("start")),
                      streams);
  const auto values = [&] { return numbers(runner.estimates().values); };
  const std::vector<double> start = values();
  runner.run({.steps = 100});
  CHECK(values() == start);
  runner.run({.steps = 101});
  CHECK(values() != start);
  rl::AnyRunner copy = runner;
  copy.load(runner.save());
  CHECK(after(copy, 150) == after(runner, 150));
}

TEST_CASE("off-policy deep Q-learning: a batch is no larger than the episode") {
  CHECK(contains(
      error_of([] { rl::OffPolicyDeepQ(rl::mfrl_2x2(), {.episode_length = 10, .batch = 20}); }),
      "option 'batch'"));
}

}  // namespace deep_q_test
