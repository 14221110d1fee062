#include "rl/statistics/sample.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using Numbers = std::vector<double>;
using doctest::Approx;
using tests::error_of;
using tests::kInfinity;

namespace {

const Numbers kTen{12, 15.5, 9, 22, 13.5, 14, 8.5, 30, 11, 16};

}  // namespace

TEST_CASE("sample: mean, variance, standard deviation and standard error by hand") {
  // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, variance 26 / 2 = 13.
  const Numbers x{2, 4, 9};
  CHECK(rl::mean(x) == 5);
  CHECK(rl::variance(x) == 13);
  CHECK(rl::standard_deviation(x) == std::sqrt(13.0));
  CHECK(rl::standard_error(x) == std::sqrt(13.0 / 3));
}

TEST_CASE("sample: one number has a mean and no spread") {
  CHECK(rl::mean(Numbers{3}) == 3);
  CHECK(rl::iqm(Numbers{3}) == 3);
  CHECK(rl::quantile(Numbers{3}, 0.9) == 3);
  CHECK(std::isnan(rl::standard_deviation(Numbers{3})));
  CHECK(std::isnan(rl::standard_error(Numbers{3})));
}

TEST_CASE("sample: the interquartile mean drops a quarter on each side, rounded down") {
  // 2 of 8 on each side: (3 + 4 + 5 + 6) / 4; 1 of 5: (2 + 2 + 2) / 3; 0 of 3.
  CHECK(rl::iqm(Numbers{1, 2, 3, 4, 5, 6, 7, 100}) == 4.5);
  CHECK(rl::iqm(Numbers{2, 2, 2, 7, -3}) == 2);
  CHECK(rl::iqm(Numbers{5, 1, 9}) == 5);
  CHECK(rl::trimmed_mean(Numbers{1, 2, 3, 100}, 0) == 26.5);
  // floor(0.4 * 5) = 2 on each side: the median.
  CHECK(rl::trimmed_mean(Numbers{9, 1, 4, 2, 7}, 0.4) == 4);
}

TEST_CASE("sample: the interquartile mean of many numbers is that of few, in any order") {
  Numbers x(1000);  // 0 .. 999: the middle half is 250 .. 749, its mean 499.5
  std::iota(x.begin(), x.end(), 0.0);
  std::swap(x[0], x[999]);
  CHECK(rl::iqm(x) == 499.5);
  CHECK(rl::median(x) == 499.5);
}

TEST_CASE("sample: quantiles are linear between order statistics and carry infinities") {
  // h = 0.25 * 5 = 1.25 in 1, 1.5, 2.6, 3, 4, 9: 1.5 + 0.25 * 1.1
  const Numbers x{3, 1, 4, 1.5, 9, 2.6};
  CHECK(rl::quantile(x, 0.25) == Approx(1.775).epsilon(1e-14));
  CHECK(rl::quantile(x, 0) == 1);
  CHECK(rl::quantile(x, 0.5) == 2.8);
  CHECK(rl::quantile(x, 1) == 9);
  CHECK(rl::median(Numbers{1, 2, 3, kInfinity, kInfinity}) == 3);
  CHECK(rl::median(Numbers{1, 2, kInfinity, kInfinity}) == kInfinity);
  CHECK(rl::median(Numbers{1, kInfinity, kInfinity, kInfinity}) == kInfinity);
}

TEST_CASE("sample: a NaN among the numbers is the result") {
  const Numbers x{1, tests::kNan, 3, 4};
  CHECK(std::isnan(rl::mean(x)));
  CHECK(std::isnan(rl::iqm(x)));
  CHECK(std::isnan(rl::quantile(x, 0)));
  CHECK(std::isnan(rl::standard_deviation(x)));
}

TEST_CASE("sample: the t interval agrees with 20 exact digits") {
  // t(0.975; 9) = 2.2621571627982055426; see tests/truth/README.md.
  const rl::Interval ci = rl::t_interval(kTen);
  CHECK(std::abs(ci.low - 10.49239107896762227) < 1e-13);
  CHECK(std::abs(ci.high - 19.80760892103237773) < 1e-13);
  // Two numbers, level 1/2: t(0.75; 1) = tan(pi / 4) = 1, so the ends are the numbers themselves.
  const rl::Interval half = rl::t_interval(Numbers{1, 3}, 0.5);
  CHECK(half.low == Approx(1).epsilon(1e-14));
  CHECK(half.high == Approx(3).epsilon(1e-14));
}

TEST_CASE("sample: 95 % t intervals of normal samples miss the mean one time in twenty") {
  // 2,000 samples of five: sd of the share sqrt(.05 * .95 / 2000) = 0.0049; 4 of them: 0.0195.
  rl::Rng rng(7);
  int missed = 0;
  constexpr int kSamples = 2000;
  for (int i = 0; i < kSamples; ++i) {
    Numbers x(5);
    for (double& xi : x) xi = rng.normal();
    const rl::Interval ci = rl::t_interval(x);
    missed += ci.low > 0 || ci.high < 0 ? 1 : 0;
  }
  CHECK(std::abs(missed / double{kSamples} - 0.05) < 0.0195);
}

TEST_CASE("tolerance: the rank of a pair of order statistics by hand") {
  // n = 3, r = 1, half of all runs: P(Beta(2, 2) > 1/2) = 1/2.
  CHECK(rl::tolerance_rank(3, 0.5, 0.5)->r == 1);
  CHECK(rl::tolerance_rank(3, 0.5, 0.5)->confidence == Approx(0.5).epsilon(1e-14));
  CHECK_FALSE(rl::tolerance_rank(3, 0.5, 0.51).has_value());
  // n = 2, r = 1: P(Beta(1, 2) > c) = (1 - c)^2.
  CHECK(rl::tolerance_rank(2, 0.2, 0.6)->confidence == Approx(0.64).epsilon(1e-14));
  CHECK_FALSE(rl::tolerance_rank(1, 0.01, 0.01).has_value());
  CHECK_FALSE(rl::tolerance_rank(0, 0.5, 0.5).has_value());
}

TEST_CASE("tolerance: the smallest number of runs is the first that has an interval") {
  // r = 1: confidence 1 - n c^(n-1) + (n - 1) c^n; c = 0.9: 0.9471 at 45, 0.9519 at 46 > 0.95.
  CHECK(rl::runs_for_tolerance(0.9) == 46);
  for (const double content : {0.01, 0.5, 0.8, 0.95, 0.999}) {
    const std::size_t n = rl::runs_for_tolerance(content, 0.9);
    CHECK(rl::tolerance_rank(n, content, 0.9).has_value());
    CHECK_FALSE(rl::tolerance_rank(n - 1, content, 0.9).has_value());
  }
}

TEST_CASE("tolerance: the interval lies between the r-th smallest and the r-th largest number") {
  Numbers x(100);  // 100 .. 1; r = 2 for 90 % of the runs
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(100 - i);
  const auto interval = rl::tolerance_interval(x, 0.9);
  REQUIRE(interval.has_value());
  CHECK(interval->low == 2);
  CHECK(interval->high == 99);
  CHECK_FALSE(rl::tolerance_interval(std::span(x).first(45), 0.9).has_value());
}

TEST_CASE("sample: too few numbers and numbers out of range are refused") {
  const Numbers none;
  const Numbers one{1};
  CHECK(error_of([&] { rl::mean(none); }) == "mean: needs at least 1 number, not 0");
  CHECK(error_of([&] { rl::variance(none); }) == "variance: needs at least 1 number, not 0");
  CHECK(error_of([&] { rl::iqm(none); }) == "trimmed_mean: needs at least 1 number, not 0");
  CHECK(error_of([&] { rl::quantile(none, 0.5); }) == "quantile: needs at least 1 number, not 0");
  CHECK(error_of([&] { rl::t_interval(one); }) == "t_interval: needs at least 2 numbers, not 1");
  CHECK(error_of([&] { rl::t_interval(kTen, 95); }) ==
        "level: expected a number between 0 and 1, not 95");
  CHECK(error_of([&] { rl::trimmed_mean(one, 0.5); }) ==
        "proportion: expected a number in [0, 0.5), not 0.5");
  CHECK(error_of([&] { rl::quantile(one, 50); }) == "p: expected a number in [0, 1], not 50");
  CHECK(error_of([&] { rl::tolerance_rank(9, 1); }) ==
        "content: expected a number between 0 and 1, not 1");
  CHECK(error_of([&] { rl::runs_for_tolerance(0.5, 0); }) ==
        "confidence: expected a number between 0 and 1, not 0");
  CHECK(error_of([&] { rl::runs_for_tolerance(0.99999999); }) ==
        "content: expected at most 1 - 1e-6, not 0.99999999");
}
