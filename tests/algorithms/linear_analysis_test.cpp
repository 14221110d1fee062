#include "algorithms/linear_analysis.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "algorithms/dynamic_programming/importance_sampling.hpp"
#include "envs/baird.hpp"
#include "envs/random_walk.hpp"
#include "rl/plan.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

/// 0 -> 1 for a reward of 1, 1 -> 0 for nothing; features 1 and 2.
LinearPrediction round_trip(const Eigen::Vector2d& weighting, double gamma = 0.5) {
  const FiniteMdp model(2, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, s == 0 ? 1.0 : 0.0, 1 - s});
  });
  return linear_prediction(model, uniform_policy(model), gamma, Eigen::Vector2d(1, 2), weighting);
}
const Eigen::Vector2d kAlike(0.5, 0.5);
const Eigen::Vector2d kFirstOnly(1, 0);

FeatureMatrix table(Eigen::Index places) { return Eigen::MatrixXd::Identity(places, places); }

FeatureMatrix random_features(Eigen::Index rows, Eigen::Index n, Rng& rng) {
  FeatureMatrix features(rows, n);
  for (Eigen::Index i = 0; i < features.size(); ++i) features.data()[i] = 2 * rng.uniform() - 1;
  return features;
}

Eigen::VectorXd random_weighting(Eigen::Index places, Rng& rng) {
  Eigen::VectorXd d(places);
  for (double& x : d) x = 0.05 + rng.uniform();
  return d / d.sum();
}

double distance(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return (a - b).lpNorm<Eigen::Infinity>();
}

}  // namespace

// ---- by hand
// --------------------------------------------------------------------------------------

TEST_CASE("linear analysis: best approximation, TD fixed point and least Bellman error by hand") {
  // v = (4/3, 2/3); sum d phi v / sum d phi^2 = (4/3 + 4/3) / (1 + 4)
  const LinearPrediction p = round_trip(kAlike);
  CHECK(p.values()[0] == doctest::Approx(4.0 / 3));
  CHECK(best_approximation(p).w[0] == doctest::Approx(8.0 / 15));
  // A = .5 [1 (1 - .5 * 2) + 2 (2 - .5 * 1)] = 1.5, b = .5 * 1 * 1
  const TdEquation equation = td_equation(p);
  CHECK(equation.A(0, 0) == doctest::Approx(1.5));
  CHECK(equation.b[0] == doctest::Approx(0.5));
  CHECK(td_fixed_point(p).w[0] == doctest::Approx(1.0 / 3));
  CHECK(td_fixed_point(p, 0, 0.5).w[0] == doctest::Approx(0.25));
  // (1 - gamma P) phi = (0, 1.5): the first error is 1 whatever w, the second -1.5 w
  CHECK(least_bellman_error(p).w[0] == doctest::Approx(0).scale(1));
}

TEST_CASE("linear analysis: the errors of weights by hand") {
  // w = 1/3: v_w = (1/3, 2/3); Bellman errors 1 + .5 * 2/3 - 1/3 = 1 and .5/3 - 2/3 = -1/2
  const LinearPrediction p = round_trip(kAlike);
  const Eigen::VectorXd w = Eigen::VectorXd::Constant(1, 1.0 / 3);
  CHECK(distance(bellman_errors(p, w), Eigen::Vector2d(1, -0.5)) < 1e-15);
  const LinearErrors errors = linear_errors(p, w);
  CHECK(errors.value == doctest::Approx(0.5));
  CHECK(errors.value_rms() == doctest::Approx(std::sqrt(0.5)));
  CHECK(errors.bellman == doctest::Approx(0.625));
  CHECK(errors.projected_bellman == doctest::Approx(0).scale(1));
  // w = 0: projection of (1, 0) on (1, 2): 1/5, of length^2 .5 * (1 + 4) / 25
  CHECK(linear_errors(p, Eigen::VectorXd::Zero(1)).projected_bellman == doctest::Approx(0.1));
}

TEST_CASE("linear analysis: states updated in proportions of another policy may diverge (w, 2w)") {
  const TdStability on = td_stability(round_trip(kAlike));
  CHECK(on.eigenvalues[0].real() == doctest::Approx(1.5));
  CHECK(on.positive_definite);
  CHECK(on.converges);
  CHECK(on.largest_alpha == doctest::Approx(2 / 1.5));
  // A = 1 (1 - .9 * 2) = -.8
  const TdStability off = td_stability(round_trip(kFirstOnly, 0.9));
  CHECK(off.eigenvalues[0].real() == doctest::Approx(-0.8));
  CHECK_FALSE(off.positive_definite);
  CHECK_FALSE(off.converges);
  CHECK(off.largest_alpha == 0);
}

TEST_CASE(
    "linear analysis: a fixed point that is not unique is the shortest, one that does not "
    "exist is called so") {
  const LinearPrediction one = round_trip(kAlike);
  FeatureMatrix twice(2, 2);
  twice << 1, 1, 2, 2;
  const LinearPrediction both(one.chain(), 0.5, twice, kAlike);
  for (const LinearSolution& solution : {td_fixed_point(both), best_approximation(both)}) {
    CHECK(solution.rank == 1);
    CHECK_FALSE(solution.unique);
    CHECK(solution.exists);
    CHECK(solution.w[0] == doctest::Approx(solution.w[1]));
  }
  CHECK(td_fixed_point(both).w[0] == doctest::Approx(1.0 / 6));
  CHECK(td_fixed_point(both, 0, 1e-3).unique);
  CHECK(td_stability(both).converges);  // what no update can change does not count
  // A = 1 (1 - .5 * 2) = 0, b = 1
  const LinearSolution none = td_fixed_point(round_trip(kFirstOnly));
  CHECK_FALSE(none.exists);
  CHECK(none.rank == 0);
  CHECK(none.w[0] == 0);
  CHECK(td_fixed_point(one).unique);
  CHECK(td_fixed_point(one).exists);
}

TEST_CASE("linear analysis: features that are all zero are at rest at once") {
  const LinearPrediction p(round_trip(kAlike).chain(), 0.5, FeatureMatrix::Zero(2, 3), kAlike);
  CHECK(td_fixed_point(p).w.isZero());
  CHECK(td_stability(p).converges);
  CHECK(td_stability(p).eigenvalues.size() == 0);
}

// ---- who is updated how often
// -----------------------------------------------------------------------

TEST_CASE(
    "linear analysis: the distribution of an episode is its visits, of a chain the long run") {
  // from 3 of 1..5 to 0 or 6: visits 1, 2, 3, 2, 1 of 9 steps
  const Problem walk = random_walk(random_walk_5());
  const TabularPolicy policy = uniform_policy(walk.model);
  Eigen::VectorXd expected(7);
  expected << 0, 1, 2, 3, 2, 1, 0;
  CHECK(distance(on_policy_distribution(walk.model, policy), expected / 9) < 1e-14);
  expected << 0, 1, 1, 1, 1, 1, 0;
  CHECK(distance(uniform_distribution(walk.model), expected / 5) < 1e-16);
  const Problem star = baird();
  TabularPolicy behavior(7, 2);
  for (State s = 0; s < 7; ++s) {
    behavior.row(s)[0] = 6.0 / 7;
    behavior.row(s)[1] = 1.0 / 7;
  }
  const Eigen::VectorXd d = on_policy_distribution(star.model, behavior);
  CHECK(distance(d, uniform_distribution(star.model)) < 1e-14);
  CHECK(pair_distribution(d, behavior)[13] == doctest::Approx(1.0 / 49));
}

TEST_CASE("linear analysis: emphasis by hand") {
  // d = (1, 0): f0 = 1 + .5 f1, f1 = .5 f0, so f = (4/3, 2/3)
  const LinearPrediction p = round_trip(kFirstOnly);
  CHECK(distance(emphatic_weighting(p, Eigen::Vector2d(1, 1)), Eigen::Vector2d(4.0 / 3, 2.0 / 3)) <
        1e-15);
  CHECK(distance(emphatic_weighting(p, Eigen::Vector2d(3, 1), 1), Eigen::Vector2d(3, 0)) < 1e-15);
  CHECK(distance(emphatic_weighting(p, Eigen::Vector2d(1, 1), 0.25), Eigen::Vector2d(1.25, 0.5)) <
        1e-15);
}

// ---- theorems on random models
// ----------------------------------------------------------------------

TEST_CASE(
    "linear analysis: a table has the exact values as its fixed point, whatever d and lambda") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = test::random_mdp(rng, true);
    const TabularPolicy policy = test::random_policy(model, rng);
    const Eigen::Index places = model.num_states();
    const LinearPrediction p =
        linear_prediction(model, policy, 0.9, table(places), random_weighting(places, rng));
    const double scale = 1 + p.values().lpNorm<Eigen::Infinity>();
    for (const double lambda : {0.0, 0.6, 1.0})
      CHECK(distance(td_fixed_point(p, lambda).w, evaluate_exactly(model, policy, 0.9)) <
            1e-10 * scale);
    const LinearErrors errors = linear_errors(p, p.values());
    CHECK(errors.value + errors.bellman + errors.projected_bellman < 1e-20 * scale * scale);
  }
}

TEST_CASE(
    "linear analysis: TD(1) is the best approximation, the fixed point has no projected error") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = test::random_mdp(rng, true);
    const TabularPolicy policy = test::random_policy(model, rng);
    const LinearPrediction p =
        linear_prediction(model, policy, 1, random_features(model.num_states(), 1, rng),
                          random_weighting(model.num_states(), rng));
    const double scale = 1 + p.values().squaredNorm();
    const LinearSolution best = best_approximation(p);
    CHECK(distance(td_fixed_point(p, 1).w, best.w) < 1e-9 * scale);
    if (const LinearSolution rest = td_fixed_point(p); rest.exists && rest.w.norm() < 1e3 * scale) {
      CHECK(linear_errors(p, rest.w).projected_bellman < 1e-12 * scale * scale);
      CHECK(linear_errors(p, best.w).value <= linear_errors(p, rest.w).value + 1e-12 * scale);
      CHECK(linear_errors(p, least_bellman_error(p).w).bellman <=
            linear_errors(p, rest.w).bellman + 1e-12 * scale);
    }
  }
}

TEST_CASE(
    "linear analysis: on policy TD converges and VE is within (1 - gamma lambda) / (1 - gamma) "
    "of the best; emphasis makes every behaviour converge") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    constexpr State kStates = 6;
    const FiniteMdp model(kStates, 2, [&](State, Action, std::vector<Outcome>& row) {
      const Eigen::VectorXd p = random_weighting(kStates, rng);
      for (State next = 0; next < kStates; ++next) row.push_back({p[next], rng.uniform(), next});
    });
    const TabularPolicy policy = test::random_policy(model, rng);
    const FeatureMatrix features = random_features(kStates, 3, rng);
    constexpr double kGamma = 0.95;
    const LinearPrediction on =
        linear_prediction(model, policy, kGamma, features, on_policy_distribution(model, policy));
    const double best = linear_errors(on, best_approximation(on).w).value_rms();
    for (const double lambda : {0.0, 0.5, 0.9}) {
      CHECK(td_stability(on, lambda).positive_definite);
      CHECK(td_stability(on, lambda).converges);
      CHECK(linear_errors(on, td_fixed_point(on, lambda).w).value_rms() <=
            (1 - kGamma * lambda) / (1 - kGamma) * best);
      const LinearPrediction off = on.with_weighting(random_weighting(kStates, rng));
      const Eigen::VectorXd m = emphatic_weighting(off, Eigen::VectorXd::Ones(kStates), lambda);
      CHECK(td_stability(off.with_weighting(m), lambda).positive_definite);
    }
  }
}

TEST_CASE("linear analysis: pairs in place of states give q of the policy (LSTDQ)") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = test::random_mdp(rng, seed % 2 == 0);
    const TabularPolicy policy = test::random_policy(model, rng);
    const Eigen::Index pairs = model.num_states() * model.num_actions();
    const LinearPrediction p =
        linear_q_prediction(model, policy, 0.9, table(pairs), random_weighting(pairs, rng));
    const QTable q = action_values(model, evaluate_exactly(model, policy, 0.9), 0.9);
    const Eigen::VectorXd w = td_fixed_point(p, 0.5).w;
    for (Eigen::Index i = 0; i < pairs; ++i) {
      const auto s = static_cast<State>(i / model.num_actions());
      const auto a = static_cast<Action>(i % model.num_actions());
      if (model.terminal(s) || !model.available(s, a))
        CHECK(w[i] == 0);
      else
        CHECK(w[i] == doctest::Approx(q(s, a)).epsilon(1e-10));
    }
  }
}

// ---- what no estimate can remove
// ----------------------------------------------------------------------

TEST_CASE("linear analysis: the variance of a return by hand, and as importance sampling has it") {
  // every step costs 1 and ends with 1/2: a geometric number of steps, (1 - p) / p^2 = 2
  const FiniteMdp coin(2, 1,
                       [](State, Action, std::vector<Outcome>& row) {
                         row.push_back({0.5, -1, 0});
                         row.push_back({0.5, -1, 1});
                       },
                       {.terminal = {1}});
  CHECK(return_variance(coin, uniform_policy(coin), 1)[0] == doctest::Approx(2));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = test::random_mdp(rng, true);
    const TabularPolicy policy = test::random_policy(model, rng);
    const Eigen::VectorXd variance = return_variance(model, policy, 0.9);
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      const WeightedReturn G = weighted_return(model, policy, policy, 0.9, s);
      CHECK(variance[s] == doctest::Approx(G.variance()).epsilon(1e-6).scale(G.second_moment));
    }
  }
}

TEST_CASE("linear analysis: noise of rewards counts in TD errors, means of rewards are refused") {
  const auto one_step = [](double sd, bool means) {
    return FiniteMdp(2, 1,
                     [sd](State, Action, std::vector<Outcome>& row) {
                       row.push_back({1, 3, 1, sd});
                     },
                     {.terminal = {1}, .rewards_are_means = means});
  };
  const FiniteMdp noisy = one_step(2, false);
  // v(0) = 1: delta = 3 - 1, variance 2^2
  CHECK(squared_td_errors(noisy, uniform_policy(noisy), 1, Eigen::Vector2d(1, 0))[0] == 8);
  CHECK(return_variance(noisy, uniform_policy(noisy), 1)[0] == 4);
  const FiniteMdp means = one_step(0, true);
  CHECK(tests::error_of([&] { return_variance(means, uniform_policy(means), 1); }) ==
        "squared TD errors: the model knows means of rewards only");
}

// ---- errors
// ---------------------------------------------------------------------------------------

TEST_CASE("linear analysis: features and weights of terminal states are ignored") {
  const Problem walk = random_walk(random_walk_5());
  const TabularPolicy policy = uniform_policy(walk.model);
  const FeatureMatrix ones = FeatureMatrix::Ones(7, 1);
  const Eigen::VectorXd d = Eigen::VectorXd::Ones(7);
  const LinearPrediction p = linear_prediction(walk.model, policy, 1, ones, d);
  CHECK(p.features()(0, 0) == 0);
  CHECK(p.weighting()[6] == 0);
  CHECK(best_approximation(p).w[0] == doctest::Approx(0.5));  // of 1/6 .. 5/6
}

TEST_CASE("linear analysis: what does not fit is refused with the numbers") {
  const auto refused = [](double gamma, const FeatureMatrix& features,
                          const Eigen::VectorXd& weighting) {
    return tests::error_of(
        [&] { LinearPrediction(round_trip(kAlike).chain(), gamma, features, weighting); });
  };
  const FeatureMatrix ones = FeatureMatrix::Ones(2, 1);
  CHECK(refused(1.5, ones, kAlike) == "linear prediction: gamma 1.5 is not in [0, 1]");
  CHECK(refused(0.5, FeatureMatrix::Ones(3, 1), kAlike) ==
        "linear prediction: 3 rows of features for 2 places");
  CHECK(refused(0.5, ones, Eigen::Vector3d::Ones()) == "linear prediction: 3 weights for 2 places");
  CHECK(refused(0.5, std::numeric_limits<double>::infinity() * ones, kAlike) ==
        "linear prediction: features not finite");
  for (const Eigen::Vector2d& d : {Eigen::Vector2d(1, -1), Eigen::Vector2d(0, 0)})
    CHECK(refused(0.5, ones, d) ==
          "linear prediction: weights must be finite, none negative, one positive");
  CHECK(tests::error_of([] { td_equation(round_trip(kAlike), 2); }) ==
        "td equation: lambda 2 is not in [0, 1]");
  CHECK(tests::error_of([] { round_trip(kAlike, 1); }).find("never ends from state 0") !=
        std::string::npos);
}

}  // namespace rl
