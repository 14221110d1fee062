#include "envs/frozen_lake.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace rl {

namespace {

using MapRows = std::vector<std::string>;

constexpr int kDraws = 10'000;

/// Whether the last cell can be reached from the first without a hole.
bool has_path(const MapRows& rows) {
  const int n = static_cast<int>(rows.size());
  MapRows open = rows;  // visited cells become holes
  std::vector<std::pair<int, int>> frontier = {{0, 0}};
  while (!frontier.empty()) {
    const auto [row, col] = frontier.back();
    frontier.pop_back();
    if (row < 0 || col < 0 || row >= n || col >= n) continue;
    char& cell = open[static_cast<std::size_t>(row)][static_cast<std::size_t>(col)];
    if (cell == 'G') return true;
    if (std::exchange(cell, 'H') == 'H') continue;
    for (const Move& move : {kUp, kRight, kDown, kLeft})
      frontier.emplace_back(row + move.d_row, col + move.d_col);
  }
  return false;
}

GridWorld lake(const FrozenLakeOptions& options, const MapRows& rows) {
  GridWorld world;
  world.map = parse_map(rows, {{'S', CellKind::start},
                               {'F', CellKind::free},
                               {'H', CellKind::forbidden},
                               {'G', CellKind::target}});
  GridRules& rules = world.rules;
  rules.r_target = options.r_goal;
  rules.r_forbidden = options.r_hole;
  rules.r_boundary = rules.r_other = options.r_frozen;
  rules.slip = options.is_slippery ? 1 - options.success_rate : 0;
  rules.slip_kind = SlipKind::perpendicular;
  rules.forbidden = ForbiddenRule::end;
  rules.target_terminates = true;
  rules.start = StartRule::every_marked;
  world.moves = {kLeft, kDown, kRight, kUp};
  world.gamma = 0.99;
  world.one_based = false;
  return world;
}

Problem lake_problem(const FrozenLakeOptions& options, const MapRows& own_map,
                     std::int64_t episode_steps, const WorldContext& context) {
  if (!options.map.empty() && options.size != 0)
    throw std::invalid_argument("options 'map' and 'size' exclude each other");
  const FrozenLakeOptions defaults;
  if (options.size == 0 && options.frozen_probability != defaults.frozen_probability)
    throw no_effect("frozen_probability", "size");
  if (!options.is_slippery && options.success_rate != defaults.success_rate)
    throw no_effect("success_rate", "is_slippery");
  MapRows rows = options.map.empty() ? own_map : options.map;
  if (options.size != 0) {
    check_grid_size(options.size, options.size, 4, context);
    rows = random_lake(options.size, options.frozen_probability, context.rng);
  }
  GridWorld world = lake(options, rows);
  world.episode_steps = episode_steps;
  Problem problem = grid_problem(world, context);
  problem.note = "Gymnasium gives no discount; 0.99 is a choice";
  return problem;
}

}  // namespace

std::vector<std::string> random_lake(int size, double frozen_probability, Rng rng) {
  if (size < 2)
    throw std::invalid_argument(fmt::format("option 'size': {} is too small, at least 2", size));
  const auto n = static_cast<std::size_t>(size);
  for (int draw = 0; draw < kDraws; ++draw) {
    MapRows rows(n, std::string(n, 'H'));
    for (std::string& row : rows)
      for (char& cell : row)
        if (rng.flip(frozen_probability)) cell = 'F';
    rows.front().front() = 'S';
    rows.back().back() = 'G';
    if (has_path(rows)) return rows;
  }
  throw std::invalid_argument(fmt::format(
      "no map of {} x {} cells with a path from start to goal in {} draws at frozen_probability {}",
      size, size, kDraws, frozen_probability));
}

Problem frozen_lake(const FrozenLakeOptions& options, const WorldContext& context) {
  return lake_problem(options, {"SFFF", "FHFH", "FFFH", "HFFG"}, 100, context);
}

Problem frozen_lake_8x8(const FrozenLakeOptions& options, const WorldContext& context) {
  return lake_problem(options,
                      {"SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF",
                       "FHFFHFHF", "FFFHFFFG"},
                      200, context);
}

}  // namespace rl
