#include "envs/jacks_car_rental.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <vector>

using doctest::Approx;
using rl::Action;
using rl::Outcome;
using rl::State;

namespace {

State cars(int n1, int n2) { return 21 * n1 + n2; }
Action move(int cars_from_1_to_2) { return cars_from_1_to_2 + 5; }

const Outcome& to(const std::vector<Outcome>& row, State next) {
  const auto it = std::find_if(row.begin(), row.end(), [&](auto& o) { return o.next == next; });
  REQUIRE(it != row.end());
  return *it;
}

/// E[min(m, X)] of a Poisson X: sum over k < m of P(X > k).
double mean_of_minimum(int m, double mean) {
  double p = std::exp(-mean);
  double above = 1;
  double sum = 0;
  for (int k = 0; k < m; ++k) {
    above -= p;
    sum += above;
    p *= mean / (k + 1);
  }
  return sum;
}

}  // namespace

TEST_CASE("jack: with no car nothing is rented, and both stay empty where nobody returns one") {
  const rl::Problem p = rl::jacks_car_rental();
  CHECK(p.model.num_states() == 441);
  CHECK(p.model.num_actions() == 11);
  const std::vector<Outcome> row = p.model.outcomes(cars(0, 0), move(0));
  // P(no returns) = e^-3 e^-2 = e^-5.
  CHECK(to(row, cars(0, 0)).probability == Approx(std::exp(-5.0)).epsilon(1e-13));
  // One return at location 1, none at 2: 3 e^-3 e^-2.
  CHECK(to(row, cars(1, 0)).probability == Approx(3 * std::exp(-5.0)).epsilon(1e-13));
  for (const Outcome& o : row) CHECK(o.reward == 0);
}

TEST_CASE("jack: a moved car costs 2 and can be rented at the other location the next day") {
  const rl::Problem p = rl::jacks_car_rental();
  // (1, 0), one car to location 2: m = (0, 1), rented with P(R2 >= 1) = 1 - e^-4.
  CHECK(p.model.row(cars(1, 0), move(1)).reward ==
        Approx(-2 + 10 * (1 - std::exp(-4.0))).epsilon(1e-13));
}

TEST_CASE("jack: the reward of an outcome is its conditional mean") {
  const rl::Problem p = rl::jacks_car_rental();
  CHECK(p.model.rewards_are_means());
  const std::vector<Outcome> row = p.model.outcomes(cars(1, 0), move(0));
  // (1, 0) -> (0, 0): the car of location 1 was rented (10) and none came back:
  // P(R1 >= 1) P(T1 = 0) P(T2 = 0) = (1 - e^-3) e^-3 e^-2.
  CHECK(to(row, cars(0, 0)).reward == Approx(10).epsilon(1e-13));
  CHECK(to(row, cars(0, 0)).probability ==
        Approx((1 - std::exp(-3.0)) * std::exp(-5.0)).epsilon(1e-13));
  // (1, 0) -> (1, 0): rented and one returned, (1 - e^-3) 3 e^-3, or neither, e^-3 e^-3; times
  // P(T2 = 0). The mean rent is 10 times the first one's share.
  const double rented = (1 - std::exp(-3.0)) * 3 * std::exp(-3.0);
  const double neither = std::exp(-6.0);
  CHECK(to(row, cars(1, 0)).probability == Approx((rented + neither) * std::exp(-2.0)));
  CHECK(to(row, cars(1, 0)).reward == Approx(10 * rented / (rented + neither)).epsilon(1e-13));
}

TEST_CASE("jack: the expected reward is 10 (E min(m1, R1) + E min(m2, R2)) - 2 |a|") {
  const rl::Problem p = rl::jacks_car_rental();
  for (const int a : {-5, 0, 3}) {
    const double direct =
        10 * (mean_of_minimum(10 - a, 3) + mean_of_minimum(7 + a, 4)) - 2 * std::abs(a);
    CHECK(p.model.row(cars(10, 7), move(a)).reward == Approx(direct).epsilon(1e-12));
  }
  // (20, 20) with 5 from 2 to 1: location 1 keeps 20 of 25.
  CHECK(p.model.row(cars(20, 20), move(-5)).reward ==
        Approx(10 * (mean_of_minimum(20, 3) + mean_of_minimum(15, 4)) - 10).epsilon(1e-12));
}

TEST_CASE("jack: only cars that are there can be moved, five at most") {
  const rl::Problem p = rl::jacks_car_rental();
  for (int n1 = 0; n1 <= 20; ++n1)
    for (int n2 = 0; n2 <= 20; ++n2)
      for (int a = -5; a <= 5; ++a)
        CHECK(p.model.available(cars(n1, n2), move(a)) ==
              (a <= std::min(n1, 5) && -a <= std::min(n2, 5)));
}

TEST_CASE("jack, exercise 4.7: the first car from 1 to 2 is free, the other way it is not") {
  const rl::Problem p = rl::jacks_car_rental(rl::jacks_car_rental_4_7());
  const double rent = 10 * (1 - std::exp(-4.0));
  CHECK(p.model.row(cars(1, 0), move(1)).reward == Approx(rent).epsilon(1e-13));
  // (2, 0), both to location 2: one is free, one costs 2. E min(2, R2) = 2 - 2 e^-4 - 4 e^-4.
  CHECK(p.model.row(cars(2, 0), move(2)).reward ==
        Approx(10 * (2 - 6 * std::exp(-4.0)) - 2).epsilon(1e-13));
  // (0, 1), one car to location 1: P(R1 >= 1) = 1 - e^-3, cost 2.
  CHECK(p.model.row(cars(0, 1), move(-1)).reward ==
        Approx(10 * (1 - std::exp(-3.0)) - 2).epsilon(1e-13));
}

TEST_CASE("jack, exercise 4.7: more than ten cars park for 4, counted before the limit of 20") {
  const rl::Problem plain = rl::jacks_car_rental();
  const rl::Problem p = rl::jacks_car_rental(rl::jacks_car_rental_4_7());
  const auto extra = [&](State s, Action a) {
    return plain.model.row(s, a).reward - p.model.row(s, a).reward;
  };
  CHECK(extra(cars(10, 10), move(0)) == Approx(0));
  CHECK(extra(cars(11, 10), move(0)) == Approx(4));
  CHECK(extra(cars(11, 11), move(0)) == Approx(8));
  CHECK(extra(cars(11, 10), move(1)) == Approx(4 - 2));  // parks at 2 instead; the shuttle is free
  CHECK(extra(cars(20, 20), move(-5)) == Approx(8));     // 25 and 15
}

TEST_CASE("jack: probability that a cut of the Poisson terms misses ends the episode") {
  const rl::Problem p = rl::jacks_car_rental({.poisson_terms = 11});
  CHECK(p.model.num_states() == 442);
  CHECK(p.model.terminal(441));
  CHECK_FALSE(p.note.empty());
  // Each term counts where k <= 10 in all four distributions.
  double kept = 1;
  for (const double mean : {3.0, 4.0, 3.0, 2.0}) {
    double sum = 0;
    for (int k = 0; k <= 10; ++k) sum += std::exp(-mean + k * std::log(mean) - std::lgamma(k + 1));
    kept *= sum;
  }
  const std::vector<Outcome> row = p.model.outcomes(cars(5, 5), move(2));
  CHECK(to(row, 441).probability == Approx(1 - kept).epsilon(1e-9));
  CHECK(to(row, 441).reward == -4);  // two cars were moved, nothing is earned
}

TEST_CASE("jack: 60 terms leave no tail, for any allowed mean") {
  CHECK_FALSE(rl::jacks_car_rental().model.has_terminal());
  CHECK_FALSE(rl::jacks_car_rental({.max_cars = 2, .requests = {15, 15}, .returns = {15, 15}})
                  .model.has_terminal());
}

TEST_CASE("jack: two means are needed for requests and for returns") {
  CHECK_THROWS_WITH_AS(rl::jacks_car_rental({.requests = {3}}),
                       "jacks_car_rental: requests and returns need two means each, not 1 and 2",
                       std::invalid_argument);
}

TEST_CASE("jack: a limit of parking is refused where parking costs nothing") {
  CHECK_THROWS_WITH_AS(rl::jacks_car_rental({.parking_limit = 5}),
                       "option 'parking_limit' has no effect without 'parking_cost'",
                       std::invalid_argument);
}

TEST_CASE("jack: drawn as 21 x 21 cells, moves back as letters") {
  const rl::Picture picture = rl::jacks_car_rental().picture;
  REQUIRE(picture.panels.size() == 1);
  CHECK(picture.panels[0].state[21 * 3 + 4] == cars(3, 4));
  CHECK(picture.state_name(cars(3, 4)) == "(3, 4)");
  CHECK(picture.action_name(move(-2)) == "move 2 from 2 to 1");
  CHECK(picture.actions[3].ascii == 'b');
  CHECK(picture.actions[8].ascii == '3');
}
