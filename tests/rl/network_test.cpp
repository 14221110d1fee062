#include "rl/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "rl/instruction_set.hpp"
#include "rl/loss.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"
#include "tests/errors.hpp"
#include "tests/rl/instruction_sets.hpp"

using rl::Activation;
using rl::Network;
using rl::NetworkShape;
using rl::Rng;
using rl::Start;
using rl::Tape;
using tests::contains;
using tests::error_of;

namespace {

using Sizes = std::initializer_list<std::size_t>;

template <class T>
std::vector<T> numbers(std::size_t n, Rng& rng) {
  std::vector<T> x(n);
  for (T& y : x) y = static_cast<T>(2 * rng.uniform() - 1);
  return x;
}

/// 2 inputs, 2 hidden units, 1 output.
Network<double> by_hand(Activation hidden) {
  Network<double> network({2, {{2, hidden}, {1, Activation::linear}}});
  const std::vector<double> w{1, -1, 2, 0.5, 0.25, 0,  // W_1 = [1 -1; 2 0.5], b_1 = [0.25 0]
                              3, -2, 1};               // W_2 = [3; -2], b_2 = 1
  std::copy(w.begin(), w.end(), network.parameters().begin());
  return network;
}

/// y of each sample of a batch, copied off the tape.
template <class T>
std::vector<T> outputs(const Network<T>& network, std::span<const T> x) {
  Tape<T> tape;
  const std::span<const T> y = network.forward(x, tape);
  return {y.begin(), y.end()};
}

/// L = mean loss of a fixed network's estimates, as a function of its parameters and inputs.
struct Problem {
  Network<double> network;
  std::vector<double> x;
  std::vector<double> target;
  bool huber;

  double loss(std::span<double> slope) const {
    const std::vector<double> y = outputs<double>(network, x);
    return huber ? rl::mean_huber_loss<double>(y, target, slope, 0.3)
                 : rl::mean_squared_loss<double>(y, target, slope);
  }
  double loss() const {
    std::vector<double> slope(target.size());
    return loss(slope);
  }
  /// (L(number + h) - L(number - h)) / 2h
  double difference(double& number) const {
    constexpr double h = 1e-6;
    const double before = number;
    number = before + h;
    const double above = loss();
    number = before - h;
    const double below = loss();
    number = before;
    return (above - below) / (2 * h);
  }
};

/// Every derivative against the finite difference, relative to the largest of them.
void check_derivatives(Problem problem) {
  std::vector<double> slope(problem.target.size());
  std::vector<double> gradient(problem.network.parameters().size());
  std::vector<double> dx(problem.x.size());
  problem.loss(slope);
  Tape<double> tape;
  problem.network.forward(problem.x, tape);
  problem.network.backward(slope, tape, gradient, dx);
  const auto compare = [&](std::span<double> numbers, std::span<const double> derivatives) {
    double largest = 0;
    double worst = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      largest = std::max(largest, std::abs(derivatives[i]));
      worst = std::max(worst, std::abs(derivatives[i] - problem.difference(numbers[i])));
    }
    CHECK(largest > 1e-3);
    CHECK(worst < 1e-6 * largest);
  };
  compare(problem.network.parameters(), gradient);
  compare(problem.x, dx);
}

/// 20 steps of Adam on a batch of random targets.
template <class T>
Network<T> trained(Activation hidden) {
  Rng rng(3);
  Network<T> network(rl::network_shape(3, {{17, 18}, hidden, Start::glorot}, 5), Start::glorot,
                     rng);
  const std::vector<T> x = numbers<T>(3 * 13, rng);
  const std::vector<T> target = numbers<T>(5 * 13, rng);
  std::vector<T> slope(target.size());
  std::vector<T> gradient(network.parameters().size());
  rl::Adam<T> adam({}, gradient.size());
  Tape<T> tape;
  for (int i = 0; i < 20; ++i) {
    rl::mean_squared_loss<T>(network.forward(x, tape), target, slope);
    network.backward(slope, tape, gradient);
    rl::clip_norm<T>(gradient, 0.1);
    adam.step(network.parameters(), gradient, 1e-2);
  }
  return network;
}

}  // namespace

TEST_CASE("network: a forward pass by hand, with samples side by side") {
  // x = [1 -1]: z = [1 - 2 + 0.25, -1 - 0.5] = [-0.75 -1.5]; ReLU: [0 0]; y = 1
  // x = [2 1]:  z = [2 + 2 + 0.25, -2 + 0.5] = [4.25 -1.5]; ReLU: [4.25 0]; y = 3 * 4.25 + 1
  const std::vector<double> x{1, 2, -1, 1};
  CHECK(outputs<double>(by_hand(Activation::relu), x) == std::vector<double>{1, 13.75});
  // linear: y = 3 z_1 - 2 z_2 + 1
  CHECK(outputs<double>(by_hand(Activation::linear), x) == std::vector<double>{1.75, 16.75});
  const std::vector<double> y = outputs<double>(by_hand(Activation::tanh), x);
  CHECK(y[0] == doctest::Approx(3 * std::tanh(-0.75) - 2 * std::tanh(-1.5) + 1).epsilon(1e-14));
}

TEST_CASE("network: a gradient by hand is the sum over the batch") {
  const Network<double> network = by_hand(Activation::relu);
  Tape<double> tape;
  network.forward(std::vector<double>{1, 2, -1, 1}, tape);
  std::vector<double> gradient(9, 99);
  std::vector<double> dx(4, 99);
  network.backward(std::vector<double>{10, 1}, tape, gradient, dx);
  // Sample 1 reaches no hidden unit; sample 2 one, with slope 3: W_1's first column is 3 [2 1]'.
  CHECK(gradient == std::vector<double>{6, 0, 3, 0, 3, 0, 4.25, 0, 11});
  CHECK(dx == std::vector<double>{0, 3, 0, 6});  // W_1's first column times 3
}

TEST_CASE("network: gradients are finite differences, by parameters and by inputs") {
  Rng rng(1);
  for (const Activation f : {Activation::linear, Activation::relu, Activation::tanh})
    for (const std::vector<int>& hidden : {std::vector<int>{}, std::vector<int>{12},
                                           std::vector<int>{14, 12}, std::vector<int>{12, 12, 12}})
      for (const std::size_t outputs : Sizes{1, 2, 5})
        for (const std::size_t batch : Sizes{1, 2, 7})
          for (const bool huber : {false, true}) {
            CAPTURE(static_cast<int>(f));
            CAPTURE(hidden.size());
            CAPTURE(outputs);
            CAPTURE(batch);
            CAPTURE(huber);
            const NetworkShape shape = rl::network_shape(
                3, {hidden, f, Start::he}, outputs, huber ? Activation::tanh : Activation::linear);
            check_derivatives({Network<double>(shape, Start::he, rng),
                               numbers<double>(3 * batch, rng),
                               numbers<double>(outputs * batch, rng), huber});
          }
}

TEST_CASE("network: the change along a direction is that of finite differences") {
  for (const Activation f : {Activation::linear, Activation::relu, Activation::tanh})
    for (const std::size_t batch : {1U, 7U}) {
      Rng rng(2);
      Network<double> network(rl::network_shape(3, {{6, 5}, f, Start::uniform}, 2), Start::uniform,
                              rng);
      const std::vector<double> x = numbers<double>(3 * batch, rng);
      const std::vector<double> direction = numbers<double>(network.parameters().size(), rng);
      Tape<double> tape;
      network.forward(x, tape);
      const std::span<const double> on_tape = network.forward_change(direction, tape);
      const std::vector<double> change(on_tape.begin(), on_tape.end());
      const auto moved = [&](double h) {
        Network<double> other = network;
        for (std::size_t i = 0; i < direction.size(); ++i) other.add_at(i, h * direction[i]);
        return outputs<double>(other, x);
      };
      const double h = 1e-6;
      const std::vector<double> above = moved(h), below = moved(-h);
      for (std::size_t i = 0; i < change.size(); ++i)
        CHECK(std::abs(change[i] - (above[i] - below[i]) / (2 * h)) < 1e-6);
    }
}

TEST_CASE("network: what is not asked for is not computed, and the rest is the same") {
  Rng rng(1);
  const Network<double> network(rl::network_shape(3, {}, 2), Start::he, rng);
  const std::vector<double> x = numbers<double>(12, rng);
  const std::vector<double> dy = numbers<double>(8, rng);
  Tape<double> tape;
  network.forward(x, tape);
  std::vector<double> gradient(network.parameters().size()), only_gradient = gradient;
  std::vector<double> dx(12), only_dx(12);
  network.backward(dy, tape, gradient, dx);
  network.backward(dy, tape, only_gradient);
  network.backward(dy, tape, {}, only_dx);
  CHECK_UNARY(gradient == only_gradient);
  CHECK_UNARY(dx == only_dx);
}

TEST_CASE_TEMPLATE("network: a sample alone has the bits that it has in any batch", T, float,
                   double) {
  Rng rng(1);
  tests::with_each_instruction_set([&](rl::InstructionSet) {
    for (const Activation f : {Activation::relu, Activation::tanh}) {
      const Network<T> network(rl::network_shape(4, {{33, 64}, f, Start::he}, 3), Start::he, rng);
      constexpr std::size_t kBatch = 37;
      const std::vector<T> x = numbers<T>(4 * kBatch, rng);
      const std::vector<T> y = outputs<T>(network, x);
      for (std::size_t k = 0; k < kBatch; ++k) {
        const std::vector<T> alone{x[k], x[kBatch + k], x[2 * kBatch + k], x[3 * kBatch + k]};
        const std::vector<T> expected{y[k], y[kBatch + k], y[2 * kBatch + k]};
        CHECK_UNARY(outputs<T>(network, alone) == expected);
      }
    }
  });
}

TEST_CASE("network: training gives the same bits with every instruction set") {
  for (const Activation f : {Activation::relu, Activation::tanh}) {
    std::vector<std::string> singles;
    std::vector<std::string> doubles;
    tests::with_each_instruction_set([&](rl::InstructionSet) {
      singles.push_back(rl::save_state(trained<float>(f)));
      doubles.push_back(rl::save_state(trained<double>(f)));
    });
    for (const std::string& bytes : singles) CHECK_UNARY(bytes == singles.front());
    for (const std::string& bytes : doubles) CHECK_UNARY(bytes == doubles.front());
  }
}

TEST_CASE("network: float is double up to rounding") {
  const Network<float> single = trained<float>(Activation::tanh);
  Network<double> exact(single.shape());
  std::copy(single.parameters().begin(), single.parameters().end(), exact.parameters().begin());
  Rng rng(1);
  const std::vector<float> x = numbers<float>(30, rng);
  const std::vector<float> y = outputs<float>(single, x);
  const std::vector<double> z = outputs<double>(exact, std::vector<double>(x.begin(), x.end()));
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(y[i] - z[i]) < 2e-6);
}

TEST_CASE("network: a tape serves networks and batches of other sizes") {
  Rng rng(1);
  const Network<float> wide(rl::network_shape(3, {{20}}, 2), Start::he, rng);
  const Network<float> deep(rl::network_shape(2, {{5, 5, 5}}, 1), Start::he, rng);
  Tape<float> tape;
  for (const std::size_t batch : Sizes{8, 1, 3}) {
    const std::vector<float> x = numbers<float>(6 * batch, rng);
    for (const Network<float>* network : {&wide, &deep}) {
      const std::span<const float> y = network->forward(x, tape);
      CHECK(tape.batch() == x.size() / network->shape().inputs);
      CHECK_UNARY(std::vector<float>(y.begin(), y.end()) == outputs<float>(*network, x));
    }
  }
}

TEST_CASE("network: starts fill their range, and biases are 0 but for uniform") {
  const NetworkShape shape{6, {{50, Activation::relu}, {30, Activation::linear}}};
  const auto widest = [&](Start start, std::size_t begin, std::size_t n, double scale = 1) {
    Rng rng(1);
    const Network<double> network(shape, start, rng, scale);
    double most = 0;
    for (const double w : network.parameters().subspan(begin, n))
      most = std::max(most, std::abs(w));
    return most;
  };
  const auto near = [](double x) { return doctest::Approx(x).epsilon(0.02); };
  CHECK(widest(Start::he, 0, 300) == near(1));  // sqrt(6 / 6)
  CHECK(widest(Start::glorot, 0, 300) == near(std::sqrt(6.0 / 56)));
  CHECK(widest(Start::uniform, 0, 300) == near(1 / std::sqrt(6.0)));
  CHECK(widest(Start::he, 300, 50) == 0);
  CHECK(widest(Start::glorot, 300, 50) == 0);
  CHECK(widest(Start::uniform, 300, 50) == doctest::Approx(1 / std::sqrt(6.0)).epsilon(0.1));
  CHECK(widest(Start::glorot, 350, 1500, 0.01) == near(0.01 * std::sqrt(6.0 / 80)));
  CHECK(widest(Start::he, 0, 300, 0.01) == near(1));  // only the last layer is scaled
}

TEST_CASE("network: parameters are one row; a change of one is seen, and a target follows") {
  Network<double> network = by_hand(Activation::relu);
  CHECK(network.parameters().size() == network.shape().num_parameters());
  network.add_at(8, 0.5);  // b_2
  CHECK(outputs<double>(network, std::vector<double>{1, -1}) == std::vector<double>{1.5});
  Network<double> target(network.shape());
  target.approach(network, 0.5);
  target.approach(network, 0.5);
  CHECK(target.parameters()[8] == 1.125);  // 3/4 of 1.5
  target.approach(network, 1);
  CHECK_UNARY(target == network);
}

TEST_CASE("network: saved and loaded to the bit, and not into another shape") {
  const Network<float> network = trained<float>(Activation::relu);
  const std::string bytes = rl::save_state(network);
  Network<float> loaded(network.shape());
  CHECK_UNARY(loaded != network);
  rl::load_state(bytes, loaded);
  CHECK_UNARY(loaded == network);
  NetworkShape other = network.shape();
  other.layers[0].activation = Activation::tanh;
  Network<float> tanh(other);
  CHECK_UNARY(contains(error_of([&] { rl::load_state(bytes, tanh); }), "network.shape"));
}

TEST_CASE("network: shapes and batches that cannot be are refused with their numbers") {
  using Shape = NetworkShape;
  CHECK(error_of([] {
          Network<float>(Shape{0, {{1, Activation::relu}}});
        }) == "a network has at least 1 input, not 0");
  CHECK(error_of([] { Network<float>(Shape{1, {}}); }) == "a network has at least 1 layer, not 0");
  CHECK(error_of([] {
          Network<float>(Shape{1, {{3, Activation::relu}, {0, Activation::relu}}});
        }) == "layer 2 of a network has at least 1 output, not 0");
  CHECK(contains(error_of([] { rl::network_shape(1, {{4, -1}}, 2); }), "layer 2"));

  Network<double> network = by_hand(Activation::relu);
  Tape<double> tape;
  std::vector<double> x(8);
  const std::span<double> all = x;
  CHECK(contains(error_of([&] { network.forward(all.first(3), tape); }),
                 "3 numbers are no batch for a network of 2 inputs"));
  CHECK(contains(error_of([&] { network.forward({}, tape); }), "0 numbers"));
  CHECK(contains(error_of([&] { network.backward(all.first(1), tape, {}); }), "the tape"));
  CHECK(contains(error_of([&] { network.forward_change(all, tape); }), "the tape"));
  network.forward(all, tape);
  CHECK(error_of([&] { network.backward(all.first(3), tape, {}); }) ==
        "dL/dy has 3 numbers; it is 1 for each of 4 samples");
  CHECK(error_of([&] { network.backward(all.first(4), tape, all); }) ==
        "the gradient has 8 numbers; the network has 9");
  CHECK(error_of([&] { network.forward_change(all, tape); }) ==
        "the direction has 8 numbers; the network has 9");
  CHECK(error_of([&] { network.backward(all.first(4), tape, {}, all.first(7)); }) ==
        "dL/dx has 7 numbers; it is 2 for each of 4 samples");
  CHECK(contains(error_of([&] {
                   network.approach(Network<double>({2, {{1, Activation::relu}}}), 1);
                 }),
                 "9 parameters"));
}

TEST_CASE("network: options are read by name, and hidden layers have units") {
  const auto options = rl::parse<rl::NetworkOptions>(nlohmann::json::parse(
      R"({"hidden": [8, 4], "activation": "tanh", "initial_weights": "glorot"})"));
  const NetworkShape shape = rl::network_shape(3, options, 2);
  CHECK(shape ==
        NetworkShape{3, {{8, Activation::tanh}, {4, Activation::tanh}, {2, Activation::linear}}});
  CHECK(options.start == Start::glorot);
  CHECK(contains(
      error_of([] { rl::parse<rl::NetworkOptions>(nlohmann::json::parse(R"({"hidden": [0]})")); }),
      "hidden"));
}
