// Cases that are a formula and have no world.
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/batch.hpp"
#include "algorithms/dynamic_programming/contraction.hpp"
#include "algorithms/dynamic_programming/importance_sampling.hpp"
#include "algorithms/stochastic_approximation.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/reading.hpp"
#include "envs/linear_quadratic_optimum.hpp"
#include "envs/mountain_car.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// sum_t gamma^t r_{t+1} of the rewards and, if "then" is given, of that reward for ever after.
json discounted_return(const json& spec) {
  check_keys(spec, "the formula", {"formula", "gamma", "rewards", "then"});
  const double gamma = number(needed(spec, "gamma"), "gamma", Range{0, 1});
  if (spec.contains("then") && gamma >= 1)
    throw std::invalid_argument("then: an endless return needs gamma below 1");
  double G = spec.contains("then") ? number(spec["then"], "then") / (1 - gamma) : 0;
  const json& rewards = needed(spec, "rewards");
  if (!rewards.is_array()) throw std::invalid_argument("rewards: expected a list");
  for (auto r = rewards.rbegin(); r != rewards.rend(); ++r) G = number(*r, "reward") + gamma * G;
  return G;
}

/// x_1 .. x_n of x_{k+1} = factor sin x_k, a contraction where |factor| < 1.
json scaled_sine(const json& spec) {
  check_keys(spec, "the formula", {"formula", "factor", "x0", "steps"});
  const double factor = number(needed(spec, "factor"), "factor", Range{-0.999999, 0.999999});
  const auto n = static_cast<int>(integer(needed(spec, "steps"), "steps", 1, 1'000'000));
  const ContractionRun run =
      iterate_contraction([factor](double x) { return factor * std::sin(x); },
                          number(needed(spec, "x0"), "x0"), std::abs(factor), n);
  return std::vector<double>(run.iterates.begin() + 1, run.iterates.end());
}

/// E[max of n standard normals] = integral of x n phi(x) Phi(x)^(n - 1), by Simpson's rule: beyond
/// 12 deviations nothing is left.
double expected_largest_normal(const json& spec) {
  check_keys(spec, "the formula", {"formula", "n"});
  const auto n = static_cast<double>(integer(needed(spec, "n"), "n", 1, 1'000'000));
  const auto f = [n](double x) {
    const double below = std::erfc(-x / std::sqrt(2.0)) / 2;
    return x * n * std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)) * std::pow(below, n - 1);
  };
  constexpr double kFar = 12;
  constexpr int kHalves = 4096;
  constexpr double kStep = kFar / kHalves;
  double sum = f(-kFar) + f(kFar);
  for (int i = 1; i < 2 * kHalves; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(-kFar + i * kStep);
  return sum * kStep / 3;
}

/// w_2 .. w_{n+1} of mean estimation with alpha_k = 1/k: the means of x_1 .. x_k.
json running_means(const json& spec) {
  check_keys(spec, "the formula", {"formula", "x"});
  const json& x = needed(spec, "x");
  if (!x.is_array()) throw std::invalid_argument("x: expected a list");
  const Problem one_arm{.name = "one arm",
                        .model = FiniteMdp(1, 1, [](State, Action, std::vector<Outcome>& row) {
                          row.push_back({1, 0, 0});
                        })};
  MeanEstimation learner(one_arm, {});
  json means = json::array();
  for (const json& x_k : x) {
    learner.learn({0, 0, number(x_k, "x"), 0, false, false});
    means.push_back(learner.w()(0, 0));
  }
  return means;
}

/// sqrt(E |w - E x|^2) after so many steps of gradient descent on |w - x|^2 / 2 with alpha_k = 1/k
/// and `batch` new samples a step: var <- (1 - alpha)^2 var + alpha^2 variance / batch.
double rms_error_of_descent(const json& spec) {
  check_keys(spec, "the formula", {"formula", "variance", "batch", "steps"});
  const double variance = number(needed(spec, "variance"), "variance", Range{0});
  const auto batch = static_cast<double>(integer(needed(spec, "batch"), "batch", 1, 1'000'000));
  const std::int64_t steps = integer(needed(spec, "steps"), "steps", 1, 1'000'000);
  const Schedule alpha = Schedule::harmonic(1);
  double error = 0;
  for (std::int64_t k = 0; k < steps; ++k)
    error = std::pow(1 - alpha(k), 2) * error + std::pow(alpha(k), 2) * variance / batch;
  return std::sqrt(error);
}

/// v(place) by batch TD or batch Monte Carlo after the given episodes, each a list of [state,
/// reward]; gamma = 1.
double batch_value(const json& spec) {
  check_keys(spec, "the formula", {"formula", "method", "states", "episodes", "place"});
  const auto n = static_cast<State>(integer(needed(spec, "states"), "states", 1, 1000));
  const Problem problem{.name = "batch",
                        .model = FiniteMdp(n + 1, 1,
                                           [n](State, Action, std::vector<Outcome>& row) {
                                             row.push_back({1, 0, n});
                                           },
                                           {.terminal = {n}}),
                        .gamma = 1};
  const auto values_by = [&](auto learner) {
    Rng rng(0);  // of actions: there is one
    for (const json& episode : needed(spec, "episodes")) {
      learner.start(0, rng);
      for (std::size_t t = 0; t < episode.size(); ++t) {
        const bool last = t + 1 == episode.size();
        const auto state = [&](std::size_t k) {
          return static_cast<State>(integer(episode[k].at(0), "state", 0, n - 1));
        };
        learner.step(
            {state(t), 0, number(episode[t].at(1), "reward"), last ? n : state(t + 1), last, false},
            rng);
      }
    }
    return learner.v()[static_cast<State>(integer(needed(spec, "place"), "place", 0, n))];
  };
  const std::string& method = text(needed(spec, "method"), "method");
  if (method == "td") return values_by(BatchTd(problem, {}));
  if (method == "mc") return values_by(BatchMonteCarlo(problem, {}));
  throw std::invalid_argument(unknown_name("method", method, std::vector<std::string>{"td", "mc"}));
}

/// RMS error of a value with b equally likely successors after t updates from samples, as a share
/// of the first error: sqrt((b - 1) / (b t)), t = b where it is not given (S&B 8.5).
double sample_update_error(const json& spec) {
  check_keys(spec, "the formula", {"formula", "b", "t"});
  const double b = number(needed(spec, "b"), "b", Range{1});
  const double t = spec.contains("t") ? number(spec["t"], "t", Range{1}) : b;
  return std::sqrt((b - 1) / (b * t));
}

/// The same of one expected update, which is done after b computations.
double expected_update_error(const json& spec) {
  check_keys(spec, "the formula", {"formula", "b", "t"});
  return number(needed(spec, "t"), "t", Range{0}) < number(needed(spec, "b"), "b", Range{1}) ? 1
                                                                                             : 0;
}

/// Mean of x under the distribution `from` and of w x, w = wanted / from; variance of w x; each w
/// (MFRL 10.3.1). With "only", what w x says where `from` gives this one of the x alone: a weight
/// cannot make up for samples that never come. A step that ends pays x, so that W G of an episode
/// is w x.
json importance_sampling(const json& spec) {
  check_keys(spec, "the formula", {"formula", "wanted", "from", "x", "only"});
  const std::vector<double> x = numbers(needed(spec, "x"), "x");
  const auto n = static_cast<Action>(x.size());
  const FiniteMdp draw(2, n,
                       [&](State, Action a, std::vector<Outcome>& row) {
                         row.push_back({1, x[index(a)], 1});
                       },
                       {.terminal = {1}});
  const auto distribution = [&](const char* key) {
    const std::vector<double> share = numbers(needed(spec, key), key);
    if (share.size() != x.size())
      throw std::invalid_argument(std::string(key) + ": expected a probability for each x");
    TabularPolicy p(2, n);
    for (Action a = 0; a < n; ++a) p.row(0)[index(a)] = share[index(a)];
    check_policy(draw, p);
    return p;
  };
  const TabularPolicy wanted = distribution("wanted");
  const TabularPolicy from = distribution("from");
  const WeightedReturn weighted = weighted_return(draw, wanted, from, 1, 0);
  json result = {weighted_return(draw, from, from, 1, 0).mean, weighted.mean, weighted.variance()};
  for (Action a = 0; a < n; ++a)
    result.push_back(wanted.probability(0, a) / from.probability(0, a));
  if (spec.contains("only")) {
    const auto a = static_cast<Action>(integer(spec["only"], "only", 0, n - 1));
    result.push_back(wanted.probability(0, a) / 1 * x[index(a)]);
  }
  return result;
}

/// [K, P] of the scalar regulator x' = a x + b u with reward -(q x^2 + r u^2): the best policy is
/// u = -K x, its value -P x^2 (MFRL 10.4).
json lqr_gain_and_value(const json& spec) {
  check_keys(spec, "the formula", {"formula", "a", "b", "q", "r", "gamma"});
  const auto one = [&](const char* key) {
    return std::vector<double>{number(needed(spec, key), key)};
  };
  const LqrOptimum best = lqr_optimum(
      LinearQuadraticModel({.a = one("a"), .b = one("b"), .q = one("q"), .r = one("r")}),
      number(needed(spec, "gamma"), "gamma", Range{0, 1}));
  return {best.K(0, 0), best.P(0, 0)};
}

/// Steps of the mountain car from x with speed v until it arrives, under full throttle in the
/// direction in which it moves.
json mountain_car_steps(const json& spec) {
  check_keys(spec, "the formula", {"formula", "x", "v"});
  constexpr int kMost = 100'000;
  constexpr Action kLeft = 0;
  constexpr Action kRight = 2;
  MountainCar car;
  Rng rng(0);  // nothing is drawn
  Point s = car.place({number(needed(spec, "x"), "x"), number(needed(spec, "v"), "v")});
  for (int steps = 1; steps <= kMost; ++steps) {
    const Step<Point> x = car.step(s[1] >= 0 ? kRight : kLeft, rng);
    if (x.terminated) return steps;
    s = x.next;
  }
  return nullptr;
}

}  // namespace

json compute_formula(const json& spec) {
  const std::string& name = text(spec["formula"], "formula");
  if (name == "discounted_return") return discounted_return(spec);
  if (name == "scaled_sine") return scaled_sine(spec);
  if (name == "expected_largest_normal") return expected_largest_normal(spec);
  if (name == "running_means") return running_means(spec);
  if (name == "rms_error_of_descent") return rms_error_of_descent(spec);
  if (name == "batch_value") return batch_value(spec);
  if (name == "sample_update_error") return sample_update_error(spec);
  if (name == "expected_update_error") return expected_update_error(spec);
  if (name == "importance_sampling") return importance_sampling(spec);
  if (name == "lqr_gain_and_value") return lqr_gain_and_value(spec);
  if (name == "mountain_car_steps") return mountain_car_steps(spec);
  throw std::invalid_argument(unknown_name(
      "formula", name,
      std::vector<std::string>{"discounted_return", "scaled_sine", "expected_largest_normal",
                               "running_means", "rms_error_of_descent", "batch_value",
                               "sample_update_error", "expected_update_error",
                               "importance_sampling", "lqr_gain_and_value", "mountain_car_steps"}));
}

}  // namespace rl::reproduce
