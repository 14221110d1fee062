#pragma once
/// \file
/// How good a policy over responses is, exact: win rates, best-of-n, and how gold reward bends
/// while a proxy is pushed.
///
///     win rate     P(gold(y_a) > gold(y_b)) + P(equal) / 2,  y_a ~ pi_a, y_b ~ pi_b
///     best of n    P(score = x) = F(x)^n - F(x-)^n under the reference; KL <= ln n - (n - 1) / n
///     over-optimisation (Gao et al. 2023), d = sqrt(KL):
///                  RL  R(d) = d (a - b ln d)       best of n  R(d) = d (a - b d)
#include <span>
#include <vector>

namespace rl {

/// Of policies over the same responses, [N] probabilities each.
double win_rate(std::span<const double> pi_a, std::span<const double> pi_b,
                std::span<const double> gold);

/// The distribution of the response of best proxy among n draws, equal ones chosen by the
/// reference's share. Throws std::invalid_argument for n < 1.
std::vector<double> best_of_n(std::span<const double> reference, std::span<const double> proxy,
                              int n);
/// ln n - (n - 1) / n
double best_of_n_kl_bound(int n);

enum class OveroptimizationForm : int { rl, best_of_n };

struct OveroptimizationFit {
  double a;
  double b;
  double peak;       ///< d of the largest gold reward; +infinity where it never falls
  double r_squared;  ///< share of the variance of the gold rewards
};
/// Least squares over d > 0. Throws std::invalid_argument for fewer than two different d.
OveroptimizationFit fit_overoptimization(std::span<const double> d, std::span<const double> gold,
                                         OveroptimizationForm form);

}  // namespace rl
