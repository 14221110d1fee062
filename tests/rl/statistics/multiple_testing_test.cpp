#include "rl/statistics/multiple_testing.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using Numbers = std::vector<double>;
using tests::error_of;

namespace {

void check_near(const Numbers& adjusted, const Numbers& wanted) {
  REQUIRE(adjusted.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i)
    CHECK(adjusted[i] == doctest::Approx(wanted[i]).epsilon(1e-14));
}

}  // namespace

TEST_CASE("multiple testing: Holm by hand, in the given order") {
  // Sorted .01 .02 .04: 3 * .01 = .03, 2 * .02 = .04, 1 * .04 = .04.
  check_near(rl::holm_adjusted(Numbers{0.04, 0.01, 0.02}), {0.04, 0.03, 0.04});
  // Sorted .3 .6: 2 * .3 = .6, then at least as much.
  check_near(rl::holm_adjusted(Numbers{0.6, 0.3}), {0.6, 0.6});
  CHECK(rl::holm_adjusted(Numbers{0.6, 0.9}) == Numbers{1, 1});
}

TEST_CASE("multiple testing: Bonferroni by hand") {
  check_near(rl::bonferroni_adjusted(Numbers{0.04, 0.01, 0.5}), {0.12, 0.03, 1});
}

TEST_CASE("multiple testing: Benjamini-Hochberg by hand, in the given order") {
  // Sorted .01 .03 .031: 3 * .01 / 1 = .03; 3 * .03 / 2 = .045, but .031 follows: .031.
  check_near(rl::benjamini_hochberg_adjusted(Numbers{0.031, 0.01, 0.03}), {0.031, 0.03, 0.031});
}

TEST_CASE("multiple testing: one p stays as it is, none is none, and order is kept by strength") {
  const Numbers one{0.2};
  CHECK(rl::holm_adjusted(one) == one);
  CHECK(rl::bonferroni_adjusted(one) == one);
  CHECK(rl::benjamini_hochberg_adjusted(one) == one);
  CHECK(rl::holm_adjusted(Numbers{}).empty());
  const Numbers p{0.001, 0.2, 0.013, 0.5, 0.013};
  const Numbers fdr = rl::benjamini_hochberg_adjusted(p);
  const Numbers holm = rl::holm_adjusted(p);
  const Numbers bonferroni = rl::bonferroni_adjusted(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(p[i] <= fdr[i]);
    CHECK(fdr[i] <= holm[i]);
    CHECK(holm[i] <= bonferroni[i]);
  }
}

TEST_CASE("multiple testing: what is no probability is refused") {
  CHECK(error_of([] {
          rl::holm_adjusted(Numbers{0.1, 1.5});
        }) == "p: expected a number in [0, 1], not 1.5");
  CHECK(error_of([] { rl::bonferroni_adjusted(Numbers{tests::kNan}); }) ==
        "p: expected a number in [0, 1], not nan");
  CHECK(error_of([] { rl::benjamini_hochberg_adjusted(Numbers{-1}); }) ==
        "p: expected a number in [0, 1], not -1");
}
