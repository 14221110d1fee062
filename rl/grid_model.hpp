#pragma once
/// \file
/// GridModel: a Markov decision process on a rectangle of cells that computes its rows instead of
/// storing them (MFRL 1.7). A cell costs one byte, the number of its class; the table of the same
/// world costs 21 bytes and more. States are the cells, row by row.
///
/// Action a makes move m with probability p(m | a). From (row, col) it aims at
///
///     (row + d_row(m) - wind(col), col + d_col(m)),   each coordinate clipped to the rectangle
///
/// A cell that blocks leaves the agent where it is. Paid is r_boundary for what was clipped, else
/// the reward of the class aimed at; a bump, which is a move beyond the edge or onto a wall, costs
/// what the class of the agent's own cell adds to it besides.
#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/types.hpp"

namespace rl {

/// What cells of one class have in common.
struct CellClass {
  double reward = 0;       ///< for a move onto the cell
  bool blocks = false;     ///< the agent stays where it is
  bool is_wall = false;    ///< aiming at it is a bump
  bool terminal = false;   ///< absorbs with value 0: an end, or a cell that nobody can be in
  double bump_reward = 0;  ///< added to a bump from a cell of this class
  bool operator==(const CellClass&) const = default;
};

/// One of the moves that an action may turn into.
struct GridBranch {
  int d_row = 0;  ///< rows grow downwards
  int d_col = 0;
  double probability = 1;
  bool operator==(const GridBranch&) const = default;
};

struct GridDescription {
  int rows = 0;
  int cols = 0;
  std::vector<std::uint8_t> cells = {};  ///< [rows x cols] indices into `classes`
  std::vector<CellClass> classes = {};   ///< at most 256
  double r_boundary = 0;
  std::vector<std::vector<GridBranch>> actions = {};
  std::vector<int> wind = {};    ///< [cols] cells upwards; empty: none
  bool stochastic_wind = false;  ///< where it blows: one less, the same, one more, alike
};

/// Immutable; copies share the cells.
class GridModel {
 public:
  /// Throws std::invalid_argument for a rectangle that the cells do not fill or that has more cells
  /// than a State counts, a class that no cell can have, a reward beyond 1e150, probabilities that
  /// do not sum to 1, and a rectangle without a state that is not terminal.
  explicit GridModel(GridDescription description);

  /// What a backup reads, summed move by move.
  struct Row {
    double reward;  ///< E[r | s, a]
    const GridModel* model;
    State state;
    Action action;
    double expectation(const double* v) const;
  };

  State num_states() const { return num_states_; }
  Action num_actions() const { return static_cast<Action>(grid_->actions.size()); }
  bool terminal(State s) const { return class_of(s).terminal; }
  bool has_terminal() const { return has_terminal_; }
  bool available(State s, Action /*a*/) const { return !terminal(s); }
  std::size_t longest_row() const { return longest_row_; }
  double largest_reward() const { return largest_reward_; }
  double row_sum_error() const { return row_sum_error_; }
  Row row(State s, Action a) const;

  const GridDescription& description() const { return *grid_; }
  /// The same grid, started in one of these cells alike; empty: in any that is not terminal.
  [[nodiscard]] GridModel with_starts(std::vector<State> starts) const;
  /// The outcomes of (s, a), one for each next state and reward; none in a terminal state.
  std::vector<Outcome> outcomes(State s, Action a) const;
  template <class F>
  void for_each_start(F&& f) const;
  /// Memory held, and bytes that a grid needs and a solve of it with two value vectors.
  std::size_t bytes() const { return grid_->cells.size() + sizeof(GridDescription); }
  static std::uint64_t bytes_to_solve(std::uint64_t num_states) {
    return num_states * (1 + 2 * sizeof(double));
  }

 private:
  const CellClass& class_of(State s) const { return grid_->classes[grid_->cells[index(s)]]; }
  /// Calls f(probability, reward, next) for each move that `a` may turn into, and each gust.
  template <class F>
  void for_each_move(State s, Action a, F&& f) const;
  template <class F>
  void move(State s, const GridBranch& branch, int wind, double probability, F&& f) const;

  std::shared_ptr<const GridDescription> grid_;
  std::vector<State> starts_;  // equally likely; empty: every state that is not terminal
  State num_states_ = 0;
  bool has_terminal_ = false;
  std::size_t num_terminal_ = 0;
  std::size_t longest_row_ = 0;
  double largest_reward_ = 0;
  double row_sum_error_ = 0;
};
static_assert(Model<GridModel>);

// ---- rows ---------------------------------------------------------------------------------------

template <class F>
void GridModel::move(State s, const GridBranch& branch, int wind, double probability, F&& f) const {
  const GridDescription& g = *grid_;
  const int aimed_row = s / g.cols + branch.d_row - wind;
  const int aimed_col = s % g.cols + branch.d_col;
  const int row = std::clamp(aimed_row, 0, g.rows - 1);
  const int col = std::clamp(aimed_col, 0, g.cols - 1);
  const State aimed = row * g.cols + col;
  const CellClass& there = class_of(aimed);
  const bool clipped = row != aimed_row || col != aimed_col;
  double reward = clipped ? g.r_boundary : there.reward;
  if (clipped || (there.is_wall && aimed != s)) reward += class_of(s).bump_reward;
  f(probability, reward, there.blocks ? s : aimed);
}

template <class F>
void GridModel::for_each_move(State s, Action a, F&& f) const {
  const GridDescription& g = *grid_;
  const int wind = g.wind.empty() ? 0 : g.wind[static_cast<std::size_t>(s % g.cols)];
  for (const GridBranch& branch : g.actions[static_cast<std::size_t>(a)]) {
    if (wind == 0 || !g.stochastic_wind) {
      move(s, branch, wind, branch.probability, f);
      continue;
    }
    for (const int gust : {wind - 1, wind, wind + 1})
      move(s, branch, gust, branch.probability / 3, f);
  }
}

inline GridModel::Row GridModel::row(State s, Action a) const {
  assert(s >= 0 && s < num_states_ && a >= 0 && a < num_actions());
  double reward = 0;
  for_each_move(s, a, [&](double p, double r, State) { reward += p * r; });
  return {reward, this, s, a};
}

inline double GridModel::Row::expectation(const double* v) const {
  double sum = 0;
  model->for_each_move(state, action, [&](double p, double, State next) { sum += p * v[next]; });
  return sum;
}

template <class F>
void GridModel::for_each_start(F&& f) const {
  for (const State s : starts_) f(s, 1 / static_cast<double>(starts_.size()));
  if (!starts_.empty()) return;
  const double p = 1 / static_cast<double>(index(num_states_) - num_terminal_);
  for (State s = 0; s < num_states_; ++s)
    if (!terminal(s)) f(s, p);
}

}  // namespace rl
