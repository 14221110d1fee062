#include "envs/maximization_bias.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace maximization_bias_test {

namespace {
constexpr rl::State kA = 0;
constexpr rl::State kB = 1;
constexpr rl::State kEnd = 2;
}  // namespace

TEST_CASE("maximization bias: A goes right to the end or left to B, both for nothing") {
  const rl::Problem p = rl::maximization_bias();
  REQUIRE(p.model.outcomes(kA, 0).size() == 1);
  CHECK(p.model.outcomes(kA, 0)[0].next == kEnd);
  CHECK(p.model.outcomes(kA, 0)[0].reward == 0);
  CHECK(p.model.outcomes(kA, 1)[0].next == kB);
  CHECK(p.model.outcomes(kA, 1)[0].reward == 0);
  for (rl::Action a = 2; a < 10; ++a) CHECK_FALSE(p.model.available(kA, a));
}

TEST_CASE("maximization bias: ten actions of B end with N(-0.1, 1)") {
  const rl::Problem p = rl::maximization_bias();
  CHECK(p.model.num_actions() == 10);
  for (rl::Action a = 0; a < 10; ++a) {
    const std::vector<rl::Outcome> row = p.model.outcomes(kB, a);
    REQUIRE(row.size() == 1);
    CHECK(row[0].next == kEnd);
    CHECK(row[0].reward == -0.1);
    CHECK(row[0].reward_sd == 1);
  }
}

TEST_CASE("maximization bias: sampled rewards of B have the stated mean and spread") {
  const rl::Problem p = rl::maximization_bias({.mean = 3, .sd = 2});
  rl::Rng rng(1);
  double sum = 0;
  double square = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const rl::Step<rl::State> x = p.model.sample(kB, 4, rng);
    CHECK(x.terminated);
    sum += x.reward;
    square += (x.reward - 3) * (x.reward - 3);
  }
  // Standard errors: 2 / sqrt(20000) = 0.014 of the mean, 4 sqrt(2 / 20000) = 0.04 of the variance.
  CHECK(std::abs(sum / kDraws - 3) < 4 * 0.0142);
  CHECK(std::abs(square / kDraws - 4) < 4 * 0.04);
}

TEST_CASE("maximization bias: with one action in B, A still has its two") {
  const rl::Problem p = rl::maximization_bias({.b_actions = 1});
  CHECK(p.model.available(kA, 1));
  CHECK(p.model.available(kB, 0));
  CHECK_FALSE(p.model.available(kB, 1));
}

}  // namespace maximization_bias_test
