#include "envs/grid_world/presets.hpp"

#include <string>
#include <vector>

namespace rl {

namespace {

GridWorld grid(const std::vector<std::string>& rows, const GridRules& rules) {
  check_slip(rules);
  GridWorld world;
  world.map = parse_map(rows);
  world.rules = rules;
  return world;
}

GridWorld grid_5x5(const GridRules& rules) {
  return grid({"S....", ".FF..", "..F..", ".FTF.", ".F..."}, rules);
}

}  // namespace

Problem mfrl_5x5(const GridRules& rules, const WorldContext& context) {
  return grid_problem(grid_5x5(rules), context);
}

Problem mfrl_5x5_single_trajectory(const GridRules& rules, const WorldContext& context) {
  GridWorld world = grid_5x5(rules);
  world.episode_steps = 1000;
  return grid_problem(world, context);
}

Problem mfrl_3x3(const GridRules& rules, const WorldContext& context) {
  return grid_problem(grid({"S..", "..F", "F.T"}, rules), context);
}

Problem mfrl_2x2(const GridRules& rules, const WorldContext& context) {
  return grid_problem(grid({"SF", ".T"}, rules), context);
}

Problem mfrl_2x2_open(const GridRules& rules, const WorldContext& context) {
  return grid_problem(grid({"S.", ".T"}, rules), context);
}

Problem mfrl_1x2(const GridRules& rules, const WorldContext& context) {
  GridWorld world = grid({"ST"}, rules);
  world.moves = {kLeft, kStay, kRight};
  return grid_problem(world, context);
}

Problem mfrl_python(const GridRules& rules, const WorldContext& context) {
  GridWorld world = grid({".....", "..F..", "..S..", ".F.F.", "....T"}, rules);
  world.moves = {kDown, kRight, kUp, kLeft, kStay};
  world.gamma = 0.99;
  world.one_based = false;
  Problem problem = grid_problem(world, context);
  problem.note =
      "unlike the book: forbidden cells bounce, one penalty, other map, rewards and order of "
      "actions, the end is reported at the target (target_terminates=false goes on); no gamma is "
      "given, 0.99 is a choice";
  return problem;
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

}  // namespace rl
