#include "rl/optimizer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "rl/instruction_set.hpp"
#include "rl/loss.hpp"
#include "rl/network.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"
#include "tests/rl/instruction_sets.hpp"

using rl::OptimizerKind;
using rl::Rng;
using tests::contains;
using tests::error_of;

namespace {

constexpr std::array kKinds{OptimizerKind::sgd, OptimizerKind::rmsprop, OptimizerKind::adam};

/// The parameter, from 1, after steps with the gradients 2 and -1.
template <class Optimizer>
double after_two_steps(Optimizer optimizer) {
  std::array<double, 1> w{1};
  optimizer.step(w, std::array<double, 1>{2}, 0.1);
  optimizer.step(w, std::array<double, 1>{-1}, 0.1);
  return w[0];
}

/// Steps of falling size down L = (w_1 - 3)^2 + 10 (w_2 + 1)^2.
template <class T>
std::array<T, 2> descend(rl::Optimizer<T>& optimizer, std::array<T, 2> w, int from, int to) {
  for (int i = from; i < to; ++i) {
    const std::array<T, 2> gradient{2 * (w[0] - 3), 20 * (w[1] + 1)};
    optimizer.step(w, gradient, 0.05 * (1 - i / 2000.0));
  }
  return w;
}

/// The loss that is left after fitting y = x^2 on 33 points of [-1, 1].
double fit(OptimizerKind kind, double rate) {
  Rng rng(1);
  rl::Network<float> network(
      rl::network_shape(1, {{16}, rl::Activation::tanh, rl::Start::glorot}, 1), rl::Start::glorot,
      rng);
  std::vector<float> x(33), target(33), slope(33), gradient(network.parameters().size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i) / 16 - 1;
    target[i] = x[i] * x[i];
  }
  rl::Optimizer<float> optimizer(kind, gradient.size());
  rl::Tape<float> tape;
  float loss = 0;
  for (int i = 0; i < 2000; ++i) {
    loss = rl::mean_squared_loss<float>(network.forward(x, tape), target, slope);
    network.backward(slope, tape, gradient);
    optimizer.step(network.parameters(), gradient, rate * (1 - i / 2000.0));
  }
  return loss;
}

}  // namespace

TEST_CASE("optimizer: stochastic gradient descent by hand, without momentum and with") {
  CHECK(after_two_steps(rl::Sgd<double>({}, 1)) == doctest::Approx(1 - 0.2 + 0.1));
  // m = 2, then 0.5 * 2 - 1 = 0
  CHECK(after_two_steps(rl::Sgd<double>({0.5}, 1)) == doctest::Approx(1 - 0.2 - 0));
}

TEST_CASE("optimizer: RMSProp by hand") {
  // v = 0.1 * 4 = 0.4, then 0.9 * 0.4 + 0.1 * 1 = 0.46
  const double w = 1 - 0.1 * 2 / (std::sqrt(0.4) + 0.01) + 0.1 * 1 / (std::sqrt(0.46) + 0.01);
  CHECK(after_two_steps(rl::RmsProp<double>({0.9, 0.01}, 1)) == doctest::Approx(w).epsilon(1e-14));
}

TEST_CASE("optimizer: Adam by hand") {
  // m = 0.2 * 2 = 0.4, v = 0.1 * 4 = 0.4: m^ = 2, v^ = 4
  const double first = 1 - 0.1 * 2 / (std::sqrt(4.0) + 0.01);
  // m = 0.8 * 0.4 - 0.2 = 0.12, v = 0.9 * 0.4 + 0.1 = 0.46: m^ = 0.12 / 0.36, v^ = 0.46 / 0.19
  const double second = first - 0.1 * (0.12 / 0.36) / (std::sqrt(0.46 / 0.19) + 0.01);
  CHECK(after_two_steps(rl::Adam<double>({0.8, 0.9, 0.01}, 1)) ==
        doctest::Approx(second).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("optimizer: each reaches the minimum of a quadratic", T, float, double) {
  for (const OptimizerKind kind : kKinds) {
    CAPTURE(static_cast<int>(kind));
    rl::Optimizer<T> optimizer(kind, 2);
    const std::array<T, 2> w = descend<T>(optimizer, {0, 0}, 0, 2000);
    CHECK(std::abs(w[0] - 3) < 1e-3);
    CHECK(std::abs(w[1] + 1) < 1e-3);
  }
}

TEST_CASE("optimizer: each fits a parabola by a network of 16 units") {
  CHECK(fit(OptimizerKind::sgd, 0.3) < 1e-3);  // predicting the mean leaves 0.09
  CHECK(fit(OptimizerKind::rmsprop, 0.01) < 1e-3);
  CHECK(fit(OptimizerKind::adam, 0.01) < 3e-4);
  CHECK(fit(OptimizerKind::adam, 0) > 0.05);
}

TEST_CASE("optimizer: saved in the middle and loaded, it goes on to the bit") {
  for (const OptimizerKind kind : kKinds) {
    rl::Optimizer<double> optimizer(kind, 2);
    const std::array<double, 2> middle = descend<double>(optimizer, {0, 0}, 0, 10);
    rl::Optimizer<double> loaded(kind, 2);
    rl::load_state(rl::save_state(optimizer), loaded);
    const std::array<double, 2> w = descend(optimizer, middle, 10, 20);
    CHECK_UNARY(descend(loaded, middle, 10, 20) == w);
    rl::Optimizer<double> forgetful(kind, 2);
    CHECK_UNARY((descend(forgetful, middle, 10, 20) == w) == (kind == OptimizerKind::sgd));
  }
  rl::Optimizer<double> other(OptimizerKind::adam, 3);
  const std::string bytes = rl::save_state(rl::Optimizer<double>(OptimizerKind::adam, 2));
  CHECK_UNARY(contains(error_of([&] { rl::load_state(bytes, other); }), "adam.m"));
}

TEST_CASE_TEMPLATE("optimizer: bits are those of the baseline with every instruction set", T, float,
                   double) {
  for (const OptimizerKind kind : kKinds) {
    std::vector<std::vector<T>> results;
    tests::with_each_instruction_set([&](rl::InstructionSet) {
      Rng rng(1);
      std::vector<T> w(101), g(101);
      rl::Optimizer<T> optimizer(kind, w.size());
      for (int i = 0; i < 5; ++i) {
        for (T& x : g) x = static_cast<T>(rng.uniform() - 0.5);
        optimizer.step(w, g, 0.01);
      }
      results.push_back(w);
    });
    for (const std::vector<T>& w : results) CHECK_UNARY(w == results.front());
  }
}

TEST_CASE("optimizer: a gradient that has ended leaves 0, not numbers too small to be normal") {
  rl::Adam<float> adam({0.9, 0.9, 1e-8}, 1);
  std::array<float, 1> w{0};
  adam.step(w, std::array<float, 1>{1}, 0.1);
  for (int i = 0; i < 2000; ++i) adam.step(w, std::array<float, 1>{0}, 0.1);
  std::vector<float> m;
  const auto read = [&](const char*, auto& field) {
    if constexpr (requires { field.begin(); }) m.insert(m.end(), field.begin(), field.end());
  };
  adam.state(read);
  CHECK_UNARY(m == std::vector<float>{0, 0});
}

TEST_CASE("optimizer: a long gradient is shortened to its limit, a short one left alone") {
  std::vector<double> g{3, 0, 4};
  CHECK(rl::clip_norm<double>(g, 10) == 5);
  CHECK_UNARY(g == std::vector<double>{3, 0, 4});
  CHECK(rl::clip_norm<double>(g, 1) == 5);
  CHECK(g[0] == doctest::Approx(0.6));
  CHECK(g[2] == doctest::Approx(0.8));
}

TEST_CASE("optimizer: infinities and NaN are found") {
  std::vector<double> x{1, -2, 0};
  CHECK_UNARY(rl::all_finite<double>(x));
  x[1] = -tests::kInfinity;
  CHECK_UNARY_FALSE(rl::all_finite<double>(x));
  x[1] = tests::kNan;
  CHECK_UNARY_FALSE(rl::all_finite<double>(x));
}

TEST_CASE("optimizer: other lengths are refused with the numbers") {
  for (const OptimizerKind kind : kKinds) {
    rl::Optimizer<double> optimizer(kind, 2);
    std::array<double, 3> w{};
    CHECK(error_of([&] { optimizer.step(std::span(w).first(2), w, 0.1); }) ==
          "an optimizer of 2 parameters was given 2 of them and a gradient of 3");
  }
}
