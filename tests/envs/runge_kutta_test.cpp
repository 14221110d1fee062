#include "envs/runge_kutta.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

using doctest::Approx;

TEST_CASE("runge kutta: one step of y' = y is the exponential's series to h^4") {
  const auto f = [](const std::array<double, 1>& y) { return y; };
  const double h = 0.5;  // 1 + h + h^2/2 + h^3/6 + h^4/24
  CHECK(rl::runge_kutta(std::array{1.0}, h, f)[0] ==
        Approx(1 + 0.5 + 0.125 + 0.125 / 6 + 0.0625 / 24).epsilon(1e-15));
}

TEST_CASE("runge kutta: half the step leaves a 16th of the error") {
  const auto f = [](const std::array<double, 2>& y) { return std::array{y[1], -y[0]}; };
  const auto error_after_one = [&](int steps) {
    std::array<double, 2> y = {1, 0};
    for (int k = 0; k < steps; ++k) y = rl::runge_kutta(y, 1.0 / steps, f);
    return std::abs(y[0] - std::cos(1.0));
  };
  CHECK(error_after_one(20) / error_after_one(40) == Approx(16).epsilon(0.05));
}
