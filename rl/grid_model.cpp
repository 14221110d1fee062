#include "rl/grid_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace rl {

namespace {

constexpr double kLargestGridReward = 1e150;
constexpr double kGridRowTolerance = 1e-9;

void check_cells(const GridDescription& grid) {
  const std::int64_t cells = std::int64_t{grid.rows} * grid.cols;
  if (grid.rows < 1 || grid.cols < 1 || cells > std::numeric_limits<State>::max())
    throw std::invalid_argument(
        fmt::format("a grid of {} x {} cells: at least 1 and at most {} cells are states",
                    grid.rows, grid.cols, std::numeric_limits<State>::max()));
  if (static_cast<std::int64_t>(grid.cells.size()) != cells)
    throw std::invalid_argument(fmt::format("a grid of {} x {} cells, but {} are given", grid.rows,
                                            grid.cols, grid.cells.size()));
  if (!grid.wind.empty() && grid.wind.size() != static_cast<std::size_t>(grid.cols))
    throw std::invalid_argument(
        fmt::format("wind of {} numbers for a grid of {} columns", grid.wind.size(), grid.cols));
}

void check_reward(double reward) {
  if (!(std::abs(reward) <= kLargestGridReward))
    throw std::invalid_argument(
        fmt::format("a reward of {} is not a number up to {:g}", reward, kLargestGridReward));
}

/// |sum of an action's probabilities - 1|, with the rounding of this sum.
double row_sum_error_of(const std::vector<GridBranch>& branches, std::size_t longest) {
  double sum = 0;
  for (const GridBranch& branch : branches) {
    if (!(branch.probability >= 0 && branch.probability <= 1))
      throw std::invalid_argument(
          fmt::format("probability {} is not in [0, 1]", branch.probability));
    sum += branch.probability;
  }
  if (!(std::abs(sum - 1) <= kGridRowTolerance))
    throw std::invalid_argument(fmt::format("the moves of an action have {} in all, not 1", sum));
  return std::abs(sum - 1) + static_cast<double>(2 * longest) * 0x1.0p-53;
}

}  // namespace

GridModel::GridModel(GridDescription description)
    : grid_(std::make_shared<const GridDescription>(std::move(description))) {
  const GridDescription& g = *grid_;
  check_cells(g);
  num_states_ = static_cast<State>(g.cells.size());
  std::vector<std::size_t> cells_of(256);
  for (const std::uint8_t cell : g.cells) ++cells_of[cell];
  check_reward(g.r_boundary);
  for (std::size_t k = 0; k < cells_of.size(); ++k) {
    if (k >= g.classes.size()) {
      if (cells_of[k] > 0)
        throw std::invalid_argument(
            fmt::format("a cell of class {}, but {} are given", k, g.classes.size()));
      continue;
    }
    check_reward(g.classes[k].reward);
    check_reward(g.classes[k].bump_reward);
    largest_reward_ = std::max({largest_reward_, std::abs(g.classes[k].reward),
                                std::abs(g.classes[k].reward) + std::abs(g.classes[k].bump_reward),
                                std::abs(g.r_boundary) + std::abs(g.classes[k].bump_reward)});
    if (g.classes[k].terminal) num_terminal_ += cells_of[k];
  }
  has_terminal_ = num_terminal_ > 0;
  if (num_terminal_ == g.cells.size())
    throw std::invalid_argument("a grid of which every cell is terminal");
  if (g.actions.empty()) throw std::invalid_argument("a grid without actions");
  for (const auto& branches : g.actions) longest_row_ = std::max(longest_row_, branches.size());
  if (g.stochastic_wind) longest_row_ *= 3;
  for (const auto& branches : g.actions)
    row_sum_error_ = std::max(row_sum_error_, row_sum_error_of(branches, longest_row_));
}

GridModel GridModel::with_starts(std::vector<State> starts) const {
  for (const State s : starts)
    if (s < 0 || s >= num_states_ || terminal(s))
      throw std::invalid_argument(fmt::format("no episode can start in state {}", s));
  GridModel model = *this;
  model.starts_ = std::move(starts);
  return model;
}

std::vector<Outcome> GridModel::outcomes(State s, Action a) const {
  std::vector<Outcome> row;
  if (terminal(s)) return row;
  for_each_move(s, a, [&](double p, double reward, State next) {
    for (Outcome& known : row)
      if (known.next == next && known.reward == reward) {
        known.probability = std::min(1.0, known.probability + p);
        return;
      }
    row.push_back({p, reward, next});
  });
  return row;
}

}  // namespace rl
