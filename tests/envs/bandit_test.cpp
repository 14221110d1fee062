#include "envs/bandit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/errors.hpp"

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

TEST_CASE("nonstationary bandit: arms begin alike and walk by the stream's normal numbers") {
  // Changes after 4 and 8 of 10 pulls, each of sd 0.5 sqrt(4) = 1.
  const rl::Problem p = rl::nonstationary_bandit(
      {.arms = 2, .mu = 3, .sd_walk = 0.5, .every = 4, .steps = 10}, {.rng = rl::Rng(7)});
  REQUIRE(p.changing);
  CHECK(p.changing->at_step() == std::vector<std::int64_t>{4, 8});
  rl::Rng rng(7);
  double q[] = {3, 3};
  for (const rl::FiniteMdp& model : p.changing->models()) {
    for (rl::Action a = 0; a < 2; ++a) CHECK(model.row(0, a).reward == q[a]);
    for (double& x : q) x += rng.normal();
  }
  CHECK(p.model.row(0, 1).reward == 3);
  CHECK_FALSE(rl::nonstationary_bandit({.every = 10, .steps = 10}).changing.has_value());
}

TEST_CASE("nonstationary bandit: after n pulls an arm has walked N(0, n 0.01^2), however often") {
  // 300 walks of 10 arms over 9,900 pulls: the variance is 0.99, its sd 0.99 sqrt(2 / 3000).
  for (const std::int64_t every : {100, 990}) {
    double square = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const rl::Problem p =
          rl::nonstationary_bandit({.every = every, .steps = 9'901}, {.rng = rl::Rng(seed)});
      const rl::FiniteMdp& last = p.changing->models().back();
      for (rl::Action a = 0; a < 10; ++a) square += last.row(0, a).reward * last.row(0, a).reward;
    }
    CHECK(std::abs(square / 3000 - 0.99) < 4 * 0.99 * std::sqrt(2.0 / 3000));
  }
}

TEST_CASE("nonstationary bandit: more changes than the memory holds are refused beforehand") {
  const std::string refusal = tests::error_of([] {
    rl::nonstationary_bandit({.every = 1, .steps = 1'000'000'000'000}, {.memory_limit = 1 << 20});
  });
  CHECK(tests::contains(refusal, "let 'every' be larger"));
}
