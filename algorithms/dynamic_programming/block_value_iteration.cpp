#include "algorithms/dynamic_programming/block_value_iteration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/block_worklist.hpp"
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
    backups_ = num_states_ * static_cast<double>(plain_->progress().sweeps);
    most_backups_ = backups_ + rules_.patience * num_states_ * most_plain_sweeps();
    v_ = plain_->values();
    plain_.reset();
    worklist_ = detail::BlockWorklist(std::move(*blocks), gamma_, {}, v_);
    worklist_.lower(threshold_, finest_);
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
      worklist_ = {};
      return plain_->advance();
    }
    const double until = std::min(limit, backups_ + num_states_);
    while (backups_ < until) {
      const double before = worklist_.backups();
      if (worklist_.visit_next(v_)) {
        backups_ += worklist_.backups() - before;
        continue;
      }
      if (threshold_ <= finest_) {
        certify();
        break;
      }
      threshold_ = std::max(kFiner * threshold_, finest_);
      worklist_.lower(threshold_, finest_);
    }
    return true;
  }

  // ---- certificate ----

  void certify() {
    error_bound_ = discounted_bound(model_, v_, gamma_, Greedy{});
    backups_ += num_states_;
    converged_ = finished_ = *error_bound_ <= options_.tolerance;
    if (finished_) return;
    threshold_ = finest_ /= 2;
    worklist_.restart(threshold_, finest_);
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
  detail::BlockWorklist worklist_;
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
