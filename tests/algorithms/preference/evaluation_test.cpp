#include "algorithms/preference/evaluation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "algorithms/preference/kl.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

using doctest::Approx;
using tests::contains;
using tests::error_of;

using ResponseRow = std::vector<double>;

/// A distribution over n responses, some of them without mass.
ResponseRow drawn_shares(std::size_t n, Rng& rng) {
  ResponseRow p(n);
  for (double& x : p) x = rng.flip(0.2) ? 0 : rng.uniform();
  p[static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(n)))] += 0.1;
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& x : p) x /= sum;
  return p;
}

/// Scores from 0 to 3, so that ties are common.
ResponseRow drawn_scores(std::size_t n, Rng& rng) {
  ResponseRow score(n);
  for (double& x : score) x = rng.index(4);
  return score;
}

double sum_of_row(const ResponseRow& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

double farthest_response(const ResponseRow& a, const ResponseRow& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

double win_rate_by_pairs(const ResponseRow& a, const ResponseRow& b, const ResponseRow& gold) {
  double won = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      won += a[i] * b[j] * (gold[i] > gold[j] ? 1 : gold[i] == gold[j] ? 0.5 : 0);
  return won;
}

/// All N^n draws; of those that share the best score, each place is as likely as another.
ResponseRow best_by_all_draws(const ResponseRow& reference, const ResponseRow& score, int n) {
  ResponseRow pi(reference.size(), 0);
  std::vector<std::size_t> drawn(static_cast<std::size_t>(n), 0);
  for (;;) {
    double p = 1;
    double best = -std::numeric_limits<double>::infinity();
    for (const std::size_t y : drawn) {
      p *= reference[y];
      best = std::max(best, score[y]);
    }
    const auto tied = static_cast<double>(
        std::count_if(drawn.begin(), drawn.end(), [&](std::size_t y) { return score[y] == best; }));
    for (const std::size_t y : drawn)
      if (score[y] == best) pi[y] += p / tied;
    std::size_t place = 0;
    while (place < drawn.size() && ++drawn[place] == reference.size()) drawn[place++] = 0;
    if (place == drawn.size()) return pi;
  }
}

double bent(OveroptimizationForm form, double a, double b, double d) {
  return form == OveroptimizationForm::rl ? d * (a - b * std::log(d)) : d * (a - b * d);
}

constexpr OveroptimizationForm kBothForms[] = {OveroptimizationForm::rl,
                                               OveroptimizationForm::best_of_n};

}  // namespace

TEST_CASE("preference evaluation: win rates by hand: ties count one half") {
  const ResponseRow gold = {0, 1, 1};
  const ResponseRow a = {0, 1, 0};
  const ResponseRow b = {0.5, 0.25, 0.25};
  CHECK(win_rate(a, b, gold) == 0.75);
  CHECK(win_rate(b, a, gold) == 0.25);
}

TEST_CASE("preference evaluation: the win rate is the double sum over pairs of responses") {
  Rng rng(1);
  for (int k = 0; k < 300; ++k) {
    const auto n = static_cast<std::size_t>(1 + rng.index(9));
    const ResponseRow a = drawn_shares(n, rng);
    const ResponseRow b = drawn_shares(n, rng);
    const ResponseRow gold = drawn_scores(n, rng);
    const double won = win_rate(a, b, gold);
    CHECK(std::abs(won - win_rate_by_pairs(a, b, gold)) <= 1e-14);
    CHECK(std::abs(won + win_rate(b, a, gold) - 1) <= 1e-14);
    CHECK(std::abs(win_rate(a, a, gold) - 0.5) <= 1e-14);
  }
}

TEST_CASE("preference evaluation: best of n is the law of the best among all draws, with ties") {
  Rng rng(2);
  for (int k = 0; k < 200; ++k) {
    const auto size = static_cast<std::size_t>(1 + rng.index(5));
    const ResponseRow reference = drawn_shares(size, rng);
    const ResponseRow proxy = drawn_scores(size, rng);
    const int n = 1 + rng.index(4);
    CHECK(farthest_response(best_of_n(reference, proxy, n),
                            best_by_all_draws(reference, proxy, n)) <= 1e-14);
  }
}

TEST_CASE("preference evaluation: best of n sums to 1, one draw is the reference") {
  Rng rng(3);
  for (int k = 0; k < 300; ++k) {
    const auto size = static_cast<std::size_t>(1 + rng.index(12));
    const ResponseRow reference = drawn_shares(size, rng);
    const ResponseRow proxy = drawn_scores(size, rng);
    for (const int n : {1, 2, 7, 64, 100'000}) {
      const ResponseRow pi = best_of_n(reference, proxy, n);
      CHECK(std::abs(sum_of_row(pi) - 1) <= 1e-9);
      for (const double p : pi) CHECK(p >= 0);
      for (std::size_t i = 0; i < size; ++i)
        if (reference[i] == 0) CHECK(pi[i] == 0);
      if (n == 1) CHECK(farthest_response(pi, reference) <= 1e-15);
    }
  }
}

TEST_CASE("preference evaluation: best of n goes no further than ln n - (n - 1) / n") {
  CHECK(best_of_n_kl_bound(1) == 0);
  CHECK(best_of_n_kl_bound(4) == Approx(std::log(4.0) - 0.75).epsilon(1e-15));
  Rng rng(4);
  for (int k = 0; k < 300; ++k) {
    const auto size = static_cast<std::size_t>(2 + rng.index(30));
    const ResponseRow reference = drawn_shares(size, rng);
    ResponseRow proxy(size);
    for (double& x : proxy) x = rng.normal();
    double last = 0;
    for (const int n : {1, 2, 3, 8, 50}) {
      const double kl = kl_divergence(best_of_n(reference, proxy, n), reference);
      CHECK(kl <= best_of_n_kl_bound(n) + 1e-12);
      CHECK(kl >= last - 1e-12);  // and no nearer for more draws
      last = kl;
    }
  }
  // Many responses of little mass come close to the bound.
  const ResponseRow fine(20'000, 1 / 20'000.);
  ResponseRow rank(fine.size());
  std::iota(rank.begin(), rank.end(), 0.0);
  CHECK(kl_divergence(best_of_n(fine, rank, 8), fine) ==
        Approx(best_of_n_kl_bound(8)).epsilon(1e-3));
}

TEST_CASE("preference evaluation: the best of two wins two times in three where all differ") {
  // P(max(u1, u2) > u3) = 2/3 for a law without ties; those of N equal shares add 1 / (6 N^2).
  const ResponseRow reference(1'000, 1e-3);
  ResponseRow gold(reference.size());
  std::iota(gold.begin(), gold.end(), 0.0);
  CHECK(win_rate(best_of_n(reference, gold, 2), reference, gold) == Approx(2. / 3).epsilon(1e-6));
}

TEST_CASE("preference evaluation: what cannot be judged is refused") {
  const ResponseRow two = {0.5, 0.5};
  const ResponseRow three = {1, 2, 3};
  CHECK(error_of([&] { win_rate(two, two, three); }) == "win rate: lists of 2, 2 and 3 responses");
  CHECK(error_of([&] { win_rate(two, three, two); }) == "win rate: lists of 2, 3 and 2 responses");
  CHECK(contains(error_of([&] { best_of_n(two, three, 2); }), "best of n: lists of 2, 3"));
  CHECK(error_of([&] { best_of_n(two, two, 0); }) == "best of n: n = 0 is not positive");
}

TEST_CASE("preference evaluation: fits recover planted parameters and peaks") {
  Rng rng(5);
  for (const OveroptimizationForm form : kBothForms)
    for (int k = 0; k < 100; ++k) {
      const double a = rng.uniform(0.2, 2);
      const double b = rng.uniform(0.1, 1);
      ResponseRow d;
      ResponseRow gold;
      for (int i = 2 + rng.index(10); i > 0; --i) {
        d.push_back(0.5 * i + rng.uniform(0.1, 0.4));
        gold.push_back(bent(form, a, b, d.back()));
      }
      const OveroptimizationFit fit = fit_overoptimization(d, gold, form);
      CHECK(fit.a == Approx(a).epsilon(1e-9));
      CHECK(fit.b == Approx(b).epsilon(1e-9));
      CHECK(fit.r_squared == Approx(1).epsilon(1e-12));
      // No other d is better.
      const double best = bent(form, fit.a, fit.b, fit.peak);
      for (const double factor : {0.5, 0.99, 1.01, 2.0})
        CHECK(bent(form, fit.a, fit.b, factor * fit.peak) < best);
    }
}

TEST_CASE("preference evaluation: a fit's residuals have nothing to do with either column") {
  Rng rng(6);
  for (const OveroptimizationForm form : kBothForms) {
    ResponseRow d;
    ResponseRow gold;
    for (int i = 1; i <= 12; ++i) {
      d.push_back(0.3 * i);
      gold.push_back(bent(form, 1, 0.4, d.back()) + 0.1 * rng.normal());
    }
    const OveroptimizationFit fit = fit_overoptimization(d, gold, form);
    double by_first = 0;
    double by_second = 0;
    double squares = 0;
    double spread = 0;
    const double mean = sum_of_row(gold) / 12;
    for (std::size_t i = 0; i < d.size(); ++i) {
      const double off = gold[i] - bent(form, fit.a, fit.b, d[i]);
      by_first += off * d[i];
      by_second += off * (form == OveroptimizationForm::rl ? d[i] * std::log(d[i]) : d[i] * d[i]);
      squares += off * off;
      spread += std::pow(gold[i] - mean, 2);
    }
    CHECK(std::abs(by_first) <= 1e-12);
    CHECK(std::abs(by_second) <= 1e-11);
    CHECK(fit.r_squared == Approx(1 - squares / spread).epsilon(1e-12));
    CHECK(fit.r_squared < 1 - 1e-3);
  }
}

TEST_CASE("preference evaluation: gold that never falls has its peak at infinity") {
  const ResponseRow d = {1, 2, 3};
  const ResponseRow gold = {1, 4, 9};
  for (const OveroptimizationForm form : kBothForms)
    CHECK(fit_overoptimization(d, gold, form).peak == std::numeric_limits<double>::infinity());
}

// d is the root of a divergence: gold that falls from the start is largest at 0.
TEST_CASE("preference evaluation: gold that only falls has no peak at a negative d") {
  const ResponseRow d = {1, 2, 3};
  const ResponseRow gold = {-1, -2.5, -4};
  for (const OveroptimizationForm form : kBothForms)
    CHECK(fit_overoptimization(d, gold, form).peak >= 0);
}

TEST_CASE("preference evaluation: a fit of fewer than two different d is refused") {
  const std::string refused = "over-optimisation: a fit needs at least two different d";
  const ResponseRow one = {1};
  const ResponseRow same = {2, 2, 2};
  const ResponseRow with_zero = {0, 1, 2};
  for (const OveroptimizationForm form : kBothForms) {
    CHECK(error_of([&] { fit_overoptimization(one, one, form); }) == refused);
    CHECK(error_of([&] { fit_overoptimization(same, same, form); }) == refused);
    CHECK(error_of([&] { fit_overoptimization(with_zero, same, form); }) ==
          "over-optimisation: d = 0 is not positive");
    CHECK(contains(error_of([&] { fit_overoptimization(one, same, form); }),
                   "over-optimisation: lists of 1, 3"));
  }
}

}  // namespace rl
