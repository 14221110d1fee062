#pragma once
/// \file
/// The distributions behind intervals and tests.
///
///     Phi(z)    standard normal
///     t_df      Student's t; with noncentrality delta: (Z + delta) / sqrt(chi^2_df / df)
///     Beta(a,b) of order statistics: U_(k) of n uniform numbers is Beta(k, n + 1 - k)

namespace rl {

/// Phi(z) = P(Z <= z).
double normal_cdf(double z);
/// P(Z > z), to full precision far out.
double normal_tail(double z);
/// z with Phi(z) = p; infinite for p = 0 and 1.
double normal_quantile(double p);

/// P(T > t); df > 0.
double t_tail(double df, double t);
/// t with P(T <= t) = p, 0 < p < 1; df > 0.
double t_quantile(double df, double p);
/// P(T > t) of the noncentral t.
double noncentral_t_tail(double df, double noncentrality, double t);

/// P(X > x) for X ~ Beta(a, b), x in [0, 1].
double beta_tail(double a, double b, double x);

}  // namespace rl
