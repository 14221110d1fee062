#include "algorithms/preference/row_policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "algorithms/preference/segment_steps.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

/// Four states in a row, the last one terminal; in state 1 action 2 is not available.
FiniteMdp row_world() {
  const auto row = [](State s, Action a, std::vector<Outcome>& r) {
    if (s == 1 && a == 2) return;
    r = {{1, 0, std::min<State>(s + 1 + (a == 0 ? 0 : 1), 3)}};
  };
  return FiniteMdp(4, 3, row, {.terminal = {3}});
}

/// The same with all actions everywhere.
FiniteMdp open_row_world() {
  const auto row = [](State s, Action, std::vector<Outcome>& r) { r = {{1, 0, s + 1}}; };
  return FiniteMdp(4, 3, row, {.terminal = {3}});
}

std::vector<std::unique_ptr<RowPolicy>> policies_of_all_classes() {
  const FiniteMdp model = open_row_world();
  const Contexts contexts = each_state(model);
  FeatureMatrix x(3, 2);
  x << 1, 0.5, -1, 2, 0.25, -0.5;
  Rng rng(3);
  std::vector<std::unique_ptr<RowPolicy>> policies;
  policies.push_back(std::make_unique<TablePolicy>(model, contexts));
  policies.push_back(std::make_unique<LinearPolicy>(model, contexts, x));
  policies.push_back(std::make_unique<NetworkPolicy>(
      model, contexts, x, NetworkOptions{.hidden = {5}, .activation = Activation::tanh}, rng));
  for (auto& policy : policies)
    policy->update([&](std::span<double> w) {
      for (double& y : w) y += rng.uniform() - 0.5;
    });
  return policies;
}

}  // namespace

TEST_CASE("row policy: a table begins uniform over the available actions") {
  const FiniteMdp model = row_world();
  const TablePolicy policy(model, each_state(model));
  const TabularPolicy pi = table_of(policy.rows());
  CHECK(pi.probability(0, 0) == doctest::Approx(1.0 / 3));
  CHECK(pi.probability(1, 1) == doctest::Approx(0.5));
  CHECK(pi.probability(1, 2) == 0);
  CHECK(pi.row(3)[0] == 0);
  CHECK_NOTHROW(check_policy(model, pi));
}

TEST_CASE("row policy: states of equal features share a row") {
  const FiniteMdp model = open_row_world();
  const std::vector<double> x = {1, 0, 0, 1, 1, 0, 9, 9};  // states 0 and 2 alike
  const Contexts contexts = by_features(model, x, 2);
  CHECK(contexts.count == 2);
  CHECK(contexts.of == std::vector<std::int32_t>{0, 1, 0, -1});
  TablePolicy policy(model, contexts);
  policy.update([](std::span<double> h) { h[0] = 1; });  // preference of action 0 in context 0
  const TabularPolicy pi = table_of(policy.rows());
  CHECK(pi.row(0)[0] == pi.row(2)[0]);
  CHECK(pi.row(0)[0] == doctest::Approx(std::exp(1.0) / (std::exp(1.0) + 2)));
  CHECK(pi.row(1)[0] == doctest::Approx(1.0 / 3));
}

TEST_CASE("row policy: states of equal features must have the same actions") {
  const std::vector<double> x = {1, 1, 2, 0};
  CHECK(tests::error_of([&] { TablePolicy(row_world(), by_features(row_world(), x, 1)); }) ==
        "states 0 and 1 have the same features but not the same actions");
  CHECK(tests::error_of([&] { by_features(row_world(), x, 2); }) ==
        "policy: 4 features of 4 states with 2 each");
}

TEST_CASE("row policy: the gradient is that of finite differences, for every class") {
  for (const auto& policy : policies_of_all_classes()) {
    // L = sum c(s, a) ln pi(a | s) with arbitrary c
    std::vector<double> c(policy->rows().log_pi.size());
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = std::sin(static_cast<double>(3 * i + 1));
    const auto L = [&](const RowPolicy& p) {
      double sum = 0;
      for (std::size_t i = 0; i < c.size(); ++i) sum += c[i] * p.rows().log_pi[i];
      return sum;
    };
    std::vector<double> g = c;
    std::vector<double> gradient(policy->parameters().size());
    policy->gradient(g, gradient);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const auto at = [&](double step) {
        const std::unique_ptr<RowPolicy> moved = policy->clone();
        moved->update([&](std::span<double> w) { w[i] += step; });
        return L(*moved);
      };
      const double difference = (at(1e-5) - at(-1e-5)) / 2e-5;
      CHECK(gradient[i] == doctest::Approx(difference).epsilon(1e-6));
    }
  }
}

TEST_CASE("row policy: a copy keeps its parameters when the original learns") {
  for (const auto& policy : policies_of_all_classes()) {
    const std::unique_ptr<RowPolicy> copy = policy->clone();
    const std::vector<double> before(copy->rows().log_pi.begin(), copy->rows().log_pi.end());
    policy->update([](std::span<double> w) { w[0] += 1; });
    CHECK(std::equal(before.begin(), before.end(), copy->rows().log_pi.begin()));
    CHECK_FALSE(std::equal(before.begin(), before.end(), policy->rows().log_pi.begin()));
  }
}

TEST_CASE("trap: a reference is a copy that training cannot change, known by its hash") {
  const FiniteMdp model = open_row_world();
  TablePolicy policy(model, each_state(model));
  const FrozenPolicy reference(policy.rows());
  const std::string hash = reference.hash();
  const double before = reference.rows().log_probability(0, 0);
  policy.update([](std::span<double> h) { h[0] += 2; });
  CHECK(reference.rows().log_probability(0, 0) == before);
  CHECK(FrozenPolicy(reference.rows()).hash() == hash);
  CHECK(FrozenPolicy(policy.rows()).hash() != hash);
  CHECK(hash.size() == 16);
}

TEST_CASE("row policy: a table starts from any policy") {
  const FiniteMdp model = row_world();
  TabularPolicy start(4, 3);
  start.row(0)[0] = 0.7;
  start.row(0)[1] = 0.2;
  start.row(0)[2] = 0.1;
  start.set(1, 1);
  start.set(2, 2);
  const FrozenPolicy frozen(model, start);
  const TablePolicy policy(model, each_state(model), frozen.rows());
  const TabularPolicy pi = table_of(policy.rows());
  CHECK(pi.probability(0, 1) == doctest::Approx(0.2));
  CHECK(pi.probability(1, 1) == doctest::Approx(1));
  CHECK(std::isfinite(policy.rows().log_probability(1, 0)));  // may be learned again
}

TEST_CASE(
    "trap: policy and reference differ at step 0: a policy that starts as its reference is it") {
  const FiniteMdp model = open_row_world();
  Rng rng(11);
  for (int k = 0; k < 200; ++k) {
    TablePolicy policy(model, each_state(model));
    policy.update([&](std::span<double> h) {
      for (double& x : h) x = 3 * rng.normal();
    });
    const FrozenPolicy reference(policy.rows());
    const TablePolicy start(model, each_state(model), reference.rows());
    CHECK(FrozenPolicy(start.rows()).hash() == reference.hash());
  }
}

TEST_CASE("segment steps: a segment's log-probability is the sum over its steps, discounted") {
  const FiniteMdp model = open_row_world();
  TablePolicy policy(model, each_state(model));
  policy.update([](std::span<double> h) {
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = 0.1 * static_cast<double>(i * i % 7);
  });
  const std::vector<Segment> segments = {follow(model, 0, std::vector<Action>{2, 0, 1}),
                                         follow(model, 1, std::vector<Action>{1})};
  const PolicyRows rows = policy.rows();
  const SegmentSteps steps(rows, segments, 0.5);
  CHECK(steps.size() == 2);
  CHECK(steps.length(0) == 3);
  CHECK(steps.log_probability(0, rows.log_pi) ==
        doctest::Approx(rows.log_probability(0, 2) + 0.5 * rows.log_probability(1, 0) +
                        0.25 * rows.log_probability(2, 1)));
  std::vector<double> g(rows.log_pi.size(), 0);
  steps.add(0, 4, g);
  CHECK(g[2] == 4);
  CHECK(g[3] == 2);
  CHECK(g[7] == 1);
  CHECK(log_probabilities(rows, segments)[1] == rows.log_probability(1, 1));
}

TEST_CASE("segment steps: what is none of the policy's is an error with its place") {
  const FiniteMdp model = open_row_world();
  const TablePolicy policy(model, each_state(model));
  const std::vector<Segment> segments = {{{0, 3, 3}, {0, 0}, {}, false}};
  CHECK(tests::error_of([&] { SegmentSteps(policy.rows(), segments); }) ==
        "segment 0, step 1: action 0 in state 3 is none of the policy's");
  CHECK(tests::error_of([&] { SegmentSteps(policy.rows(), segments, 0); }) ==
        "discount = 0 is not in (0, 1]");
}

}  // namespace rl
