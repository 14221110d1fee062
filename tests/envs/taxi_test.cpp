#include "envs/taxi.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "rl/mdp_graph.hpp"
#include "tests/envs/outcomes.hpp"

using doctest::Approx;
using tests::Move;
using tests::move_of;
using tests::probability_of;

namespace taxi_test {

namespace {

constexpr int kR = 0;
constexpr int kG = 1;
constexpr int kY = 2;
constexpr int kB = 3;
constexpr int kInTaxi = 4;
constexpr rl::Action kSouth = 0;
constexpr rl::Action kNorth = 1;
constexpr rl::Action kEast = 2;
constexpr rl::Action kWest = 3;
constexpr rl::Action kPickUp = 4;
constexpr rl::Action kDropOff = 5;

rl::State at(int row, int col, int passenger, int destination) {
  return ((row * 5 + col) * 5 + passenger) * 4 + destination;
}

}  // namespace

TEST_CASE("taxi: the six walls block east and west, edges block every way, and a bump costs 1") {
  const rl::FiniteMdp model = rl::taxi().model;
  const int walls[][2] = {{0, 1}, {1, 1}, {3, 0}, {3, 2}, {4, 0}, {4, 2}};
  for (int row = 0; row < 5; ++row)
    for (int col = 0; col < 5; ++col) {
      const rl::State here = at(row, col, kR, kB);
      const bool wall = std::any_of(std::begin(walls), std::end(walls),
                                    [&](const int(&w)[2]) { return w[0] == row && w[1] == col; });
      CHECK(move_of(model, here, kEast) ==
            Move{wall || col == 4 ? here : at(row, col + 1, kR, kB), -1});
      CHECK(move_of(model, here, kSouth) == Move{at(std::min(row + 1, 4), col, kR, kB), -1});
      CHECK(move_of(model, here, kNorth) == Move{at(std::max(row - 1, 0), col, kR, kB), -1});
      if (col == 4) continue;
      const rl::State right = at(row, col + 1, kR, kB);
      CHECK(move_of(model, right, kWest) == Move{wall ? right : here, -1});
    }
}

TEST_CASE("taxi: picking up works where the passenger waits, elsewhere it costs 10") {
  const rl::FiniteMdp model = rl::taxi().model;
  CHECK(move_of(model, at(4, 3, kB, kR), kPickUp) == Move{at(4, 3, kInTaxi, kR), -1});
  CHECK(move_of(model, at(4, 3, kY, kR), kPickUp) == Move{at(4, 3, kY, kR), -10});
  CHECK(move_of(model, at(2, 2, kB, kR), kPickUp) == Move{at(2, 2, kB, kR), -10});
  CHECK(move_of(model, at(4, 3, kInTaxi, kR), kPickUp) == Move{at(4, 3, kInTaxi, kR), -10});
}

TEST_CASE("taxi: a drop delivers for 20, puts down at a wrong place for -1, elsewhere costs 10") {
  const rl::FiniteMdp model = rl::taxi().model;
  CHECK(move_of(model, at(0, 4, kInTaxi, kG), kDropOff) == Move{at(0, 4, kG, kG), 20});
  CHECK(model.terminal(at(0, 4, kG, kG)));
  CHECK(move_of(model, at(4, 0, kInTaxi, kG), kDropOff) == Move{at(4, 0, kY, kG), -1});
  CHECK(move_of(model, at(2, 2, kInTaxi, kG), kDropOff) == Move{at(2, 2, kInTaxi, kG), -10});
  CHECK(move_of(model, at(0, 4, kR, kG), kDropOff) == Move{at(0, 4, kR, kG), -10});
}

TEST_CASE("taxi: 300 starts alike, passengers wait at a place that is not the destination") {
  const std::vector<double> start = tests::start_of(rl::taxi().model);
  CHECK(start.size() == 500);
  int count = 0;
  for (int row = 0; row < 5; ++row)
    for (int col = 0; col < 5; ++col)
      for (int passenger = 0; passenger <= kInTaxi; ++passenger)
        for (int destination = 0; destination < 4; ++destination) {
          const double p = start[static_cast<std::size_t>(at(row, col, passenger, destination))];
          const bool possible = passenger != kInTaxi && passenger != destination;
          CHECK(p == Approx(possible ? 1.0 / 300 : 0));
          count += p > 0 ? 1 : 0;
        }
  CHECK(count == 300);
}

TEST_CASE("taxi: delivery alone ends: 100 terminal states, four of which can be entered") {
  const rl::FiniteMdp model = rl::taxi().model;
  const std::vector<std::uint8_t> reachable = rl::reachable(model);
  int terminal = 0;
  int entered = 0;
  for (rl::State s = 0; s < model.num_states(); ++s) {
    if (!model.terminal(s)) continue;
    ++terminal;
    entered += reachable[static_cast<std::size_t>(s)];
  }
  CHECK(terminal == 100);
  CHECK(entered == 4);
  // 300 starts, 100 with the passenger in the taxi, 4 ends.
  CHECK(std::count(reachable.begin(), reachable.end(), 1) == 404);
}

TEST_CASE("taxi in the rain: a move drifts to each side with 0.1, and not at all where blocked") {
  const rl::FiniteMdp model = rl::taxi({.rainy = true}).model;
  const rl::State s = at(2, 2, kR, kB);
  CHECK(probability_of(model, s, kSouth, {at(3, 2, kR, kB), -1}) == Approx(0.8));
  CHECK(probability_of(model, s, kSouth, {at(2, 1, kR, kB), -1}) == 0.1);
  CHECK(probability_of(model, s, kSouth, {at(2, 3, kR, kB), -1}) == 0.1);
  // East from (3, 1): north (2, 1) and south (4, 1) are the sides.
  CHECK(probability_of(model, at(3, 1, kR, kB), kEast, {at(2, 1, kR, kB), -1}) == 0.1);
  CHECK(probability_of(model, at(3, 1, kR, kB), kEast, {at(4, 1, kR, kB), -1}) == 0.1);
  // North from (1, 1): the drift to the east meets a wall and stays.
  CHECK(probability_of(model, at(1, 1, kR, kB), kNorth, {at(1, 1, kR, kB), -1}) == 0.1);
  // Blocked moves: nothing happens at all.
  CHECK(move_of(model, at(1, 1, kR, kB), kEast) == Move{at(1, 1, kR, kB), -1});
  CHECK(move_of(model, at(0, 3, kR, kB), kNorth) == Move{at(0, 3, kR, kB), -1});
  CHECK(move_of(model, at(4, 3, kB, kR), kPickUp) == Move{at(4, 3, kInTaxi, kR), -1});
}

TEST_CASE("taxi, fickle: the first move with the passenger changes a flagged destination, once") {
  const rl::Problem p = rl::taxi({.fickle = true});
  const rl::FiniteMdp& model = p.model;
  constexpr rl::State kFlag = 500;
  CHECK(model.num_states() == 1000);
  const rl::State s = kFlag + at(2, 2, kInTaxi, kG);
  for (const int other : {kR, kY, kB})
    CHECK(probability_of(model, s, kSouth, {at(3, 2, kInTaxi, other), -1}) == Approx(1.0 / 3));
  // Not by a bump, not before the passenger is in, not without the flag.
  CHECK(move_of(model, kFlag + at(0, 1, kInTaxi, kG), kEast) ==
        Move{kFlag + at(0, 1, kInTaxi, kG), -1});
  CHECK(move_of(model, kFlag + at(2, 2, kR, kG), kSouth) == Move{kFlag + at(3, 2, kR, kG), -1});
  CHECK(move_of(model, kFlag + at(0, 0, kR, kG), kPickUp) ==
        Move{kFlag + at(0, 0, kInTaxi, kG), -1});
  CHECK(move_of(model, at(2, 2, kInTaxi, kG), kSouth) == Move{at(3, 2, kInTaxi, kG), -1});
}

TEST_CASE("taxi, fickle: the flag is set at the start with 0.3") {
  const std::vector<double> start = tests::start_of(rl::taxi({.fickle = true}).model);
  double flagged = 0;
  for (std::size_t s = 500; s < 1000; ++s) flagged += start[s];
  CHECK(flagged == Approx(0.3));
  CHECK(start[static_cast<std::size_t>(at(2, 2, kR, kG))] == Approx(0.7 / 300));
}

TEST_CASE("taxi: drawn as four ways to fetch and four to deliver") {
  const rl::Picture picture = rl::taxi().picture;
  REQUIRE(picture.panels.size() == 8);
  CHECK(picture.panels[0].title == "passenger at R, to G");
  CHECK(picture.panels[0].state[7] == at(1, 2, kR, kG));
  CHECK(picture.panels[7].title == "passenger in the taxi, to B");
  CHECK(picture.panels[7].mark[4 * 5 + 3] == 'T');
  CHECK(picture.state_name(at(1, 2, kInTaxi, kY)) == "(1,2) with passenger to Y");
  CHECK(picture.state_name(at(0, 4, kG, kG)) == "(0,4) delivered at G");
}

}  // namespace taxi_test
