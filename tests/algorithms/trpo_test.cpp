#include "algorithms/trpo.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

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
using rl::Lessons;
using rl::Point;
using rl::PolicyNetworks;
using rl::Problem;
using rl::Rng;

namespace trpo_test {

using Numbers = std::vector<double>;

const rl::PolicyNetworksOptions kSmall{.networks = {.hidden = {5, 4}}, .head = 1};

/// Lessons that own their numbers: what a policy did in random states, and random advantages.
template <class A>
struct Lived {
  std::vector<Point> s;
  std::vector<A> a;
  Numbers log_pi, advantage, G;

  Lived(const PolicyNetworks<Point, A, double>& networks, std::size_t n) : log_pi(n), G(n) {
    Rng rng(4);
    for (std::size_t k = 0; k < n; ++k) {
      s.push_back({2 * rng.uniform() - 1, 4 * rng.uniform() - 2});
      a.push_back(networks.sample(s.back(), rng));
      advantage.push_back(rng.normal());
    }
    networks.log_probabilities(s, a, log_pi);
  }
  Lessons<Point, A> lessons() const { return {s, a, log_pi, advantage, G}; }
};

/// KL(pi_old(. | s), pi(. | s)), the mean over states.
template <class A>
double divergence(const PolicyNetworks<Point, A, double>& networks, const std::vector<Point>& s,
                  const Numbers& pi_old) {
  const Numbers pi = networks.distributions(s);
  const std::size_t n = networks.numbers_of_distribution();
  double sum = 0;
  for (std::size_t first = 0; first < pi.size(); first += n)
    sum += PolicyNetworks<Point, A, double>::Distribution::divergence(
        std::span(pi_old).subspan(first, n), std::span(pi).subspan(first, n));
  return sum / static_cast<double>(s.size());
}

/// F x against how the gradient of KL changes along x, by central differences.
template <class A>
void check_fisher_product(const Problem& problem) {
  using Networks = PolicyNetworks<Point, A, double>;
  Networks networks(problem, kSmall, Rng(1));
  const Lived<A> lived(networks, 6);
  const Numbers pi_old = networks.distributions(lived.s);
  const Numbers theta = networks.policy_parameters();
  Rng rng(7);
  Numbers x(theta.size()), Fx(theta.size());
  for (double& xi : x) xi = rng.normal();
  const auto gradient = [&](double along_x) {
    Numbers moved = theta, g(networks.num_parameters());
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += along_x * x[i];
    networks.set_policy_parameters(moved);
    const std::size_t n = networks.numbers_of_distribution();
    networks.gradient(
        lived.s,
        [&](const typename Networks::Sample& y) {
          Networks::Distribution::divergence(std::span(pi_old).subspan(y.k * n, n), y.numbers,
                                             y.by_numbers);
          for (double& d : y.by_numbers) d /= static_cast<double>(lived.s.size());
        },
        g);
    return g;
  };
  networks.fisher_product(lived.s, x, Fx);
  const double h = 1e-5;
  const Numbers above = gradient(h), below = gradient(-h);
  double largest = 0;
  for (const double f : Fx) largest = std::max(largest, std::abs(f));
  CHECK(largest > 0.01);
  for (std::size_t i = 0; i < theta.size(); ++i)
    CHECK(std::abs((above[i] - below[i]) / (2 * h) - Fx[i]) <= 1e-6 * largest);
}

rl::Trpo trpo(double max_kl) { return rl::Trpo({.max_kl = max_kl, .damping = 1e-3}); }

}  // namespace trpo_test

TEST_CASE("trpo: conjugate gradients solve what a decomposition solves") {
  Eigen::Matrix4d F;
  F << 4, 1, 0, 0.5, 1, 3, 0.2, 0, 0, 0.2, 2, 0.1, 0.5, 0, 0.1, 1;
  const Eigen::Vector4d g(1, -2, 0.5, 3);
  const rl::SymmetricProduct<double> times_F = [&](std::span<const double> x,
                                                   std::span<double> product) {
    Eigen::Map<Eigen::Vector4d>(product.data()) = F * Eigen::Map<const Eigen::Vector4d>(x.data());
  };
  const std::span<const double> rhs(g.data(), 4);
  const Eigen::Vector4d solution = F.ldlt().solve(g);
  const std::vector<double> x = rl::conjugate_gradients<double>(times_F, rhs, 4);
  for (int i = 0; i < 4; ++i) CHECK(x[static_cast<std::size_t>(i)] == Approx(solution[i]));
  // One step goes along g as far as is best.
  const std::vector<double> one = rl::conjugate_gradients<double>(times_F, rhs, 1);
  const double length = g.dot(g) / g.dot(F * g);
  for (int i = 0; i < 4; ++i) CHECK(one[static_cast<std::size_t>(i)] == Approx(length * g[i]));
  // Nothing to solve: no division by 0.
  const std::vector<double> zero(4);
  CHECK(rl::conjugate_gradients<double>(times_F, zero, 4) == zero);
}

TEST_CASE("trpo: the Fisher matrix by preferences is that of all actions, by hand") {
  const std::vector<double> h{std::log(1), std::log(2), std::log(5)}, x{1, -1, 2};
  std::vector<double> product(3);
  rl::Softmax::fisher_product(h, x, product);  // pi_b (x_b - pi . x), pi . x = 9 / 8
  CHECK(product[0] == Approx(0.125 * (1 - 1.125)));
  CHECK(product[1] == Approx(0.25 * (-1 - 1.125)));
  CHECK(product[2] == Approx(0.625 * (2 - 1.125)));
  std::vector<double> of_points(2);
  rl::Gaussian::fisher_product(std::vector<double>{3, std::log(2)}, std::vector<double>{5, 7},
                               of_points);
  CHECK(of_points[0] == Approx(5.0 / 4));
  CHECK(of_points[1] == Approx(14));
}

TEST_CASE("trpo: the Fisher matrix by parameters is the second derivative of KL") {
  trpo_test::check_fisher_product<Action>(tests::push_or_pull());
  trpo_test::check_fisher_product<Point>(tests::steer());
}

TEST_CASE_TEMPLATE("trpo: a short step goes to the end of the region, a long one never beyond", A,
                   Action, Point) {
  const Problem problem = std::same_as<A, Action> ? tests::push_or_pull() : tests::steer();
  for (const double max_kl : {1e-7, 0.01, 1.0}) {
    CAPTURE(max_kl);
    PolicyNetworks<Point, A, double> networks(problem, trpo_test::kSmall, Rng(1));
    const trpo_test::Lived<A> lived(networks, 200);
    const std::vector<double> pi_old = networks.distributions(lived.s);
    REQUIRE(trpo_test::trpo(max_kl).improve_policy(networks, lived.lessons()));
    const double kl = trpo_test::divergence<A>(networks, lived.s, pi_old);
    CHECK(kl <= max_kl);
    if (max_kl == 1e-7) CHECK(kl > 0.5 * max_kl);  // damping keeps it from the very end
    std::vector<double> log_pi(lived.s.size());
    networks.log_probabilities(lived.s, lived.a, log_pi);
    double gain = 0;
    for (std::size_t k = 0; k < log_pi.size(); ++k)
      gain += (std::exp(log_pi[k] - lived.log_pi[k]) - 1) * lived.advantage[k];
    CHECK(gain > 0);
  }
}

TEST_CASE("trpo: with the usual damping a step stays well within the region, and gains") {
  PolicyNetworks<Point, Action, double> networks(tests::push_or_pull(), trpo_test::kSmall, Rng(1));
  const trpo_test::Lived<Action> lived(networks, 200);
  const std::vector<double> pi_old = networks.distributions(lived.s);
  const std::vector<double> theta = networks.policy_parameters();
  CHECK(rl::Trpo({}).improve_policy(networks, lived.lessons()));
  const double kl = trpo_test::divergence<Action>(networks, lived.s, pi_old);
  CHECK(kl <= rl::TrpoOptions{}.max_kl);
  CHECK(kl > 0);
  CHECK(networks.policy_parameters() != theta);
}

TEST_CASE("trpo: an advantage that is no number ends the run, the policy stays") {
  PolicyNetworks<Point, Action, double> networks(tests::push_or_pull(), trpo_test::kSmall, Rng(1));
  trpo_test::Lived<Action> lived(networks, 20);
  lived.advantage[3] = std::nan("");
  const std::vector<double> theta = networks.policy_parameters();
  CHECK_THROWS_AS(rl::Trpo({}).improve_policy(networks, lived.lessons()), rl::Diverged);
  CHECK(networks.policy_parameters() == theta);
}

TEST_CASE("trpo: where nothing is better than anything, the policy stays to the bit") {
  PolicyNetworks<Point, Action, double> networks(tests::push_or_pull(), trpo_test::kSmall, Rng(1));
  trpo_test::Lived<Action> lived(networks, 50);
  lived.advantage.assign(50, 0);
  const std::vector<double> before = networks.policy_parameters();
  CHECK_FALSE(trpo_test::trpo(0.01).improve_policy(networks, lived.lessons()));
  CHECK(networks.policy_parameters() == before);
}

TEST_CASE("trpo: descending values leaves the policy alone and brings v to G") {
  PolicyNetworks<Point, Action, double> networks(tests::push_or_pull(), trpo_test::kSmall, Rng(1));
  const std::vector<Point> s{{0.5, 1.0}, {-0.5, -1.0}};
  const std::vector<double> G{1, -1};
  const std::vector<double> theta = networks.policy_parameters();
  for (int i = 0; i < 2'000; ++i) networks.descend_values(s, G, 0.01);
  std::vector<double> v(2);
  networks.values(s, v);
  CHECK(v[0] == Approx(1).epsilon(0.01));
  CHECK(v[1] == Approx(-1).epsilon(0.01));
  CHECK(networks.policy_parameters() == theta);
  CHECK_THROWS_AS(networks.descend_values(s, std::vector<double>{1e308, -1e308}, 0.01),
                  rl::Diverged);
}

TEST_CASE("trpo: it reaches the optimum of a small grid") {
  Problem problem = tests::world("mfrl_2x2");
  problem.episode_steps = 10;  // else all worlds end up at the target, and the rest is forgotten
  const rl::Truth truth = rl::exact_truth(problem);
  AnyRunner runner = tests::begin("trpo", problem, {{"segment", 16}, {"max_kl", 0.1}});
  const auto J = [&] {
    return truth.policy_return(rl::greedy_policy(problem.model, runner.estimates(), problem.gamma));
  };
  const double before = J();
  runner.run({.steps = 20'000});
  CHECK(before < truth.optimal_return - 2);
  CHECK(J() > truth.optimal_return - 0.02);
}

TEST_CASE("trpo: it learns in worlds of points, by numbers and by points") {
  for (const Problem& problem : {tests::push_or_pull(), tests::steer()}) {
    CAPTURE(problem.name);
    AnyRunner runner = tests::begin("trpo", problem, {{"max_kl", 0.05}});
    runner.run({.steps = 30'000});
    const double steps_of_episodes = 20;  // in the mean; a step pays 1 at best
    CHECK(runner.greedy_return(200, 1'000, 1, Rng(9)).mean / steps_of_episodes > 0.75);
  }
}

TEST_CASE("trpo: a run saved in the middle of a segment goes on to the bit") {
  const json options{{"worlds", 4}, {"segment", 8}, {"minibatch", 16}};
  AnyRunner whole = tests::begin("trpo", tests::steer(), options);
  AnyRunner half = tests::begin("trpo", tests::steer(), options);
  AnyRunner other = tests::begin("trpo", tests::steer(), options, 77);
  half.run({.steps = 32 * 3 + 13});
  other.load(half.save());
  for (AnyRunner* runner : {&whole, &other}) runner->run({.steps = 32 * 7 + 5});
  CHECK(whole.save() == other.save());
}
