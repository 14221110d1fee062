#include "envs/cliff_walking.hpp"

namespace rl {

namespace {

GridWorld cliff(const CliffWalkingOptions& options) {
  GridWorld world;
  world.map = parse_map({"............", "............", "............", "SFFFFFFFFFFT"});
  GridRules& rules = world.rules;
  rules.r_boundary = rules.r_target = rules.r_other = -1;
  rules.r_forbidden = -100;
  rules.forbidden = ForbiddenRule::restart;
  rules.target_terminates = true;
  if (options.slippery) {
    rules.slip = 2.0 / 3;
    rules.slip_kind = SlipKind::perpendicular;
  }
  world.moves = standard_moves(4);
  world.gamma = 1;
  world.one_based = false;
  return world;
}

}  // namespace

Problem cliff_walking(const CliffWalkingOptions& options, const WorldContext& context) {
  return grid_problem(cliff(options), context);
}

Problem gym_cliff_walking(const CliffWalkingOptions& options, const WorldContext& context) {
  GridWorld world = cliff(options);
  world.blocked_cells_have_rows = true;
  Problem problem = grid_problem(world, context);
  problem.note = "Gymnasium gives no discount; 1 is a choice";
  return problem;
}

}  // namespace rl
