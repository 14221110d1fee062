#include "algorithms/policy_networks.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "rl/learning.hpp"
#include "rl/values.hpp"
#include "tests/algorithms/segment_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using doctest::Approx;
using rl::Action;
using rl::Gaussian;
using rl::Point;
using rl::PolicyNetworks;
using rl::Problem;
using rl::Rng;
using rl::Softmax;
using rl::State;

namespace {

using Numbers = std::vector<double>;

/// f's derivatives by each of x, by central differences.
template <class F>
Numbers differences(Numbers x, F&& f, double h = 1e-6) {
  Numbers slopes;
  for (double& xi : x) {
    const double at = xi;
    xi = at + h;
    const double up = f(x);
    xi = at - h;
    slopes.push_back((up - f(x)) / (2 * h));
    xi = at;
  }
  return slopes;
}

void check_close(const Numbers& a, const Numbers& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i])));
}

/// A loss that looks at everything: a sum over samples of c ln pi(a | s) + H + v^2 s.
template <class Networks, class A>
typename Networks::Loss test_loss(const std::vector<A>& a, double& total) {
  using Distribution = typename Networks::Distribution;
  total = 0;
  return [&a, &total](const typename Networks::Sample& x) {
    const auto c = static_cast<double>(x.k + 1);
    Numbers of_log(x.numbers.size()), of_entropy(x.numbers.size());
    total += c * Distribution::log_probability(x.numbers, a[x.k], of_log);
    total += Distribution::entropy(x.numbers, of_entropy) + c * x.v * x.v;
    for (std::size_t i = 0; i < of_log.size(); ++i) x.by_numbers[i] = c * of_log[i] + of_entropy[i];
    x.by_v = 2 * c * x.v;
  };
}

/// The gradient of test_loss by all parameters, and by central differences.
template <class S, class A>
void check_gradient(const Problem& problem, const rl::PolicyNetworksOptions& options,
                    const std::vector<S>& s, const std::vector<A>& a) {
  using Networks = PolicyNetworks<S, A, double>;
  Networks networks(problem, options, Rng(1));
  double total = 0;
  const typename Networks::Loss loss = test_loss<Networks>(a, total);
  Numbers g(networks.num_parameters()), ignored(g.size());
  networks.gradient(s, loss, g);
  Numbers numeric;
  for (const std::span<double> block : networks.parameters())
    for (double& w : block) {
      const double at = w, h = 1e-6;
      w = at + h;
      total = 0;
      networks.gradient(s, loss, ignored);
      const double up = total;
      w = at - h;
      total = 0;
      networks.gradient(s, loss, ignored);
      numeric.push_back((up - total) / (2 * h));
      w = at;
    }
  check_close(g, numeric, 1e-6);
}

const Numbers kPreferences{0.3, -1.2, rl::kUnavailable, 0.9};

}  // namespace

TEST_CASE("softmax: probabilities by hand; what is not available has none") {
  const Numbers h{std::log(1), std::log(2), rl::kUnavailable, std::log(5)};
  Numbers pi(4);
  Softmax::probabilities(h, pi);
  CHECK(pi[0] == Approx(0.125));
  CHECK(pi[1] == Approx(0.25));
  CHECK(pi[2] == 0);
  CHECK(pi[3] == Approx(0.625));
  CHECK(Softmax::log_probability(h, 1) == Approx(std::log(0.25)));
  CHECK(Softmax::entropy(h) ==
        Approx(-0.125 * std::log(0.125) - 0.25 * std::log(0.25) - 0.625 * std::log(0.625)));
  Rng rng(1);
  CHECK(Softmax::mode(h, rng) == 3);
}

TEST_CASE("softmax: large preferences do not overflow") {
  CHECK(Softmax::log_probability(Numbers{1000, 0}, 0) == 0);
  CHECK(Softmax::log_probability(Numbers{1000, 0}, 1) == -1000);
  CHECK(Softmax::entropy(Numbers{1000, 0}) == Approx(0));
}

TEST_CASE("softmax: derivatives are those of finite differences, 0 where not available") {
  const Numbers other{-0.4, 0.1, rl::kUnavailable, 0.2};
  const Numbers finite{0.3, -1.2, 0.9};
  const auto with_gap = [](const Numbers& x) {
    return Numbers{x[0], x[1], rl::kUnavailable, x[2]};
  };
  const auto compare = [&](auto f) {
    Numbers slopes(4);
    f(kPreferences, std::span<double>(slopes));
    CHECK(slopes[2] == 0);
    check_close({slopes[0], slopes[1], slopes[3]},
                differences(finite, [&](const Numbers& x) { return f(with_gap(x), {}); }), 1e-8);
  };
  for (const Action a : {0, 1, 3})
    compare([a](const Numbers& h, std::span<double> slopes) {
      return Softmax::log_probability(h, a, slopes);
    });
  compare([](const Numbers& h, std::span<double> slopes) { return Softmax::entropy(h, slopes); });
  compare([&](const Numbers& h, std::span<double> slopes) {
    return Softmax::divergence(other, h, slopes);
  });
}

TEST_CASE("gaussian: density and entropy by hand") {
  // mu = 1, sigma = 2, u = 5: z = 2
  const Numbers numbers{1, std::log(2)};
  const double pi = std::acos(-1.0);
  CHECK(Gaussian::log_probability(numbers, {5.0}) ==
        Approx(-2 - std::log(2) - std::log(2 * pi) / 2));
  CHECK(Gaussian::entropy(numbers) == Approx(std::log(2 * std::sqrt(2 * pi * std::exp(1)))));
  Rng rng(1);
  CHECK(Gaussian::mode(numbers, rng) == Point{1.0});
}

TEST_CASE("gaussian: derivatives are those of finite differences") {
  const Numbers numbers{0.4, -1.1, 0.2, -0.5}, other{0.1, -0.9, -0.3, 0.1};
  const Point u{0.9, -2.0};
  const auto compare = [&](auto f) {
    Numbers slopes(4);
    f(numbers, std::span<double>(slopes));
    check_close(slopes, differences(numbers, [&](const Numbers& x) { return f(x, {}); }), 1e-8);
  };
  compare([&](const Numbers& x, std::span<double> slopes) {
    return Gaussian::log_probability(x, u, slopes);
  });
  compare([](const Numbers& x, std::span<double> slopes) { return Gaussian::entropy(x, slopes); });
  compare([&](const Numbers& x, std::span<double> slopes) {
    return Gaussian::divergence(other, x, slopes);
  });
}

TEST_CASE("distributions: the divergence from itself is 0, from another more") {
  CHECK(Softmax::divergence(kPreferences, kPreferences) == Approx(0));
  // KL((1/2, 1/2), (1/4, 3/4)) = ln(2) / 2 + ln(2/3) / 2
  CHECK(Softmax::divergence(Numbers{0, 0}, Numbers{0, std::log(3)}) ==
        Approx((std::log(2) + std::log(2.0 / 3)) / 2));
  const Numbers numbers{0.4, 0.2};
  CHECK(Gaussian::divergence(numbers, numbers) == Approx(0));
  CHECK(Gaussian::divergence(Numbers{0, 0}, Numbers{1, 0}) == Approx(0.5));
}

TEST_CASE("distributions: samples come as often as the probabilities say") {
  Rng rng(4);
  Numbers pi(4), count(4, 0);
  Softmax::probabilities(kPreferences, pi);
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) ++count[rl::index(Softmax::sample(kPreferences, rng))];
  for (std::size_t a = 0; a < 4; ++a)  // 4 standard errors
    CHECK(std::abs(count[a] / kDraws - pi[a]) <= 4 * std::sqrt(pi[a] * (1 - pi[a]) / kDraws));
  double mean = 0, square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = Gaussian::sample(Numbers{1, std::log(2)}, rng)[0];
    mean += u / kDraws;
    square += (u - 1) * (u - 1) / kDraws;
  }
  CHECK(std::abs(mean - 1) <= 4 * 2 / std::sqrt(kDraws));
  CHECK(std::abs(square - 4) <= 4 * 4 * std::sqrt(2.0 / kDraws));
}

TEST_CASE("policy networks: gradients are those of finite differences, for states") {
  const Problem problem{.name = "random", .model = tests::random_mdp(5), .gamma = 0.9};
  std::vector<State> s;
  std::vector<Action> a;
  Rng rng(2);
  for (State x = 0; x + 1 < problem.model.num_states(); ++x) {
    Numbers available(3, 0);
    for (Action b = 0; b < 3; ++b)
      if (!problem.model.available(x, b)) available[rl::index(b)] = rl::kUnavailable;
    s.push_back(x);
    a.push_back(rl::random_available(available, rng));
  }
  rl::PolicyNetworksOptions options;
  options.networks.hidden = {5, 4};
  options.head = 1;
  check_gradient<State, Action>(problem, options, s, a);
}

TEST_CASE("policy networks: gradients are those of finite differences, for points") {
  rl::PolicyNetworksOptions options;
  options.networks.hidden = {5};
  options.head = 1;
  const std::vector<Point> s{{0.1, -1.0}, {0.7, 2.0}, {-0.6, 0.3}};
  check_gradient<Point, Action>(tests::push_or_pull(), options, s, std::vector<Action>{0, 1, 1});
  options.sigma0 = 0.7;
  check_gradient<Point, Point>(tests::steer(), options, s,
                               std::vector<Point>{{0.5, 3.0}, {-1.0, 2.0}, {2.0, 5.0}});
}

TEST_CASE("policy networks: a small head begins almost uniform, or around the middle") {
  const Problem problem{.name = "ring", .model = tests::ring(5), .gamma = 0.9};
  const PolicyNetworks<State> discrete(problem, {}, Rng(3));
  const Numbers pi = discrete.probabilities();
  REQUIRE(pi.size() == 10);
  for (std::size_t i = 0; i < pi.size(); ++i) {
    CHECK(pi[i] == Approx(0.5).epsilon(0.05));
    if (i % 2 == 0) CHECK(pi[i] + pi[i + 1] == Approx(1).epsilon(1e-12));
  }
  const Problem steer = tests::steer();  // actions in [-2, 2] and [1, 5]
  const PolicyNetworks<Point, Point> continuous(steer, {}, Rng(3));
  Rng rng(1);
  const Point mean = continuous.greedy({0.3, 1.0}, rng);
  CHECK(std::abs(mean[0]) < 0.1);
  CHECK(std::abs(mean[1] - 3) < 0.1);
  const std::vector<Point> s{{0.3, 1.0}};
  const Numbers numbers = continuous.distributions(s);
  CHECK(numbers[2] == Approx(std::log(2)));  // half the way from bound to bound
  CHECK(numbers[3] == Approx(std::log(2)));
}

TEST_CASE("policy networks: probabilities are 0 for what is not available and in terminal states") {
  const rl::FiniteMdp model = tests::random_mdp(5);
  const PolicyNetworks<State> networks({.name = "random", .model = model}, {}, Rng(3));
  const Numbers pi = networks.probabilities();
  for (State s = 0; s < model.num_states(); ++s) {
    double sum = 0;
    for (Action a = 0; a < 3; ++a) {
      const double p = pi[rl::index(3 * s + a)];
      sum += p;
      CHECK((p > 0) == (!model.terminal(s) && model.available(s, a)));
    }
    CHECK(sum == Approx(model.terminal(s) ? 0 : 1).epsilon(1e-12));
  }
}

TEST_CASE("policy networks: one state alone and many together give the same numbers") {
  const PolicyNetworks<Point> networks(tests::push_or_pull(), {.head = 1}, Rng(5));
  std::vector<Point> s;
  std::vector<Action> a;
  Rng rng(6);
  for (int k = 0; k < 300; ++k) {
    s.push_back({rng.normal(), rng.normal()});
    a.push_back(k % 2);
  }
  Numbers v(300), log_pi(300), one(1);
  networks.values(s, v);
  networks.log_probabilities(s, a, log_pi);
  for (std::size_t k = 0; k < 300; k += 37) {
    networks.values(std::span(s).subspan(k, 1), one);
    CHECK(one[0] == v[k]);
    networks.log_probabilities(std::span(s).subspan(k, 1), std::span(a).subspan(k, 1), one);
    CHECK(one[0] == log_pi[k]);
  }
}

TEST_CASE("policy networks: descending lowers the loss; a gradient that is not finite is told") {
  using Networks = PolicyNetworks<Point, Action, double>;
  Networks networks(tests::push_or_pull(), {}, Rng(7));
  const std::vector<Point> s{{0.1, 1.0}, {0.5, -1.0}};
  const auto towards_one = [](const Networks::Sample& x) { x.by_v = 2 * (x.v - 1); };
  for (int k = 0; k < 300; ++k) networks.descend(s, towards_one, 0.01);
  Numbers v(2);
  networks.values(s, v);
  for (const double x : v) CHECK(x == Approx(1).epsilon(0.05));
  CHECK(networks.finite());
  const auto broken = [](const Networks::Sample& x) { x.by_v = std::nan(""); };
  CHECK_THROWS_AS(networks.descend(s, broken, 0.01), rl::Diverged);
  CHECK(networks.finite());  // what was learned stays
}

TEST_CASE("policy networks: sigma0 is an option of actions that are points alone") {
  CHECK(tests::error_of([] {
          PolicyNetworks<Point>(tests::push_or_pull(), {.sigma0 = 2}, Rng(1));
        }) == "option 'sigma0' has no effect without 'actions that are points'");
}
