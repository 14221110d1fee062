#include "rl/statistics/power.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "rl/statistics/checks.hpp"
#include "rl/statistics/distributions.hpp"

namespace rl {

namespace {

void check_group_size(double n) {
  if (!(n >= 2)) throw std::invalid_argument(fmt::format("n: expected at least 2, not {}", n));
}

void check_effect(double effect) {
  if (!(effect > 0 && std::isfinite(effect)))
    throw std::invalid_argument(fmt::format("effect: expected a positive number, not {}", effect));
}

void check_power(double alpha, double power) {
  check_fraction("alpha", alpha);
  check_fraction("power", power);
  if (power <= alpha)
    throw std::invalid_argument(
        fmt::format("power: expected more than alpha = {}, not {}", alpha, power));
}

/// Where the increasing `power_at` reaches `power`, above `low`, to the last bit.
template <class Function>
double where_power_is(double power, double low, const Function& power_at) {
  double high = 2 * low;
  while (power_at(high) < power) {
    low = high;
    high *= 2;
  }
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    (power_at(middle) < power ? low : high) = middle;
  }
}

}  // namespace

double power_of_t_test(double n, double effect, double alpha) {
  check_group_size(n);
  check_effect(effect);
  check_fraction("alpha", alpha);
  const double degrees = 2 * (n - 1);
  const double critical = -t_quantile(degrees, alpha / 2);
  const double noncentrality = effect * std::sqrt(n / 2);
  return noncentral_t_tail(degrees, noncentrality, critical) +
         noncentral_t_tail(degrees, -noncentrality, critical);
}

double detectable_difference(double n, double alpha, double power) {
  check_group_size(n);
  check_power(alpha, power);
  // Below this effect the power is alpha up to rounding.
  constexpr double kNoEffect = 1e-8;
  return where_power_is(power, kNoEffect,
                        [&](double effect) { return power_of_t_test(n, effect, alpha); });
}

double runs_to_detect(double effect, double alpha, double power) {
  check_effect(effect);
  check_power(alpha, power);
  if (power_of_t_test(2, effect, alpha) >= power) return 2;
  return where_power_is(power, 2, [&](double n) { return power_of_t_test(n, effect, alpha); });
}

}  // namespace rl
