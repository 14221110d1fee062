#include "rl/statistics/power.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "rl/random.hpp"
#include "rl/statistics/hypothesis_tests.hpp"
#include "tests/errors.hpp"

using doctest::Approx;
using tests::error_of;

TEST_CASE("power: the runs that find an effect and the effect that they find are inverse") {
  const double n = rl::runs_to_detect(1);
  CHECK(n == Approx(16.71472244703577235).epsilon(1e-13));  // see tests/truth/README.md
  CHECK(rl::detectable_difference(n) == Approx(1).epsilon(1e-12));
  CHECK(rl::power_of_t_test(n, 1) == Approx(0.8).epsilon(1e-12));
  CHECK(rl::detectable_difference(30) == Approx(0.736).epsilon(1e-3));
}

TEST_CASE("power: without an effect worth the name it is alpha, with a huge one 1") {
  CHECK(rl::power_of_t_test(10, 1e-9, 0.03) == Approx(0.03).epsilon(1e-9));
  CHECK(rl::power_of_t_test(10, 20) == Approx(1));
  CHECK(rl::runs_to_detect(1000) == 2);
  CHECK(rl::runs_to_detect(1e9) == 2);
  CHECK(rl::power_of_t_test(1e12, 1000) == 1);
  // With many runs t is normal: (1.959964 + 0.841621) sqrt(2 / n).
  CHECK(rl::detectable_difference(1e12) == Approx(2.801585e-6 * std::sqrt(2.0)).epsilon(1e-6));
}

TEST_CASE("power: it is the share of samples in which the test finds the effect") {
  // n = 5, d = 1.5, 2,000 times: sd of the share sqrt(p q / 2000) < 0.0112; equal variances, where
  // Welch's test is a little weaker than Student's.
  rl::Rng rng(3);
  int found = 0;
  constexpr int kTimes = 2000;
  for (int i = 0; i < kTimes; ++i) {
    std::vector<double> a(5);
    std::vector<double> b(5);
    for (double& x : a) x = 1.5 + rng.normal();
    for (double& x : b) x = rng.normal();
    found += rl::welch_test(a, b).p <= 0.05 ? 1 : 0;
  }
  CHECK(std::abs(found / double{kTimes} - rl::power_of_t_test(5, 1.5)) < 0.06);
}

TEST_CASE("power: arguments out of range are refused") {
  CHECK(error_of([] { rl::detectable_difference(1.5); }) == "n: expected at least 2, not 1.5");
  CHECK(error_of([] { rl::power_of_t_test(1, 1); }) == "n: expected at least 2, not 1");
  CHECK(error_of([] { rl::runs_to_detect(0); }) == "effect: expected a positive number, not 0");
  CHECK(error_of([] { rl::runs_to_detect(1, 0); }) ==
        "alpha: expected a number between 0 and 1, not 0");
  CHECK(error_of([] { rl::detectable_difference(10, 0.05, 1); }) ==
        "power: expected a number between 0 and 1, not 1");
  CHECK(error_of([] { rl::detectable_difference(10, 0.05, 0.04); }) ==
        "power: expected more than alpha = 0.05, not 0.04");
}
