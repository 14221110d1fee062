#pragma once
/// \file
/// The contraction mapping theorem at work (MFRL 3.3, Theorem 3.1 and Example 3.4): if
/// |f(x) - f(y)| <= gamma |x - y| with gamma < 1, then x_{k+1} = f(x_k) tends to the one fixed
/// point from anywhere, and |x_k - x*| <= gamma^k / (1 - gamma) |x_1 - x_0|.
#include <cmath>
#include <functional>
#include <vector>

namespace rl {

struct ContractionRun {
  std::vector<double> iterates;      ///< x_0, x_1, ..., x_n
  std::vector<double> error_bounds;  ///< of x_0, ..., x_n by the theorem
};

/// n iterations of f from x0; f contracts with modulus gamma.
inline ContractionRun iterate_contraction(const std::function<double(double)>& f, double x0,
                                          double gamma, int n) {
  ContractionRun run{{x0}, {}};
  for (int k = 0; k < n; ++k) run.iterates.push_back(f(run.iterates.back()));
  const double first_step = n > 0 ? std::abs(run.iterates[1] - x0) : 0;
  double factor = 1 / (1 - gamma);
  for (int k = 0; k <= n; ++k, factor *= gamma) run.error_bounds.push_back(factor * first_step);
  return run;
}

}  // namespace rl
