#include "envs/short_corridor.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace short_corridor_test {

namespace {
constexpr rl::Action kRight = 0;
constexpr rl::Action kLeft = 1;
}  // namespace

TEST_CASE("short corridor: left and right are exchanged in the middle alone, left of 0 is a wall") {
  const rl::FiniteMdp model = rl::short_corridor().model;
  CHECK(model.outcomes(0, kRight)[0].next == 1);
  CHECK(model.outcomes(0, kLeft)[0].next == 0);
  CHECK(model.outcomes(1, kRight)[0].next == 0);
  CHECK(model.outcomes(1, kLeft)[0].next == 2);
  CHECK(model.outcomes(2, kRight)[0].next == 3);
  CHECK(model.outcomes(2, kLeft)[0].next == 1);
  CHECK(model.terminal(3));
}

TEST_CASE("short corridor: every step costs 1, the last one too") {
  const rl::FiniteMdp model = rl::short_corridor().model;
  for (rl::State s = 0; s < 3; ++s)
    for (const rl::Action a : {kRight, kLeft}) CHECK(model.outcomes(s, a)[0].reward == -1);
}

TEST_CASE("short corridor: going right with p everywhere is worth -2 (2 - p) / (p (1 - p))") {
  const rl::FiniteMdp model = rl::short_corridor().model;
  for (const double p : {0.05, 0.5, 2 - std::sqrt(2.0)}) {
    // v(2) = -1 + (1-p) v(1),  v(0) = v(1) - 1/p  (leaves 0 with p),  v(1) = -1 + p v(0) + (1-p)
    // v(2)
    const double v0 = -2 * (2 - p) / (p * (1 - p));
    const double v1 = v0 + 1 / p;
    const double v2 = -1 + (1 - p) * v1;
    const double v[] = {v0, v1, v2, 0};
    for (rl::State s = 0; s < 3; ++s) {
      const rl::Outcome right = model.outcomes(s, kRight)[0];
      const rl::Outcome left = model.outcomes(s, kLeft)[0];
      CHECK(p * (right.reward + v[right.next]) + (1 - p) * (left.reward + v[left.next]) ==
            doctest::Approx(v[s]).epsilon(1e-12));
    }
  }
}

}  // namespace short_corridor_test
