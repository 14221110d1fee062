#include "algorithms/policy_gradient.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/algorithms/policy_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Action;
using rl::GaussianPolicy;
using rl::Point;
using rl::Problem;
using rl::Rng;
using rl::State;
using Reinforce = rl::SoftmaxReinforce<State>;
using ReinforceBaseline = rl::SoftmaxReinforceBaseline<State>;
using StateSoftmax = rl::SoftmaxPolicy<State>;

namespace {

/// d ln pi(a | s) / d theta_i by central differences, i by i; `log_pi(theta)` is ln pi(a | s).
template <class LogPi>
void check_log_gradient(std::vector<double> theta, const std::vector<double>& gradient,
                        const LogPi& log_pi) {
  constexpr double kStep = 1e-5;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const double at = theta[i];
    theta[i] = at + kStep;
    const double above = log_pi(theta);
    theta[i] = at - kStep;
    const double below = log_pi(theta);
    theta[i] = at;
    CHECK(gradient[i] == doctest::Approx((above - below) / (2 * kStep)).epsilon(1e-6));
  }
}

template <class P, class S, class A>
std::vector<double> gradient_of(const P& policy, const S& s, const A& a) {
  std::vector<double> gradient(policy.parameters().size(), 0);
  policy.gradient(s, a, [&](std::size_t i, double x) { gradient[i] += x; });
  return gradient;
}

void check_softmax_gradient(const Problem& problem, rl::SoftmaxOptions options, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) options.theta0.push_back(0.3 * std::sin(2.0 + double(i)));
  for (State s = 0; s < problem.model.num_states(); ++s)
    for (Action a = 0; a < problem.model.num_actions(); ++a) {
      if (problem.model.terminal(s) || !problem.model.available(s, a)) continue;
      const auto gradient = gradient_of(StateSoftmax(problem, options, Rng(1)), s, a);
      check_log_gradient(options.theta0, gradient, [&](const std::vector<double>& theta) {
        rl::SoftmaxOptions moved = options;
        moved.theta0 = theta;
        return std::log(StateSoftmax(problem, moved, Rng(1)).probability(s, a));
      });
    }
}

/// An episode of (state, action, reward), told to a learner.
struct Told {
  State s;
  Action a;
  double reward;
};
template <class L>
void tell(L& learner, const std::vector<Told>& steps, State end, bool terminated = true) {
  Rng rng(1);
  learner.start(steps.front().s, rng);
  for (std::size_t t = 0; t < steps.size(); ++t) {
    const bool last = t + 1 == steps.size();
    const State next = last ? end : steps[t + 1].s;
    learner.step(
        {steps[t].s, steps[t].a, steps[t].reward, next, last && terminated, last && !terminated},
        rng);
  }
}

}  // namespace

// ---- policies -----------------------------------------------------------------------------------

TEST_CASE("softmax: probabilities by hand; large preferences do not overflow") {
  const Problem world = tests::two_rooms();
  const double ln3 = std::log(3);
  const StateSoftmax policy(world, {.theta0 = {ln3, 0, 0, 0, 1000, 0}}, Rng(1));  // right first
  CHECK(policy.probability(0, 0) == doctest::Approx(0.75));
  CHECK(policy.probability(0, 1) == doctest::Approx(0.25));
  CHECK(policy.probability(1, 1) == 1);
  CHECK(policy.probability(1, 0) < 1e-300);
  CHECK(policy.shown()[4] == 0);  // terminal
  Rng rng(1);
  CHECK(policy.greedy(0, rng) == 0);
  CHECK(policy.greedy(1, rng) == 1);
}

TEST_CASE("softmax: an action that is not available is never taken") {
  const Problem world = tests::one_choice_less();
  const StateSoftmax policy(world, {}, Rng(1));
  CHECK(policy.probability(0, 0) == 0.5);
  CHECK(policy.probability(0, 1) == 0);
  CHECK(policy.probability(0, 2) == 0.5);
  StateSoftmax changed = policy;
  changed.add(0, 0, 1);
  CHECK(changed.probability(0, 1) == 0);
  check_softmax_gradient(world, {}, changed.parameters().size());
}

TEST_CASE("softmax: the log-gradient is that of finite differences, tables and features") {
  const Problem corridor = tests::world("short_corridor");
  check_softmax_gradient(corridor, {}, StateSoftmax(corridor, {}, Rng(1)).parameters().size());
  check_softmax_gradient(corridor, {.features = "world"}, 2);
  const Problem grid = tests::small_grid();
  const rl::SoftmaxOptions fourier{.features = "fourier:order=2"};
  check_softmax_gradient(grid, fourier, StateSoftmax(grid, fourier, Rng(1)).parameters().size());
  const rl::SoftmaxOptions joint{.features = "fourier:order=2",
                                 .action_features = rl::ActionFeatures::joint};
  check_softmax_gradient(grid, joint, StateSoftmax(grid, joint, Rng(1)).parameters().size());
  check_softmax_gradient(corridor, {.features = "world", .clip = 0.05}, 2);  // not reached
}

TEST_CASE("softmax: theta <- theta + x grad ln pi adds the gradient that is shown") {
  const Problem grid = tests::small_grid();
  for (const auto kind : {rl::ActionFeatures::blocks, rl::ActionFeatures::joint}) {
    StateSoftmax policy(grid, {.features = "fourier:order=2", .action_features = kind}, Rng(1));
    const std::vector<double> gradient = gradient_of(policy, 1, 2);
    policy.add(1, 2, 0.5);
    for (std::size_t i = 0; i < gradient.size(); ++i)
      CHECK(policy.parameters()[i] == doctest::Approx(0.5 * gradient[i]));
  }
}

TEST_CASE("softmax: clipped probabilities act and stand in the gradient") {
  const Problem corridor = tests::world("short_corridor");
  StateSoftmax policy(corridor, {.features = "world", .theta0 = {-5, 5}, .clip = 0.05}, Rng(1));
  for (const State s : {0, 1, 2}) {
    CHECK(policy.probability(s, 0) == doctest::Approx(0.05));
    CHECK(policy.probability(s, 1) == doctest::Approx(0.95));
  }
  const std::vector<double> gradient = gradient_of(policy, 1, 0);
  CHECK(gradient[0] == doctest::Approx(0.95));
  CHECK(gradient[1] == doctest::Approx(-0.95));
  // Far beyond the floor an action comes back too.
  CHECK(StateSoftmax(corridor, {.features = "world", .theta0 = {-5000, 5000}, .clip = 0.05}, Rng(1))
            .probability(0, 0) == doctest::Approx(0.05));
}

TEST_CASE("softmax: a negative floor and another number of parameters are refused") {
  const Problem corridor = tests::world("short_corridor");
  CHECK(tests::error_of([&] { StateSoftmax(corridor, {.clip = -0.1}, Rng(1)); }) ==
        "option 'clip': -0.1 is not in [0, 0.5]");
  CHECK(tests::error_of([&] {
          StateSoftmax(corridor, {.theta0 = {1, 2, 3}}, Rng(1));
        }) == "option 'theta0': 3 numbers for " +
                  std::to_string(StateSoftmax(corridor, {}, Rng(1)).parameters().size()) +
                  " parameters");
  CHECK(tests::contains(tests::error_of([&] {
                          tests::begin("reinforce", corridor, {{"clip", -0.1}});
                        }),
                        "clip"));
  CHECK(tests::contains(tests::error_of([&] {
                          tests::begin("reinforce", corridor,
                                       {{"alpha", {{"harmonic", {1, 1}}, {"clock", "visits"}}}});
                        }),
                        "not visits"));
}

TEST_CASE("gaussian: the log-gradient is that of finite differences, mean and sigma") {
  const Problem world = tests::regulator();
  const rl::GaussianOptions options{.features = "polynomial:degree=2,scale=raw", .sigma0 = 0.7};
  GaussianPolicy policy(world, options, Rng(1));
  std::vector<double> theta;
  for (std::size_t i = 0; i < policy.parameters().size(); ++i) {
    theta.push_back(0.2 * std::cos(1.0 + double(i)));
    policy.add_at(i, theta.back());
  }
  const Point s{0.8}, u{0.3};
  check_log_gradient(theta, gradient_of(policy, s, u), [&](const std::vector<double>& moved) {
    GaussianPolicy p(world, options, Rng(1));
    for (std::size_t i = 0; i < moved.size(); ++i) p.add_at(i, moved[i]);
    const double z = (u[0] - p.mean(s, 0)) / p.sigma(s, 0);
    return -z * z / 2 - std::log(p.sigma(s, 0));
  });
  const std::vector<double> gradient = gradient_of(policy, s, u);
  policy.add(s, u, 0.25);
  for (std::size_t i = 0; i < theta.size(); ++i)
    CHECK(policy.parameters()[i] == doctest::Approx(theta[i] + 0.25 * gradient[i]));
}

TEST_CASE("gaussian: actions have the mean and the deviation that it says; greedy is the mean") {
  const Problem world = tests::regulator();
  GaussianPolicy policy(world, {.features = "polynomial:degree=1,scale=raw", .sigma0 = 0.5},
                        Rng(1));
  policy.add_at(1, 2);  // mu = 2 x
  const Point s{1.5};
  Rng rng(7);
  CHECK(policy.greedy(s, rng)[0] == 3);
  constexpr int kDraws = 20'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = policy.sample(s, rng)[0] - 3;
    sum += u;
    squares += u * u;
  }
  const double n = kDraws;
  CHECK(std::abs(sum / n) < 4 * 0.5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 0.25) < 4 * 0.25 * std::sqrt(2 / n));
  policy.add_at(2, -100);  // sigma = 0.5 exp(-100)
  CHECK(policy.sigma(s, 0) == 0.01);
}

// ---- REINFORCE ----------------------------------------------------------------------------------

TEST_CASE("reinforce: an episode by hand, with and without gamma^t") {
  // gamma 0.5, rewards 2 and 4: G = 4, 4. Both states start uniform: grad = +-0.5.
  // alpha 0.1: 0.1 * 4 * 0.5 = 0.2 at t = 0; half of that at t = 1 with gamma^t.
  for (const bool gamma_t : {true, false}) {
    CAPTURE(gamma_t);
    Reinforce learner(tests::two_rooms(), {.alpha = 0.1, .discount_factor_t = gamma_t});
    tell(learner, {{0, 0, 2}, {1, 1, 4}}, 2);
    const auto& h = learner.policy();
    CHECK(h.preference(0, 0) == doctest::Approx(0.2));
    CHECK(h.preference(0, 1) == doctest::Approx(-0.2));
    CHECK(h.preference(1, 1) == doctest::Approx(gamma_t ? 0.1 : 0.2));
    CHECK(h.preference(1, 0) == doctest::Approx(gamma_t ? -0.1 : -0.2));
  }
}

TEST_CASE("reinforce: a step of the same episode uses theta as the steps before it left it") {
  Reinforce learner(tests::two_rooms(), {.alpha = 1.0, .discount_factor_t = false});
  tell(learner, {{0, 0, 0}, {0, 0, 0}, {0, 0, 16}}, 2);  // G = 4, 8, 16
  double h = 0;
  for (const double G : {4.0, 8.0, 16.0}) h += G * (1 - 1 / (1 + std::exp(-2 * h)));
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(h));
}

TEST_CASE("reinforce: an episode that is cut gives the return so far") {
  Reinforce learner(tests::two_rooms(), {.alpha = 0.1});
  tell(learner, {{0, 0, 2}, {1, 1, 4}}, 1, false);
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.2));
}

TEST_CASE("reinforce with baseline: by hand; the advantage is taken before w learns") {
  // As above with w0 = 1: delta = 3, 3; v(s) <- 1 + 0.5 * 3.
  ReinforceBaseline learner(tests::two_rooms(),
                            {.alpha = 0.1, .baseline = {.alpha_w = 0.5, .w0 = 1}});
  tell(learner, {{0, 0, 2}, {1, 1, 4}}, 2);
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.15));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.075));
  CHECK(learner.baseline().value(0, 0) == 2.5);
  CHECK(learner.baseline().value(1, 0) == 2.5);
  // One number for all states: delta = 4, then 4 - 2.
  ReinforceBaseline scalar(tests::world("short_corridor"),
                           {.alpha = 0.1,
                            .policy = {.features = "world"},
                            .baseline = {.alpha_w = 0.5, .value_features = "bias"}});
  tell(scalar, {{0, 0, -1}, {1, 1, -1}}, 2);  // gamma 1: G = -2, -1; w = -1, then -1
  CHECK(scalar.baseline().value(0, 0) == -1);
  CHECK(scalar.baseline().value(2, 0) == -1);
  CHECK(scalar.policy().preference(0, 0) == doctest::Approx(-0.1));
}

TEST_CASE("gaussian reinforce: one step by hand") {
  // mu = 0, sigma = 0.5 at x = 2; u = 1, r = 3, alpha 0.1: theta_mu = 0.1 * 3 * (1 / 0.25) * (1,
  // 2), theta_sigma = 0.1 * 3 * (4 - 1) * (1, 2).
  rl::GaussianReinforceBaseline learner(
      tests::regulator(), {.alpha = 0.1,
                           .policy = {.features = "polynomial:degree=1,scale=raw", .sigma0 = 0.5},
                           .baseline = {.alpha_w = 0.5, .value_features = "bias"}});
  Rng rng(1);
  learner.start({2}, rng);
  learner.step({{2}, {1}, 3, {0}, true, false}, rng);
  const std::vector<double> expected = {1.2, 2.4, 0.9, 1.8};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(learner.policy().parameters()[i] == doctest::Approx(expected[i]));
  CHECK(learner.baseline().value(Point{5}, Point{0}) == 1.5);
}

TEST_CASE("reinforce: the expected change of theta is the gradient of J") {
  // Episodes from the start; grad J by central differences of the exact J. The mean change of n
  // episodes differs from alpha grad J by at most four standard errors.
  const Problem world = tests::two_rooms();
  const std::vector<double> theta0 = {0.4, -0.2, 0, 0.1, 0.3, 0};
  const auto J = [&](const std::vector<double>& theta) {
    const Reinforce learner(world, {.policy = {.theta0 = theta}});
    return tests::exact_return(world, learner.estimates());
  };
  constexpr int kEpisodes = 40'000;
  constexpr double kAlpha = 1e-6;  // within an episode theta stays where it is
  std::vector<double> sum(theta0.size(), 0), squares(theta0.size(), 0);
  const rl::Streams streams(11);
  const Reinforce fresh(world, {.alpha = kAlpha, .policy = {.theta0 = theta0}});
  rl::Runner run(rl::MdpEnvironment(world.model), fresh, streams);
  for (int k = 1; k <= kEpisodes; ++k) {
    run.learner() = fresh;
    run.run({.episodes = k});
    for (std::size_t i = 0; i < theta0.size(); ++i) {
      const double x = (run.learner().policy().parameters()[i] - theta0[i]) / kAlpha;
      sum[i] += x;
      squares[i] += x * x;
    }
  }
  for (std::size_t i = 0; i < theta0.size(); ++i) {
    std::vector<double> above = theta0, below = theta0;
    above[i] += 1e-5;
    below[i] -= 1e-5;
    const double gradient = (J(above) - J(below)) / 2e-5;
    const double mean = sum[i] / kEpisodes;
    const double se = std::sqrt((squares[i] / kEpisodes - mean * mean) / kEpisodes);
    CHECK(std::abs(mean - gradient) <= 4 * se + 1e-5);
  }
  CHECK(std::abs(sum[0] / kEpisodes) > 0.01);
}

TEST_CASE("reinforce: on the short corridor the blind policy comes near the best one") {
  // S&B Ex 13.1: p(right) = 2 - sqrt(2), J = -11.66. Mean of the last 500 of 3000 episodes: p
  // within 0.05, and J of the policy that is left within 0.5.
  const Problem corridor = tests::world("short_corridor");
  for (const char* name : {"reinforce", "reinforce_baseline"}) {
    CAPTURE(name);
    nlohmann::json options = {{"features", "world"},
                              {"theta0", {-1.47, 1.47}},
                              {"clip", 0.05},
                              {"alpha", name[9] == '\0' ? 0x1p-13 : 0x1p-9}};
    if (name[9] != '\0') options.update({{"value_features", "bias"}, {"alpha_w", 0x1p-6}});
    rl::AnyRunner run = tests::begin(name, corridor, options);
    run.run({.episodes = 2500});
    double p = 0;
    for (int k = 2501; k <= 3000; ++k) {
      run.run({.episodes = k});
      p += run.estimates().values[0] / 500;
    }
    CHECK(std::abs(p - (2 - std::sqrt(2))) < 0.05);
    CHECK(tests::exact_return(corridor, run.estimates()) > -11.66 - 0.5);
  }
}

TEST_CASE("reinforce: tables of preferences come near J* on a small grid") {
  const Problem grid = tests::small_grid();
  const double best = rl::exact_truth(grid).optimal_return;
  for (const char* name : {"reinforce", "reinforce_baseline"}) {
    CAPTURE(name);
    rl::AnyRunner run = tests::begin(name, grid, {{"alpha", 0.2}});
    run.run({.episodes = 4000});
    CHECK(tests::exact_return(grid, run.estimates()) > best - 0.02 * std::abs(best));
  }
}

TEST_CASE("reinforce: an update is told as one of preferences, another of the baseline") {
  ReinforceBaseline learner(tests::two_rooms(),
                            {.alpha = 0.1, .baseline = {.alpha_w = 0.5, .w0 = 1}});
  learner.trace().enable(true);
  tell(learner, {{0, 0, 2}, {1, 1, 4}}, 2);
  const auto updates = learner.trace().updates();
  REQUIRE(updates.size() == 6);  // of two visits: two preferences and a value each
  for (const rl::Update& u : updates) {
    CHECK(u.after == doctest::Approx(u.before + u.alpha * u.weight * u.delta));
    CHECK(u.target - u.delta == 1);  // the baseline
    CHECK(u.target == 4);
  }
  CHECK(updates[0].a == 0);
  CHECK(updates[2].a == -1);
  CHECK(updates[3].weight == doctest::Approx(-0.25));  // gamma^t (0 - pi)
  CHECK(updates[5].after == 2.5);
}

TEST_CASE("reinforce: saved in the middle of an episode it goes on to the bit") {
  const Problem grid = tests::small_grid();
  for (const char* name : {"reinforce", "reinforce_baseline"}) {
    rl::AnyRunner at_once = tests::begin(name, grid);
    rl::AnyRunner first = tests::begin(name, grid);
    rl::AnyRunner second = tests::begin(name, grid, {}, 99);
    at_once.run({.steps = 500});
    first.run({.steps = 203});
    second.load(first.save());
    second.run({.steps = 500});
    CHECK(second.save() == at_once.save());
  }
}

TEST_CASE("reinforce: a return that is no number is not learned from") {
  Reinforce learner(tests::two_rooms(), {.alpha = 0.1});
  CHECK_THROWS_AS(tell(learner, {{0, 0, tests::kNan}}, 2), rl::Diverged);
  for (const double theta : learner.policy().parameters()) CHECK(theta == 0);
}
