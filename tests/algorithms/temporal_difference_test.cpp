#include "algorithms/temporal_difference.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/off_policy.hpp"
#include "algorithms/truth.hpp"
#include "rl/learning.hpp"

namespace rl {

namespace {

/// Corridor 0 .. 4, left and right; state 4 is terminal and pays 1, other steps cost .1.
Problem corridor(double gamma) {
  return Problem{.name = "corridor",
                 .model = FiniteMdp(5, 2,
                                    [](State s, Action a, std::vector<Outcome>& row) {
                                      const State next = a == 1 ? s + 1 : std::max(s - 1, 0);
                                      row.push_back({0.9, next == 4 ? 1 : -0.1, next});
                                      row.push_back({0.1, -0.1, s});
                                    },
                                    {.terminal = {4}}),
                 .gamma = gamma};
}

template <class L>
double update_once(double bootstrap_a0, double bootstrap_a1, Action a_next, bool terminated,
                   bool truncated, double epsilon) {
  QTable q(3, 2);
  q(0, 1) = 1;
  q(1, 0) = bootstrap_a0;
  q(1, 1) = bootstrap_a1;
  L learner(GreedyQTable(q), DiscountedTarget(corridor(0.9)), {.alpha = 0.5, .epsilon = epsilon});
  Rng rng(1);
  learner.learn({0, 1, 2.0, 1, terminated, truncated}, a_next, rng);
  return learner.q().value(0, 1);
}

/// 12 states; each action leads to two drawn states and pays 0, 1 or 2. Every fifth pair is not
/// available.
Problem drawn_world(Action actions) {
  Rng rng(1);
  return {.name = "drawn",
          .model = FiniteMdp(12, actions,
                             [&rng](State s, Action a, std::vector<Outcome>& row) {
                               if (a > 0 && (s + a) % 5 == 0) return;
                               for (int k = 0; k < 2; ++k) {
                                 const double reward = rng.index(3);
                                 row.push_back({0.5, reward, rng.index(12)});
                               }
                             }),
          .gamma = 0.9};
}

/// 3,000 steps with one table and with the other: the same numbers, and as many draws.
template <class Bootstrap>
void same_with_both_tables(const Problem& world, double alpha) {
  using Kept = TdControl<Bootstrap>;
  using Searched = TdControl<Bootstrap, OneStep, QTable>;
  const TdOptions<> options{.alpha = alpha, .epsilon = 0.3};
  Runner kept(MdpEnvironment(world.model), Kept(world, options), Streams(3));
  Runner searched(MdpEnvironment(world.model),
                  Searched(QTable(world.model), DiscountedTarget(world), options), Streams(3));
  kept.run({.steps = 3000});
  searched.run({.steps = 3000});
  CHECK(save_state(kept) == save_state(searched));
}

/// q(x, a; w) = w_a . x for x in the plane: a linear function of features.
class LinearQ {
 public:
  using Observation = std::array<double, 2>;
  using Options = TableOptions;
  Action num_actions() const { return 2; }
  double value(const Observation& x, Action a) const {
    const std::size_t i = 2 * index(a);
    return w_[i] * x[0] + w_[i + 1] * x[1];
  }
  std::span<const double> row(const Observation& x, std::span<double> scratch) const {
    for (Action a = 0; a < 2; ++a) scratch[static_cast<std::size_t>(a)] = value(x, a);
    return scratch;
  }
  template <class F>
  void gradient(const Observation& x, Action a, F&& f) const {
    for (std::size_t j = 0; j < 2; ++j) f(2 * index(a) + j, x[j]);
  }
  void add(const Observation& x, Action a, double step) {
    gradient(x, a, [&](std::size_t i, double g) { w_[i] += step * g; });
  }
  void add_at(std::size_t i, double step) { w_[i] += step; }
  std::span<const double> parameters() const { return w_; }
  std::span<const double> shown() const { return w_; }

 private:
  std::array<double, 4> w_{};
};
static_assert(ActionValueFunction<LinearQ>);

}  // namespace

TEST_CASE("td control: one update by hand") {
  // q = 1, r = 2, gamma = .9, alpha = .5, q(s', .) = (4, 8)
  // Sarsa, a' = 0:           target 2 + .9 * 4 = 5.6;             1 + .5 * 4.6  = 3.3
  // Q-learning:              target 2 + .9 * 8 = 9.2;             1 + .5 * 8.2  = 5.1
  // Expected Sarsa, eps .5:  .5 * 8 + .5 * 6 = 7; 2 + 6.3 = 8.3;  1 + .5 * 7.3  = 4.65
  CHECK(update_once<Sarsa>(4, 8, 0, false, false, 0.5) == doctest::Approx(3.3));
  CHECK(update_once<QLearning>(4, 8, 0, false, false, 0.5) == doctest::Approx(5.1));
  CHECK(update_once<ExpectedSarsa>(4, 8, 0, false, false, 0.5) == doctest::Approx(4.65));
}

TEST_CASE("td control: a terminal next state gives no bootstrap, a truncated one does") {
  // terminal: target 2; 1 + .5 * 1 = 1.5
  CHECK(update_once<QLearning>(4, 8, 0, true, false, 0) == doctest::Approx(1.5));
  CHECK(update_once<QLearning>(4, 8, 0, false, true, 0) == doctest::Approx(5.1));
}

TEST_CASE("td control: unavailable actions are neither chosen nor averaged") {
  const FiniteMdp model(2, 3,
                        [](State, Action a, std::vector<Outcome>& row) {
                          if (a != 1) row.push_back({1, 1, 0});
                        },
                        {.terminal = {1}});
  const Problem problem{.name = "holes", .model = model, .gamma = 0.5};
  ExpectedSarsa learner(problem, {.alpha = 1, .epsilon = 1});
  Rng rng(3);
  for (int i = 0; i < 100; ++i) CHECK(learner.act(0, rng) != 1);
  learner.learn({0, 0, 1, 0, false}, 0, rng);
  learner.learn({0, 2, 1, 0, false}, 0, rng);  // 1 + .5 * mean(1, 0) = 1.25
  CHECK(learner.q().value(0, 2) == doctest::Approx(1.25));
}

TEST_CASE("off-policy q-learning: reaches q* while another policy acts, where that one goes") {
  const Problem problem = corridor(0.9);
  const Truth truth = exact_truth(problem);
  const Schedule alpha = Schedule::harmonic(1, 100).on(Schedule::Clock::visits);
  Runner uniform(MdpEnvironment(problem.model), OffPolicyQLearning(problem, {.alpha = alpha}),
                 Streams(4));
  uniform.run({.steps = 1'000'000});
  CHECK(truth.error(problem.model, uniform.learner().estimates()).max < 0.01);
  const std::vector<double> always_right = {0, 1, 0, 1, 0, 1, 0, 1, 0, 0};
  Runner right(MdpEnvironment(problem.model),
               OffPolicyQLearning(problem, {.alpha = alpha, .behavior = always_right}), Streams(4));
  right.run({.steps = 100'000});
  for (State s = 0; s < 4; ++s) {
    CHECK(right.learner().q().value(s, 0) == 0);  // never tried
    CHECK(right.learner().q().value(s, 1) == doctest::Approx(truth.v_star[s]).epsilon(0.02));
  }
}

TEST_CASE("td control: Q-learning reaches q* and Sarsa the best epsilon-soft values") {
  const Problem problem = corridor(0.9);
  const Truth truth = exact_truth(problem);
  const Schedule alpha = Schedule::harmonic(1, 100).on(Schedule::Clock::visits);
  const auto error_after = [&](auto learner) {
    Runner runner(MdpEnvironment(problem.model), std::move(learner), Streams(4));
    runner.run({.steps = 1'000'000});
    return truth.error(problem.model, runner.learner().estimates()).max;
  };
  CHECK(error_after(QLearning(problem, {.alpha = alpha, .epsilon = 0.5})) < 0.01);
  CHECK(error_after(Sarsa(problem, {.alpha = alpha, .epsilon = 0.5})) < 0.01);
  CHECK(error_after(ExpectedSarsa(problem, {.alpha = alpha, .epsilon = 0.5})) < 0.01);
}

TEST_CASE("td control: Expected Sarsa without exploration is Q-learning bit for bit") {
  const Problem problem = corridor(0.9);
  Runner a(MdpEnvironment(problem.model), QLearning(problem, {.epsilon = 0.0}), Streams(5));
  Runner b(MdpEnvironment(problem.model), ExpectedSarsa(problem, {.epsilon = 0.0}), Streams(5));
  a.run({.steps = 5'000});
  b.run({.steps = 5'000});
  CHECK(a.learner().q() == b.learner().q());
}

TEST_CASE("td control: the order of choosing and updating shows in what a' is drawn from") {
  // s = s' = 0, q(0, .) = (0, 0): after an update of action 0 with reward -1, a greedy choice
  // afterwards is action 1; Sarsa has chosen before, among ties.
  const FiniteMdp model(1, 2, [](State, Action, std::vector<Outcome>& row) {
    row.push_back({1, -1, 0});
  });
  const Problem problem{.name = "loop", .model = model, .gamma = 0.5};
  int sarsa_repeats = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    QLearning after(problem, {.alpha = 0.5, .epsilon = 0.0});
    CHECK(after.step({0, 0, -1, 0, false}, rng) == 1);
    Sarsa before(problem, {.alpha = 0.5, .epsilon = 0.0});
    sarsa_repeats += before.step({0, 0, -1, 0, false}, rng) == 0 ? 1 : 0;
  }
  CHECK(sarsa_repeats > 60);
  CHECK(sarsa_repeats < 140);
}

TEST_CASE("td control: a stored policy acts uniformly until its state is updated") {
  const Problem problem = corridor(0.9);
  QLearning learner(problem,
                    {.alpha = 1, .epsilon = 0.0, .values = {.q0 = 0}, .stored_policy = true});
  Rng rng(6);
  int right = 0;
  for (int i = 0; i < 1'000; ++i) right += learner.act(3, rng);
  CHECK(right > 400);
  CHECK(right < 600);
  learner.learn({3, 1, 1, 4, true}, 0, rng);  // q(3, right) = 1: stored as greedy
  for (int i = 0; i < 100; ++i) CHECK(learner.act(3, rng) == 1);
}

TEST_CASE("td control: step sizes count updates, visits of the pair, or episodes") {
  const Problem problem = corridor(1);
  const auto after_two = [&](Schedule::Clock clock) {
    QLearning learner(problem, {.alpha = Schedule::harmonic(1).on(clock)});
    Rng rng(7);
    learner.start(0, rng);
    learner.learn({0, 0, 8, 4, true}, 0, rng);  // alpha = 1 on every clock
    learner.learn({1, 0, 8, 4, true}, 0, rng);  // updates: 1/2; visits and episodes: 1
    learner.start(0, rng);
    learner.learn({0, 0, 0, 4, true}, 0, rng);  // updates: 1/3; visits, episodes: 1/2
    return std::pair(learner.q().value(1, 0), learner.q().value(0, 0));
  };
  CHECK(after_two(Schedule::Clock::updates) == std::pair(4.0, 8 - 8.0 / 3));
  CHECK(after_two(Schedule::Clock::visits) == std::pair(8.0, 4.0));
  CHECK(after_two(Schedule::Clock::episodes) == std::pair(8.0, 4.0));
}

TEST_CASE("td control: a trace tells the update that the step made") {
  const Problem problem = corridor(0.9);
  AnyRunner runner = make_runner(problem, QLearning(problem, {.alpha = 0.5}), Streams(8));
  runner.advance();
  CHECK(runner.trace().updates().empty());
  runner.trace().enable(true);
  const Transition<State> t = runner.advance();
  REQUIRE(runner.trace().updates().size() == 1);
  const Update u = runner.trace().updates().front();
  CHECK(u.s == t.state);
  CHECK(u.a == t.action);
  CHECK(u.target == doctest::Approx(u.reward + u.gamma * u.bootstrap));
  CHECK(u.after == doctest::Approx(u.before + u.alpha * u.delta));
}

TEST_CASE("td control: tracing changes nothing that is learned") {
  const Problem problem = corridor(0.9);
  AnyRunner plain = make_runner(problem, Sarsa(problem, {}), Streams(9));
  AnyRunner traced = make_runner(problem, Sarsa(problem, {}), Streams(9));
  traced.trace().enable(true);
  plain.run({.steps = 500});
  traced.run({.steps = 500});
  CHECK(plain.save() == traced.save());
}

TEST_CASE("td control: a table that keeps its maxima learns and draws as one that is searched") {
  for (const Action actions : {2, 16}) {
    const Problem world = drawn_world(actions);
    for (const double alpha : {0.5, 1.0}) {  // 1: values repeat, so ties come and go
      same_with_both_tables<SarsaBootstrap>(world, alpha);
      same_with_both_tables<ExpectedSarsaBootstrap>(world, alpha);
      same_with_both_tables<QLearningBootstrap>(world, alpha);
    }
  }
}

TEST_CASE("td control: exploration on the clock of visits is refused") {
  const Problem problem = corridor(0.9);
  CHECK_THROWS_AS(Sarsa(problem, {.epsilon = Schedule::harmonic(1).on(Schedule::Clock::visits)}),
                  std::invalid_argument);
}

TEST_CASE("td control: the same learner moves the weights of features along the gradient") {
  TdControl<QLearningBootstrap, OneStep, LinearQ> learner(
      LinearQ(), DiscountedTarget(corridor(0.5)), {.alpha = 0.1, .epsilon = 0.0});
  Rng rng(10);
  learner.learn({{1, 2}, 0, 3.0, {0, 1}, false}, 0, rng);
  // delta = 3; w_0 = .1 * 3 * (1, 2) = (.3, .6)
  CHECK(learner.q().parameters()[0] == doctest::Approx(0.3));
  CHECK(learner.q().parameters()[1] == doctest::Approx(0.6));
  learner.learn({{1, 0}, 1, 0.0, {0, 1}, false}, 0, rng);
  // max_a q((0, 1), a) = .6; delta = .5 * .6 = .3; w_1 = .1 * .3 * (1, 0) = (.03, 0)
  CHECK(learner.q().parameters()[2] == doctest::Approx(0.03));
  CHECK(learner.q().parameters()[3] == 0);
  CHECK(learner.act({0, 1}, rng) == 0);
}

TEST_CASE("td control: what is kept for each state is refused where states cannot be counted") {
  using Linear = TdControl<SarsaBootstrap, OneStep, LinearQ>;
  const DiscountedTarget target(corridor(0.5));
  CHECK_THROWS_AS(Linear(LinearQ(), target, {.stored_policy = true}), std::invalid_argument);
  CHECK_THROWS_AS(
      Linear(LinearQ(), target, {.alpha = Schedule::harmonic(1).on(Schedule::Clock::visits)}),
      std::invalid_argument);
}

TEST_CASE("td control: a saved run that points outside its world is refused") {
  const Problem problem = corridor(0.9);
  AnyRunner runner = make_runner(problem, Sarsa(problem, {.stored_policy = true}), Streams(11));
  runner.run({.steps = 30});
  const std::string good = runner.save();
  for (const char* name : {"environment.state", "stored_policy"}) {
    std::string bad = good;
    const std::size_t content = bad.rfind(name) + std::string(name).size();
    bad[content + 2] = 1;  // 65,536 states further
    CHECK_THROWS_WITH_AS(runner.load(bad), doctest::Contains("is out of range"),
                         std::invalid_argument);
  }
  runner.load(good);
  CHECK(runner.save() == good);
}

}  // namespace rl
