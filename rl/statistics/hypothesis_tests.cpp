#include "rl/statistics/hypothesis_tests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/statistics/checks.hpp"
#include "rl/statistics/distributions.hpp"
#include "rl/statistics/scores.hpp"

namespace rl {

namespace {

double length_of(std::span<const double> x) { return static_cast<double>(x.size()); }

void check_no_nan(const char* function, std::span<const double> x) {
  if (std::any_of(x.begin(), x.end(), [](double xi) { return std::isnan(xi); }))
    throw std::invalid_argument(fmt::format("{}: a number is NaN", function));
}

/// At least `least` finite numbers: others have no mean to compare.
void check_sample(const char* function, std::span<const double> x, std::size_t least) {
  check_size(function, x, least);
  for (const double xi : x)
    if (!std::isfinite(xi))
      throw std::invalid_argument(fmt::format("{}: {} is not a finite number", function, xi));
}

// ---- t tests

double t_p_value(double df, double t, Alternative alternative) {
  if (alternative == Alternative::greater) return t_tail(df, t);
  if (alternative == Alternative::less) return t_tail(df, -t);
  return std::min(1.0, 2 * t_tail(df, std::abs(t)));
}

/// `error`: the standard error of the difference.
TTest t_test(double difference, double error, double df, Alternative alternative, double level) {
  TTest test{};
  test.difference = difference;
  test.degrees = df;
  if (error > 0)
    test.t = difference / error;
  else if (difference != 0)
    test.t = std::copysign(std::numeric_limits<double>::infinity(), difference);
  test.p = t_p_value(df, test.t, alternative);
  const double half = t_quantile(df, 0.5 + level / 2) * error;
  test.ci = {difference - half, difference + half};
  return test;
}

// ---- Mann-Whitney

constexpr std::size_t kExactMannWhitney = 25;

/// ways[u]: in how many of the C(n_a + n_b, n_a) orders U1 = u. The largest of all numbers is of a
/// and lies above all n_b numbers of b, or is of b: ways(n_a, n_b)[u] = ways(n_a - 1, n_b)[u - n_b]
/// + ways(n_a, n_b - 1)[u]; column by column.
std::vector<double> ways_of_u(std::size_t n_a, std::size_t n_b) {
  std::vector<std::vector<double>> ways(n_a + 1, {1});  // no numbers of b: U1 = 0
  for (std::size_t b = 1; b <= n_b; ++b)
    for (std::size_t a = 1; a <= n_a; ++a) {
      ways[a].resize(a * b + 1);
      for (std::size_t u = a * b; u + 1 > b; --u) ways[a][u] += ways[a - 1][u - b];
    }
  return ways[n_a];
}

/// P(U1 >= u)
double exact_tail(std::size_t n_a, std::size_t n_b, double u) {
  const std::vector<double> ways = ways_of_u(n_a, n_b);
  double above = 0;
  for (std::size_t k = 0; k < ways.size(); ++k)
    if (static_cast<double>(k) >= u) above += ways[k];
  return above / std::accumulate(ways.begin(), ways.end(), 0.0);
}

/// Sum of t^3 - t over groups of t equal numbers.
double tie_term(std::vector<double> x) {
  std::sort(x.begin(), x.end());
  double sum = 0;
  for (auto first = x.begin(); first != x.end();) {
    const auto last = std::upper_bound(first, x.end(), *first);
    const auto t = static_cast<double>(last - first);
    sum += t * t * t - t;
    first = last;
  }
  return sum;
}

/// P(U1 >= u) of the normal distribution; `ties` by tie_term.
double asymptotic_tail(double n_a, double n_b, double ties, double u) {
  const double n = n_a + n_b;
  const double sd = std::sqrt(n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1))));
  if (!(sd > 0)) return 1;  // all numbers are equal
  return normal_tail((u - n_a * n_b / 2 - 0.5) / sd);
}

/// By `tail(u)` = P(U1 >= u): U2 has the same distribution.
template <class Tail>
double mann_whitney_p(const MannWhitneyTest& test, Alternative alternative, const Tail& tail) {
  if (alternative == Alternative::greater) return tail(test.u1);
  if (alternative == Alternative::less) return tail(test.u2);
  return std::min(1.0, 2 * tail(std::max(test.u1, test.u2)));
}

// ---- permutations

/// Counts statistics of permutations beside that of the data.
class Tally {
 public:
  /// `scale`: the size of the numbers, whose sums are equal up to 1e-12 of it.
  Tally(double statistic, double scale) : statistic_(statistic), rounding_(1e-12 * scale) {}
  void add(double x) {
    ++all_;
    if (std::abs(x) >= std::abs(statistic_) - rounding_) ++two_sided_;
    if (x >= statistic_ - rounding_) ++greater_;
    if (x <= statistic_ + rounding_) ++less_;
  }
  PermutationTest test(bool exact) const {
    const double more = exact ? 0 : 1;
    const auto p = [&](std::size_t count) {
      return (static_cast<double>(count) + more) / (static_cast<double>(all_) + more);
    };
    return {statistic_, exact, all_, two_sided_, p(two_sided_), p(greater_), p(less_)};
  }

 private:
  double statistic_;
  double rounding_;
  std::size_t all_ = 0;
  std::size_t two_sided_ = 0;
  std::size_t greater_ = 0;
  std::size_t less_ = 0;
};

double largest_magnitude(std::span<const double> x) {
  double largest = 0;
  for (const double xi : x) largest = std::max(largest, std::abs(xi));
  return largest;
}

void check_samples(const PermutationOptions& options) {
  if (options.samples < 1) throw std::invalid_argument("samples: expected at least 1, not 0");
}

/// C(n, k), or `limit` + 1 where it is larger than that.
std::size_t combinations_up_to(std::size_t n, std::size_t k, std::size_t limit) {
  double ways = 1;
  k = std::min(k, n - k);
  for (std::size_t i = 1; i <= k; ++i) {
    ways = std::round(ways * static_cast<double>(n - k + i) / static_cast<double>(i));
    if (ways > static_cast<double>(limit)) return limit + 1;
  }
  return static_cast<std::size_t>(ways);
}

/// The next set of as many places out of 0 .. n - 1, in lexicographic order; false after the last.
bool next_combination(std::vector<std::size_t>& places, std::size_t n) {
  const std::size_t k = places.size();
  for (std::size_t i = k; i-- > 0;)
    if (places[i] < n - k + i) {
      std::size_t place = places[i];
      for (; i < k; ++i) places[i] = ++place;
      return true;
    }
  return false;
}

/// mean(a) - mean(b), where n_a of the n numbers have the sum sum_a.
double mean_difference(double sum_a, double sum, double n_a, double n) {
  return sum_a / n_a - (sum - sum_a) / (n - n_a);
}

}  // namespace

TTest welch_test(std::span<const double> a, std::span<const double> b, Alternative alternative,
                 double level) {
  check_sample("welch_test", a, 2);
  check_sample("welch_test", b, 2);
  check_fraction("level", level);
  const double u = variance(a) / length_of(a);
  const double v = variance(b) / length_of(b);
  const double pooled = u * u / (length_of(a) - 1) + v * v / (length_of(b) - 1);
  const double df = pooled > 0 ? (u + v) * (u + v) / pooled : length_of(a) + length_of(b) - 2;
  return t_test(mean(a) - mean(b), std::sqrt(u + v), df, alternative, level);
}

TTest paired_t_test(std::span<const double> a, std::span<const double> b, Alternative alternative,
                    double level) {
  check_pairs("paired_t_test", a, b);
  check_sample("paired_t_test", a, 2);
  check_sample("paired_t_test", b, 2);
  check_fraction("level", level);
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  return t_test(mean(differences), standard_error(differences), length_of(a) - 1, alternative,
                level);
}

MannWhitneyTest mann_whitney_test(std::span<const double> a, std::span<const double> b,
                                  Alternative alternative) {
  check_size("mann_whitney_test", a, 1);
  check_size("mann_whitney_test", b, 1);
  check_no_nan("mann_whitney_test", a);
  check_no_nan("mann_whitney_test", b);
  MannWhitneyTest test{};
  test.u1 = probability_of_improvement(a, b) * length_of(a) * length_of(b);
  test.u1 = std::round(2 * test.u1) / 2;  // a whole number of halves
  test.u2 = length_of(a) * length_of(b) - test.u1;
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const double ties = tie_term(std::move(all));
  test.p_asymptotic = mann_whitney_p(test, alternative, [&](double u) {
    return asymptotic_tail(length_of(a), length_of(b), ties, u);
  });
  if (ties == 0 && a.size() + b.size() <= kExactMannWhitney)
    test.p_exact = mann_whitney_p(test, alternative,
                                  [&](double u) { return exact_tail(a.size(), b.size(), u); });
  test.p = test.p_exact.value_or(test.p_asymptotic);
  return test;
}

double PermutationTest::p_doubled() const { return std::min(1.0, 2 * std::min(p_greater, p_less)); }

PermutationTest permutation_test(std::span<const double> a, std::span<const double> b, Rng rng,
                                 const PermutationOptions& options) {
  check_sample("permutation_test", a, 1);
  check_sample("permutation_test", b, 1);
  check_samples(options);
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  const std::size_t n = all.size();
  const double sum = std::accumulate(all.begin(), all.end(), 0.0);
  const auto of_sum = [&](double sum_a) {
    return mean_difference(sum_a, sum, length_of(a), static_cast<double>(n));
  };
  Tally tally(mean(a) - mean(b), largest_magnitude(all));
  const bool exact = combinations_up_to(n, a.size(), options.exact_up_to) <= options.exact_up_to;
  if (exact) {
    std::vector<std::size_t> places(a.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    do {
      double sum_a = 0;
      for (const std::size_t place : places) sum_a += all[place];
      tally.add(of_sum(sum_a));
    } while (next_combination(places, n));
    return tally.test(exact);
  }
  for (std::size_t sample = 0; sample < options.samples; ++sample) {
    double sum_a = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto other = i + static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(n - i)));
      std::swap(all[i], all[other]);
      sum_a += all[i];
    }
    tally.add(of_sum(sum_a));
  }
  return tally.test(exact);
}

PermutationTest sign_flip_test(std::span<const double> differences, Rng rng,
                               const PermutationOptions& options) {
  check_sample("sign_flip_test", differences, 1);
  check_samples(options);
  const std::size_t n = differences.size();
  Tally tally(mean(differences), largest_magnitude(differences));
  const bool exact = n < 63 && (std::size_t{1} << n) <= options.exact_up_to;
  const std::size_t patterns = exact ? std::size_t{1} << n : options.samples;
  for (std::size_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const bool flipped = exact ? (pattern >> i & 1) == 1 : rng.flip(0.5);
      sum += flipped ? -differences[i] : differences[i];
    }
    tally.add(sum / length_of(differences));
  }
  return tally.test(exact);
}

}  // namespace rl
