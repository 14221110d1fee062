#include "rl/statistics/distributions.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

#include "tests/numbers.hpp"

using doctest::Approx;
using tests::kInfinity;

TEST_CASE("distributions: the normal's tail keeps its digits far out") {
  CHECK(rl::normal_cdf(0) == 0.5);
  CHECK(rl::normal_cdf(1.959963984540054) == Approx(0.975).epsilon(1e-14));
  // Phi(-10) = 7.61985302416052606597e-24 (Abramowitz and Stegun, Table 26.2: -log10 = 23.11805)
  CHECK(rl::normal_tail(10) == Approx(7.61985302416052606597e-24).epsilon(1e-13));
  CHECK(rl::normal_quantile(0.975) == Approx(1.959963984540054235524594).epsilon(1e-14));
  CHECK(rl::normal_quantile(0) == -kInfinity);
  CHECK(rl::normal_quantile(1) == kInfinity);
}

TEST_CASE("distributions: Student's t with one and with two degrees, in closed form") {
  // df = 1: P(T > t) = 1/2 - atan(t) / pi; df = 2: 1/2 - t / (2 sqrt(2 + t^2)).
  for (const double t : {-3.0, -0.5, 0.0, 1.0, 40.0}) {
    CHECK(rl::t_tail(1, t) == Approx(0.5 - std::atan(t) / std::acos(-1)).epsilon(1e-13));
    CHECK(rl::t_tail(2, t) == Approx(0.5 - t / (2 * std::sqrt(2 + t * t))).epsilon(1e-10));
  }
  CHECK(rl::t_tail(3, kInfinity) == 0);
  CHECK(rl::t_tail(3, -kInfinity) == 1);
  CHECK(rl::t_quantile(9, 0.975) == Approx(2.2621571627982055426).epsilon(1e-14));
  CHECK(rl::t_quantile(1, 0.75) == Approx(1).epsilon(1e-14));
}

TEST_CASE("distributions: without noncentrality the noncentral t is Student's") {
  CHECK(rl::noncentral_t_tail(7, 0, 1.3) == Approx(rl::t_tail(7, 1.3)).epsilon(1e-13));
  // P(T > 0) = Phi(noncentrality), whatever the degrees.
  CHECK(rl::noncentral_t_tail(7, 0.8, 0) == Approx(rl::normal_cdf(0.8)).epsilon(1e-13));
}

TEST_CASE("distributions: the noncentral t goes on smoothly where the noncentrality is large") {
  // Around 2e4 the two ways meet: P(T > t) at t = delta is about 1/2 and a function of t / delta.
  for (const double share : {0.5, 0.9, 1.0, 1.2}) {
    const double below = rl::noncentral_t_tail(6, 19999, 19999 * share);
    const double above = rl::noncentral_t_tail(6, 20001, 20001 * share);
    CHECK(above == Approx(below).epsilon(1e-7));
    CHECK(rl::noncentral_t_tail(6, -20001, -20001 * share) == Approx(1 - above).epsilon(1e-12));
  }
  CHECK(rl::noncentral_t_tail(6, 1e9, 0) == 1);
  CHECK(rl::noncentral_t_tail(6, -1e9, 3) == 0);
  CHECK(rl::noncentral_t_tail(6, 1e300, 1) == 1);
}

TEST_CASE("distributions: Beta(2, 2) and Beta(1, 2) in closed form") {
  CHECK(rl::beta_tail(1, 2, 0.3) == Approx(0.49).epsilon(1e-14));
  CHECK(rl::beta_tail(2, 2, 0.25) == Approx(1 - (3 * 0.0625 - 2 * 0.015625)).epsilon(1e-14));
}
