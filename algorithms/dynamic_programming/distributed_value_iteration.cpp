#include "algorithms/dynamic_programming/distributed_value_iteration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/block_worklist.hpp"
#include "algorithms/dynamic_programming/blocks.hpp"
#include "algorithms/dynamic_programming/certificate.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
#include "algorithms/dynamic_programming/thresholds.hpp"

namespace rl {

class DistributedValueIteration::Search {
 public:
  Search(const ModelRows& model, double gamma, Exchange& exchange, const BlockOptions& options,
         const DistributedRules& rules)
      : exchange_(exchange),
        gamma_(gamma),
        options_(options),
        rules_(rules),
        part_(model, exchange, traffic_),
        thresholds_(detail::value_scale(own_states(), gamma), options.tolerance,
                    detail::kBlockFactors),
        most_plain_sweeps_(detail::most_plain_sweeps(detail::value_scale(own_states(), gamma),
                                                     gamma, thresholds_.finest())),
        next_look_(rules.blocks.first_sweeps / 2),
        v_(StateValues::Zero(part_.num_here())),
        next_(v_),
        out_(part_.wanted().size()),
        in_(part_.wanted().size()) {
    for (std::size_t r = 0; r < out_.size(); ++r) {
      out_[r].resize(part_.wanted()[r].size());
      in_[r].resize(part_.sent_here()[r].size());
    }
  }

  bool advance() {
    if (finished_) return false;
    if (sweeps_ >= static_cast<double>(options_.max_sweeps)) return stop();
    return worklist_ ? advance_by_blocks() : advance_plainly();
  }
  bool stop() {
    if (finished_) return false;
    finished_ = true;
    worklist_.reset();
    certify();
    return true;
  }

  PlanProgress progress() const {
    PlanProgress progress;
    progress.iterations = progress.sweeps = static_cast<std::int64_t>(std::ceil(sweeps_));
    progress.change = change_;
    progress.error_bound = error_bound_;
    return progress;
  }
  bool by_blocks() const { return worklist_.has_value() || ended_by_blocks_; }

  PartOfPlan part() const {
    PartOfPlan part{part_.begin(), facts(), traffic_};
    part.plan.v = v_.segment(part_.first_own(), part_.num_own());
    return part;
  }
  Plan gather() {
    Plan plan = facts();
    const auto ranks = static_cast<std::size_t>(exchange_.size());
    Exchange::Values out(ranks), in(ranks);
    const double* const own = v_.data() + part_.first_own();
    if (exchange_.rank() == 0) {
      plan.v.resize(part_.num_states());
      std::copy_n(own, part_.num_own(), plan.v.data());
      for (std::size_t r = 1; r < ranks; ++r)
        in[r].resize(static_cast<std::size_t>(begin_of(r + 1) - begin_of(r)));
    } else {
      out[0].assign(own, own + part_.num_own());
    }
    meet();  // there was memory for all of them
    swap(out, in);
    for (std::size_t r = 1; r < ranks && exchange_.rank() == 0; ++r)
      std::copy(in[r].begin(), in[r].end(), plan.v.data() + begin_of(r));
    return plan;
  }

 private:
  State begin_of(std::size_t rank) const {
    return begin_of_rank(part_.num_states(), static_cast<int>(rank), exchange_.size());
  }

  detail::OwnStates<FiniteMdp> own_states() const { return {part_, part_.table()}; }
  double rounding_of(double largest) const { return backup_rounding(own_states(), largest); }
  Discount discount() const { return {own_states(), gamma_, Greedy{}}; }

  // ---- messages ----

  // Between a meeting and the messages that follow it no rank may fail: the others would wait.
  void take_largest(std::vector<double>& numbers) {
    exchange_.take_largest(numbers);
    ++traffic_.reductions;
  }

  void meet() {
    std::vector<double> nothing;
    take_largest(nothing);
  }

  void swap(const Exchange::Values& out, Exchange::Values& in) {
    exchange_.swap_values(out, in);
    for (const std::vector<double>& values : out) {
      traffic_.messages += values.empty() ? 0 : 1;
      traffic_.bytes += static_cast<std::int64_t>(values.size() * sizeof(double));
    }
  }

  void exchange_halo() {
    for (std::size_t r = 0; r < out_.size(); ++r)
      for (std::size_t i = 0; i < out_[r].size(); ++i) out_[r][i] = v_[part_.wanted()[r][i]];
    swap(out_, in_);
    ++traffic_.exchanges;
    std::size_t k = 0;  // of the halo, which is in the order of ranks
    for (const std::vector<double>& values : in_)
      for (const double value : values) {
        if (worklist_)
          worklist_->hold(k, value, v_);
        else
          v_[part_.halo()[k]] = value;
        ++k;
      }
  }

  // ---- plain sweeps ----

  bool advance_plainly() {
    double largest = 0;
    const ChangeRange d = largest_changes(&largest, true);
    v_.swap(next_);
    exchange_halo();
    ++sweeps_;
    ++plain_sweeps_;
    change_ = d.largest();
    check_plain_sweeps(d, largest);
    return true;
  }

  /// T v - v of all ranks, T v into next_ if asked, and the largest |T v| or |v|.
  ChangeRange largest_changes(double* largest, bool store) {
    ChangeRange d(part_.has_terminal());
    double most = 0;
    const auto take = [this, &most, store](State s, double value) {
      most = std::max(most, std::abs(store ? value : v_[s]));
      if (store) next_[s] = value;
    };
    using Short = FiniteMdp::ShortRows;
    if (part_.table().longest_row() > FiniteMdp::kInline)
      d = detail::back_up_all(own_states(), Greedy{}, gamma_, v_, take);
    else if (part_.num_planned() > 0)
      d = detail::back_up_all(detail::OwnStates<Short>(part_, Short(part_.table())), Greedy{},
                              gamma_, v_, take);
    std::vector<double> numbers = {d.high, -d.low, most};
    take_largest(numbers);
    d.high = numbers[0];
    d.low = -numbers[1];
    *largest = numbers[2];
    return d;
  }

  void check_plain_sweeps(const ChangeRange& d, double largest) {
    const ErrorInterval e = discount().of_new(d);
    const double open = (e.high - e.low) / 2;
    const double middle = std::isfinite(open) ? (e.low + e.high) / 2 : 0;
    const double rounding =
        rounding_of(largest + std::max(std::abs(middle), d.largest())) / (1 - gamma_);
    error_bound_ = open + rounding;
    converged_ = *error_bound_ <= options_.tolerance;
    // But for rounding so many are enough from anywhere.
    finished_ = converged_ || plain_sweeps_ > 2 * most_plain_sweeps_ + 2;
    if (finished_) shift(middle);
    if (finished_ || plain_sweeps_ != static_cast<double>(next_look_)) return;
    if (next_look_ >= rules_.blocks.first_sweeps &&
        detail::sweeps_left(*error_bound_, bound_then_, static_cast<double>(next_look_) / 2,
                            options_.tolerance) > rules_.blocks.most_plain_sweeps)
      cut();
    // The first sweeps may do the fast part alone: look again after twice as many.
    next_look_ *= 2;
    bound_then_ = *error_bound_;
  }

  void shift(double middle) {
    if (part_.num_planned() == 0) return;
    for (State s = part_.first_own(); s < part_.first_own() + part_.num_own(); ++s)
      if (!part_.table().terminal(s)) v_[s] += middle;
  }

  // ---- blocks ----

  void cut() {
    auto blocks = std::make_optional<std::vector<detail::Block>>();
    if (part_.num_planned() > 0)
      blocks = detail::cut_into_blocks(part_.table(), gamma_, rules_.blocks.size,
                                       rules_.blocks.most_read);
    std::vector<double> fails = {blocks ? 0.0 : 1.0};
    take_largest(fails);
    if (fails[0] > 0) {
      rules_.blocks.most_plain_sweeps = std::numeric_limits<double>::infinity();
      return;
    }
    next_ = {};
    worklist_.emplace(std::move(*blocks), gamma_, part_.halo(), v_);
    worklist_->lower(thresholds_.current(), thresholds_.finest());
    sweeps_then_ = sweeps_;
    most_sweeps_ = sweeps_ + rules_.blocks.patience * most_plain_sweeps_;
  }

  bool advance_by_blocks() {
    if (sweeps_ >= most_sweeps_) {
      worklist_.reset();
      next_ = v_;
      plain_sweeps_ = 0;
      rules_.blocks.most_plain_sweeps = std::numeric_limits<double>::infinity();
      return advance_plainly();
    }
    int visits = 0;
    while (visits < rules_.visits_in_a_round && worklist_->visit_next(v_)) ++visits;
    const double states = std::max(1, part_.num_planned());
    std::vector<double> numbers = {static_cast<double>(visits), worklist_->backups() / states};
    take_largest(numbers);
    sweeps_ = sweeps_then_ + numbers[1];
    change_ = thresholds_.current();
    if (numbers[0] > 0)
      exchange_halo();
    else if (thresholds_.lower())
      worklist_->lower(thresholds_.current(), thresholds_.finest());
    else
      certify();
    return true;
  }

  /// One literal backup of every state.
  void certify() {
    double largest = 0;
    const ChangeRange d = largest_changes(&largest, false);
    error_bound_ = discount().of_old(d).radius() + rounding_of(largest) / (1 - gamma_);
    ++sweeps_;
    ++sweeps_then_;
    converged_ = *error_bound_ <= options_.tolerance;
    if (converged_) ended_by_blocks_ = worklist_.has_value();
    finished_ = finished_ || converged_;
    if (finished_) return;
    thresholds_.refine();
    worklist_->restart(thresholds_.current(), thresholds_.finest());
  }

  Plan facts() const {
    Plan plan;
    plan.iterations = plan.sweeps = progress().sweeps;
    plan.converged = converged_;
    plan.error_bound = error_bound_;
    return plan;
  }

  Exchange& exchange_;
  double gamma_;
  BlockOptions options_;
  DistributedRules rules_;
  Traffic traffic_;
  detail::ModelPart part_;
  detail::Thresholds thresholds_;
  double most_plain_sweeps_;
  double sweeps_ = 0;  // of the rank that made most
  double change_ = 0;
  std::optional<double> error_bound_;
  bool finished_ = false, converged_ = false, ended_by_blocks_ = false;

  double plain_sweeps_ = 0;
  std::int64_t next_look_;
  double bound_then_ = 0;

  std::optional<detail::BlockWorklist> worklist_;
  double sweeps_then_ = 0, most_sweeps_ = 0;  // when blocks were cut; when they are given up

  StateValues v_, next_;  // [here]
  Exchange::Values out_, in_;
};

DistributedValueIteration::DistributedValueIteration(const ModelRows& model, double gamma,
                                                     Exchange& exchange,
                                                     const BlockOptions& options,
                                                     const DistributedRules& rules) {
  if (!(gamma >= 0 && gamma < 1))
    throw std::invalid_argument(fmt::format("gamma = {} is not in [0, 1)", gamma));
  search_ = std::make_unique<Search>(model, gamma, exchange, options, rules);
}
DistributedValueIteration::DistributedValueIteration(DistributedValueIteration&&) noexcept =
    default;
DistributedValueIteration& DistributedValueIteration::operator=(
    DistributedValueIteration&&) noexcept = default;
DistributedValueIteration::~DistributedValueIteration() = default;

bool DistributedValueIteration::advance() { return search_->advance(); }
void DistributedValueIteration::stop() { search_->stop(); }
PlanProgress DistributedValueIteration::progress() const { return search_->progress(); }
bool DistributedValueIteration::by_blocks() const { return search_->by_blocks(); }
PartOfPlan DistributedValueIteration::part() const { return search_->part(); }
Plan DistributedValueIteration::gather() { return search_->gather(); }

}  // namespace rl
