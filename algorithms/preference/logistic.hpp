#pragma once
/// \file
/// The logistic function and its logarithm, exact to rounding for every finite x:
///
///     sigmoid(x) = 1 / (1 + e^-x)     log_sigmoid(x) = -softplus(-x)     softplus(x) = log(1 +
///     e^x)
///
/// A preference's log-odds grow without bound while a policy is trained, so nothing here may
/// overflow, and no loss may lose its gradient to a clip.
#include <algorithm>
#include <cmath>

namespace rl {

inline double sigmoid(double x) {
  const double e = std::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

inline double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

inline double log_sigmoid(double x) { return -softplus(-x); }

/// log(1 - e^x), x < 0
inline double log1mexp(double x) {
  constexpr double kHalf = -0.6931471805599453;  // -log 2: where both forms lose the same
  return x > kHalf ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x));
}

/// log(p / (1 - p)), p in (0, 1)
inline double logit(double p) { return std::log(p) - std::log1p(-p); }

}  // namespace rl
