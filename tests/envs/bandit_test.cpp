#include "envs/bandit.hpp"

#include <doctest/doctest.h>

#include <cmath>

TEST_CASE("bandit: one state, ten noisy arms, gamma 0") {
  const rl::Problem p = rl::bandit({}, {.rng = rl::Rng(1)});
  CHECK(p.model.num_states() == 1);
  CHECK(p.model.num_actions() == 10);
  CHECK(p.gamma == 0);
  for (rl::Action a = 0; a < 10; ++a) {
    REQUIRE(p.model.outcomes(0, a).size() == 1);
    CHECK(p.model.outcomes(0, a)[0].next == 0);
    CHECK(p.model.outcomes(0, a)[0].reward_sd == 1);
  }
}

TEST_CASE("bandit: arms are the stream's normal numbers in order, scaled and shifted") {
  const rl::Problem p = rl::bandit({.arms = 3, .mu = 4, .sd_arms = 2}, {.rng = rl::Rng(7)});
  rl::Rng rng(7);
  for (rl::Action a = 0; a < 3; ++a) CHECK(p.model.row(0, a).reward == 4 + 2 * rng.normal());
}

TEST_CASE("bandit: without noise an arm pays its mean, and without spread all arms are alike") {
  const rl::Problem p = rl::bandit({.mu = -1, .sd_arms = 0, .sd_reward = 0}, {.rng = rl::Rng(3)});
  rl::Rng rng(3);
  for (rl::Action a = 0; a < 10; ++a) CHECK(p.model.sample(0, a, rng).reward == -1);
}

TEST_CASE("bandit: over many problems the arms are N(0, 1)") {
  double sum = 0;
  double square = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const rl::Problem p = rl::bandit({}, {.rng = rl::Rng(seed)});
    for (rl::Action a = 0; a < 10; ++a) {
      sum += p.model.row(0, a).reward;
      square += p.model.row(0, a).reward * p.model.row(0, a).reward;
    }
  }
  CHECK(std::abs(sum / 10'000) < 4 * 0.01);                         // sd 1 / sqrt(10000)
  CHECK(std::abs(square / 10'000 - 1) < 4 * std::sqrt(2.0) / 100);  // sd sqrt(2 / 10000)
}
