#include "rl/loss.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string>

#include "tests/errors.hpp"

TEST_CASE("loss: squared by hand") {
  const rl::Loss<double> loss = rl::squared_loss(1.0, 4.0);
  CHECK(loss.value == 9);
  CHECK(loss.slope == -6);
}

TEST_CASE("loss: Huber's is half the square near the target and a line beyond, without a jump") {
  CHECK(rl::huber_loss(1.5, 1.0).value == 0.125);
  CHECK(rl::huber_loss(1.5, 1.0).slope == 0.5);
  CHECK(rl::huber_loss(-3.0, 1.0).value == 3.5);  // 1 (4 - 1/2)
  CHECK(rl::huber_loss(-3.0, 1.0).slope == -1);
  CHECK(rl::huber_loss(5.0, 0.0, 2.0).value == 8);  // 2 (5 - 1)
  CHECK(rl::huber_loss(5.0, 0.0, 2.0).slope == 2);
  CHECK(rl::huber_loss(2.0, 0.0, 2.0).value == 2);
  CHECK(rl::huber_loss(2.0 + 1e-9, 0.0, 2.0).value == doctest::Approx(2));
}

TEST_CASE("loss: means over a batch, value and derivatives by hand") {
  const std::array<double, 2> y{1, 6};
  const std::array<double, 2> target{3, 6.5};
  std::array<double, 2> slope{};
  CHECK(rl::mean_squared_loss<double>(y, target, slope) == 2.125);  // (4 + 0.25) / 2
  CHECK(slope[0] == -2);
  CHECK(slope[1] == -0.5);
  CHECK(rl::mean_huber_loss<double>(y, target, slope) == 0.8125);  // (1.5 + 0.125) / 2
  CHECK(slope[0] == -0.5);
  CHECK(slope[1] == -0.25);
}

TEST_CASE("loss: a mean of other lengths is refused with the numbers") {
  std::array<double, 3> x{};
  const std::string error = tests::error_of(
      [&] { rl::mean_squared_loss<double>(std::span(x).first(2), x, std::span(x).first(1)); });
  CHECK(error == "mean loss: 2 estimates, 3 targets, 1 derivatives");
  CHECK(tests::contains(tests::error_of([] { rl::mean_squared_loss<double>({}, {}, {}); }),
                        "0 estimates"));
}
