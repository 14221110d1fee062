#pragma once
/// \file
/// The classical Runge-Kutta method of order 4, for worlds that move by differential equations.
#include <array>
#include <cstddef>

namespace rl {

/// y(t + h) of y' = f(y), with an error of order h^5:
///
///     k1 = f(y), k2 = f(y + h/2 k1), k3 = f(y + h/2 k2), k4 = f(y + h k3)
///     y + h/6 (k1 + 2 k2 + 2 k3 + k4)
template <std::size_t n, class F>
std::array<double, n> runge_kutta(const std::array<double, n>& y, double h, const F& f) {
  const auto moved = [&y](double t, const std::array<double, n>& k) {
    std::array<double, n> result = y;
    for (std::size_t i = 0; i < n; ++i) result[i] += t * k[i];
    return result;
  };
  const std::array<double, n> k1 = f(y);
  const std::array<double, n> k2 = f(moved(h / 2, k1));
  const std::array<double, n> k3 = f(moved(h / 2, k2));
  const std::array<double, n> k4 = f(moved(h, k3));
  std::array<double, n> result = y;
  for (std::size_t i = 0; i < n; ++i) result[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  return result;
}

}  // namespace rl
