#include "envs/baird.hpp"

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("baird: from every state dashed leads to one of six upper states, solid to the lower") {
  const rl::FiniteMdp model = rl::baird().model;
  CHECK(model.num_states() == 7);
  for (rl::State s = 0; s < 7; ++s) {
    const std::vector<rl::Outcome> dashed = model.outcomes(s, 0);
    REQUIRE(dashed.size() == 6);
    for (rl::State next = 0; next < 6; ++next) {
      CHECK(dashed[static_cast<std::size_t>(next)].next == next);
      CHECK(dashed[static_cast<std::size_t>(next)].probability == 1.0 / 6);
    }
    const std::vector<rl::Outcome> solid = model.outcomes(s, 1);
    REQUIRE(solid.size() == 1);
    CHECK(solid[0].next == 6);
  }
}

TEST_CASE("baird: nothing is paid and nothing ends") {
  const rl::Problem p = rl::baird();
  CHECK_FALSE(p.model.has_terminal());
  CHECK(p.gamma == 0.99);
  for (rl::State s = 0; s < 7; ++s)
    for (rl::Action a = 0; a < 2; ++a) CHECK(p.model.row(s, a).reward == 0);
}

TEST_CASE("baird: the behaviour, dashed 6/7, leaves the states uniform") {
  const rl::FiniteMdp model = rl::baird().model;
  // d'(s) = sum over 7 states of 1/7 (6/7 * 1/6 for an upper one, 1/7 for the lower) = 1/7.
  std::vector<double> next(7, 0);
  for (rl::State s = 0; s < 7; ++s)
    for (rl::Action a = 0; a < 2; ++a)
      for (const rl::Outcome& o : model.outcomes(s, a))
        next[static_cast<std::size_t>(o.next)] +=
            1.0 / 7 * (a == 0 ? 6.0 / 7 : 1.0 / 7) * o.probability;
  for (const double d : next) CHECK(d == doctest::Approx(1.0 / 7));
}

TEST_CASE("baird: states are named as in the book, from 1") {
  CHECK(rl::baird().picture.state_name(0) == "s1");
  CHECK(rl::baird().picture.state_name(6) == "s7");
}
