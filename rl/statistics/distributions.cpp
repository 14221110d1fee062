#include "rl/statistics/distributions.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace rl {

using boost::math::cdf;
using boost::math::complement;

double normal_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }
double normal_cdf(double z) { return normal_tail(-z); }

double normal_quantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  return boost::math::quantile(boost::math::normal(), p);
}

double t_tail(double df, double t) {
  if (std::isinf(t)) return t > 0 ? 0 : 1;
  return cdf(complement(boost::math::students_t(df), t));
}

double t_quantile(double df, double p) {
  return boost::math::quantile(boost::math::students_t(df), p);
}

double noncentral_t_tail(double df, double noncentrality, double t) {
  // Beyond this, Boost's series overflows its counter; beside so large a delta Z makes a relative
  // difference of about delta^-2 < 1e-8: T = delta / sqrt(chi^2 / df).
  constexpr double kLarge = 2e4;
  if (std::abs(noncentrality) < kLarge)
    return cdf(complement(boost::math::non_central_t(df, noncentrality), t));
  if (noncentrality * t <= 0) return noncentrality > 0 ? 1 : 0;
  const double ratio = noncentrality / t;
  const boost::math::chi_squared squares(df);
  const double limit = std::min(df * ratio * ratio, std::numeric_limits<double>::max());
  return noncentrality > 0 ? cdf(squares, limit) : cdf(complement(squares, limit));
}

double beta_tail(double a, double b, double x) {
  return cdf(complement(boost::math::beta_distribution<>(a, b), x));
}

}  // namespace rl
