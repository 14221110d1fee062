#include "envs/tsitsiklis_van_roy.hpp"

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("tsitsiklis and van roy: the first state leads to the second, which ends with epsilon") {
  const rl::FiniteMdp model = rl::tsitsiklis_van_roy().model;
  REQUIRE(model.outcomes(0, 0).size() == 1);
  CHECK(model.outcomes(0, 0)[0].next == 1);
  const std::vector<rl::Outcome> second = model.outcomes(1, 0);
  REQUIRE(second.size() == 2);
  CHECK(second[0].next == 1);
  CHECK(second[0].probability == doctest::Approx(0.99));
  CHECK(second[1].next == 2);
  CHECK(second[1].probability == 0.01);
  CHECK(model.terminal(2));
  CHECK(model.row(1, 0).reward == 0);
}

TEST_CASE("tsitsiklis and van roy: least squares to the one-step return grows w by 1.18008") {
  // Minimise (w' - gamma 2 w)^2 + (2 w' - gamma (1 - eps) 2 w)^2 over w', for w = 1, with the
  // model's own expected next values: w' = (t_1 + 2 t_2) / 5.
  const rl::Problem p = rl::tsitsiklis_van_roy();
  const double feature[] = {1, 2, 0};
  double numerator = 0;
  for (rl::State s = 0; s < 2; ++s)
    for (const rl::Outcome& o : p.model.outcomes(s, 0))
      numerator += feature[s] * p.gamma * o.probability * feature[o.next];
  CHECK(numerator / 5 == doctest::Approx(1.18008).epsilon(1e-12));
}

TEST_CASE("tsitsiklis and van roy: with epsilon 1 the second state ends at once") {
  const rl::FiniteMdp model = rl::tsitsiklis_van_roy({.epsilon = 1}).model;
  REQUIRE(model.outcomes(1, 0).size() == 1);
  CHECK(model.outcomes(1, 0)[0].next == 2);
}
