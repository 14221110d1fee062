#include "algorithms/td_prediction.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/batch.hpp"
#include "tests/algorithms/learners.hpp"

using nlohmann::json;
using rl::Problem;
using rl::Rng;
using rl::State;
using tests::numbers_after;

namespace {

/// States 0, 1, 2 in a row and the end 3; gamma = 0.5.
Problem row_of_three() {
  const auto row = [](State s, rl::Action, std::vector<rl::Outcome>& r) { r = {{1, 0, s + 1}}; };
  return {.name = "row", .model = rl::FiniteMdp(4, 1, row, {.terminal = {3}}), .gamma = 0.5};
}

/// Tells a learner of the episode 0, 1, 2, end.
template <class Learner>
Learner after_episode(Learner learner, const std::vector<double>& rewards) {
  Rng rng(1);
  learner.start(0, rng);
  for (State s = 0; s < 3; ++s)
    learner.step({s, 0, rewards[rl::index(s)], s + 1, s == 2, false}, rng);
  return learner;
}

double largest_difference(const std::vector<double>& x, const std::vector<double>& y) {
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(x[i] - y[i]));
  return most;
}

}  // namespace

TEST_CASE("td: by hand; a terminal next state gives no bootstrap, a truncated one does") {
  // alpha 0.5, v = 4: 4 + (2 + 2 - 4) / 2 = 4, 4 + (1 + 2 - 4) / 2 = 3.5, 4 + (8 - 4) / 2 = 6.
  const rl::TdZero td =
      after_episode(rl::TdZero(row_of_three(), {.alpha = 0.5, .values = {.v0 = 4}}), {2, 1, 8});
  CHECK(td.v()[0] == 4);
  CHECK(td.v()[1] == 3.5);
  CHECK(td.v()[2] == 6);
  CHECK(td.v()[3] == 0);
  rl::TdZero cut(row_of_three(), {.alpha = 0.5, .values = {.v0 = 4}});
  cut.learn({0, 0, 2, 1, false, true});
  CHECK(cut.v()[0] == 4);  // target 2 + 4 / 2
}

TEST_CASE("traces: an error changes the states before it, by hand") {
  // alpha 1, lambda 0.5: gamma lambda = 0.25. Only the last step pays: delta = 16 at state 2, with
  // the traces 1, 0.25, 0.0625.
  const rl::TdLambda td = after_episode(
      rl::TdLambda(row_of_three(), {.alpha = 1.0, .credit = {{.lambda = 0.5}}}), {0, 0, 16});
  CHECK(td.v()[2] == 16);
  CHECK(td.v()[1] == 4);
  CHECK(td.v()[0] == 1);
}

TEST_CASE("traces: accumulating, replacing and dutch differ where a state comes again") {
  // State 0 twice, gamma lambda = 0.25, alpha = 0.5: its trace is 1.25, 1 or 0.25 + 1 - 0.5 * 0.25.
  const auto v_of = [](rl::TraceKind kind) {
    rl::TdLambda td(row_of_three(), {.alpha = 0.5, .credit = {{.lambda = 0.5}, kind}});
    Rng rng(1);
    td.start(0, rng);
    td.learn({0, 0, 0, 0, false, false});
    td.learn({0, 0, 16, 3, true, false});
    return td.v()[0];
  };
  CHECK(v_of(rl::TraceKind::accumulating) == 0.5 * 16 * 1.25);
  CHECK(v_of(rl::TraceKind::replacing) == 0.5 * 16);
  CHECK(v_of(rl::TraceKind::dutch) == 0.5 * 16 * 1.125);
}

TEST_CASE("traces: an episode begins without those of the one before") {
  rl::TdLambda td(row_of_three(), {.alpha = 1.0});
  td = after_episode(td, {0, 0, 0});
  Rng rng(1);
  td.start(2, rng);
  td.learn({2, 0, 8, 3, true, false});
  CHECK(td.v()[2] == 8);
  CHECK(td.v()[1] == 0);
}

TEST_CASE("td(lambda): with lambda = 0 it is TD(0) to the bit") {
  const Problem walk = tests::world("random_walk_19");
  const json alpha = {{"alpha", 0.3}};
  const std::vector<double> td = numbers_after("td", walk, {.episodes = 40}, alpha);
  for (const char* trace : {"accumulating", "replacing", "dutch"})
    CHECK(numbers_after("td_lambda", walk, {.episodes = 40},
                        {{"alpha", 0.3}, {"lambda", 0}, {"traces", trace}}) == td);
}

TEST_CASE("true online td(lambda): the values of the online lambda-return at every step") {
  const Problem walk = tests::world("random_walk_19");
  for (const json& alpha : {json(0.4), json({{"harmonic", {0.5, 5}}, {"clock", "visits"}})})
    for (const double lambda : {0.0, 0.4, 0.9, 1.0}) {
      CAPTURE(lambda);
      const json options = {{"alpha", alpha}, {"lambda", lambda}};
      for (const std::int64_t steps : {1, 7, 100, 1000})
        CHECK(largest_difference(
                  numbers_after("true_online_td_lambda", walk, {.steps = steps}, options),
                  numbers_after("online_lambda_return", walk, {.steps = steps}, options)) < 1e-12);
    }
}

TEST_CASE("td prediction: each method comes to the values of the policy") {
  const Problem walk = tests::world("random_walk_5");
  json policy = json::array();
  for (int s = 0; s < 7; ++s) policy.insert(policy.end(), {0.4, 0.6});
  for (const char* name : {"td", "td_lambda", "true_online_td_lambda", "online_lambda_return"}) {
    CAPTURE(name);
    const json options = {{"alpha", 0.003}, {"policy", policy}};
    CHECK(tests::error_after(name, walk, {.episodes = 20'000}, options) < 0.03);
  }
  for (const char* name : {"batch_td", "batch_mc"})
    CHECK(tests::error_after(name, walk, {.episodes = 20'000}, {{"policy", policy}}) < 0.01);
}

TEST_CASE("batch: S&B Example 6.4, the predictor") {
  // A, 0, B, 0; six times B, 1; once B, 0.
  const auto row = [](State, rl::Action, std::vector<rl::Outcome>& r) { r = {{1, 0, 2}}; };
  const Problem problem{
      .name = "predictor", .model = rl::FiniteMdp(3, 1, row, {.terminal = {2}}), .gamma = 1};
  const auto fitted = [&](auto learner) {
    Rng rng(1);
    learner.start(0, rng);
    learner.step({0, 0, 0, 1, false, false}, rng);
    learner.step({1, 0, 0, 2, true, false}, rng);
    for (int i = 0; i < 7; ++i) {
      learner.start(1, rng);
      learner.step({1, 0, i < 6 ? 1.0 : 0.0, 2, true, false}, rng);
    }
    return std::vector<double>(learner.v().shown().begin(), learner.v().shown().begin() + 2);
  };
  const std::vector<double> td = fitted(rl::BatchTd(problem, {}));
  CHECK(td[0] == doctest::Approx(0.75));
  CHECK(td[1] == doctest::Approx(0.75));
  CHECK(fitted(rl::BatchMonteCarlo(problem, {})) == std::vector<double>{0, 0.75});
}

TEST_CASE("batch: what was never visited keeps v0, and is what a cut episode ends in") {
  const auto fitted = [](auto learner) {
    Rng rng(1);
    learner.start(0, rng);
    learner.step({0, 0, 2, 1, false, true}, rng);
    return std::vector<double>(learner.v().shown().begin(), learner.v().shown().end());
  };
  const rl::BatchOptions options{.v0 = 8};
  CHECK(fitted(rl::BatchTd(row_of_three(), options)) == std::vector<double>{6, 8, 8, 0});
  CHECK(fitted(rl::BatchMonteCarlo(row_of_three(), options)) == std::vector<double>{2, 8, 8, 0});
}
