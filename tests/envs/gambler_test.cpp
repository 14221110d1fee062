#include "envs/gambler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "rl/mdp_graph.hpp"

using rl::Outcome;

TEST_CASE("gambler: heads wins the stake, tails loses it, and only the goal pays") {
  const rl::Problem p = rl::gambler();
  // 30 coins, stake 20 (action 19): 50 with 0.4, 10 with 0.6, no reward yet.
  const std::vector<Outcome> row = p.model.outcomes(30, 19);
  REQUIRE(row.size() == 2);
  CHECK(row[0].probability == 0.4);
  CHECK(row[0].next == 50);
  CHECK(row[0].reward == 0);
  CHECK(row[1].probability == 0.6);
  CHECK(row[1].next == 10);
  CHECK(row[1].reward == 0);
}

TEST_CASE("gambler: the reward is 1 on reaching the goal and 0 on ruin") {
  const rl::Problem p = rl::gambler();
  // 75 coins, stake 25 (action 24): 100 with 0.4 pays 1, 50 with 0.6 pays 0.
  CHECK(p.model.outcomes(75, 24)[0].next == 100);
  CHECK(p.model.outcomes(75, 24)[0].reward == 1);
  CHECK(p.model.outcomes(75, 24)[1].reward == 0);
  CHECK(p.model.row(75, 24).reward == 0.4);  // 0.4 * 1 + 0.6 * 0
  // 50 coins, all in (action 49): either end.
  CHECK(p.model.outcomes(50, 49)[0].next == 100);
  CHECK(p.model.outcomes(50, 49)[1].next == 0);
  CHECK(p.model.terminal(0));
  CHECK(p.model.terminal(100));
}

TEST_CASE("gambler: a stake is at most the capital and what is missing to the goal") {
  const rl::Problem p = rl::gambler();
  CHECK(p.model.num_actions() == 50);
  for (rl::State s = 1; s < 100; ++s)
    for (rl::Action a = 0; a < 50; ++a)
      CHECK(p.model.available(s, a) == (a + 1 <= std::min(s, 100 - s)));
}

TEST_CASE("gambler: every policy ends, for each stake moves the capital") {
  const std::vector<std::uint8_t> endless = rl::endless_states(rl::gambler().model);
  CHECK(std::count(endless.begin(), endless.end(), 1) == 0);
}

TEST_CASE("gambler: a certain coin leaves one outcome, and an odd goal the smaller half") {
  const rl::Problem p = rl::gambler({.ph = 1, .goal = 5});
  CHECK(p.model.num_states() == 6);
  CHECK(p.model.num_actions() == 2);
  REQUIRE(p.model.outcomes(3, 1).size() == 1);
  CHECK(p.model.outcomes(3, 1)[0].next == 5);
  CHECK(rl::gambler({.ph = 0}).model.outcomes(3, 1)[0].next == 1);
}

TEST_CASE("gambler: drawn as one row of capitals, stakes named by their size") {
  const rl::Problem p = rl::gambler();
  REQUIRE(p.picture.panels.size() == 1);
  CHECK(p.picture.panels[0].cols == 101);
  CHECK(p.picture.panels[0].mark[0] == 'X');
  CHECK(p.picture.panels[0].mark[100] == 'T');
  CHECK(p.picture.action_name(24) == "stake 25");
  CHECK(p.picture.actions[0].ascii == '1');
  CHECK(p.picture.actions[49].ascii == 'O');  // 50 = 10 digits + 26 letters + 14: the 15th capital
}
