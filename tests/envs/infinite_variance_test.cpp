#include "envs/infinite_variance.hpp"

#include <doctest/doctest.h>

#include <vector>

TEST_CASE("infinite variance: left returns with 0.9 and ends with 0.1 and +1, right ends unpaid") {
  const rl::FiniteMdp model = rl::infinite_variance().model;
  const std::vector<rl::Outcome> left = model.outcomes(0, 0);
  REQUIRE(left.size() == 2);
  CHECK(left[0].next == 0);
  CHECK(left[0].probability == 0.9);
  CHECK(left[0].reward == 0);
  CHECK(left[1].next == 1);
  CHECK(left[1].probability == doctest::Approx(0.1));
  CHECK(left[1].reward == 1);
  const std::vector<rl::Outcome> right = model.outcomes(0, 1);
  REQUIRE(right.size() == 1);
  CHECK(right[0].next == 1);
  CHECK(right[0].reward == 0);
  CHECK(model.terminal(1));
}

TEST_CASE("infinite variance: always left earns 0.1 + 0.9 v = v, that is 1") {
  const rl::FiniteMdp model = rl::infinite_variance().model;
  const rl::FiniteMdp::Row row = model.row(0, 0);
  CHECK(row.reward + row.probability(0) * 1.0 == doctest::Approx(1));
}

TEST_CASE("infinite variance: without a way back left ends at once") {
  const rl::FiniteMdp model = rl::infinite_variance({.p_back = 0}).model;
  REQUIRE(model.outcomes(0, 0).size() == 1);
  CHECK(model.outcomes(0, 0)[0].next == 1);
}
