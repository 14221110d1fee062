#include "algorithms/preference/logistic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "rl/random.hpp"

namespace rl {
namespace {

using doctest::Approx;

const double kInf = std::numeric_limits<double>::infinity();

/// |x - exact| against its size, in units of the last place.
double ulps_off(double x, long double exact) {
  return static_cast<double>(std::abs(static_cast<long double>(x) - exact) /
                             (std::abs(exact) * std::numeric_limits<double>::epsilon()));
}

}  // namespace

TEST_CASE("logistic: exact to a few units of the last place from -700 to 700") {
  Rng rng(1);
  for (int k = 0; k < 5000; ++k) {
    const double x = (k % 2 == 0 ? 1 : 700) * rng.uniform(-1, 1);
    const auto wide = static_cast<long double>(x);
    CHECK(ulps_off(sigmoid(x), 1 / (1 + std::exp(-wide))) <= 4);
    const long double soft =
        wide > 0 ? wide + std::log1p(std::exp(-wide)) : std::log1p(std::exp(wide));
    CHECK(ulps_off(softplus(x), soft) <= 4);
    if (x < 0)
      CHECK(ulps_off(log1mexp(x),
                     wide < -1 ? std::log1p(-std::exp(wide)) : std::log(-std::expm1(wide))) <= 4);
  }
}

TEST_CASE("logistic: by hand") {
  CHECK(sigmoid(0) == 0.5);
  CHECK(softplus(0) == std::log(2.0));
  CHECK(log_sigmoid(0) == -std::log(2.0));
  CHECK(sigmoid(std::log(3.0)) == Approx(0.75).epsilon(1e-15));
  CHECK(logit(0.75) == Approx(std::log(3.0)).epsilon(1e-15));
  CHECK(logit(0.5) == 0);
  CHECK(log1mexp(-std::log(4.0)) == Approx(std::log(0.75)).epsilon(1e-15));
}

TEST_CASE("logistic: nothing overflows, and no tail is cut off before its number underflows") {
  for (const double x : {1e3, 1e10, 1e300, std::numeric_limits<double>::max()}) {
    CHECK(sigmoid(x) == 1);
    CHECK(sigmoid(-x) == 0);
    CHECK(softplus(x) == x);
    CHECK(softplus(-x) == 0);
    CHECK(log_sigmoid(-x) == -x);
    CHECK(log_sigmoid(x) == 0);
    CHECK(log1mexp(-x) == 0);
  }
  CHECK(sigmoid(-700) > 0);
  CHECK(softplus(-700) > 0);
  CHECK(log_sigmoid(40) < 0);  // where 1 - sigmoid is 0 in doubles, its logarithm still tells
  CHECK(sigmoid(kInf) == 1);
  CHECK(sigmoid(-kInf) == 0);
  CHECK(softplus(-kInf) == 0);
  CHECK(log_sigmoid(-kInf) == -kInf);
}

TEST_CASE("logistic: sigmoid and its mirror sum to 1, their logarithms differ by x") {
  Rng rng(2);
  for (int k = 0; k < 2000; ++k) {
    const double x = rng.uniform(-50, 50);
    CHECK(sigmoid(x) + sigmoid(-x) == Approx(1).epsilon(1e-15));
    CHECK(log_sigmoid(x) - log_sigmoid(-x) == Approx(x).epsilon(1e-14));
    CHECK(softplus(x) - softplus(-x) == Approx(x).epsilon(1e-14));
  }
}

TEST_CASE("logistic: logit undoes sigmoid where 1 - p can be told") {
  Rng rng(3);
  for (int k = 0; k < 2000; ++k) {
    const double x = rng.uniform(-30, 5);
    CHECK(std::abs(logit(sigmoid(x)) - x) <= 1e-13 * (1 + std::abs(x)));
  }
}

TEST_CASE("logistic: log1mexp keeps its digits at both ends") {
  CHECK(log1mexp(-1e-300) == Approx(-300 * std::log(10.0)).epsilon(1e-14));
  CHECK(log1mexp(-1e-16) == Approx(std::log(1e-16)).epsilon(1e-14));
  CHECK(log1mexp(-50) == Approx(-std::exp(-50.0)).epsilon(1e-14));
  CHECK(log1mexp(-50) < 0);
}

}  // namespace rl
