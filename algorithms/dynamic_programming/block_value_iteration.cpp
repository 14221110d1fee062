#include "algorithms/dynamic_programming/block_value_iteration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <queue>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/block_sweep.hpp"
#include "algorithms/dynamic_programming/blocks.hpp"
#include "algorithms/dynamic_programming/certificate.hpp"

namespace rl {

// ---- rounding -----------------------------------------------------------------------------------

namespace {

/// How much nearer a backup brings any two value functions at least. Rows that sum to more than 1
/// leave less than 1 - gamma.
double contraction_of(const FiniteMdp& model, double gamma) {
  return 1 - gamma * (1 + model.row_sum_error());
}

double largest_value_of(const FiniteMdp& model, double gamma) {
  return model.largest_reward() * (1 + model.row_sum_error()) / contraction_of(model, gamma);
}

}  // namespace

double least_tolerance_of_blocks(const FiniteMdp& model, double gamma) {
  if (!(contraction_of(model, gamma) > 0)) return std::numeric_limits<double>::infinity();
  // The backup of a block's row and the literal one are each off by this, in changes that are
  // compared with a threshold and in the certificate.
  return 8 * backup_rounding(model, largest_value_of(model, gamma)) / (1 - gamma);
}

// ---- the search ---------------------------------------------------------------------------------

class BlockValueIteration::Search {
 public:
  Search(FiniteMdp model, double gamma, const BlockOptions& options, const BlockRules& rules)
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        rules_(rules),
        next_look_(rules.first_sweeps / 2) {
    for (State s = 0; s < model_.num_states(); ++s) num_states_ += model_.terminal(s) ? 0 : 1;
    const double largest = largest_value_of(model_, gamma_);
    const double rounding = least_tolerance_of_blocks(model_, gamma_) / 2;
    finest_ = 0.9 * (options_.tolerance - rounding) * contraction_of(model_, gamma_);
    threshold_ = std::max(finest_, kCoarsest * largest);
    sweep_plainly(StateValues::Zero(model_.num_states()));
  }

  bool advance() { return plain_ ? advance_plainly() : advance_by_blocks(); }

  Plan plan() const& {
    if (plain_) return with_all_sweeps(plain_->plan());
    Plan plan = facts();
    plan.v = v_;
    return plan;
  }
  Plan plan() && {
    if (plain_) return with_all_sweeps(plain_->plan());
    Plan plan = facts();
    plan.v = std::move(v_);
    return plan;
  }
  PlanProgress progress() const {
    PlanProgress progress;
    if (plain_) {
      progress = plain_->progress();
    } else {
      progress.change = threshold_;
      progress.error_bound = error_bound_;
    }
    progress.iterations = progress.sweeps = sweeps();
    return progress;
  }
  const StateValues& values() const { return plain_ ? plain_->values() : v_; }
  bool by_blocks() const { return !plain_; }
  double backups_per_state() const {
    return backups_ / num_states_ + (plain_ ? static_cast<double>(plain_->progress().sweeps) : 0);
  }

 private:
  // Of thresholds, beside the largest possible value and the one before. From .1 to 1e-5 and from
  // .03 to .3 grids and random graphs of near neighbours take up to 1.3 times as long.
  static constexpr double kCoarsest = 1e-3;
  static constexpr double kFiner = 0.1;
  // Of a visit; 1 and 0 take 1.3 - 1.7 times as long, 3 and 3 or 2 and 8 up to 1.05 times.
  static constexpr int kGreedySweeps = 2;
  static constexpr int kChosenSweeps = 3;
  static constexpr double kNothingRead = -std::numeric_limits<double>::infinity();
  static constexpr double kNotSwept = std::numeric_limits<double>::infinity();

  std::int64_t sweeps() const { return static_cast<std::int64_t>(std::ceil(backups_per_state())); }

  // ---- plain sweeps ----

  void sweep_plainly(StateValues v) {
    SweepOptions options;
    options.tolerance = options_.tolerance;
    options.max_sweeps = options_.max_sweeps - static_cast<std::int64_t>(backups_ / num_states_);
    plain_.emplace(model_, gamma_, Greedy{}, options, std::move(v));
  }

  bool advance_plainly() {
    if (!plain_->advance()) return false;
    const PlanProgress progress = plain_->progress();
    if (progress.sweeps != next_look_) return true;
    if (progress.sweeps >= rules_.first_sweeps && progress.error_bound > options_.tolerance &&
        sweeps_left(progress) > rules_.most_plain_sweeps)
      cut();
    // The first sweeps may do the fast part alone: look again after twice as many.
    next_look_ *= 2;
    bound_then_ = *progress.error_bound;
    return true;
  }

  /// If the bound goes on falling as it did since the last look.
  double sweeps_left(const PlanProgress& progress) const {
    const double bound = *progress.error_bound;
    if (!(bound < bound_then_)) return std::numeric_limits<double>::infinity();
    const auto sweeps = static_cast<double>(progress.sweeps) / 2;
    return sweeps * std::log(options_.tolerance / bound) / std::log(bound / bound_then_);
  }

  // ---- blocks ----

  void cut() {
    std::optional<std::vector<detail::Block>> blocks =
        detail::cut_into_blocks(model_, gamma_, rules_.size, rules_.most_read);
    if (!blocks) {
      rules_.most_plain_sweeps = std::numeric_limits<double>::infinity();
      return;
    }
    blocks_ = std::move(*blocks);
    backups_ = num_states_ * static_cast<double>(plain_->progress().sweeps);
    most_backups_ = backups_ + rules_.patience * num_states_ * most_plain_sweeps();
    v_ = plain_->values();
    plain_.reset();
    std::size_t most_states = 0;
    for (const detail::Block& block : blocks_)
      most_states = std::max(most_states, block.states.size());
    local_.resize(most_states);
    choice_.resize(rules_.size);
    bound_.assign(blocks_.size(), kNotSwept);
    key_.assign(blocks_.size(), 0);
    queued_.assign(blocks_.size(), 0);
    fill_queue();
  }

  /// From 0: gamma^k 2 max |v*| <= threshold.
  double most_plain_sweeps() const {
    const double decades =
        std::log(std::min(1.0, finest_ / (2 * largest_value_of(model_, gamma_))));
    return 1 + decades / std::log(gamma_);
  }

  bool advance_by_blocks() {
    const double limit = static_cast<double>(options_.max_sweeps) * num_states_;
    if (finished_ || backups_ >= limit) return false;
    if (backups_ >= most_backups_) {
      sweep_plainly(std::move(v_));
      blocks_ = {};
      return plain_->advance();
    }
    const double until = std::min(limit, backups_ + num_states_);
    while (backups_ < until) {
      if (visit_next()) continue;
      if (threshold_ <= finest_) {
        certify();
        break;
      }
      threshold_ = std::max(kFiner * threshold_, finest_);
      fill_queue();
    }
    return true;
  }

  /// First the largest key, then the first block.
  struct Entry {
    double key;
    std::size_t block;
    bool operator<(const Entry& other) const {
      return key != other.key ? key < other.key : block > other.block;
    }
  };

  void push(std::size_t block) {
    queued_[block] = 1;
    queue_.push({key_[block], block});
  }
  void fill_queue() {
    for (std::size_t block = 0; block < blocks_.size(); ++block)
      if (bound_[block] > threshold_) push(block);
  }

  bool visit_next() {
    while (!queue_.empty()) {
      const Entry entry = queue_.top();
      queue_.pop();
      // Queued again with a larger key, or swept meanwhile.
      if (queued_[entry.block] == 0 || entry.key != key_[entry.block]) continue;
      queued_[entry.block] = 0;
      visit(entry.block);
      return true;
    }
    return false;
  }

  void visit(std::size_t number) {
    const detail::Block& block = blocks_[number];
    for (std::size_t i = 0; i < block.states.size(); ++i) local_[i] = v_[block.states[i]];
    bound_[number] = gamma_ * sweep(block);
    key_[number] = kNothingRead;
    for (const detail::BlockReader& reader : block.readers) tell(block, reader);
    for (std::size_t i = 0; i < block.num_own; ++i) v_[block.states[i]] = local_[i];
    if (bound_[number] > threshold_) {
      key_[number] = *std::max_element(local_.begin(), local_.begin() + block.num_own);
      push(number);
    }
  }

  /// The largest change of the last greedy sweep.
  double sweep(const detail::Block& block) {
    const double tolerance = std::max(0.3 * threshold_, 0.9 * finest_);
    for (int greedy = 1;; ++greedy) {
      const double change = detail::sweep_greedily(block, local_.data(), choice_.data());
      backups_ += block.num_own;
      if (change <= tolerance || greedy == kGreedySweeps) return change;
      for (int chosen = 0; chosen < kChosenSweeps; ++chosen) {
        backups_ += block.num_own;
        if (detail::sweep_chosen(block, local_.data(), choice_.data()) <= tolerance / 2) break;
      }
    }
  }

  /// What a reader of the block's states learns from this visit.
  void tell(const detail::Block& block, const detail::BlockReader& reader) {
    double change = 0;
    double value = kNothingRead;
    for (std::uint32_t i = reader.begin; i < reader.end; ++i) {
      const std::size_t s = block.read[i];
      change = std::max(change, std::abs(local_[s] - v_[block.states[s]]));
      value = std::max(value, local_[s]);
    }
    if (change == 0) return;
    bound_[reader.block] += gamma_ * change;
    const double key = std::max(key_[reader.block], value);
    const bool news = key != key_[reader.block];
    key_[reader.block] = key;
    if (bound_[reader.block] > threshold_ && (news || queued_[reader.block] == 0))
      push(reader.block);
  }

  // ---- certificate ----

  void certify() {
    error_bound_ = discounted_bound(model_, v_, gamma_, Greedy{});
    backups_ += num_states_;
    converged_ = finished_ = *error_bound_ <= options_.tolerance;
    if (finished_) return;
    threshold_ = finest_ /= 2;
    std::fill(bound_.begin(), bound_.end(), kNotSwept);
    fill_queue();
  }

  Plan facts() const {
    Plan plan;
    plan.converged = converged_;
    plan.error_bound = finished_ ? error_bound_ : discounted_bound(model_, v_, gamma_, Greedy{});
    return with_all_sweeps(std::move(plan));
  }
  Plan with_all_sweeps(Plan plan) const {
    plan.iterations = plan.sweeps = sweeps();
    return plan;
  }

  FiniteMdp model_;
  double gamma_;
  BlockOptions options_;
  BlockRules rules_;
  double num_states_ = 0;  // that are not terminal
  double threshold_ = 0, finest_ = 0;
  double backups_ = 0;  // but for the plain sweeps that go on
  std::optional<double> error_bound_;
  bool finished_ = false, converged_ = false;

  std::optional<BackupIteration<FiniteMdp, Greedy>> plain_;
  std::int64_t next_look_;
  double bound_then_ = 0;

  StateValues v_;
  std::vector<detail::Block> blocks_;
  std::vector<double> local_;          // values of the states of one block
  std::vector<std::uint32_t> choice_;  // [own] its best rows
  std::vector<double> bound_, key_;    // [blocks]
  std::vector<char> queued_;
  std::priority_queue<Entry> queue_;
  double most_backups_ = 0;
};

BlockValueIteration::BlockValueIteration(FiniteMdp model, double gamma, const BlockOptions& options,
                                         const BlockRules& rules) {
  if (!(gamma >= 0 && gamma < 1))
    throw std::invalid_argument(fmt::format("gamma = {} is not in [0, 1)", gamma));
  if (const double least = least_tolerance_of_blocks(model, gamma); options.tolerance < least)
    throw std::invalid_argument(
        fmt::format("tolerance = {:g} is below what rounding leaves to be certified here, {:.3g}",
                    options.tolerance, least));
  search_ = std::make_unique<Search>(std::move(model), gamma, options, rules);
}
BlockValueIteration::BlockValueIteration(const BlockValueIteration& other)
    : search_(std::make_unique<Search>(*other.search_)) {}
BlockValueIteration::BlockValueIteration(BlockValueIteration&&) noexcept = default;
BlockValueIteration& BlockValueIteration::operator=(BlockValueIteration other) noexcept {
  search_ = std::move(other.search_);
  return *this;
}
BlockValueIteration::~BlockValueIteration() = default;

bool BlockValueIteration::advance() { return search_->advance(); }
Plan BlockValueIteration::plan() const& { return search_->plan(); }
Plan BlockValueIteration::plan() && { return std::move(*search_).plan(); }
PlanProgress BlockValueIteration::progress() const { return search_->progress(); }
const StateValues& BlockValueIteration::values() const { return search_->values(); }
bool BlockValueIteration::by_blocks() const { return search_->by_blocks(); }
double BlockValueIteration::backups_per_state() const { return search_->backups_per_state(); }

}  // namespace rl
