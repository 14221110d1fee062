#include "rl/policy.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::QTable;
using rl::State;
using rl::TabularPolicy;
using tests::error_of;

namespace {

/// State 0 has actions 0 and 2 of three; state 1 has all; state 2 is terminal.
FiniteMdp three_states() {
  return FiniteMdp(3, 3,
                   [](State s, Action a, std::vector<rl::Outcome>& row) {
                     if (s == 0 && a == 1) return;
                     row.push_back({1, 0, 2});
                   },
                   {.terminal = {2}});
}

std::vector<double> row_of(const TabularPolicy& policy, State s) {
  return {policy.row(s).begin(), policy.row(s).end()};
}

using List = std::vector<double>;

}  // namespace

TEST_CASE("policy: uniform means every available action alike, and nothing in a terminal state") {
  const TabularPolicy policy = rl::uniform_policy(three_states());
  CHECK(row_of(policy, 0) == List{0.5, 0, 0.5});
  CHECK(row_of(policy, 1) == List{1.0 / 3, 1.0 / 3, 1.0 / 3});
  CHECK(row_of(policy, 2) == List{0, 0, 0});
  CHECK_NOTHROW(rl::check_policy(three_states(), policy));
}

TEST_CASE("policy: a deterministic one is made from one action a state") {
  const TabularPolicy policy =
      rl::deterministic_policy(three_states(), std::vector<Action>{2, 1, 99});
  CHECK(row_of(policy, 0) == List{0, 0, 1});
  CHECK(row_of(policy, 1) == List{0, 1, 0});
  CHECK(row_of(policy, 2) == List{0, 0, 0});  // its entry is ignored
  rl::Rng rng(1);
  CHECK(policy.sample(0, rng) == 2);
  CHECK(policy.probability(0, 2) == 1);
}

TEST_CASE("policy: greedy shares its probability among the maxima within the tolerance") {
  QTable q(three_states());
  q(0, 0) = 1;
  q(0, 2) = 1 + 1e-12;
  q(1, 0) = 5;
  q(1, 1) = 4.9;
  CHECK(row_of(rl::greedy_policy(three_states(), q), 0) == List{0.5, 0, 0.5});
  CHECK(row_of(rl::greedy_policy(three_states(), q, 0), 0) == List{0, 0, 1});
  CHECK(row_of(rl::greedy_policy(three_states(), q), 1) == List{1, 0, 0});
  CHECK(row_of(rl::greedy_policy(three_states(), q, 0.2), 1) == List{0.5, 0.5, 0});
  CHECK(row_of(rl::greedy_policy(three_states(), q), 2) == List{0, 0, 0});
}

TEST_CASE("policy: epsilon-soft mixes with uniform over the available actions") {
  const TabularPolicy greedy =
      rl::deterministic_policy(three_states(), std::vector<Action>{2, 1, 0});
  const TabularPolicy soft = rl::epsilon_soft(three_states(), greedy, 0.3);
  // 0.3 / 2 to each of two; 0.7 more to the chosen one. 0.3 / 3 to each of three.
  CHECK(soft.probability(0, 0) == doctest::Approx(0.15));
  CHECK(soft.probability(0, 1) == 0);
  CHECK(soft.probability(0, 2) == doctest::Approx(0.85));
  CHECK(soft.probability(1, 1) == doctest::Approx(0.8));
  CHECK(soft.probability(1, 0) == doctest::Approx(0.1));
  CHECK(row_of(soft, 2) == List{0, 0, 0});
  CHECK_NOTHROW(rl::check_policy(three_states(), soft));
  CHECK(rl::epsilon_soft(three_states(), greedy, 0) == greedy);
  CHECK(rl::epsilon_soft(three_states(), greedy, 1) == rl::uniform_policy(three_states()));
}

TEST_CASE(
    "policy: epsilon-greedy is the epsilon-soft greedy one, and what the learner's rule picks") {
  QTable q(three_states());
  q(0, 0) = 2;
  q(1, 2) = 1;
  const TabularPolicy policy = rl::epsilon_greedy_policy(three_states(), q, 0.3);
  CHECK(policy == rl::epsilon_soft(three_states(), rl::greedy_policy(three_states(), q), 0.3));
  constexpr int kDraws = 50'000;
  rl::Rng rng(2);
  List counts(3, 0);
  for (int i = 0; i < kDraws; ++i)
    ++counts[static_cast<std::size_t>(rl::epsilon_greedy(q.row(1), 0.3, rng))];
  for (std::size_t a = 0; a < 3; ++a) {
    const double p = policy.probability(1, static_cast<Action>(a));
    CHECK(std::abs(counts[a] - p * kDraws) < 4 * std::sqrt(kDraws * p * (1 - p)));
  }
}

TEST_CASE("policy: softmax weighs by exp(q / temperature) and leaves unavailable actions out") {
  QTable q(three_states());
  q(0, 0) = 1;
  q(0, 2) = 3;
  const TabularPolicy policy = rl::softmax_policy(three_states(), q, 2);
  CHECK(policy.probability(0, 0) == doctest::Approx(1 / (1 + std::exp(1.0))).epsilon(1e-14));
  CHECK(policy.probability(0, 1) == 0);
  CHECK(policy.probability(0, 2) == doctest::Approx(1 / (1 + std::exp(-1.0))).epsilon(1e-14));
  CHECK_NOTHROW(rl::check_policy(three_states(), policy));
}

TEST_CASE("policy: softmax stands values that exp alone would overflow on") {
  QTable q(three_states());
  q(0, 0) = 1e6;
  q(0, 2) = -1e6;
  CHECK(row_of(rl::softmax_policy(three_states(), q, 1e-3), 0) == List{1, 0, 0});
  CHECK(error_of([&] { rl::softmax_policy(three_states(), q, 0); }) ==
        "softmax: temperature must be positive");
}

TEST_CASE("policy: a sample follows its probabilities and never takes an unavailable action") {
  const rl::FiniteMdp m = tests::random_mdp(5);
  const TabularPolicy policy = rl::uniform_policy(m);
  rl::Rng rng(3);
  for (State s = 0; s < m.num_states(); ++s) {
    if (m.terminal(s)) continue;
    for (int i = 0; i < 1000; ++i) CHECK_UNARY(m.available(s, policy.sample(s, rng)));
  }
}

TEST_CASE("policy: normalized rows sum to 1, and those that do already stay as they are") {
  TabularPolicy policy(3, 3);
  for (double& p : policy.row(0)) p = 0.3333333333;
  policy.set(1, 2);
  const TabularPolicy exact = rl::normalized(policy);
  CHECK(row_of(exact, 0) == List{1.0 / 3, 1.0 / 3, 1.0 / 3});
  CHECK(row_of(exact, 1) == List{0, 0, 1});
  CHECK(row_of(exact, 2) == List{0, 0, 0});  // a terminal state's
}

TEST_CASE("policy: it is deterministic when every row takes one action") {
  TabularPolicy policy = rl::deterministic_policy(three_states(), std::vector<Action>{2, 1, 0});
  CHECK(rl::is_deterministic(policy));
  policy.row(1)[0] = policy.row(1)[1] = 0.5;
  CHECK_FALSE(rl::is_deterministic(policy));
}

TEST_CASE("policy: what is no policy of a world is refused with state and action") {
  const FiniteMdp m = three_states();
  const auto error = [&](State s, Action a, double p) {
    TabularPolicy policy = rl::uniform_policy(m);
    policy.row(s)[static_cast<std::size_t>(a)] = p;
    return error_of([&] { rl::check_policy(m, policy); });
  };
  CHECK(error(0, 1, 0.5) == "policy: action 1 is not available in state 0");
  CHECK(error(0, 0, 0.25) == "policy: probabilities in state 0 sum to 0.75, not 1");
  CHECK(error(0, 0, -0.5) == "policy: probability -0.5 of action 0 in state 0 is not in [0, 1]");
  CHECK(error(0, 0, std::numeric_limits<double>::quiet_NaN()) ==
        "policy: probability nan of action 0 in state 0 is not in [0, 1]");
  CHECK(error(0, 0, 0.5 + 5e-10) == "nothing was thrown");
  CHECK(error(2, 0, 7) == "nothing was thrown");  // a terminal state
  CHECK(error_of([&] { rl::check_policy(m, TabularPolicy(3, 2)); }) ==
        "policy: shape 3 x 2, but the world has 3 x 3");
  CHECK(error_of([&] {
          rl::deterministic_policy(m, std::vector<Action>{0, 0});
        }) == "policy: 2 actions for 3 states");
  CHECK(error_of([&] {
          rl::deterministic_policy(m, std::vector<Action>{3, 0, 0});
        }) == "policy: action 3 of state 0 is not in 0..2");
  CHECK(error_of([&] {
          rl::deterministic_policy(m, std::vector<Action>{1, 0, 0});
        }) == "policy: action 1 is not available in state 0");
}
