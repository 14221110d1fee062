#pragma once
/// \file
/// What every world that is seen as points must do.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/state.hpp"

namespace tests {

/// Two numbers that differ by rounding alone.
inline bool near(double a, double b) { return std::abs(a - b) <= 1e-13 * (1 + std::abs(b)); }
inline bool near(const rl::Point& a, const rl::Point& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!near(a[i], b[i])) return false;
  return true;
}

/// 10,000 starts: each number of `start()` lies in [low, high) and fills it evenly.
template <class W, class Read>
void check_uniform_start(W world, Read start, const rl::Point& low, const rl::Point& high) {
  constexpr int kStarts = 10'000;
  rl::Rng rng(5);
  rl::Point least = high, most = low, sum = low;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = 0;
  for (int k = 0; k < kStarts; ++k) {
    world.reset(rng);
    const rl::Point s = start(world);
    REQUIRE(s.size() == low.size());
    for (std::size_t i = 0; i < s.size(); ++i) {
      least[i] = std::min(least[i], s[i]);
      most[i] = std::max(most[i], s[i]);
      sum[i] += s[i] / kStarts;
    }
  }
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const double width = high[i] - low[i];
    CHECK(least[i] >= low[i]);
    CHECK(most[i] <= high[i]);
    CHECK(least[i] <= low[i] + width / 1000);
    CHECK(most[i] >= high[i] - width / 1000);
    // Four standard errors: width / sqrt(12 * 10,000) each.
    CHECK(std::abs(sum[i] - (low[i] + high[i]) / 2) <= 4 * width / std::sqrt(12.0 * kStarts));
  }
}

/// Saved after 20 steps and loaded into `fresh`, the world goes on as if nothing had happened.
template <class W, class Act>
void check_resumes(W world, W fresh, Act action) {
  rl::Rng rng(7);
  world.reset(rng);
  for (int t = 0; t < 20; ++t) world.step(action(t), rng);
  rl::load_state(rl::save_state(world), fresh);
  CHECK(rl::save_state(fresh) == rl::save_state(world));
  rl::Rng rng2 = rng;
  for (int t = 20; t < 40; ++t) {
    const auto x = world.step(action(t), rng);
    const auto y = fresh.step(action(t), rng2);
    REQUIRE(x.next == y.next);
    REQUIRE(x.reward == y.reward);
    REQUIRE(x.terminated == y.terminated);
  }
}

/// The saved state with the last double that stands in it replaced.
inline std::string with_last_number(std::string bytes, double x) {
  bytes.replace(bytes.size() - sizeof x, sizeof x, reinterpret_cast<const char*>(&x), sizeof x);
  return bytes;
}

}  // namespace tests
