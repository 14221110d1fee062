#include "algorithms/preference/group_advantages.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

using doctest::Approx;
using tests::error_of;

using GroupRow = std::vector<double>;

/// 2 to 9 rewards, now and then all equal.
GroupRow drawn_group(Rng& rng) {
  GroupRow reward(static_cast<std::size_t>(2 + rng.index(8)));
  const double level = rng.uniform(-5, 5);
  const double spread = rng.flip(0.1) ? 0 : 2;
  for (double& r : reward) r = level + spread * rng.normal();
  return reward;
}

GroupRow rloo_of(const GroupRow& reward) {
  GroupRow advantage(reward.size());
  rloo_advantages(reward, advantage);
  return advantage;
}

GroupRow grpo_of(const GroupRow& reward, RewardScale scale = RewardScale::group,
                 double eps = 1e-4) {
  GroupRow advantage(reward.size());
  group_relative_advantages(reward, scale, advantage, eps);
  return advantage;
}

GroupRow whitened(GroupRow x, const Whitening& how = {}) {
  whiten(x, how);
  return x;
}

double mean_of_row(const GroupRow& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

/// sum (x - mean)^2 / (n - less)
double variance_of_row(const GroupRow& x, double less) {
  double sum = 0;
  for (const double y : x) sum += std::pow(y - mean_of_row(x), 2);
  return sum / (static_cast<double>(x.size()) - less);
}

const GroupRow kRewards = {1, 0.5, -0.2, 0.7};  // mean .5

}  // namespace

TEST_CASE("group advantages: RLOO by hand: each reward less the mean of the others") {
  const GroupRow a = rloo_of(kRewards);
  CHECK(a[0] == Approx(1 - 1. / 3).epsilon(1e-15));
  CHECK(std::abs(a[1]) <= 1e-15);
  CHECK(a[2] == Approx(-0.2 - 2.2 / 3).epsilon(1e-15));
  CHECK(a[3] == Approx(0.7 - 1.3 / 3).epsilon(1e-15));
  CHECK(rloo_of({3, 1}) == GroupRow{2, -2});
}

TEST_CASE("group advantages: RLOO is k / (k - 1) of what is centred, and sums to 0") {
  Rng rng(1);
  for (int n = 0; n < 300; ++n) {
    const GroupRow reward = drawn_group(rng);
    const GroupRow a = rloo_of(reward);
    const auto k = static_cast<double>(reward.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      CHECK(std::abs(a[i] - k / (k - 1) * (reward[i] - mean_of_row(reward))) <= 1e-13);
      double others = 0;
      for (std::size_t j = 0; j < a.size(); ++j)
        if (j != i) others += reward[j] / (k - 1);
      CHECK(std::abs(a[i] - (reward[i] - others)) <= 1e-13);
    }
    CHECK(std::abs(std::accumulate(a.begin(), a.end(), 0.0)) <= 1e-12);
  }
}

TEST_CASE("group advantages: GRPO by hand: the deviation is that of a sample") {
  // squares .25 + 0 + .49 + .04 = .78 over 3
  const double sd = std::sqrt(0.26);
  const GroupRow scaled = grpo_of(kRewards);
  const GroupRow unscaled = grpo_of(kRewards, RewardScale::none);
  const GroupRow by_hand = {0.5, 0, -0.7, 0.2};
  for (std::size_t i = 0; i < by_hand.size(); ++i) {
    CHECK(std::abs(unscaled[i] - by_hand[i]) <= 1e-15);
    CHECK(std::abs(scaled[i] - by_hand[i] / (sd + 1e-4)) <= 1e-14);
  }
}

TEST_CASE("group advantages: GRPO sums to 0, and scaling leaves a deviation of nearly 1") {
  Rng rng(2);
  for (int n = 0; n < 300; ++n) {
    const GroupRow reward = drawn_group(rng);
    const GroupRow scaled = grpo_of(reward);
    CHECK(std::abs(std::accumulate(scaled.begin(), scaled.end(), 0.0)) <= 1e-10);
    const double sd = std::sqrt(variance_of_row(reward, 1));
    CHECK(std::abs(std::sqrt(variance_of_row(scaled, 1)) - sd / (sd + 1e-4)) <= 1e-10);
    const GroupRow unscaled = grpo_of(reward, RewardScale::none);
    for (std::size_t i = 0; i < reward.size(); ++i)
      CHECK(std::abs(unscaled[i] - scaled[i] * (sd + 1e-4)) <= 1e-12);
  }
}

TEST_CASE("group advantages: equal rewards tell nothing apart: all advantages are 0") {
  const GroupRow equal(5, 0.75);
  const GroupRow none(5, 0);
  CHECK(grpo_of(equal) == none);
  CHECK(grpo_of(equal, RewardScale::none) == none);
  CHECK(rloo_of(equal) == none);
}

TEST_CASE("group advantages: eps bounds what a group of nearly equal rewards gives") {
  const GroupRow nearly = {0, 0, 1e-9};
  for (const double a : grpo_of(nearly)) CHECK(std::abs(a) < 1e-4);
  CHECK(grpo_of(nearly, RewardScale::group, 0)[2] > 1);
}

TEST_CASE("group advantages: a reward added to all members changes nothing") {
  Rng rng(3);
  for (int n = 0; n < 100; ++n) {
    const GroupRow reward = drawn_group(rng);
    GroupRow shifted = reward;
    for (double& r : shifted) r += 17;
    for (std::size_t i = 0; i < reward.size(); ++i) {
      CHECK(std::abs(rloo_of(reward)[i] - rloo_of(shifted)[i]) <= 1e-12);
      CHECK(std::abs(grpo_of(reward, RewardScale::none)[i] -
                     grpo_of(shifted, RewardScale::none)[i]) <= 1e-12);
    }
  }
}

TEST_CASE("group advantages: a group of one is refused, and so are other sizes") {
  const GroupRow one = {1};
  GroupRow out(1);
  CHECK(error_of([&] { rloo_advantages(one, out); }) ==
        "RLOO: a group needs at least 2 responses, not 1");
  CHECK(error_of([&] { group_relative_advantages(one, RewardScale::none, out); }) ==
        "GRPO: a group needs at least 2 responses, not 1");
  CHECK(error_of([&] { rloo_advantages(kRewards, out); }) == "RLOO: 4 rewards beside 1 advantages");
  CHECK(error_of([&] { group_relative_advantages(kRewards, RewardScale::group, out); }) ==
        "GRPO: 4 rewards beside 1 advantages");
}

TEST_CASE("group advantages: whitening leaves mean 0 and variance 1") {
  Rng rng(4);
  for (int n = 0; n < 200; ++n) {
    GroupRow x(static_cast<std::size_t>(2 + rng.index(20)));
    for (double& y : x) y = 3 + 5 * rng.normal();
    for (const bool bessel : {false, true}) {
      const GroupRow w = whitened(x, {.bessel = bessel});
      CHECK(std::abs(mean_of_row(w)) <= 1e-8);
      const double variance = variance_of_row(x, bessel ? 1 : 0);
      CHECK(std::abs(variance_of_row(w, bessel ? 1 : 0) - variance / (variance + 1e-8)) <= 1e-8);
    }
  }
}

TEST_CASE("group advantages: whitening by hand, over n and over n - 1") {
  // mean 2, squares 1 + 1 = 2
  const GroupRow x = {1, 3};
  const GroupRow population = whitened(x);
  const GroupRow sample = whitened(x, {.bessel = true});
  CHECK(population[0] == Approx(-1 / std::sqrt(1 + 1e-8)).epsilon(1e-15));
  CHECK(sample[1] == Approx(1 / std::sqrt(2 + 1e-8)).epsilon(1e-15));
}

TEST_CASE("group advantages: trap: keep_mean: the mean is added back only when told") {
  Rng rng(5);
  for (int n = 0; n < 200; ++n) {
    GroupRow x(static_cast<std::size_t>(2 + rng.index(20)));
    for (double& y : x) y = 3 + 5 * rng.normal();
    const GroupRow kept = whitened(x, {.keep_mean = true});
    const GroupRow removed = whitened(x);
    CHECK(std::abs(mean_of_row(kept) - mean_of_row(x)) <= 1e-10);
    for (std::size_t i = 0; i < x.size(); ++i)
      CHECK(std::abs(kept[i] - removed[i] - mean_of_row(x)) <= 1e-12);
  }
}

TEST_CASE("group advantages: trap: whitening leaves fewer than two numbers as they are") {
  for (const bool keep_mean : {false, true})
    for (const bool bessel : {false, true}) {
      const Whitening how{.keep_mean = keep_mean, .bessel = bessel};
      CHECK(whitened({7}, how) == GroupRow{7});
      CHECK(whitened({}, how).empty());
    }
}

TEST_CASE("group advantages: equal numbers whiten to 0") {
  CHECK(whitened({2, 2, 2}) == GroupRow{0, 0, 0});
  CHECK(whitened({2, 2, 2}, {.keep_mean = true}) == GroupRow{2, 2, 2});
}

}  // namespace rl
