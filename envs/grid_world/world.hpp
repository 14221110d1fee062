#pragma once
/// \file
/// The grid world: MFRL's world of chapters 1-10 with every rule that the books' grids differ in.
/// All grids of the library are this one world with other maps and rules (`envs/grid_world/
/// presets.hpp`, `windy_grid.hpp`, `cliff_walking.hpp`, `mazes.hpp`, ...): nothing else moves on a
/// grid.
///
/// Move.     The cell aimed at is (row + d_row - wind(col), col + d_col) from (row, col); wind
///           pushes upwards. Beyond the edge each coordinate is clipped, so that a straight move
///           stays put and a diagonal one, or wind, keeps its other part. A wall: stay put.
/// Reward.   Paid for the attempt, in this order (MFRL 1.5, Table 1.3): beyond the edge or onto a
///           wall r_boundary; else onto a target r_target; else onto a forbidden cell r_forbidden;
///           else r_other. Staying in a cell counts as moving onto it. A letter of the legend with
///           a reward of its own pays that one.
/// Bump.     From a forbidden cell too it costs r_boundary alone; `bump_from_forbidden` = sum adds
///           r_forbidden (MFRL Fig 5.6 and 5.7 as printed).
/// Terminal. The target only if `target_terminates` (chapters 1-6 of MFRL let it pay on), forbidden
///           cells only if `forbidden` = end. The reward of the step into it is paid.
/// Slip.     With probability `slip` another move is executed than the one chosen, and pays what it
///           attempts: one of the other actions, or one of the two perpendicular moves (staying has
///           none).
/// Ties, limits. None of the world's own: `episode_steps` is the problem's.
/// Cells that nobody can be in (walls; forbidden cells that bounce or send back) keep their state's
/// number, have value 0 and no rows: for the model they are terminal.
#include <cstdint>
#include <string>
#include <vector>

#include "envs/grid_world/map.hpp"
#include "rl/grid_model.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"

namespace rl {

/// A move by one action; rows grow downwards.
struct Move {
  int d_row = 0;
  int d_col = 0;
  bool operator==(const Move&) const = default;
};
inline constexpr Move kUp{-1, 0}, kRight{0, 1}, kDown{1, 0}, kLeft{0, -1}, kStay{0, 0},
    kUpLeft{-1, -1}, kUpRight{-1, 1}, kDownLeft{1, -1}, kDownRight{1, 1};

/// Name, arrow and letter of a move: "up", "↑", '^'; diagonals have the letters of a keypad.
ActionLook look_of(const Move& move);

inline constexpr int kStrongestWind = 1'000'000;

enum class SlipKind : int { random, perpendicular };
enum class ForbiddenRule : int {
  enter,    ///< can be entered and left
  bounce,   ///< the agent stays put, r_forbidden is paid
  end,      ///< entering ends the episode (holes)
  restart,  ///< entering puts the agent on the start, the episode goes on (cliffs)
};
enum class BumpRule : int { boundary, sum };
enum class StartRule : int {
  marked,        ///< the one start of the map; uniform where none is marked
  every_marked,  ///< one of the map's starts, equally likely
  uniform,       ///< any cell that the agent can be in and that ends nothing
};

/// How one moves on a map and what it pays; the same struct for every grid of the library.
struct GridRules {
  double r_boundary = -1;
  double r_forbidden = -1;
  double r_target = 1;
  double r_other = 0;
  double slip = 0;
  SlipKind slip_kind = SlipKind::random;
  ForbiddenRule forbidden = ForbiddenRule::enter;
  bool target_terminates = false;
  BumpRule bump_from_forbidden = BumpRule::boundary;
  std::vector<int> wind = {};  ///< [cols] cells upwards; empty: none
  bool stochastic_wind = false;
  StartRule start = StartRule::marked;

  template <class Visitor>
  void visit(Visitor& v) {
    v("r_boundary", r_boundary, "reward for a move beyond the edge or onto a wall");
    v("r_forbidden", r_forbidden, "reward for a move onto a forbidden cell");
    v("r_target", r_target, "reward for a move onto the target");
    v("r_other", r_other, "reward for any other move");
    v("slip", slip, "probability that another move than the chosen one is executed", Range{0, 1});
    v("slip_kind", slip_kind, "which one: another action, or a perpendicular move",
      Choices{"random", "perpendicular"});
    v("forbidden", forbidden,
      "forbidden cells are entered, keep one out, end the episode, or send "
      "back to the start",
      Choices{"enter", "bounce", "end", "restart"});
    v("target_terminates", target_terminates, "reaching the target ends the episode");
    v("bump_from_forbidden", bump_from_forbidden,
      "a bump from a forbidden cell costs r_boundary, or the sum with r_forbidden",
      Choices{"boundary", "sum"});
    v("wind", wind, "cells that the wind pushes upwards, one number a column of the map",
      Range{0, kStrongestWind});
    v("stochastic_wind", stochastic_wind,
      "where wind blows, one less, the same and one more are equally likely");
    v("start", start, "the marked cell, any of several marked ones, or any cell",
      Choices{"marked", "every_marked", "uniform"});
  }
};

/// From `from` every action leads to `to` and pays `reward` (S&B Example 3.5).
struct Teleport {
  State from;
  State to;
  double reward;
};

/// A grid world in full: what a map file holds, and what every preset fills in.
struct GridWorld {
  GridMap map;
  GridRules rules = {};
  std::vector<Move> moves = {kUp, kRight, kDown, kLeft, kStay};
  std::vector<Teleport> teleports = {};  ///< cells
  bool number_blocked_cells = true;      ///< false: only cells that one can be in are states
  /// Cells that nobody can enter have the rows of a free cell, for someone whom a moving wall
  /// caught.
  bool blocked_cells_have_rows = false;
  double gamma = 0.9;
  std::int64_t episode_steps = kNoLimit;
  bool one_based = true;  ///< the book counts states from 1
};

/// What the rules ask of the map.
MapNeeds needs_of(const GridWorld& world);
/// Throws std::invalid_argument unless there is one number a column, or none, in 0 ..
/// kStrongestWind, and for a stochastic wind that nowhere blows.
void check_wind(const GridWorld& world);
/// Throws std::invalid_argument for a kind of slip where nothing slips.
void check_slip(const GridRules& rules);

/// The slip: what each action turns into, by probability.
std::vector<std::vector<GridBranch>> branches_of(const std::vector<Move>& moves,
                                                 const GridRules& rules);
/// What a move onto a cell of this type pays.
double reward_of(const CellType& type, const GridRules& rules);

/// The model alone. Throws std::invalid_argument for a map or rules that do not fit each other.
FiniteMdp grid_model(const GridWorld& world);

/// The world as a problem with its picture (none above kLargestPicture cells); with a GridModel
/// where cells of one class are alike, and a table unless `context` leaves it out. Throws
/// std::invalid_argument before anything large is allocated where model and solve need more than
/// the context's memory limit.
Problem grid_problem(const GridWorld& world, const WorldContext& context = {});
inline constexpr State kLargestPicture = 10'000;

/// Throws std::invalid_argument, with the bytes needed, for a grid that would not fit.
void check_grid_size(std::int64_t rows, std::int64_t cols, std::size_t num_moves,
                     const WorldContext& context);

/// The four, five, eight or nine moves: up, right, down, left; then stay (5 and 9); diagonals
/// before it (8 and 9). Throws std::invalid_argument for another number.
std::vector<Move> standard_moves(int count);

/// The general grid world by options: a map of one's own, or an open one by its size.
struct GridWorldOptions {
  std::vector<std::string> map = {};
  std::vector<std::string> legend = {};
  int rows = 0;
  int cols = 0;
  int actions = 5;
  GridRules rules = {};

  template <class Visitor>
  void visit(Visitor& v) {
    v("map", map,
      "rows of letters, such as \"S..\": S start, . free, T target, F forbidden, # wall");
    v("legend", legend, "further letters, such as \"g=target\" or \"c=free:-0.5\" with a reward");
    v("rows", rows, "rows of an open map; 0: as many as `map` has, 5 without one",
      Range{0, 1'000'000'000});
    v("cols", cols, "columns of an open map; 0: as many as `map` has, 5 without one",
      Range{0, 1'000'000'000});
    v("actions", actions, "4: up, right, down, left; 5: stay too; 8: diagonals; 9: all",
      Range{4, 9});
    rules.visit(v);
  }
};
Problem grid_world(const GridWorldOptions& options, const WorldContext& context);

/// For worlds that have nothing to choose.
struct NoOptions {
  template <class Visitor>
  void visit(Visitor& /*v*/) {}
};

/// An n x n grid with slips and 20 % of its cells forbidden, for measuring planners: five actions,
/// 0.8 the chosen direction and 0.1 each perpendicular, the target in the last cell pays on,
/// gamma .99. Forbidden cells come from the generator x <- 6364136223846793005 x +
/// 1442695040888963407 (mod 2^64), x0 = 42, drawn for each cell in row order: forbidden where
/// (x >> 33) mod 5 = 0, the first and last cell excepted.
struct SlipperyGridOptions {
  int n = 32;
  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "rows and columns", Range{2, 1'000'000'000});
  }
};
Problem slippery_grid(const SlipperyGridOptions& options, const WorldContext& context);

}  // namespace rl
