#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <queue>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/grid_tiles.hpp"
#include "rl/parallel.hpp"

namespace rl {

namespace {

using detail::CrossRules;
using detail::CrossSlip;
using detail::GridValues;
using detail::kTileCols;
using detail::kTileRows;
using detail::TilePlace;
using detail::TileResult;

// ---- which grids --------------------------------------------------------------------------------

/// The probabilities of going up, right, down, left, and of staying.
using Cross = std::array<double, 5>;

std::optional<Cross> cross_of(const std::vector<GridBranch>& branches) {
  Cross p{};
  for (const GridBranch& branch : branches) {
    if (std::abs(branch.d_row) + std::abs(branch.d_col) > 1) return std::nullopt;
    const int direction = branch.d_row < 0   ? 0
                          : branch.d_col > 0 ? 1
                          : branch.d_row > 0 ? 2
                          : branch.d_col < 0 ? 3
                                             : 4;
    p[static_cast<std::size_t>(direction)] += branch.probability;
  }
  return p;
}

/// The five actions with a slip of one kind.
Cross with_slip(std::size_t direction, CrossSlip slip, double main, double side, bool stays) {
  Cross p{};
  if (slip == CrossSlip::random) {
    for (std::size_t d = 0; d < (stays ? 5U : 4U); ++d) p[d] = side;
    p[direction] = main + side;
  } else if (direction == 4) {
    p[4] = 1;
  } else {
    p[direction] = main;
    p[(direction + 1) % 4] = p[(direction + 3) % 4] = side;
  }
  return p;
}

/// Whether the actions are the four directions, and staying perhaps, with this slip.
bool is_cross(std::vector<Cross> actions, const CrossRules& rules) {
  constexpr double kSame = 1e-15;
  if (actions.size() != (rules.stays ? 5U : 4U)) return false;
  for (std::size_t d = 0; d < actions.size(); ++d) {
    const Cross wanted = with_slip(d, rules.slip, rules.main, rules.side, rules.stays);
    const auto same = [&](const Cross& p) {
      return std::equal(p.begin(), p.end(), wanted.begin(),
                        [](double x, double y) { return std::abs(x - y) <= kSame; });
    };
    if (std::none_of(actions.begin(), actions.end(), same)) return false;
  }
  return true;
}

/// Moves and slip of the grid, if they are of a kind that tiles know.
std::optional<CrossRules> cross_rules(const GridDescription& grid) {
  std::vector<Cross> actions;
  for (const auto& branches : grid.actions) {
    const std::optional<Cross> p = cross_of(branches);
    if (!p) return std::nullopt;
    actions.push_back(*p);
  }
  CrossRules rules;
  rules.stays = actions.size() == 5;
  // The action up: the one that goes up most often.
  const auto up = std::max_element(actions.begin(), actions.end(),
                                   [](const Cross& x, const Cross& y) { return x[0] < y[0]; });
  rules.slip = CrossSlip::perpendicular;
  rules.main = (*up)[0];
  rules.side = (*up)[1];
  if (is_cross(actions, rules)) return rules;
  rules.slip = CrossSlip::random;
  rules.side = (*up)[2];
  rules.main = (*up)[0] - (*up)[2];
  if (is_cross(actions, rules)) return rules;
  return std::nullopt;
}

CrossRules rules_of(const GridModel& model, double gamma) {
  const GridDescription& grid = model.description();
  CrossRules rules = cross_rules(grid).value();
  rules.gamma = gamma;
  for (std::size_t k = 0; k < grid.classes.size(); ++k) {
    const CellClass& c = grid.classes[k];
    rules.reward[k] = c.blocks ? detail::kNoEntry : c.reward;
    rules.bump[k] = grid.r_boundary + c.bump_reward;
    rules.fixed[k] = c.terminal;
  }
  return rules;
}

}  // namespace

std::optional<std::string> why_not_tiled(const GridModel& model, double gamma) {
  const GridDescription& grid = model.description();
  if (!(gamma > 0 && gamma < 1)) return fmt::format("gamma = {} is not between 0 and 1", gamma);
  if (!grid.wind.empty()) return "wind blows further than to the next cell";
  if (!cross_rules(grid))
    return "its actions are not the moves to the four neighbours (and staying), with a slip to "
           "either side or to any other move alike";
  for (const CellClass& c : grid.classes) {
    if (c.blocks && !c.terminal) return "an agent may be in cells that nobody can enter";
    if (c.blocks && (!c.is_wall || c.reward != grid.r_boundary))
      return "some blocked cells cost another reward than the boundary";
  }
  return std::nullopt;
}

// ---- rounding -----------------------------------------------------------------------------------

namespace {

/// Of one literal backup in L, and of L itself: some 20 operations on numbers up to
/// 2 max |r| + gamma max |v|, bumps subtract rewards again.
double rounding_of_tiles(double largest_reward, double largest_value) {
  return 24 * 0x1.0p-53 * (3 * largest_reward + largest_value);
}

double largest_possible_value(const GridModel& model, double gamma) {
  return model.largest_reward() / (1 - gamma);
}

}  // namespace

double least_tolerance_of_tiles(const GridModel& model, double gamma) {
  const double largest = largest_possible_value(model, gamma);
  return 8 * rounding_of_tiles(model.largest_reward(), largest) / (1 - gamma);
}

// ---- the search ---------------------------------------------------------------------------------

class TiledValueIteration::Search {
 public:
  Search(GridModel model, double gamma, const TiledOptions& options)
      : model_(std::move(model)),
        options_(options),
        rules_(rules_of(model_, gamma)),
        rows_(model_.description().rows),
        cols_(model_.description().cols),
        down_((rows_ + kTileRows - 1) / kTileRows),
        across_((cols_ + kTileCols - 1) / kTileCols),
        v_(StateValues::Zero(model_.num_states())) {
    const auto n = static_cast<std::size_t>(down_) * static_cast<std::size_t>(across_);
    bound_.assign(n, std::numeric_limits<double>::infinity());
    key_.assign(n, 0);
    queued_.assign(n, 0);
    plain_.assign(n, 0);
    for (std::size_t tile = 0; tile < n; ++tile) plain_[tile] = is_plain(place(tile)) ? 1 : 0;
    const double largest = largest_possible_value(model_, gamma);
    const double rounding = 4 * rounding_of_tiles(model_.largest_reward(), largest) / (1 - gamma);
    finest_ = 0.9 * (options_.tolerance - rounding) * (1 - gamma);
    threshold_ = std::max(finest_, kCoarsest * largest);
    fill_queue();
  }

  bool advance() {
    if (finished_ || backups_ >= most_backups()) return false;
    const double until = backups_ + static_cast<double>(v_.size());
    while (backups_ < until) {
      if (sweep_round()) continue;
      if (threshold_ > finest_) {
        lower_threshold();
        continue;
      }
      certify();
      break;
    }
    return true;
  }

  Plan plan() const& {
    Plan plan = facts();
    plan.v = v_;
    return plan;
  }
  Plan plan() && {
    Plan plan = facts();
    plan.v = std::move(v_);
    return plan;
  }
  PlanProgress progress() const {
    PlanProgress progress;
    progress.iterations = progress.sweeps = sweeps();
    progress.change = threshold_;
    progress.error_bound = error_bound_;
    return progress;
  }
  const StateValues& values() const { return v_; }
  double backups_per_state() const { return backups_ / static_cast<double>(v_.size()); }

 private:
  /// So many tiles are taken at once, however many threads there are. Few: later ones use what the
  /// earlier ones found.
  static constexpr std::size_t kRound = 16;
  static constexpr int kSweeps = 8;
  /// The first threshold, of the largest value that there can be, and the factor to the next one.
  static constexpr double kCoarsest = 1e-5;
  static constexpr double kFiner = 0.03;

  GridValues grid() const {
    return {&rules_, model_.description().cells.data(), v_.data(), rows_, cols_};
  }
  double most_backups() const {
    return static_cast<double>(options_.max_sweeps) * static_cast<double>(v_.size());
  }
  std::int64_t sweeps() const { return static_cast<std::int64_t>(std::ceil(backups_per_state())); }
  int colour(std::size_t tile) const {
    const auto across = static_cast<std::size_t>(across_);
    return static_cast<int>((tile / across + tile % across) & 1);
  }
  TilePlace place(std::size_t tile) const {
    const auto across = static_cast<std::size_t>(across_);
    const int row = static_cast<int>(tile / across) * kTileRows;
    const int col = static_cast<int>(tile % across) * kTileCols;
    return {row, col, std::min(kTileRows, rows_ - row), std::min(kTileCols, cols_ - col),
            plain_[tile] != 0};
  }

  /// Whether a tile has nothing but free cells in and around it.
  bool is_plain(const TilePlace& t) const {
    if (t.rows < kTileRows || t.cols < kTileCols || t.row == 0 || t.col == 0 ||
        t.row + t.rows == rows_ || t.col + t.cols == cols_)
      return false;
    const std::vector<std::uint8_t>& cells = model_.description().cells;
    bool special = false;
    for (int row = t.row - 1; row <= t.row + t.rows; ++row) {
      const std::size_t at = static_cast<std::size_t>(row) * static_cast<std::size_t>(cols_) +
                             static_cast<std::size_t>(t.col) - 1;
      for (std::size_t i = at; i < at + kTileCols + 2; ++i) special |= rules_.fixed[cells[i]];
    }
    return !special;
  }

  // ---- order ----

  /// First the largest key, then the first tile.
  struct Entry {
    double key;
    std::size_t tile;
    bool operator<(const Entry& other) const {
      return key != other.key ? key < other.key : tile > other.tile;
    }
  };

  void push(std::size_t tile) {
    queued_[tile] = 1;
    queue_.push({key_[tile], tile});
  }
  void fill_queue() {
    for (std::size_t tile = 0; tile < bound_.size(); ++tile)
      if (bound_[tile] > threshold_) push(tile);
  }
  void lower_threshold() {
    threshold_ = std::max(threshold_ * kFiner, finest_);
    fill_queue();
  }

  /// Up to kRound of the first tiles; of them those of the first one's colour, for neighbours must
  /// not be swept at the same time.
  std::vector<std::size_t>& next_round() {
    round_.clear();
    rest_.clear();
    while (!queue_.empty() && round_.size() + rest_.size() < kRound) {
      const Entry entry = queue_.top();
      queue_.pop();
      // Queued again with a larger key, or swept meanwhile.
      if (queued_[entry.tile] == 0 || entry.key != key_[entry.tile]) continue;
      const bool first = round_.empty() || colour(entry.tile) == colour(round_.front());
      (first ? round_ : rest_).push_back(entry.tile);
      queued_[entry.tile] = 0;
    }
    for (const std::size_t tile : rest_) push(tile);
    return round_;
  }

  bool sweep_round() {
    const std::vector<std::size_t>& tiles = next_round();
    if (tiles.empty()) return false;
    results_.resize(tiles.size());
    const double tolerance = std::max(0.3 * threshold_, 0.9 * finest_);
    const auto sweep = [&](std::size_t i) {
      if (i + 1 < tiles.size()) detail::fetch_tile(grid(), place(tiles[i + 1]));
      results_[i] = detail::sweep_tile(grid(), place(tiles[i]), tolerance, kSweeps, v_.data());
    };
    const int threads = static_cast<int>(options_.threads);
    if (threads == 1)
      for (std::size_t i = 0; i < tiles.size(); ++i) sweep(i);
    else
      parallel_for(tiles.size(), threads, sweep);
    for (std::size_t i = 0; i < tiles.size(); ++i) note(tiles[i], results_[i]);
    return true;
  }

  void note(std::size_t tile, const TileResult& result) {
    const TilePlace t = place(tile);
    backups_ += static_cast<double>(result.sweeps) * t.rows * t.cols;
    bound_[tile] = rules_.gamma * result.change;
    key_[tile] = -std::numeric_limits<double>::infinity();
    const auto across = static_cast<std::size_t>(across_);
    if (t.row > 0) tell(tile - across, result, detail::kAbove);
    if (t.row + t.rows < rows_) tell(tile + across, result, detail::kBelow);
    if (t.col > 0) tell(tile - 1, result, detail::kLeftOf);
    if (t.col + t.cols < cols_) tell(tile + 1, result, detail::kRightOf);
    if (bound_[tile] > threshold_) {
      key_[tile] = *std::max_element(result.side_value.begin(), result.side_value.end());
      push(tile);
    }
  }
  void tell(std::size_t neighbour, const TileResult& result, detail::Side side) {
    if (result.side_change[side] == 0) return;
    bound_[neighbour] += rules_.gamma * result.side_change[side];
    const double key = std::max(key_[neighbour], result.side_value[side]);
    const bool news = key != key_[neighbour];
    key_[neighbour] = key;
    if (bound_[neighbour] > threshold_ && (news || queued_[neighbour] == 0)) push(neighbour);
  }

  // ---- certificate ----

  void certify() {
    std::fill(bound_.begin(), bound_.end(), 0);
    error_bound_ = bound_by_backup(bound_);
    backups_ += static_cast<double>(v_.size());
    converged_ = *error_bound_ <= options_.tolerance;
    finest_ /= 2;
    // Below rounding, more sweeps change nothing.
    finished_ = converged_ || finest_ < rounding_of_tiles(0, v_.lpNorm<Eigen::Infinity>());
    if (finished_) return;
    threshold_ = finest_;
    for (double& key : key_) key = 0;
    fill_queue();
  }

  /// The error that one literal backup proves, and the changes of each tile.
  double bound_by_backup(std::vector<double>& change_of_tile) const {
    ChangeRange d(model_.has_terminal());
    for (std::size_t tile = 0; tile < change_of_tile.size(); ++tile) {
      const ChangeRange x = detail::residual_of_tile(grid(), place(tile));
      change_of_tile[tile] = rules_.gamma * x.largest();
      d.add(x.low);
      d.add(x.high);
    }
    const double rounding =
        rounding_of_tiles(model_.largest_reward(), v_.lpNorm<Eigen::Infinity>());
    return Discount(model_, rules_.gamma, Greedy{}).of_old(d).radius() +
           rounding / (1 - rules_.gamma);
  }

  Plan facts() const {
    Plan plan;
    plan.iterations = plan.sweeps = sweeps();
    plan.converged = converged_;
    plan.error_bound = error_bound_;
    if (!finished_) {
      std::vector<double> changes(bound_.size(), 0);
      plan.error_bound = bound_by_backup(changes);
    }
    return plan;
  }

  GridModel model_;
  TiledOptions options_;
  CrossRules rules_;
  int rows_, cols_;
  int down_, across_;  // tiles
  StateValues v_;
  std::vector<double> bound_;  // [tiles] how much a backup may change, in L
  std::vector<double> key_;    // [tiles]
  std::vector<char> queued_, plain_;
  std::priority_queue<Entry> queue_;
  std::vector<std::size_t> round_, rest_;
  std::vector<TileResult> results_;
  double threshold_ = 0, finest_ = 0;
  double backups_ = 0;
  std::optional<double> error_bound_;
  bool finished_ = false, converged_ = false;
};

TiledValueIteration::TiledValueIteration(GridModel model, double gamma,
                                         const TiledOptions& options) {
  if (const auto reason = why_not_tiled(model, gamma)) throw std::invalid_argument(*reason);
  if (const double least = least_tolerance_of_tiles(model, gamma); options.tolerance < least)
    throw std::invalid_argument(
        fmt::format("tolerance = {:g} is below what rounding leaves to be certified here, {:.3g}",
                    options.tolerance, least));
  search_ = std::make_unique<Search>(std::move(model), gamma, options);
}
TiledValueIteration::TiledValueIteration(const TiledValueIteration& other)
    : search_(std::make_unique<Search>(*other.search_)) {}
TiledValueIteration::TiledValueIteration(TiledValueIteration&&) noexcept = default;
TiledValueIteration& TiledValueIteration::operator=(TiledValueIteration other) noexcept {
  search_ = std::move(other.search_);
  return *this;
}
TiledValueIteration::~TiledValueIteration() = default;

bool TiledValueIteration::advance() { return search_->advance(); }
Plan TiledValueIteration::plan() const& { return search_->plan(); }
Plan TiledValueIteration::plan() && { return std::move(*search_).plan(); }
PlanProgress TiledValueIteration::progress() const { return search_->progress(); }
const StateValues& TiledValueIteration::values() const { return search_->values(); }
double TiledValueIteration::backups_per_state() const { return search_->backups_per_state(); }

}  // namespace rl
