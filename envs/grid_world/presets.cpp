#include "envs/grid_world/presets.hpp"

#include <string>
#include <vector>

namespace rl {

namespace {

std::vector<std::string> rows_of(MfrlMap map) {
  switch (map) {
    case MfrlMap::grid_5x5:
      return {"S....", ".FF..", "..F..", ".FTF.", ".F..."};
    case MfrlMap::grid_3x3:
      return {"S..", "..F", "F.T"};
    case MfrlMap::grid_2x2:
      return {"SF", ".T"};
    case MfrlMap::grid_2x2_open:
      return {"S.", ".T"};
    case MfrlMap::grid_1x2:
      return {"ST"};
    case MfrlMap::python:
      return {".....", "..F..", "..S..", ".F.F.", "....T"};
  }
  return {};
}

}  // namespace

GridWorld mfrl_grid(MfrlMap map, const GridRules& rules) {
  GridWorld world;
  world.map = parse_map(rows_of(map));
  world.rules = rules;
  if (map == MfrlMap::grid_1x2) world.moves = {kLeft, kStay, kRight};
  if (map == MfrlMap::python) {
    world.moves = {kDown, kRight, kUp, kLeft, kStay};
    world.gamma = 0.99;
    world.one_based = false;
  }
  return world;
}

GridRules mfrl_forbidden_10() {
  GridRules rules;
  rules.r_forbidden = -10;
  return rules;
}

GridRules mfrl_forbidden_10_convention_b() {
  GridRules rules = mfrl_forbidden_10();
  rules.bump_from_forbidden = BumpRule::sum;
  return rules;
}

GridRules mfrl_episodic() {
  GridRules rules;
  rules.r_boundary = rules.r_forbidden = -10;
  rules.r_target = 0;
  rules.r_other = -1;
  rules.target_terminates = true;
  return rules;
}

GridRules mfrl_episodic_reward() {
  GridRules rules;
  rules.r_boundary = rules.r_forbidden = -10;
  rules.target_terminates = true;
  return rules;
}

GridRules mfrl_single_trajectory() {
  GridRules rules;
  rules.r_boundary = rules.r_forbidden = -10;
  return rules;
}

GridRules mfrl_python_rules() {
  GridRules rules;
  rules.r_boundary = rules.r_forbidden = -5;
  rules.r_target = 10;
  rules.r_other = -1;
  rules.forbidden = ForbiddenRule::bounce;
  rules.target_terminates = true;
  return rules;
}

void add_mfrl_grids(Registry& registry) {
  const auto add = [&](const char* name, const char* title, const char* source,
                       const GridRules& rules, MfrlMap map, std::int64_t episode_steps = kNoLimit,
                       const char* note = "") {
    const auto make = [=](const GridRules& chosen, const WorldContext& context) {
      GridWorld world = mfrl_grid(map, chosen);
      world.episode_steps = episode_steps;
      Problem problem = grid_problem(world, context.memory_limit);
      problem.note = note;
      return problem;
    };
    registry.add_world(name, title, source, rules, make);
  };
  const MfrlMap big = MfrlMap::grid_5x5;
  add("mfrl_5x5", "MFRL's 5x5 grid, the target pays on",
      "MFRL Fig 2.7, 3.2, 3.4, 4.2, 5.3, 5.5, 5.8, 7.4, 7.5, 8.6-8.8", {}, big);
  add("mfrl_5x5_forbidden_10", "the 5x5 grid, forbidden cells cost 10",
      "MFRL Fig 3.4(d), 4.4, 5.4, 5.6, 5.7", mfrl_forbidden_10(), big);
  add("mfrl_5x5_forbidden_10_convention_b", "the same, a bump from a forbidden cell costs 1 + 10",
      "MFRL Fig 5.6, 5.7 as printed", mfrl_forbidden_10_convention_b(), big, kNoLimit,
      "the figures' numbers come out only with this rule; the book's text has the other");
  add("mfrl_5x5_episodic", "the 5x5 grid, every step costs, the target ends the episode",
      "MFRL Fig 7.2, 7.3, Box 7.4", mfrl_episodic(), big, kNoLimit,
      "the book gives no gamma for these figures; 0.9 is a choice");
  add("mfrl_5x5_episodic_reward", "the 5x5 grid, only the target pays and ends the episode",
      "MFRL Fig 8.9, 8.10", mfrl_episodic_reward(), big);
  add("mfrl_5x5_single_trajectory", "the 5x5 grid as one trajectory of 1,000 steps",
      "MFRL Fig 8.11; Fig 8.12 has 100 steps", mfrl_single_trajectory(), big, 1000);
  add("mfrl_3x3", "MFRL's 3x3 grid", "MFRL Chapter 1, Fig 5.3", {}, MfrlMap::grid_3x3);
  add("mfrl_2x2", "MFRL's 2x2 grid, s2 forbidden", "MFRL Chapters 2-4, Fig 8.5", {},
      MfrlMap::grid_2x2);
  add("mfrl_2x2_open", "the 2x2 grid without a forbidden cell", "MFRL Fig 3.5", {},
      MfrlMap::grid_2x2_open);
  add("mfrl_1x2", "MFRL's 1x2 grid with three actions: left, stay, right", "MFRL 4.2.3, Fig 4.3",
      {}, MfrlMap::grid_1x2);
  add("mfrl_python", "the grid that MFRL publishes as Python code, another MDP than the book's",
      "MFRL's code, src/grid_world.py and examples/arguments.py", mfrl_python_rules(),
      MfrlMap::python, kNoLimit,
      "unlike the book: forbidden cells bounce, one penalty, other map, rewards and order of "
      "actions, the end is reported at the target (target_terminates=false goes on); no gamma is "
      "given, 0.99 is a choice");
}

}  // namespace rl
