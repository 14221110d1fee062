#pragma once
/// \file
/// Do two learners differ? A p-value is the probability, were there no difference, of one at least
/// as large as was seen.
///
///     Welch         t = (mean_a - mean_b) / sqrt(s_a^2/n_a + s_b^2/n_b)
///                   df = (s_a^2/n_a + s_b^2/n_b)^2 / sum of (s^2/n)^2 / (n - 1)
///     paired t      t = mean(a - b) / (s_(a-b) / sqrt(n)), df = n - 1
///     Mann-Whitney  U1 = #{a > b} + #{a = b} / 2, U2 = n_a n_b - U1
///     permutation   mean_a - mean_b over all (or many) ways to deal out the labels
///     sign flips    mean of the differences over all (or many) signs
///
/// Welch holds with unequal n and variances, where Mann-Whitney and permutation do not. All throw
/// std::invalid_argument for samples that are too small and for NaN; only Mann-Whitney takes
/// infinite numbers.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "rl/random.hpp"
#include "rl/statistics/sample.hpp"

namespace rl {

enum class Alternative : std::uint8_t {
  two_sided,
  greater,  ///< a above b
  less,     ///< a below b
};

// ---- t tests ------------------------------------------------------------------------------------

struct TTest {
  double difference;  ///< mean(a) - mean(b)
  double t;
  double degrees;
  double p;
  Interval ci;  ///< of the difference; two-sided, whatever the alternative
};
/// For samples of at least two numbers. Without any spread, t is infinite (0 for equal means).
TTest welch_test(std::span<const double> a, std::span<const double> b,
                 Alternative alternative = Alternative::two_sided, double level = 0.95);
/// For runs that share their seeds: a[i] belongs to b[i]. At least two pairs.
TTest paired_t_test(std::span<const double> a, std::span<const double> b,
                    Alternative alternative = Alternative::two_sided, double level = 0.95);

// ---- Mann-Whitney -------------------------------------------------------------------------------

struct MannWhitneyTest {
  double u1, u2;
  double p;  ///< exact where there is one, else asymptotic
  /// Of the distribution of U by counting; for n_a + n_b <= 25 without ties.
  std::optional<double> p_exact;
  /// Of the normal distribution, corrected for ties and by 1/2 for continuity.
  double p_asymptotic;
};
MannWhitneyTest mann_whitney_test(std::span<const double> a, std::span<const double> b,
                                  Alternative alternative = Alternative::two_sided);

// ---- permutations -------------------------------------------------------------------------------

/// A statistic among those of the permutations. Exact: p = # / permutations. Sampled: p =
/// (1 + #) / (permutations + 1), for the data is a permutation, too. Statistics that differ by
/// rounding count as equal.
struct PermutationTest {
  double statistic;  ///< mean(a) - mean(b), or the mean of the differences
  bool exact;
  std::size_t permutations;
  std::size_t count_two_sided;  ///< with a |statistic| at least that of the data
  double p_two_sided;           ///< of |statistic|
  double p_greater, p_less;
  /// 2 min(p_greater, p_less), at most 1: scipy's two-sided p.
  double p_doubled() const;
};
struct PermutationOptions {
  std::size_t exact_up_to = 200'000;  ///< permutations; beyond, they are sampled
  std::size_t samples = 9'999;        ///< B >= 1
};
/// Only for equal n: with unequal n and variances its p-values are too small.
PermutationTest permutation_test(std::span<const double> a, std::span<const double> b, Rng rng,
                                 const PermutationOptions& options = {});
/// For runs that share their seeds: the sign of each difference a[i] - b[i] is flipped.
PermutationTest sign_flip_test(std::span<const double> differences, Rng rng,
                               const PermutationOptions& options = {});

}  // namespace rl
