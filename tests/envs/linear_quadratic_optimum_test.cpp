#include "envs/linear_quadratic_optimum.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using doctest::Approx;
using rl::LinearQuadraticModel;
using rl::LinearQuadraticOptions;
using rl::Point;
using tests::contains;
using tests::error_of;
using tests::kInfinity;

namespace {

using Gain = LinearQuadraticModel::Matrix;

/// A point on a line with its velocity, pushed: x' = x + 0.1 v, v' = v + 0.1 u.
LinearQuadraticOptions double_integrator() {
  return {.a = {1, 0.1, 0, 1},
          .b = {0, 0.1},
          .q = {1, 0, 0, 1},
          .r = {0.1},
          .start_low = {-1, 0},
          .start_high = {2, 1}};
}

/// Four numbers, two actions, nothing symmetric but the costs.
LinearQuadraticOptions four_by_two() {
  return {.a = {1, 0.2, 0, 0.1, 0, 0.9, 0.3, 0, 0.1, 0, 1.1, 0.2, 0, 0, 0.1, 0.8},
          .b = {0, 1, 0.5, 0, 1, 0.2, 0, 0.3},
          .q = {2, 0.5, 0, 0, 0.5, 1, 0, 0, 0, 0, 1, 0.2, 0, 0, 0.2, 1},
          .r = {0.5, 0.1, 0.1, 0.3}};
}

Gain gain(double k) { return Gain::Constant(1, 1, k); }

/// sum_t gamma^t r_t of u = -K x, until gamma^t is nothing.
double rolled_out(const LinearQuadraticOptions& options, const Gain& K, double gamma,
                  const Point& start) {
  rl::LinearQuadratic world(options);
  rl::Rng rng(1);
  Point x = world.place(start);
  double G = 0;
  for (double weight = 1; weight > 1e-18; weight *= gamma) {
    const Eigen::Map<const Eigen::VectorXd> v(x.numbers().data(), K.cols());
    const Eigen::VectorXd u = -K * v;
    const auto step = world.step(Point({u.data(), static_cast<std::size_t>(u.size())}), rng);
    G += weight * step.reward;
    x = step.next;
  }
  return G;
}

}  // namespace

TEST_CASE("lqr optimum: the scalar example's K and P, which solve the Riccati equation") {
  const LinearQuadraticModel model({});
  const rl::LqrOptimum best = rl::lqr_optimum(model, 0.9);
  const double K = best.K(0, 0);
  const double P = best.P(0, 0);
  CHECK(std::abs(K - 1.324623514668) < 1e-12);
  CHECK(std::abs(P - 1.23843223264) < 1e-11);
  const double a = 0.9, b = 0.5, q = 1, r = 0.1, gamma = 0.9;
  const double cross = gamma * a * b * P;
  CHECK(std::abs(q + gamma * a * a * P - cross * cross / (r + gamma * b * b * P) - P) < 1e-14);
  CHECK(std::abs(cross / (r + gamma * b * b * P) - K) < 1e-14);
}

TEST_CASE("lqr optimum: the double integrator as value iteration elsewhere has it") {
  const rl::LqrOptimum best = rl::lqr_optimum(LinearQuadraticModel(double_integrator()), 0.95);
  // 20,000 sweeps of value iteration in another language.
  CHECK(best.K(0, 0) == Approx(1.8581541950949463).epsilon(1e-12));
  CHECK(best.K(0, 1) == Approx(3.1437967862282705).epsilon(1e-12));
  CHECK(best.P(0, 0) == Approx(10.193899810400938).epsilon(1e-12));
  CHECK(best.P(0, 1) == Approx(2.77754417613504).epsilon(1e-12));
  CHECK(best.P(1, 1) == Approx(4.421551203841775).epsilon(1e-12));
}

TEST_CASE("lqr optimum: four numbers and two actions solve their equations to 1e-12") {
  for (const double gamma : {0.5, 0.9, 0.999, 1.0}) {
    const LinearQuadraticModel model(four_by_two());
    const rl::LqrOptimum best = rl::lqr_optimum(model, gamma);
    REQUIRE(best.finite());
    const Gain riccati = model.Q + gamma * model.A.transpose() * best.P * model.A -
                         gamma * model.A.transpose() * best.P * model.B * best.K;
    CHECK((riccati - best.P).norm() < 1e-12 * best.P.norm());
    CHECK((rl::lqr_greedy_gain(model, best.P, gamma) - best.K).norm() < 1e-12 * best.K.norm());
  }
}

TEST_CASE("lqr value: of any gain it is what a long rollout returns") {
  const Point x = {1.5};
  for (const double k : {-0.1, 0.0, 1.0, 1.324623514668, 3.0}) {
    const rl::LqrValue v = rl::lqr_value(LinearQuadraticModel({}), gain(k), 0.9);
    CHECK(v.at(x) == Approx(rolled_out({}, gain(k), 0.9, x)).epsilon(1e-12));
  }
  const LinearQuadraticModel model(double_integrator());
  Gain K(1, 2);
  K << 0.5, 1.5;
  CHECK(rl::lqr_value(model, K, 0.95).at({1, -2}) ==
        Approx(rolled_out(double_integrator(), K, 0.95, {1, -2})).epsilon(1e-12));
}

TEST_CASE("lqr value: at the best gain it is the optimum's") {
  for (const auto& options : {double_integrator(), four_by_two()}) {
    const LinearQuadraticModel model(options);
    const rl::LqrOptimum best = rl::lqr_optimum(model, 0.9);
    CHECK((rl::lqr_value(model, best.K, 0.9).P - best.P).norm() < 1e-12 * best.P.norm());
  }
}

TEST_CASE("lqr optimum: the return's gradient is zero there, and every other gain is worse") {
  const LinearQuadraticModel model(double_integrator());
  const rl::LqrOptimum best = rl::lqr_optimum(model, 0.95);
  const auto J = [&](Eigen::Index i, double change) {
    Gain K = best.K;
    K(0, i) += change;
    return rl::lqr_value(model, K, 0.95).at_start(model);
  };
  for (const Eigen::Index i : {0, 1}) {
    CHECK(std::abs(J(i, 1e-4) - J(i, -1e-4)) / 2e-4 < 1e-6);
    CHECK(J(i, 0.1) < J(i, 0));
    CHECK(J(i, -0.1) < J(i, 0));
  }
}

TEST_CASE("lqr value: its mean over starts is the mean of many starts") {
  const LinearQuadraticModel model(double_integrator());
  Gain K(1, 2);
  K << 0.5, 1.5;
  const rl::LqrValue v = rl::lqr_value(model, K, 0.9);
  // A midpoint rule of n cells misses a square's mean by (cell width)^2 / 12.
  constexpr int n = 400;
  double sum = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) sum += v.at({-1 + 3 * (i + 0.5) / n, (j + 0.5) / n});
  CHECK(v.at_start(model) == Approx(sum / (n * n)).epsilon(1e-5));
}

TEST_CASE("lqr value: noise costs gamma / (1 - gamma) sd^2 trace P, as long rollouts show") {
  LinearQuadraticOptions options;
  options.noise_sd = 0.3;
  const LinearQuadraticModel model(options);
  const rl::LqrOptimum best = rl::lqr_optimum(model, 0.9);
  CHECK(best.P(0, 0) == Approx(1.23843223264));
  CHECK(best.c == Approx(9 * 0.09 * best.P(0, 0)));
  double sum = 0, squares = 0;
  constexpr int kRuns = 4000;
  rl::LinearQuadratic world(options);
  rl::Rng rng(11);
  for (int run = 0; run < kRuns; ++run) {
    double x = world.place({1})[0];
    double G = 0;
    for (double weight = 1; weight > 1e-8; weight *= 0.9) {
      const auto step = world.step({-best.K(0, 0) * x}, rng);
      G += weight * step.reward;
      x = step.next[0];
    }
    sum += G;
    squares += G * G;
  }
  const double mean = sum / kRuns;
  const double error = std::sqrt((squares / kRuns - mean * mean) / kRuns);
  CHECK(std::abs(mean - best.at({1})) < 4 * error);
}

TEST_CASE("lqr value: infinite from sqrt(gamma) |a - b K| = 1 on, finite just before") {
  const LinearQuadraticModel model({});
  const double edge = 1 / std::sqrt(0.9);
  for (const double sign : {-1.0, 1.0}) {
    const auto value = [&](double closed) {
      return rl::lqr_value(model, gain((0.9 - sign * closed) / 0.5), 0.9);
    };
    CHECK(value(edge - 1e-6).finite());
    CHECK_FALSE(value(edge + 1e-9).finite());
    CHECK(value(edge + 1e-9).P(0, 0) == kInfinity);
    CHECK(value(2).at({1}) == -kInfinity);
    CHECK(value(2).at_start(model) == -kInfinity);
  }
}

TEST_CASE("lqr value: without discount noise costs infinitely much, no noise nothing") {
  LinearQuadraticOptions options;
  CHECK(rl::lqr_optimum(LinearQuadraticModel(options), 1).c == 0);
  options.noise_sd = 0.1;
  const rl::LqrOptimum best = rl::lqr_optimum(LinearQuadraticModel(options), 1);
  CHECK(best.c == kInfinity);
  CHECK(best.at({0}) == -kInfinity);
  CHECK(best.K(0, 0) > 0);
}

TEST_CASE("lqr optimum: with gamma 0 no action pays, and an unstable world needs one") {
  const rl::LqrOptimum greedy = rl::lqr_optimum(LinearQuadraticModel({}), 0);
  CHECK(greedy.K(0, 0) == 0);
  CHECK(greedy.P(0, 0) == 1);
  LinearQuadraticOptions options;
  options.a = {3};
  const LinearQuadraticModel unstable(options);
  CHECK_FALSE(rl::lqr_value(unstable, gain(0), 0.9).finite());
  const rl::LqrOptimum best = rl::lqr_optimum(unstable, 0.9);
  CHECK(best.finite());
  CHECK(std::abs(3 - 0.5 * best.K(0, 0)) < 1);
}

TEST_CASE("lqr optimum: what no action reaches and grows has no finite value") {
  LinearQuadraticOptions options;
  options.a = {1.2};
  options.b = {0};
  const rl::LqrOptimum none = rl::lqr_optimum(LinearQuadraticModel(options), 0.9);
  CHECK_FALSE(none.finite());
  CHECK(none.K(0, 0) == 0);
  CHECK(none.at({0.1}) == -kInfinity);
}

TEST_CASE("lqr value: gamma out of range and a K of another shape are refused") {
  const LinearQuadraticModel model(double_integrator());
  CHECK(contains(error_of([&] { rl::lqr_optimum(model, 1.1); }), "gamma = 1.1"));
  CHECK(contains(error_of([&] { rl::lqr_optimum(model, tests::kNan); }), "gamma = nan"));
  CHECK(contains(error_of([&] { rl::lqr_value(model, gain(1), 0.9); }),
                 "K must have 1 x 2 numbers, not 1 x 1"));
}
