#include "rl/statistics/hypothesis_tests.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "rl/statistics/distributions.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using Numbers = std::vector<double>;
using doctest::Approx;
using rl::Alternative;
using tests::error_of;
using tests::kInfinity;

namespace {

const Numbers kEight{20.1, 22.4, 19.8, 25.0, 21.3, 23.7, 18.9, 24.4};
const Numbers kSix{17.5, 19.9, 16.4, 18.2, 21.0, 15.8};

bool close_to(const rl::Interval& x, double low, double high) {
  return std::abs(x.low - low) < 1e-13 && std::abs(x.high - high) < 1e-13;
}

Numbers normal_sample(std::size_t n, double sd, rl::Rng& rng) {
  Numbers x(n);
  for (double& xi : x) xi = sd * rng.normal();
  return x;
}

}  // namespace

// ---- t tests ------------------------------------------------------------------------------------

TEST_CASE("Welch: by hand") {
  // a = 1, 3: mean 2, s^2 / n = 2 / 2 = 1. b = 5, 7, 9: mean 7, s^2 / n = 4 / 3.
  // t = -5 / sqrt(7/3) = -3.273268; df = (7/3)^2 / (1 / 1 + (16/9) / 2) = 49 / 17.
  const rl::TTest test = rl::welch_test(Numbers{1, 3}, Numbers{5, 7, 9});
  CHECK(test.difference == -5);
  CHECK(test.t == Approx(-5 / std::sqrt(7.0 / 3)).epsilon(1e-14));
  CHECK(test.degrees == Approx(49.0 / 17).epsilon(1e-14));
  CHECK(test.p == Approx(2 * rl::t_tail(49.0 / 17, 5 / std::sqrt(7.0 / 3))).epsilon(1e-13));
}

TEST_CASE("Welch: intervals agree with 20 exact digits") {
  // Of the cases welch_n8_n6 and welch_unequal_var; see tests/truth/README.md.
  CHECK(close_to(rl::welch_test(kEight, kSix).ci, 1.3016562848657987915, 6.3316770484675345419));
  const Numbers c{1.0, 1.2, 0.9, 1.1, 1.05};
  const Numbers d{1.3, 0.2, 2.9, -0.5, 4.0, 1.7};
  CHECK(close_to(rl::welch_test(c, d).ci, -2.3001170518801179048, 1.2001170518801179048));
}

TEST_CASE("Welch: one-sided p-values sum to one, and the interval is two-sided all the same") {
  const rl::TTest both = rl::welch_test(kEight, kSix);
  const rl::TTest greater = rl::welch_test(kEight, kSix, Alternative::greater);
  const rl::TTest less = rl::welch_test(kEight, kSix, Alternative::less);
  CHECK(greater.p == Approx(both.p / 2).epsilon(1e-13));
  CHECK(greater.p + less.p == Approx(1).epsilon(1e-14));
  CHECK(greater.ci.low == both.ci.low);
  CHECK(less.ci.high == both.ci.high);
}

TEST_CASE("Welch: the interval at level 1 - p has an end at zero") {
  const rl::TTest test = rl::welch_test(kEight, kSix);
  CHECK(std::abs(rl::welch_test(kEight, kSix, Alternative::two_sided, 1 - test.p).ci.low) < 1e-12);
}

TEST_CASE("Welch: samples without spread differ surely or not at all") {
  const rl::TTest equal = rl::welch_test(Numbers{1, 1, 1}, Numbers{1, 1});
  CHECK(equal.p == 1);
  CHECK(equal.t == 0);
  const rl::TTest lower = rl::welch_test(Numbers{1, 1, 1}, Numbers{2, 2});
  CHECK(lower.p == 0);
  CHECK(lower.t == -kInfinity);
  CHECK(lower.degrees == 3);
  CHECK(lower.ci.low == -1);
  CHECK(lower.ci.high == -1);
  CHECK(rl::welch_test(Numbers{1, 1}, Numbers{2, 2}, Alternative::greater).p == 1);
  CHECK(rl::welch_test(Numbers{1, 1}, Numbers{2, 2}, Alternative::less).p == 0);
}

TEST_CASE("Welch: with unequal n and variances it errs one time in twenty, where others do not") {
  // n = 20, sd 1 beside n = 5, sd 3, 600 times: sd of the share 0.009; the permutation test errs
  // about 0.25 of the time.
  rl::Rng rng(21);
  int welch = 0;
  int permutation = 0;
  constexpr int kTimes = 600;
  rl::PermutationOptions few;
  few.exact_up_to = 1;
  few.samples = 99;
  for (int i = 0; i < kTimes; ++i) {
    const Numbers a = normal_sample(20, 1, rng);
    const Numbers b = normal_sample(5, 3, rng);
    welch += rl::welch_test(a, b).p <= 0.05 ? 1 : 0;
    permutation += rl::permutation_test(a, b, rng.split("p"), few).p_two_sided <= 0.05 ? 1 : 0;
    rng = rng.split(1);
  }
  CHECK(std::abs(welch / double{kTimes} - 0.05) < 0.036);
  CHECK(permutation > 0.15 * kTimes);
}

TEST_CASE("paired t: it is the t test of the differences") {
  // Differences 1, 2, 3: mean 2, s = 1, t = 2 sqrt(3), df = 2: p = 1 - t / sqrt(2 + t^2).
  const rl::TTest test = rl::paired_t_test(Numbers{2, 4, 6}, Numbers{1, 2, 3});
  CHECK(test.difference == 2);
  CHECK(test.t == Approx(2 * std::sqrt(3.0)).epsilon(1e-14));
  CHECK(test.degrees == 2);
  CHECK(test.p == Approx(1 - std::sqrt(12.0 / 14)).epsilon(1e-12));
  const rl::Interval ci = rl::t_interval(Numbers{1, 2, 3});
  CHECK(test.ci.low == Approx(ci.low));
  CHECK(test.ci.high == Approx(ci.high));
  const rl::TTest same = rl::paired_t_test(Numbers{2, 4}, Numbers{1, 3});
  CHECK(same.t == kInfinity);
  CHECK(same.p == 0);
}

TEST_CASE("t tests: too few numbers, unequal pairs and levels out of range are refused") {
  CHECK(error_of([] {
          rl::welch_test(Numbers{1}, Numbers{1, 2});
        }) == "welch_test: needs at least 2 numbers, not 1");
  CHECK(error_of([] {
          rl::welch_test(Numbers{1, 2}, Numbers{});
        }) == "welch_test: needs at least 2 numbers, not 0");
  CHECK(error_of([] { rl::welch_test(kEight, kSix, Alternative::less, 0); }) ==
        "level: expected a number between 0 and 1, not 0");
  CHECK(error_of([] {
          rl::paired_t_test(Numbers{1, 2}, Numbers{1, 2, 3});
        }) == "paired_t_test: a has 2 numbers, b has 3");
  CHECK(error_of([] { rl::paired_t_test(Numbers{1}, Numbers{1}); }) ==
        "paired_t_test: needs at least 2 numbers, not 1");
  CHECK(error_of([] {
          rl::welch_test(Numbers{1, -kInfinity}, Numbers{1, 2});
        }) == "welch_test: -inf is not a finite number");
  CHECK(error_of([] {
          rl::paired_t_test(Numbers{1, 2}, Numbers{1, kInfinity});
        }) == "paired_t_test: inf is not a finite number");
}

// ---- Mann-Whitney -------------------------------------------------------------------------------

TEST_CASE("Mann-Whitney: exact p-values by counting orders") {
  // 3, 4 above 1, 2: one of C(4, 2) = 6 orders has U1 = 4.
  const rl::MannWhitneyTest test = rl::mann_whitney_test(Numbers{3, 4}, Numbers{1, 2});
  CHECK(test.u1 == 4);
  CHECK(test.u2 == 0);
  CHECK(test.p_exact.value() == Approx(2.0 / 6));
  CHECK(test.p == test.p_exact.value());
  const auto one_sided = [](Alternative alternative) {
    return rl::mann_whitney_test(Numbers{3, 4}, Numbers{1, 2}, alternative).p;
  };
  CHECK(one_sided(Alternative::greater) == Approx(1.0 / 6));
  CHECK(one_sided(Alternative::less) == Approx(1));
}

TEST_CASE("Mann-Whitney: the exact distribution agrees with a permutation of the ranks") {
  // Without ties U1 grows with the sum of ranks of a: both one-sided p are those of the means of
  // the ranks.
  const Numbers a{1, 4, 6, 9, 11};
  const Numbers b{2, 3, 5, 7, 8, 10, 12};
  const rl::PermutationTest ranks = rl::permutation_test(a, b, rl::Rng(1));
  REQUIRE(ranks.exact);
  CHECK(rl::mann_whitney_test(a, b, Alternative::greater).p == Approx(ranks.p_greater));
  CHECK(rl::mann_whitney_test(a, b, Alternative::less).p == Approx(ranks.p_less));
}

TEST_CASE("Mann-Whitney: the normal distribution is corrected for ties and continuity") {
  // a = 1, 2, 2; b = 2, 3: U1 = 0 + .5 + .5 = 1; mean 3; ties: 3^3 - 3 = 24;
  // variance 6 / 12 (6 - 24 / 20) = 2.4; z = (5 - 3 - 1/2) / sqrt(2.4).
  const rl::MannWhitneyTest test = rl::mann_whitney_test(Numbers{1, 2, 2}, Numbers{2, 3});
  CHECK(test.u1 == 1);
  CHECK(test.u2 == 5);
  CHECK_FALSE(test.p_exact.has_value());
  CHECK(test.p == Approx(2 * rl::normal_tail(1.5 / std::sqrt(2.4))).epsilon(1e-13));
  CHECK(test.p == test.p_asymptotic);
}

TEST_CASE("Mann-Whitney: equal numbers are no evidence, and 25 numbers are the last exact ones") {
  CHECK(rl::mann_whitney_test(Numbers{1, 1}, Numbers{1, 1, 1}).p == 1);
  Numbers x(26);
  std::iota(x.begin(), x.end(), 0.0);
  const std::span<const double> all(x);
  CHECK(rl::mann_whitney_test(all.first(12), all.subspan(12, 13)).p_exact.has_value());
  CHECK_FALSE(rl::mann_whitney_test(all.first(13), all.subspan(13, 13)).p_exact.has_value());
  CHECK(rl::mann_whitney_test(Numbers{kInfinity, 4}, Numbers{1, 2}).u1 == 4);
  CHECK(error_of([] { rl::mann_whitney_test(Numbers{}, Numbers{1}); }) ==
        "mann_whitney_test: needs at least 1 number, not 0");
  CHECK(error_of([] { rl::mann_whitney_test(Numbers{1}, Numbers{tests::kNan}); }) ==
        "mann_whitney_test: a number is NaN");
}

// ---- permutations -------------------------------------------------------------------------------

TEST_CASE("permutation: all ways to deal out the labels, by hand") {
  // a = 5, b = 1, 2: the differences are 5 - 1.5 = 3.5, 1 - 3.5 = -2.5, 2 - 3 = -1.
  const rl::PermutationTest test = rl::permutation_test(Numbers{5}, Numbers{1, 2}, rl::Rng(1));
  CHECK(test.statistic == 3.5);
  CHECK(test.exact);
  CHECK(test.permutations == 3);
  CHECK(test.count_two_sided == 1);
  CHECK(test.p_two_sided == Approx(1.0 / 3));
  CHECK(test.p_greater == Approx(1.0 / 3));
  CHECK(test.p_less == 1);
  CHECK(test.p_doubled() == Approx(2.0 / 3));
}

TEST_CASE("permutation: sums that differ by rounding count as equal") {
  // 0.1 + 0.2 and 0.3 + 0: all six dealings of 0.1, 0.2 | 0.3, 0 have |difference| of 0, 0.1, 0.2;
  // the data have 0, as every other one is at least as far.
  const rl::PermutationTest test =
      rl::permutation_test(Numbers{0.1, 0.2}, Numbers{0.3, 0.0}, rl::Rng(1));
  CHECK(test.permutations == 6);
  CHECK(test.count_two_sided == 6);
  CHECK(test.p_greater == Approx(4.0 / 6));
  CHECK(test.p_less == Approx(4.0 / 6));
}

TEST_CASE("permutation: samples of permutations come near the exact p and count the data in") {
  const rl::PermutationTest exact = rl::permutation_test(kEight, kSix, rl::Rng(1));
  CHECK(exact.exact);
  CHECK(exact.permutations == 3003);  // C(14, 6)
  rl::PermutationOptions sampled;
  sampled.exact_up_to = 3002;
  const rl::PermutationTest test = rl::permutation_test(kEight, kSix, rl::Rng(1), sampled);
  CHECK_FALSE(test.exact);
  CHECK(test.permutations == 9999);
  CHECK(test.p_two_sided == static_cast<double>(test.count_two_sided + 1) / 10000);
  const double sd = std::sqrt(exact.p_two_sided / 9999);
  CHECK(std::abs(test.p_two_sided - exact.p_two_sided) < 4 * sd + 1e-4);
  CHECK(rl::permutation_test(kEight, kSix, rl::Rng(1), sampled).p_two_sided == test.p_two_sided);
  // Far apart, no sample is as far: p is never 0.
  sampled.exact_up_to = 1;
  sampled.samples = 9;
  const Numbers low{1, 2, 3, 4, 5, 6, 7, 8};
  const Numbers high{101, 102, 103, 104, 105, 106, 107, 108};
  CHECK(rl::permutation_test(low, high, rl::Rng(1), sampled).p_two_sided == 0.1);
}

TEST_CASE("permutation: beyond 200,000 dealings they are sampled") {
  const Numbers x(20, 1.0);
  const std::span<const double> all(x);
  CHECK(rl::permutation_test(all.first(10), all.last(10), rl::Rng(1)).exact);  // C(20, 10) = 184756
  CHECK_FALSE(rl::permutation_test(all.first(11), all.last(10), rl::Rng(1)).exact);  // 352716
}

TEST_CASE("sign flips: all signs, by hand") {
  // |+-1 +-2 +-4| >= 5 for 7, 5 and their negatives; the data: 1 - 2 + (-4) = -5.
  const rl::PermutationTest test = rl::sign_flip_test(Numbers{1, -2, -4}, rl::Rng(1));
  CHECK(test.statistic == Approx(-5.0 / 3));
  CHECK(test.permutations == 8);
  CHECK(test.count_two_sided == 4);
  CHECK(test.p_two_sided == 0.5);
  CHECK(test.p_less == 0.25);
  CHECK(test.p_greater == Approx(7.0 / 8));
}

TEST_CASE("sign flips: 17 differences are the last exact ones; sampled ones come near") {
  const Numbers x{0.4,  1.1, -0.2, 0.9, 1.6,  0.3, -0.5, 0.2,   0.7,
                  -1.2, 0.1, 0.8,  0.6, -0.3, 1.0, 0.45, -0.65, 0.35};
  const std::span<const double> all(x);
  const rl::PermutationTest exact = rl::sign_flip_test(all.first(17), rl::Rng(1));
  CHECK(exact.exact);
  CHECK(exact.permutations == 131072);
  CHECK_FALSE(rl::sign_flip_test(all, rl::Rng(1)).exact);
  rl::PermutationOptions sampled;
  sampled.exact_up_to = 1;
  const double p = rl::sign_flip_test(all.first(17), rl::Rng(2), sampled).p_two_sided;
  CHECK(std::abs(p - exact.p_two_sided) < 4 * std::sqrt(exact.p_two_sided / 9999) + 1e-4);
}

TEST_CASE("permutation: empty samples, NaN and no samples are refused") {
  CHECK(error_of([] { rl::permutation_test(Numbers{}, Numbers{1}, rl::Rng(1)); }) ==
        "permutation_test: needs at least 1 number, not 0");
  CHECK(error_of([] { rl::sign_flip_test(Numbers{}, rl::Rng(1)); }) ==
        "sign_flip_test: needs at least 1 number, not 0");
  CHECK(error_of([] { rl::sign_flip_test(Numbers{tests::kNan}, rl::Rng(1)); }) ==
        "sign_flip_test: nan is not a finite number");
  CHECK(error_of([] { rl::permutation_test(Numbers{1}, Numbers{tests::kNan}, rl::Rng(1)); }) ==
        "permutation_test: nan is not a finite number");
  rl::PermutationOptions none;
  none.samples = 0;
  CHECK(error_of([&] { rl::sign_flip_test(Numbers{1}, rl::Rng(1), none); }) ==
        "samples: expected at least 1, not 0");
}
