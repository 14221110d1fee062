#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/cross_rules.hpp"
#include "algorithms/dynamic_programming/grid_tiles.hpp"
#include "algorithms/dynamic_programming/thresholds.hpp"
#include "algorithms/dynamic_programming/tiled_grid.hpp"
#include "rl/parallel.hpp"

namespace rl {

namespace {

using detail::CrossRules;
using detail::Tile;
using detail::TiledGrid;
using detail::TileResult;

/// Of T v - v, with v = (L - r) / gamma for the L that are kept: some 20 operations on numbers up
/// to 3 max |r| + max |v|, for bumps subtract rewards again, lead to T L - L = gamma (T v - v). The
/// division by gamma adds nothing to that, and the v that are handed out are rounded by three more,
/// of numbers up to max |v|. No |v| exceeds what is possible, for backups do not lead beyond it.
double rounding_of_tiles(const GridModel& model, double gamma) {
  const double r = model.largest_reward();
  return 24 * 0x1.0p-53 * (3 * r + r / (1 - gamma)) / gamma;
}

}  // namespace

std::optional<std::string> why_not_tiled(const GridModel& model, double gamma) {
  const GridDescription& grid = model.description();
  if (!(gamma > 0 && gamma < 1)) return fmt::format("gamma = {} is not between 0 and 1", gamma);
  if (!grid.wind.empty()) return "wind blows further than to the next cell";
  if (!detail::cross_rules(grid, gamma))
    return "its actions are not the moves to the four neighbours (and staying), with a slip to "
           "either side or to any other move alike";
  for (const CellClass& c : grid.classes) {
    if (c.blocks && !c.terminal) return "an agent may be in cells that nobody can enter";
    if (c.blocks && (!c.is_wall || c.reward != grid.r_boundary))
      return "some blocked cells cost another reward than the boundary";
  }
  return std::nullopt;
}

double least_tolerance_of_tiles(const GridModel& model, double gamma) {
  return 8 * rounding_of_tiles(model, gamma) / (1 - gamma);
}

// ---- the search ---------------------------------------------------------------------------------

class TiledValueIteration::Search {
 public:
  Search(GridModel model, double gamma, const TiledOptions& options)
      : model_(std::move(model)),
        options_(options),
        thresholds_({.contraction = 1 - gamma,
                     .largest_value = model_.largest_reward() / (1 - gamma),
                     .least_tolerance = least_tolerance_of_tiles(model_, gamma)},
                    options.tolerance, kFactors),
        rules_(detail::cross_rules(model_.description(), gamma).value()),
        grid_(model_.description(), rules_),
        rounding_(rounding_of_tiles(model_, gamma)) {
    bound_.assign(grid_.size(), std::numeric_limits<double>::infinity());
    key_.assign(grid_.size(), 0);
    queued_.assign(grid_.size(), 0);
    fill_queue();
  }

  bool advance() {
    if (finished_ || backups_ >= most_backups()) return false;
    shown_.reset();
    const double until = backups_ + num_states();
    while (backups_ < until) {
      if (sweep_round()) continue;
      if (thresholds_.lower()) {
        fill_queue();
        continue;
      }
      certify();
      break;
    }
    return true;
  }

  Plan plan() const& {
    Plan plan = facts();
    plan.v = grid_.values();
    return plan;
  }
  Plan plan() && {
    Plan plan = facts();
    shown_.reset();
    plan.v = std::move(grid_).values();
    return plan;
  }
  PlanProgress progress() const {
    PlanProgress progress;
    progress.iterations = progress.sweeps = sweeps();
    progress.change = thresholds_.current();
    progress.error_bound = error_bound_;
    return progress;
  }
  const StateValues& values() {
    if (!shown_) shown_ = grid_.values();
    return *shown_;
  }
  double backups_per_state() const { return backups_ / num_states(); }

 private:
  /// So many tiles are taken at once, however many threads there are. Few: later ones use what the
  /// earlier ones found.
  static constexpr std::size_t kRound = 16;
  static constexpr int kSweeps = 8;
  static constexpr detail::Thresholds::Factors kFactors{.coarsest = 1e-5, .finer = 0.03};

  double num_states() const { return static_cast<double>(model_.num_states()); }
  double most_backups() const { return static_cast<double>(options_.max_sweeps) * num_states(); }
  std::int64_t sweeps() const { return static_cast<std::int64_t>(std::ceil(backups_per_state())); }
  int colour(std::size_t tile) const {
    return static_cast<int>((tile / grid_.across() + tile % grid_.across()) & 1);
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
      if (bound_[tile] > thresholds_.current()) push(tile);
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
    const double tolerance = std::max(0.3 * thresholds_.current(), 0.9 * thresholds_.finest());
    const auto threads = static_cast<std::size_t>(options_.threads);
    parallel_for(tiles.size(), static_cast<int>(threads), [&](std::size_t i) {
      // What this thread takes next, most likely.
      if (i + threads < tiles.size()) detail::fetch_tile(grid_.tile(tiles[i + threads]));
      results_[i] = detail::sweep_tile(rules_, grid_.tile(tiles[i]), tolerance, kSweeps,
                                       grid_.numbers(tiles[i]));
    });
    for (std::size_t i = 0; i < tiles.size(); ++i) note(tiles[i], results_[i]);
    return true;
  }

  void note(std::size_t tile, const TileResult& result) {
    const Tile t = grid_.tile(tile);
    backups_ += static_cast<double>(result.sweeps) * t.rows * t.cols;
    bound_[tile] = rules_.gamma * result.change;
    key_[tile] = -std::numeric_limits<double>::infinity();
    if (t.above != nullptr) tell(tile - grid_.across(), result, detail::kAbove);
    if (t.below != nullptr) tell(tile + grid_.across(), result, detail::kBelow);
    if (t.left != nullptr) tell(tile - 1, result, detail::kLeftOf);
    if (t.right != nullptr) tell(tile + 1, result, detail::kRightOf);
    if (bound_[tile] > thresholds_.current()) {
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
    if (bound_[neighbour] > thresholds_.current() && (news || queued_[neighbour] == 0))
      push(neighbour);
  }

  // ---- certificate ----

  void certify() {
    std::fill(bound_.begin(), bound_.end(), 0);
    error_bound_ = bound_by_backup(bound_);
    backups_ += num_states();
    converged_ = *error_bound_ <= options_.tolerance;
    // Below rounding, more sweeps change nothing.
    finished_ = converged_ || thresholds_.finest() / 2 < rounding_ / 4;
    if (finished_) return;
    thresholds_.refine();
    for (double& key : key_) key = 0;
    fill_queue();
  }

  /// The error that one literal backup proves, and the changes of each tile.
  double bound_by_backup(std::vector<double>& change_of_tile) const {
    ChangeRange d(model_.has_terminal());
    for (std::size_t tile = 0; tile < change_of_tile.size(); ++tile) {
      const ChangeRange x = detail::residual_of_tile(rules_, grid_.tile(tile));
      change_of_tile[tile] = rules_.gamma * x.largest();
      d.add(x.low);
      d.add(x.high);
    }
    return Discount(model_, rules_.gamma, Greedy{}).of_old(d).radius() +
           rounding_ / (1 - rules_.gamma);
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
  detail::Thresholds thresholds_;
  CrossRules rules_;
  TiledGrid grid_;
  double rounding_;  // of T v - v
  std::optional<StateValues> shown_;
  std::vector<double> bound_;  // [tiles] how much a backup may change, in L
  std::vector<double> key_;    // [tiles]
  std::vector<char> queued_;
  std::priority_queue<Entry> queue_;
  std::vector<std::size_t> round_, rest_;
  std::vector<TileResult> results_;
  double backups_ = 0;
  std::optional<double> error_bound_;
  bool finished_ = false, converged_ = false;
};

TiledValueIteration::TiledValueIteration(GridModel model, double gamma,
                                         const TiledOptions& options) {
  if (const auto reason = why_not_tiled(model, gamma)) throw std::invalid_argument(*reason);
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
