#include "envs/grid_world/presets.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "envs/all.hpp"
#include "tests/envs/outcomes.hpp"
#include "tests/paths.hpp"

using rl::Action;
using rl::Problem;
using rl::State;
using tests::Move;
using tests::move_of;

namespace {

constexpr Action kUpAction = 0, kRightAction = 1, kDownAction = 2, kStayAction = 4;

/// The book's state s_k.
State s(int k) { return k - 1; }

Problem preset(const char* name) {
  rl::Registry registry;
  rl::add_worlds(registry);
  return registry.world(name).make(nlohmann::json(), {});
}

nlohmann::json expected_of(const std::string& id) {
  std::ifstream file(std::string(tests::kTruthFolder) + "/textbook.json");
  nlohmann::json truth = nlohmann::json::parse(file);
  for (const nlohmann::json& c : truth.contains("cases") ? truth["cases"] : truth)
    if (c.at("id") == id) return c.at("expected");
  throw std::runtime_error("no case " + id);
}

}  // namespace

TEST_CASE("mfrl_3x3: next states are those of Table 1.1") {
  const Problem p = rl::mfrl_3x3();
  const nlohmann::json table = expected_of("mfrl.ch1.transition_table");
  for (State state = 0; state < 9; ++state)
    for (Action a = 0; a < 5; ++a)
      CHECK(move_of(p.model, state, a).next + 1 ==
            table.at(static_cast<std::size_t>(state)).at(static_cast<std::size_t>(a)).get<int>());
}

TEST_CASE("mfrl_3x3: rewards are those of Table 1.3") {
  rl::GridRules rules;
  rules.r_boundary = -2;  // apart from r_forbidden, so that the letters can be told
  rules.r_forbidden = -3;
  const Problem p = rl::mfrl_3x3(rules);
  const nlohmann::json table = expected_of("mfrl.ch1.reward_table");
  for (State state = 0; state < 9; ++state)
    for (Action a = 0; a < 5; ++a) {
      const double r = move_of(p.model, state, a).reward;
      const char letter = r == -2 ? 'B' : r == -3 ? 'F' : r == 1 ? 'T' : r == 0 ? '0' : '?';
      CHECK(letter == table.at(static_cast<std::size_t>(state))
                          .get<std::string>()
                          .at(static_cast<std::size_t>(a)));
    }
}

TEST_CASE("mfrl_5x5: the target s18 pays on, forbidden cells are entered, s1 is the start") {
  const Problem p = preset("mfrl_5x5");
  CHECK(p.name == "mfrl_5x5");
  CHECK(p.gamma == 0.9);
  CHECK(p.episode_steps == rl::kNoLimit);
  CHECK(tests::start_of(p.model)[0] == 1);
  CHECK_FALSE(p.model.has_terminal());
  CHECK(move_of(p.model, s(18), kStayAction) == Move{s(18), 1});
  CHECK(move_of(p.model, s(17), kRightAction) == Move{s(18), 1});
  for (const int k : {7, 8, 13, 17, 19, 22})
    CHECK(move_of(p.model, s(k), kStayAction) == Move{s(k), -1});
  CHECK(move_of(p.model, s(1), kStayAction) == Move{s(1), 0});
  CHECK(p.picture.panels[0].mark == "S     FF    F   FTF  F   ");
}

TEST_CASE("mfrl_5x5: the two bump rules differ in (s22, down) alone") {
  const Problem text = preset("mfrl_5x5_forbidden_10");
  const Problem printed = preset("mfrl_5x5_forbidden_10_convention_b");
  CHECK(move_of(text.model, s(22), kDownAction) == Move{s(22), -1});
  CHECK(move_of(printed.model, s(22), kDownAction) == Move{s(22), -11});
  int differences = 0;
  for (State state = 0; state < 25; ++state)
    for (Action a = 0; a < 5; ++a)
      differences += move_of(text.model, state, a) == move_of(printed.model, state, a) ? 0 : 1;
  CHECK(differences == 1);
  CHECK(move_of(text.model, s(2), kDownAction) == Move{s(7), -10});
}

TEST_CASE("mfrl_5x5_episodic: steps cost 1, bumps and forbidden cells 10, the target ends it") {
  const Problem p = preset("mfrl_5x5_episodic");
  CHECK(move_of(p.model, s(1), kRightAction) == Move{s(2), -1});
  CHECK(move_of(p.model, s(1), kUpAction) == Move{s(1), -10});
  CHECK(move_of(p.model, s(2), kDownAction) == Move{s(7), -10});
  CHECK(move_of(p.model, s(17), kRightAction) == Move{s(18), 0});
  CHECK(p.model.terminal(s(18)));
}

TEST_CASE("mfrl_5x5_episodic_reward: only the target pays, and ends it") {
  const Problem p = preset("mfrl_5x5_episodic_reward");
  CHECK(move_of(p.model, s(1), kRightAction) == Move{s(2), 0});
  CHECK(move_of(p.model, s(17), kRightAction) == Move{s(18), 1});
  CHECK(move_of(p.model, s(17), kStayAction) == Move{s(17), -10});
  CHECK(p.model.terminal(s(18)));
}

TEST_CASE("mfrl_5x5_single_trajectory: the target pays on in one episode of 1,000 steps") {
  const Problem p = preset("mfrl_5x5_single_trajectory");
  CHECK(p.episode_steps == 1000);
  CHECK(move_of(p.model, s(18), kStayAction) == Move{s(18), 1});
  CHECK(move_of(p.model, s(1), kUpAction) == Move{s(1), -10});
}

TEST_CASE("mfrl_2x2: s2 is forbidden, s4 the target; the open one has no forbidden cell") {
  const Problem p = preset("mfrl_2x2");
  CHECK(move_of(p.model, s(1), kRightAction) == Move{s(2), -1});
  CHECK(move_of(p.model, s(2), kDownAction) == Move{s(4), 1});
  CHECK(move_of(p.model, s(3), kRightAction) == Move{s(4), 1});
  CHECK(move_of(preset("mfrl_2x2_open").model, s(1), kRightAction) == Move{s(2), 0});
}

TEST_CASE("mfrl_1x2: actions are left, stay, right") {
  const Problem p = preset("mfrl_1x2");
  REQUIRE(p.model.num_actions() == 3);
  CHECK(p.picture.action_name(0) == "left");
  CHECK(move_of(p.model, s(1), 0) == Move{s(1), -1});
  CHECK(move_of(p.model, s(1), 1) == Move{s(1), 0});
  CHECK(move_of(p.model, s(1), 2) == Move{s(2), 1});
  CHECK(move_of(p.model, s(2), 1) == Move{s(2), 1});
  CHECK(move_of(p.model, s(2), 2) == Move{s(2), -1});
}

TEST_CASE("mfrl_python: forbidden cells bounce, one penalty, actions down, right, up, left, stay") {
  const Problem p = preset("mfrl_python");
  CHECK(tests::start_of(p.model)[12] == 1);        // (2, 2)
  CHECK(move_of(p.model, 12, 2) == Move{12, -5});  // up is the forbidden (row 1, col 2)
  CHECK(move_of(p.model, 12, 0) == Move{17, -1});  // down
  CHECK(move_of(p.model, 0, 3) == Move{0, -5});    // left, off the grid
  CHECK(move_of(p.model, 19, 0) == Move{24, 10});  // down onto the target (4, 4)
  CHECK(p.model.terminal(24));
  CHECK(move_of(p.model, 17, 1) == Move{17, -5});  // right: (row 3, col 3) is forbidden
  CHECK(move_of(p.model, 17, 3) == Move{17, -5});  // left: (row 3, col 1) is forbidden
}
