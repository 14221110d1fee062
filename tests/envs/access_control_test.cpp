#include "envs/access_control.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

using doctest::Approx;

namespace {

constexpr rl::Action kReject = 0;
constexpr rl::Action kAccept = 1;
rl::State queue(int free, int priority_index) { return 4 * free + priority_index; }

}  // namespace

TEST_CASE("access control: the server just taken may end in the same step") {
  const rl::FiniteMdp model = rl::access_control().model;
  // All free, priority 8 accepted: one busy server, free again with 0.06; each next customer 1/4.
  const std::vector<rl::Outcome> row = model.outcomes(queue(10, 3), kAccept);
  REQUIRE(row.size() == 8);
  for (const rl::Outcome& o : row) {
    CHECK(o.reward == 8);
    CHECK(o.probability == Approx(o.next >= queue(10, 0) ? 0.06 / 4 : 0.94 / 4));
    CHECK(o.next >= queue(9, 0));
  }
}

TEST_CASE("access control: rejecting with all servers free changes the customer alone") {
  const rl::FiniteMdp model = rl::access_control().model;
  const std::vector<rl::Outcome> row = model.outcomes(queue(10, 0), kReject);
  REQUIRE(row.size() == 4);
  for (const rl::Outcome& o : row) {
    CHECK(o.reward == 0);
    CHECK(o.probability == 0.25);
    CHECK(o.next >= queue(10, 0));
  }
}

TEST_CASE("access control: with no server free only reject is there, and ten may become free") {
  const rl::FiniteMdp model = rl::access_control().model;
  CHECK_FALSE(model.available(queue(0, 3), kAccept));
  const std::vector<rl::Outcome> row = model.outcomes(queue(0, 3), kReject);
  REQUIRE(row.size() == 44);
  // Binomial(10, 0.06): none 0.94^10, two 45 * 0.06^2 * 0.94^8, all 0.06^10.
  CHECK(row[0].probability == Approx(std::pow(0.94, 10) / 4).epsilon(1e-13));
  CHECK(row[8].next == queue(2, 0));
  CHECK(row[8].probability == Approx(45 * 0.0036 * std::pow(0.94, 8) / 4).epsilon(1e-13));
  CHECK(row[43].next == queue(10, 3));
  CHECK(row[43].probability == Approx(std::pow(0.06, 10) / 4).epsilon(1e-12));
}

TEST_CASE("access control: accepting pays the priority: 1, 2, 4, 8") {
  const rl::FiniteMdp model = rl::access_control().model;
  for (int i = 0; i < 4; ++i) CHECK(model.row(queue(5, i), kAccept).reward == Approx(1 << i));
}

TEST_CASE("access control: an average-reward problem that starts with all servers free") {
  const rl::Problem p = rl::access_control();
  CHECK(p.criterion == rl::Criterion::average);
  CHECK_FALSE(p.model.has_terminal());
  double sum = 0;
  p.model.for_each_start([&](rl::State s, double probability) {
    CHECK(s >= queue(10, 0));
    CHECK(probability == 0.25);
    sum += probability;
  });
  CHECK(sum == 1);
}

TEST_CASE("access control: drawn as priorities by free servers") {
  const rl::Panel panel = rl::access_control().picture.panels.at(0);
  CHECK(panel.rows == 4);
  CHECK(panel.cols == 11);
  CHECK(panel.state[2 * 11 + 7] == queue(7, 2));
  CHECK(panel.row_labels[3] == "8");
}

TEST_CASE("access control: a list of priorities needs one to ten entries") {
  CHECK_THROWS_WITH_AS(rl::access_control({.priorities = {}}),
                       "access_control: needs 1 to 10 priorities, not 0", std::invalid_argument);
}
