#include "envs/racetrack.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rl/mdp_graph.hpp"
#include "tests/envs/outcomes.hpp"

using doctest::Approx;
using tests::Move;
using tests::probability_of;

namespace {

/// A track and the numbers of its states, read off its picture.
struct Race {
  explicit Race(rl::RacetrackOptions options = {}) : problem(rl::racetrack(options)) {}
  rl::Problem problem;

  const rl::FiniteMdp& model() const { return problem.model; }
  const rl::Panel& panel() const { return problem.picture.panels.at(0); }
  rl::State car(int row, int col, int vx, int vy) const {
    return panel().state[rl::index(row) * rl::index(panel().cols) + rl::index(col)] + 5 * vx + vy;
  }
  rl::State finish() const { return model().num_states() - 1; }
};

rl::Action increment(int dvx, int dvy) { return 3 * (dvx + 1) + dvy + 1; }

}  // namespace

TEST_CASE("racetrack: the car moves by its new velocity, and with 0.1 the velocity stays") {
  const Race race;
  // From the start (31, 3) at rest upwards: (30, 3) with velocity (0, 1), or nothing happens.
  const rl::State s = race.car(31, 3, 0, 0);
  CHECK(probability_of(race.model(), s, increment(0, 1), {race.car(30, 3, 0, 1), -1}) == 0.9);
  CHECK(probability_of(race.model(), s, increment(0, 1), {s, -1}) == Approx(0.1));
  CHECK(race.model().outcomes(s, increment(0, 1)).size() == 2);
}

TEST_CASE(
    "racetrack: a path that meets the finish line ends there for -1, also if it goes beyond") {
  const Race race;
  CHECK(tests::move_of(race.model(), race.car(0, 15, 1, 0), increment(0, 0)) ==
        Move{race.finish(), -1});
  CHECK(tests::move_of(race.model(), race.car(1, 14, 4, 0), increment(0, 0)) ==
        Move{race.finish(), -1});
  // (3, 14) with (2, 3): m = 3, columns 14 + round(2/3, 4/3, 2) = 15, 15, 16: the cells (2, 15),
  // (1, 15) and (0, 16), the last one on the line.
  CHECK(tests::move_of(race.model(), race.car(3, 14, 2, 3), increment(0, 0)) ==
        Move{race.finish(), -1});
}

TEST_CASE("racetrack: a crash leads to each start cell alike, at rest, for -1") {
  const Race race;
  // (31, 8) at rest to the right: (31, 9) is off the track. Six start cells get 0.9 / 6 = 0.15;
  // with 0.1 the car stays, so its own cell gets 0.25.
  const rl::State s = race.car(31, 8, 0, 0);
  for (int col = 3; col <= 7; ++col)
    CHECK(probability_of(race.model(), s, increment(1, 0), {race.car(31, col, 0, 0), -1}) ==
          Approx(0.15));
  CHECK(probability_of(race.model(), s, increment(1, 0), {s, -1}) == Approx(0.25));
  CHECK(race.model().outcomes(s, increment(1, 0)).size() == 6);
  // (3, 14) with (1, 4): halves round up, so (2, 14), (1, 15), (0, 15), and (-1, 15) is a crash.
  const rl::State t = race.car(3, 14, 1, 4);
  CHECK(probability_of(race.model(), t, increment(0, 0), {race.car(31, 5, 0, 0), -1}) ==
        Approx(1.0 / 6));
}

TEST_CASE("racetrack: a path that first leaves the track crashes though its end lies on it") {
  const Race race;
  const rl::State s = race.car(6, 9, 4, 3);
  // m = 4: columns 10 .. 13, rows 6 - round(3/4, 6/4, 9/4, 3) = 5, 4, 4, 3: all on the track.
  CHECK(tests::move_of(race.model(), s, increment(0, 0)) == Move{race.car(3, 13, 4, 3), -1});
  // (7, 8) with (4, 2): (7 - round(1/2) = 6, 9) is on the track, (6, 10) is off; the end (5, 12) is
  // on it.
  CHECK(race.panel().state[5 * 17 + 12] >= 0);
  CHECK(probability_of(race.model(), race.car(7, 8, 4, 2), increment(0, 0),
                       {race.car(5, 12, 4, 2), -1}) == 0);
  CHECK(race.model().outcomes(race.car(7, 8, 4, 2), increment(0, 0)).size() == 6);
}

TEST_CASE("racetrack: a velocity that would become (0, 0) off the starting line is kept") {
  const Race race;
  const rl::State s = race.car(30, 3, 0, 1);
  CHECK(tests::move_of(race.model(), s, increment(0, -1)) == Move{race.car(29, 3, 0, 1), -1});
  CHECK(tests::move_of(race.model(), s, increment(-1, -1)) == Move{race.car(29, 3, 0, 1), -1});
  // On the starting line it may become (0, 0).
  const rl::State at_start = race.car(31, 3, 0, 0);
  CHECK(tests::move_of(race.model(), at_start, increment(-1, 0)) == Move{at_start, -1});
}

TEST_CASE("racetrack: each component of the velocity is clipped to 0 .. 4") {
  const Race race;
  CHECK(tests::move_of(race.model(), race.car(20, 3, 0, 4), increment(0, 1)) ==
        Move{race.car(16, 3, 0, 4), -1});
  CHECK(probability_of(race.model(), race.car(20, 3, 0, 2), increment(-1, 1),
                       {race.car(17, 3, 0, 3), -1}) == 0.9);
}

TEST_CASE(
    "racetrack: starts are uniform over the line, 6 cells on the left track, 23 on the right") {
  const auto check_starts = [](rl::RacetrackOptions::Track track, int starts) {
    const Race race({.track = track});
    int count = 0;
    race.model().for_each_start([&](rl::State s, double p) {
      CHECK(p == Approx(1.0 / starts));
      CHECK(race.problem.picture.state_name(s).find("v (0,0)") != std::string::npos);
      ++count;
    });
    CHECK(count == starts);
  };
  check_starts(rl::RacetrackOptions::Track::left, 6);
  check_starts(rl::RacetrackOptions::Track::right, 23);
}

TEST_CASE("racetrack: both tracks have the stated size, start and finish lines") {
  const Race left;
  CHECK(left.panel().rows == 32);
  CHECK(left.panel().cols == 17);
  CHECK(left.model().num_states() == 292 * 25 + 1);
  const Race right({.track = rl::RacetrackOptions::Track::right});
  CHECK(right.panel().rows == 30);
  CHECK(right.panel().cols == 32);
  CHECK(right.model().num_states() == 506 * 25 + 1);
  for (int row = 0; row < 32; ++row)
    CHECK((left.panel().mark[static_cast<std::size_t>(row * 17 + 16)] == 'T') == (row <= 5));
  for (int row = 0; row < 30; ++row)
    CHECK((right.panel().mark[static_cast<std::size_t>(row * 32 + 31)] == 'T') == (row <= 8));
  CHECK(std::count(left.panel().mark.begin(), left.panel().mark.end(), 'S') == 6);
  CHECK(std::count(right.panel().mark.begin(), right.panel().mark.end(), 'S') == 23);
}

TEST_CASE("racetrack: from every state some policy finishes, and no noise leaves one outcome") {
  CHECK_FALSE(rl::state_without_end(Race().model()).has_value());
  const Race sure({.p_fail = 0});
  CHECK(tests::move_of(sure.model(), sure.car(31, 3, 0, 0), increment(0, 1)) ==
        Move{sure.car(30, 3, 0, 1), -1});
}
