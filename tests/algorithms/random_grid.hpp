#pragma once
/// \file
/// Random grids that compute their rows, and the table of the same world.
#include <algorithm>
#include <utility>
#include <vector>

#include "rl/grid_model.hpp"
#include "rl/random.hpp"

namespace rl::test {

/// Actions up, right, down, left and perhaps stay; a slip to either side, or to any other move.
inline std::vector<std::vector<GridBranch>> cross_moves(bool stays, bool to_any, double slip) {
  const std::vector<GridBranch> all = {{-1, 0, 1}, {0, 1, 1}, {1, 0, 1}, {0, -1, 1}, {0, 0, 1}};
  const std::size_t n = stays ? 5 : 4;
  std::vector<std::vector<GridBranch>> actions;
  for (std::size_t a = 0; a < n; ++a) {
    std::vector<GridBranch> branches;
    const auto add = [&](std::size_t move, double p) {
      if (p > 0) branches.push_back({all[move].d_row, all[move].d_col, p});
    };
    if (to_any) {
      for (std::size_t b = 0; b < n; ++b)
        add(b, b == a ? 1 - slip : slip / static_cast<double>(n - 1));
    } else if (a == 4) {
      add(4, 1);
    } else {
      add(a, 1 - slip);
      add((a + 1) % 4, slip / 2);
      add((a + 3) % 4, slip / 2);
    }
    actions.push_back(std::move(branches));
  }
  return actions;
}

/// Free, forbidden, target (which may be an end) and wall cells with rewards up to 10, of a kind
/// that tiles can plan.
inline GridModel random_cross_grid(Rng& rng, int rows, int cols) {
  GridDescription grid{.rows = rows, .cols = cols};
  const double scale = rng.flip(0.5) ? 1 : 10;
  const auto reward = [&] { return scale * (2 * rng.uniform() - 1); };
  grid.r_boundary = reward();
  grid.classes = {{.reward = rng.flip(0.5) ? 0 : reward()},
                  {.reward = reward(), .bump_reward = rng.flip(0.3) ? reward() : 0},
                  {.reward = scale, .terminal = rng.flip(0.5)},
                  {.reward = grid.r_boundary, .blocks = true, .is_wall = true, .terminal = true}};
  const double walls = rng.flip(0.3) ? 0 : 0.3 * rng.uniform();
  for (int i = 0; i < rows * cols; ++i)
    grid.cells.push_back(rng.flip(walls) ? 3 : rng.flip(0.05) ? 2 : rng.flip(0.2) ? 1 : 0);
  grid.cells[index(rng.index(rows * cols))] = 0;
  const double slips[] = {0, 0.05, 0.2, 0.5};
  grid.actions = cross_moves(rng.flip(0.7), rng.flip(0.4), slips[rng.index(4)]);
  return GridModel(std::move(grid));
}

inline FiniteMdp table_of(const GridModel& grid) {
  MdpFacts facts;
  for (State s = 0; s < grid.num_states(); ++s)
    if (grid.terminal(s)) facts.terminal.push_back(s);
  return FiniteMdp(
      grid.num_states(), grid.num_actions(),
      [&](State s, Action a, std::vector<Outcome>& row) { row = grid.outcomes(s, a); }, facts);
}

}  // namespace rl::test
