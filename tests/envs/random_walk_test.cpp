#include "envs/random_walk.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "rl/policy.hpp"

using rl::Outcome;

namespace random_walk_test {

namespace {

constexpr rl::Action kLeft = 0;
constexpr rl::Action kRight = 1;

/// The largest residual |v(s) - mean over both actions of E[r + v(s')]|.
double residual_under_the_walk(const rl::FiniteMdp& model, const std::vector<double>& v) {
  double worst = 0;
  for (rl::State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    double expected = 0;
    for (const rl::Action a : {kLeft, kRight})
      for (const Outcome& o : model.outcomes(s, a))
        expected += 0.5 * o.probability * (o.reward + v[static_cast<std::size_t>(o.next)]);
    worst = std::max(worst, std::abs(expected - v[static_cast<std::size_t>(s)]));
  }
  return worst;
}

}  // namespace

TEST_CASE("random walk of 5: one step to the side, +1 at the right end alone") {
  const rl::Problem p = rl::random_walk(rl::random_walk_5());
  CHECK(p.model.num_states() == 7);
  // C (3) to B (2) and D (4), unpaid.
  CHECK(p.model.outcomes(3, kLeft)[0].next == 2);
  CHECK(p.model.outcomes(3, kLeft)[0].reward == 0);
  CHECK(p.model.outcomes(3, kRight)[0].next == 4);
  // A to the left end pays 0, E to the right end pays 1.
  CHECK(p.model.outcomes(1, kLeft)[0].next == 0);
  CHECK(p.model.outcomes(1, kLeft)[0].reward == 0);
  CHECK(p.model.outcomes(5, kRight)[0].next == 6);
  CHECK(p.model.outcomes(5, kRight)[0].reward == 1);
  CHECK(p.model.terminal(0));
  CHECK(p.model.terminal(6));
  CHECK(p.picture.state_name(1) == "A");
  CHECK(p.picture.state_name(5) == "E");
}

TEST_CASE("random walk of 5: v(s) = s / 6 solves its Bellman equation under the uniform policy") {
  const rl::Problem p = rl::random_walk(rl::random_walk_5());
  const std::vector<double> v = {0, 1 / 6.0, 2 / 6.0, 3 / 6.0, 4 / 6.0, 5 / 6.0, 0};
  CHECK(residual_under_the_walk(p.model, v) < 1e-15);
}

TEST_CASE("random walk of 19: v(s) = (s - 10) / 10 and the ends pay -1 and +1") {
  const rl::Problem p = rl::random_walk(rl::random_walk_19());
  std::vector<double> v(21, 0);
  for (std::size_t s = 1; s <= 19; ++s) v[s] = (static_cast<double>(s) - 10) / 10;
  CHECK(residual_under_the_walk(p.model, v) < 1e-15);
  CHECK(p.model.outcomes(1, kLeft)[0].reward == -1);
  CHECK(p.model.outcomes(19, kRight)[0].reward == 1);
}

TEST_CASE("random walks start in the middle: 3 of 5, 10 of 19, 500 of 1000") {
  const auto check_start = [](const rl::RandomWalkOptions& options, rl::State start) {
    rl::random_walk(options).model.for_each_start([&](rl::State s, double probability) {
      CHECK(s == start);
      CHECK(probability == 1);
    });
  };
  check_start(rl::random_walk_5(), 3);
  check_start(rl::random_walk_19(), 10);
  check_start(rl::random_walk_1000(), 500);
}

TEST_CASE("random walk of 1000: a jump past an end terminates there with all of its probability") {
  const rl::Problem p = rl::random_walk(rl::random_walk_1000());
  // From 30 to the left: 29 .. 1 with 0.01 each, the other 71 jumps (30 .. 100) reach the end.
  const std::vector<Outcome> row = p.model.outcomes(30, kLeft);
  REQUIRE(row.size() == 30);
  CHECK(row[0].next == 29);
  CHECK(row[28].next == 1);
  CHECK(row[28].probability == doctest::Approx(0.01));
  CHECK(row[29].next == 0);
  CHECK(row[29].probability == doctest::Approx(0.71));
  CHECK(row[29].reward == -1);
  // From 500 to the right: 501 .. 600, none of them an end.
  CHECK(p.model.outcomes(500, kRight).size() == 100);
  CHECK(p.model.outcomes(500, kRight).back().next == 600);
  // From 901 to the right the jump of 100 alone ends; from 900 none does.
  CHECK(p.model.outcomes(901, kRight).back().next == 1001);
  CHECK(p.model.outcomes(901, kRight).back().probability == doctest::Approx(0.01));
  CHECK(p.model.outcomes(901, kRight).back().reward == 1);
  CHECK(p.model.outcomes(900, kRight).back().next == 1000);
}

TEST_CASE("random walk: a start outside 1..n is refused with both numbers") {
  CHECK_THROWS_WITH_AS(rl::random_walk({.n = 4, .start = 5}),
                       "random walk: start 5 is not a state 1..4", std::invalid_argument);
  CHECK(rl::random_walk({.n = 4, .start = 4}).picture.panels[0].mark[4] == 'S');
}

}  // namespace random_walk_test
