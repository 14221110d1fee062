#include "algorithms/actor_critic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tests/algorithms/policy_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using nlohmann::json;
using rl::Action;
using rl::Point;
using rl::Problem;
using rl::Rng;
using rl::State;
using OneStepActorCritic = rl::AdvantageActorCritic<State>;

namespace {

/// Told 0 --0, pays 2--> 1 --1, pays 4--> end.
template <class L>
L after_two_steps(L learner) {
  learner.begin_episode();
  learner.learn({0, 0, 2, 1, false, false}, Action{1});
  learner.learn({1, 1, 4, 2, true, false}, Action{0});
  return learner;
}

double J_of(const Problem& problem, const rl::AnyRunner& run) {
  return tests::exact_return(problem, run.estimates());
}

}  // namespace

TEST_CASE("one-step actor-critic: by hand, with and without gamma^t") {
  // gamma 0.5, w0 = 2. delta = 2 + 0.5 * 2 - 2 = 1, then 4 - 2 = 2. grad ln pi = +-0.5.
  for (const bool gamma_t : {true, false}) {
    CAPTURE(gamma_t);
    const auto learner = after_two_steps(OneStepActorCritic(
        tests::two_rooms(),
        {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}, .discount_factor_t = gamma_t}));
    CHECK(learner.critic().value(0, 0) == 2.5);
    CHECK(learner.critic().value(1, 0) == 3);
    CHECK(learner.critic().value(2, 0) == 0);
    CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.05));
    CHECK(learner.policy().preference(0, 1) == doctest::Approx(-0.05));
    CHECK(learner.policy().preference(1, 1) == doctest::Approx(gamma_t ? 0.05 : 0.1));
  }
}

TEST_CASE("actor-critic: a terminal next state gives no bootstrap, a truncated one does") {
  OneStepActorCritic learner(tests::two_rooms(),
                             {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}});
  learner.begin_episode();
  learner.learn({0, 0, 2, 1, false, true}, Action{0});  // as not truncated: delta = 1
  CHECK(learner.critic().value(0, 0) == 2.5);
  learner.learn({1, 0, 2, 0, true, false}, Action{0});  // delta = 0
  CHECK(learner.critic().value(1, 0) == 2);
}

TEST_CASE("actor-critic with traces: by hand") {
  // gamma 0.5, w0 = 0, both lambdas 0.5, no gamma^t. delta = 2, then 4. At the second step state 0
  // has the trace 0.25: v(0) = 0.5 * (2 + 0.25 * 4), h(0, 0) = 0.1 * 0.5 * (2 + 0.25 * 4).
  const rl::ActorCriticTraces<State> learner = after_two_steps(
      rl::ActorCriticTraces<State>(tests::two_rooms(), {.alpha = 0.1,
                                                        .critic = {.alpha_w = 0.5},
                                                        .actor_credit = {.lambda_theta = 0.5},
                                                        .critic_credit = {.lambda_w = 0.5}}));
  CHECK(learner.critic().value(0, 0) == 1.5);
  CHECK(learner.critic().value(1, 0) == 2);
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.15));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.2));
}

TEST_CASE("actor-critic with traces: without them it is the one-step method to the bit") {
  const Problem grid = tests::small_grid();
  rl::AnyRunner traces =
      tests::begin("actor_critic_traces", grid, {{"lambda_theta", 0}, {"lambda_w", 0}});
  rl::AnyRunner one_step = tests::begin("one_step_actor_critic", grid);
  for (rl::AnyRunner* run : {&traces, &one_step}) run->run({.episodes = 30});
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(traces.estimates().values[i] == doctest::Approx(one_step.estimates().values[i]));
}

TEST_CASE("continuing actor-critic: by hand") {
  // eta 0.5, lambda 0.5. delta = 2 - 0 + 0 - 0 = 2: r_bar = 1, v(0) = 0.1 * 2 = 0.2.
  // Then from 1 back to 0: delta = 4 - 1 + 0.2 - 0 = 3.2; the trace of 0 is 0.5.
  rl::ActorCriticContinuing learner(tests::two_rooms(), {.alpha = 0.1,
                                                         .critic = {.alpha_w = 0.1},
                                                         .actor_credit = {.lambda_theta = 0.5},
                                                         .critic_credit = {.lambda_w = 0.5},
                                                         .target = {.eta = 0.5}});
  learner.begin_episode();
  learner.learn({0, 0, 2, 1, false, false}, Action{0});
  learner.learn({1, 1, 4, 0, false, false}, Action{0});
  CHECK(learner.critic().value(0, 0) == doctest::Approx(0.2 + 0.1 * 3.2 * 0.5));
  CHECK(learner.critic().value(1, 0) == doctest::Approx(0.32));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.1 * 3.2 * 0.5));
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.1 * 0.5 * (2 + 3.2 * 0.5)));
}

TEST_CASE("qac: by hand; q(s, a) as it was before stands in the place of delta") {
  // w0 = 2, alpha_w 0.5, gamma 0.5: q(0, 0) = 2 + 0.5 (2 + 0.5 * 2 - 2), h(0, 0) = 0.1 * 2 * 0.5.
  const rl::Qac<State> learner = after_two_steps(
      rl::Qac<State>(tests::two_rooms(), {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}}));
  CHECK(learner.critic().value(0, 0) == 2.5);
  CHECK(learner.critic().value(0, 1) == 2);
  CHECK(learner.critic().value(1, 1) == 3);
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.1));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.1));
}

TEST_CASE("off-policy actor-critic: by hand, rho = pi / b") {
  // b(0 | 0) = 0.25: rho = 2; b(1 | 1) = 0.8: rho = 0.625. delta = 1, then 2, as above.
  const std::vector<double> b = {0.25, 0.75, 0.2, 0.8, 0, 0};
  const rl::OffPolicyActorCritic learner = after_two_steps(rl::OffPolicyActorCritic(
      tests::two_rooms(),
      {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}, .behavior = {.behavior = b}}));
  CHECK(learner.critic().value(0, 0) == 3);
  CHECK(learner.critic().value(1, 0) == doctest::Approx(2 + 0.5 * 0.625 * 2));
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.1 * 2 * 0.5));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.1 * 0.625 * 2 * 0.5));
}

TEST_CASE("natural actor-critic: by hand") {
  // w0 = 2, beta 0.5: psi = (0.5, -0.5), g <- 0.5 * 1 * psi; theta <- 0.1 g. At the second step
  // g of state 0 still moves its preferences.
  const rl::NaturalActorCritic<State> learner = after_two_steps(rl::NaturalActorCritic<State>(
      tests::two_rooms(),
      {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}, .actor_credit = {.beta = 0.5}}));
  CHECK(learner.policy().preference(0, 0) == doctest::Approx(0.1 * (0.25 + 0.25)));
  CHECK(learner.policy().preference(0, 1) == doctest::Approx(-0.1 * (0.25 + 0.25)));
  CHECK(learner.policy().preference(1, 1) == doctest::Approx(0.1 * 0.5));
}

TEST_CASE("natural actor-critic: g comes to the natural gradient") {
  // theta does not move (alpha 0). In a state whose actions pay 1 and 0 and end, with pi = 3/4 and
  // 1/4: the advantages are 1/4 and -3/4, and g . psi(a) is the advantage, so g differs by 1.
  const Problem world = tests::one_choice_less();  // pays 0 and 2: differs by 2
  rl::NaturalActorCritic<State> learner(world, {.alpha = 0.0,
                                                .policy = {.theta0 = {std::log(3), 0, 0, 0, 0, 0}},
                                                .critic = {.alpha_w = 0.01},
                                                .actor_credit = {.beta = 0.02}});
  rl::Runner run(rl::MdpEnvironment(world.model), learner, rl::Streams(3));
  run.run({.steps = 20'000});
  const rl::Problem& p = world;
  CHECK(run.learner().critic().value(0, 0) == doctest::Approx(0.5).epsilon(0.25));
  const rl::NaturalActorCritic<State> before = run.learner();
  rl::NaturalActorCritic<State> moved(p, {.alpha = 1.0,
                                          .policy = {.theta0 = {std::log(3), 0, 0, 0, 0, 0}},
                                          .critic = {.alpha_w = 0.01},
                                          .actor_credit = {.beta = 0.0}});
  rl::load_state(rl::save_state(before), moved);
  moved.begin_episode();
  moved.learn({0, 0, 0, 1, true, false}, Action{0});
  const double g_0 = moved.policy().preference(0, 0) - std::log(3);
  const double g_2 = moved.policy().preference(0, 2);
  CHECK(g_2 - g_0 == doctest::Approx(2).epsilon(0.15));
}

TEST_CASE("gaussian actor-critic: one step by hand") {
  // mu = 0, sigma = 0.5 at x = 2; u = 1, delta = 3 (w = 0): as REINFORCE with G = 3.
  rl::GaussianActorCritic learner(
      tests::regulator(), {.alpha = 0.1,
                           .policy = {.features = "polynomial:degree=1,scale=raw", .sigma0 = 0.5},
                           .critic = {.alpha_w = 0.5, .value_features = "bias"}});
  learner.begin_episode();
  learner.learn({{2}, {1}, 3, {0}, false, false}, Point{0});
  const std::vector<double> expected = {1.2, 2.4, 0.9, 1.8};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(learner.policy().parameters()[i] == doctest::Approx(expected[i]));
  CHECK(learner.critic().value(Point{5}, Point{0}) == 1.5);
}

TEST_CASE("actor-critic: tables of preferences come near J* on a small grid") {
  const Problem grid = tests::small_grid();
  const double best = rl::exact_truth(grid).optimal_return;
  for (const char* name : {"one_step_actor_critic", "advantage_actor_critic", "actor_critic_traces",
                           "qac", "natural_actor_critic"}) {
    CAPTURE(name);
    rl::AnyRunner run = tests::begin(name, grid, {{"alpha", 0.1}});
    run.run({.steps = 100'000});
    CHECK(J_of(grid, run) > best - 0.03 * std::abs(best));
  }
  rl::AnyRunner off = tests::begin("off_policy_actor_critic", grid, {{"alpha", 0.02}});
  off.run({.steps = 300'000});
  CHECK(J_of(grid, off) > best - 0.03 * std::abs(best));
}

TEST_CASE("continuing actor-critic: the average reward of a small loop comes near the best") {
  // 0 --0, pays 1--> 0 and 0 --1, pays 0--> 1, 1 pays 4 either way and goes to 0: best is 2 a step.
  const auto row = [](State s, Action a, std::vector<rl::Outcome>& r) {
    r = {s == 1 ? rl::Outcome{1, 4, 0} : a == 0 ? rl::Outcome{1, 1, 0} : rl::Outcome{1, 0, 1}};
  };
  const Problem loop{.name = "loop",
                     .model = rl::FiniteMdp(2, 2, row),
                     .criterion = rl::Criterion::average,
                     .gamma = 1};
  rl::AnyRunner run = tests::begin("actor_critic_continuing", loop);
  run.run({.steps = 50'000});
  CHECK(run.estimates().values[1] > 0.95);
}

TEST_CASE("gaussian methods: the regulator's gain comes near the best") {
  // mu = theta x. Noise does not change the best gain of a linear-quadratic world; within 5 %.
  const Problem world = tests::regulator();
  const json polynomials = {{"features", "numeric"},
                            {"value_features", "polynomial:degree=2,scale=raw"},
                            {"sigma0", 0.5},
                            {"sigma_min", 0.2}};
  for (const char* name :
       {"gaussian_actor_critic", "gaussian_actor_critic_traces", "gaussian_reinforce_baseline"}) {
    CAPTURE(name);
    json options = polynomials;
    options["alpha"] = name[9] == 'r' ? 0.001 : 0.005;
    options["alpha_w"] = 0.05;
    rl::AnyRunner run = tests::begin(name, world, options);
    run.run({.steps = 400'000});
    CHECK(run.estimates().what == rl::Quantity::weights);
    CHECK(std::abs(-run.estimates().values[0] / tests::kRegulatorGain - 1) < 0.05);
  }
}

TEST_CASE("actor-critic: the learned policy is what is shown and judged") {
  const OneStepActorCritic learner(tests::two_rooms(), {});
  const rl::Estimates estimates = learner.estimates();
  CHECK(estimates.what == rl::Quantity::policy);
  CHECK(std::vector<double>(estimates.values.begin(), estimates.values.end()) ==
        std::vector<double>{0.5, 0.5, 0.5, 0.5, 0, 0});
}

TEST_CASE("actor-critic: updates tell preferences and value of the visited state") {
  OneStepActorCritic learner(tests::two_rooms(),
                             {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}});
  learner.trace().enable(true);
  learner.begin_episode();
  learner.learn({0, 0, 2, 1, false, false}, Action{0});
  REQUIRE(learner.trace().updates().size() == 3);
  for (const rl::Update& u : learner.trace().updates()) {
    CHECK(u.s == 0);
    CHECK(u.target == u.reward + u.gamma * u.bootstrap);
    CHECK(u.delta == 1);
    CHECK(u.after == doctest::Approx(u.before + u.alpha * u.weight * u.delta));
  }
  CHECK(learner.trace().updates()[1].weight == doctest::Approx(-0.5));
  CHECK(learner.trace().updates()[2].a == -1);
  // QAC: q(s, a) is what counts.
  rl::Qac<State> qac(tests::two_rooms(), {.alpha = 0.1, .critic = {.alpha_w = 0.5, .w0 = 2}});
  qac.trace().enable(true);
  qac.begin_episode();
  qac.learn({0, 0, 2, 1, false, false}, Action{0});
  REQUIRE(qac.trace().updates().size() == 2);
  CHECK(qac.trace().updates()[0].delta == 2);
}

TEST_CASE("actor-critic: saved in the middle of an episode it goes on to the bit") {
  const Problem grid = tests::small_grid();
  for (const char* name : {"one_step_actor_critic", "actor_critic_traces", "qac",
                           "off_policy_actor_critic", "natural_actor_critic"}) {
    CAPTURE(name);
    rl::AnyRunner at_once = tests::begin(name, grid);
    rl::AnyRunner first = tests::begin(name, grid);
    rl::AnyRunner second = tests::begin(name, grid, {}, 99);
    at_once.run({.steps = 400});
    first.run({.steps = 203});
    second.load(first.save());
    second.run({.steps = 400});
    CHECK(second.save() == at_once.save());
  }
}

TEST_CASE(
    "off-policy actor-critic: learns from others; a behaviour that leaves out an action is "
    "refused") {
  CHECK(rl::LearnsFromOthers<rl::OffPolicyActorCritic>);
  CHECK_FALSE(rl::LearnsFromOthers<OneStepActorCritic>);
  const std::vector<double> never = {1, 0, 0.5, 0.5, 0, 0};
  CHECK(tests::error_of([&] {
          rl::OffPolicyActorCritic(tests::two_rooms(), {.behavior = {.behavior = never}});
        }) != "nothing was thrown");
  CHECK(tests::contains(
      tests::error_of([&] {
        rl::OffPolicyActorCritic(tests::two_rooms(), {.behavior = {.behavior = {0.5, 0.5}}});
      }),
      "behavior"));
}

TEST_CASE("actor-critic: an error that is no number changes nothing") {
  OneStepActorCritic learner(tests::two_rooms(), {});
  learner.begin_episode();
  CHECK_THROWS_AS(learner.learn({0, 0, tests::kNan, 1, false, false}, Action{0}), rl::Diverged);
  CHECK(learner.policy().preference(0, 0) == 0);
  CHECK(learner.critic().value(0, 0) == 0);
}
