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
#include "algorithms/dynamic_programming/thresholds.hpp"

namespace rl {

double least_tolerance_of_blocks(const FiniteMdp& model, double gamma) {
  return detail::value_scale(model, gamma).least_tolerance;
}

// ---- the search ---------------------------------------------------------------------------------

class BlockValueIteration::Search {
 public:
  Search(FiniteMdp model, double gamma, const BlockOptions& options, const BlockRules& rules)
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        rules_(rules),
        thresholds_(detail::value_scale(model_, gamma), options.tolerance, detail::kBlockFactors),
        next_look_(rules.first_sweeps / 2) {
    for (State s = 0; s < model_.num_states(); ++s) num_states_ += model_.terminal(s) ? 0 : 1;
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
      progress.change = thresholds_.current();
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
        detail::sweeps_left(*progress.error_bound, bound_then_,
                            static_cast<double>(progress.sweeps) / 2,
                            options_.tolerance) > rules_.most_plain_sweeps)
      cut();
    // The first sweeps may do the fast part alone: look again after twice as many.
    next_look_ *= 2;
    bound_then_ = *progress.error_bound;
    return true;
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
    most_backups_ = backups_ + rules_.patience * num_states_ *
                                   detail::most_plain_sweeps(detail::value_scale(model_, gamma_),
                                                             gamma_, thresholds_.finest());
    v_ = plain_->values();
    plain_.reset();
    worklist_ = detail::BlockWorklist(std::move(*blocks), gamma_, {}, v_);
    worklist_.lower(thresholds_.current(), thresholds_.finest());
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
      if (!thresholds_.lower()) {
        certify();
        break;
      }
      worklist_.lower(thresholds_.current(), thresholds_.finest());
    }
    return true;
  }

  // ---- certificate ----

  void certify() {
    error_bound_ = discounted_bound(model_, v_, gamma_, Greedy{});
    backups_ += num_states_;
    converged_ = finished_ = *error_bound_ <= options_.tolerance;
    if (finished_) return;
    thresholds_.refine();
    worklist_.restart(thresholds_.current(), thresholds_.finest());
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
  detail::Thresholds thresholds_;
  double num_states_ = 0;  // that are not terminal
  double backups_ = 0;     // but for the plain sweeps that go on
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
