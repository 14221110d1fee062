#pragma once
/// \file
/// Prioritized sweeping with the model (S&B 8.4; Moore and Atkeson 1993): back up the state whose
/// backup would change it most, then look again at the states that lead to it.
///
///     priority(s) = |max_a q(s, a) - v(s)|;   v(s) <- max_a q(s, a)
///
/// A binary heap knows each state's place, and predecessors come from a list: an update costs the
/// predecessors of one state, never a scan of all pairs. Large models are planned faster by
/// block_value_iteration.hpp, which orders blocks of states in place of states.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/certificate.hpp"
#include "rl/mdp_graph.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct PrioritizedSweepingOptions {
  double tolerance = 1e-9;
  std::int64_t max_sweeps = 1'000'000;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "certified error of the values to reach", Range{0, 1e300});
    v("max_sweeps", max_sweeps, "stop unconverged after S times so many backups", Range{0, 1e18});
  }
};

class PrioritizedSweeping {
 public:
  PrioritizedSweeping(FiniteMdp model, double gamma, PrioritizedSweepingOptions options = {})
      : model_(std::move(model)),
        gamma_(gamma),
        options_(options),
        before_(predecessors(model_)),
        v_(StateValues::Zero(model_.num_states())),
        priority_(static_cast<std::size_t>(model_.num_states()), 0),
        place_(static_cast<std::size_t>(model_.num_states()), kNowhere) {
    look_at_all();
  }

  /// S backups, or fewer where the queue runs dry.
  bool advance() {
    if (finished_ || progress_.sweeps >= options_.max_sweeps) return false;
    progress_.change = 0;
    for (State i = 0; i < model_.num_states() && !finished_; ++i) {
      if (heap_.empty()) check_stop();
      if (!heap_.empty()) progress_.change = std::max(progress_.change, std::abs(backup_next()));
    }
    progress_.iterations = ++progress_.sweeps;
    return true;
  }

  /// Backs up the most urgent state and returns its change; 0 where none is urgent.
  double backup_next() {
    if (heap_.empty()) return 0;
    const State s = pop();
    const double change = Greedy{}(model_, v_, gamma_, s) - v_[s];
    v_[s] += change;
    ++backups_;
    for (std::size_t i = before_.begin[index(s)]; i < before_.begin[index(s) + 1]; ++i)
      look_at(before_.state[i]);
    return change;
  }

  Plan plan() const {
    return {v_, progress_.iterations, progress_.sweeps, converged_,
            error_bound(model_, v_, gamma_, Greedy{})};
  }
  PlanProgress progress() const { return progress_; }
  const StateValues& values() const { return v_; }
  std::int64_t backups() const { return backups_; }
  bool queue_empty() const { return heap_.empty(); }
  State most_urgent() const { return heap_.front(); }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  void look_at_all() {
    for (State s = 0; s < model_.num_states(); ++s) look_at(s);
  }

  void look_at(State s) {
    if (model_.terminal(s)) return;
    priority_[index(s)] = std::abs(Greedy{}(model_, v_, gamma_, s) - v_[s]);
    if (place_[index(s)] == kNowhere) {
      if (priority_[index(s)] <= threshold_) return;
      place_[index(s)] = heap_.size();
      heap_.push_back(s);
    }
    sift_up(place_[index(s)]);
    sift_down(place_[index(s)]);
  }

  void check_stop() {
    progress_.error_bound = error_bound(model_, v_, gamma_, Greedy{});
    converged_ =
        progress_.error_bound ? *progress_.error_bound <= options_.tolerance : threshold_ == 0;
    finished_ = converged_ || threshold_ == 0;
    if (finished_) return;
    threshold_ = threshold_ > 1e-17 ? threshold_ / 10 : 0;
    look_at_all();
  }

  bool more_urgent(std::size_t i, std::size_t j) const {
    return priority_[index(heap_[i])] > priority_[index(heap_[j])];
  }
  void swap(std::size_t i, std::size_t j) {
    std::swap(heap_[i], heap_[j]);
    place_[index(heap_[i])] = i;
    place_[index(heap_[j])] = j;
  }
  void sift_up(std::size_t i) {
    for (; i > 0 && more_urgent(i, (i - 1) / 2); i = (i - 1) / 2) swap(i, (i - 1) / 2);
  }
  void sift_down(std::size_t i) {
    for (;;) {
      std::size_t top = i;
      for (std::size_t child = 2 * i + 1; child <= 2 * i + 2; ++child)
        if (child < heap_.size() && more_urgent(child, top)) top = child;
      if (top == i) return;
      swap(i, top);
      i = top;
    }
  }
  State pop() {
    const State s = heap_.front();
    swap(0, heap_.size() - 1);
    heap_.pop_back();
    place_[index(s)] = kNowhere;
    if (!heap_.empty()) sift_down(0);
    return s;
  }

  FiniteMdp model_;
  double gamma_;
  PrioritizedSweepingOptions options_;
  Predecessors before_;
  StateValues v_;
  std::vector<double> priority_;    // [S]
  std::vector<State> heap_;         // largest priority first
  std::vector<std::size_t> place_;  // [S] in the heap
  double threshold_ = options_.tolerance * (gamma_ < 1 ? 1 - gamma_ : 0.1);
  PlanProgress progress_;
  std::int64_t backups_ = 0;
  bool finished_ = false;
  bool converged_ = false;
};

}  // namespace rl
