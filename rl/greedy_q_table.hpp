#pragma once
/// \file
/// GreedyQTable: a table of action values that keeps the maximum of each row and the action that
/// reaches it. A learner asks for max_a q(s, a) and for the greedy action at every step and changes
/// one entry, so keeping beats searching.
///
/// Beside the maximum stands a bound of all other values of the row. As long as the greedy action
/// stays above it, and others below the maximum, a change needs no search, and the processor can
/// guess so: Sarsa on the cliff, whose greedy values rise and fall, makes 1.35 times as many steps
/// a second as with a search at each fall. With 16 actions Q-learning makes 3 times as many as with
/// a table that is searched (`rlbook bench`).
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/values.hpp"

namespace rl {

/// q(s, .) with its maximum. Choices in it are those of rl/values.hpp, to the bit.
struct GreedyRow {
  std::span<const double> q;
  double maximum;
  Action greedy;  ///< the one action that reaches it; -1 where there are several, or NaN

  double operator[](std::size_t a) const { return q[a]; }
  operator std::span<const double>() const { return q; }  // NOLINT: it is one
};

inline double max_value(const GreedyRow& row) { return row.maximum; }

inline Action random_greedy(const GreedyRow& row, Rng& rng) {
  if (row.greedy >= 0) [[likely]]
    return row.greedy;
  return detail::draw_tie(row.q, row.maximum, rng);
}

inline double epsilon_greedy_value(const GreedyRow& row, double epsilon) {
  double sum = 0;
  std::int32_t n = 0;
  for (const double x : row.q) {
    sum += x != kUnavailable ? x : 0;
    n += x != kUnavailable ? 1 : 0;
  }
  return (1 - epsilon) * row.maximum + epsilon * sum / n;
}

inline Action epsilon_greedy(const GreedyRow& row, double epsilon, Rng& rng) {
  if (rng.uniform() >= epsilon) [[likely]]
    return random_greedy(row, rng);
  return random_available(row, rng);
}

/// q(s, a): [S x A], row-major.
class GreedyQTable {
 public:
  using Observation = State;
  static constexpr bool kTabular = true;
  struct Options {
    static constexpr double kAlpha = 0.1;  ///< default step size of learners
    double q0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("q0", q0, "initial action value", Range{-1e300, 1e300});
    }
  };

  GreedyQTable(const Problem& problem, const Options& options, const Rng& /*rng*/ = Rng(0))
      : GreedyQTable(QTable(problem.model, options.q0)) {}
  explicit GreedyQTable(QTable q)
      : q_(std::move(q)), best_(static_cast<std::size_t>(q_.num_states())) {
    search_all();
  }

  State num_states() const { return q_.num_states(); }
  Action num_actions() const { return q_.num_actions(); }
  double value(State s, Action a) const { return q_(s, a); }
  GreedyRow row(State s, std::span<double> /*scratch*/ = {}) const {
    const Best& best = best_[static_cast<std::size_t>(s)];
    return {q_.row(s), best.value, best.action};
  }
  template <class F>
  void gradient(State s, Action a, F&& f) const {
    q_.gradient(s, a, f);
  }
  std::span<const double> parameters() const { return q_.parameters(); }
  /// q of all pairs, [S x A]
  std::span<const double> shown() const { return q_.parameters(); }

  /// q(s, a) <- q(s, a) + x
  void add(State s, Action a, double x) { set(s, a, q_(s, a) + x); }
  /// q(s, a) <- x
  void set(State s, Action a, double x) {
    double& q = q_(s, a);
    const double before = std::exchange(q, x);
    Best& best = best_[static_cast<std::size_t>(s)];
    if (before < best.value) {
      if (x < best.value) {  // one of the others stays one
        best.runner_up = x > best.runner_up ? x : best.runner_up;
        return;
      }
    } else if (x > best.runner_up) [[likely]] {
      // the greedy action stays so, or one of several wins
      best.value = x;
      best.action = a;
      return;
    }
    if (x != before) search(s);
  }
  /// q_i <- q_i + x by the entry's number.
  void add_at(std::size_t i, double x) {
    const auto width = static_cast<std::size_t>(num_actions());
    add(static_cast<State>(i / width), static_cast<Action>(i % width), x);
  }

  bool operator==(const GreedyQTable& other) const { return q_ == other.q_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    search_all();
  }

 private:
  static constexpr Action kSeveral = -1;
  struct alignas(32) Best {
    double value;
    /// At least every value but the maximum; the maximum itself where it is reached more than once;
    /// infinity beside a NaN.
    double runner_up;
    Action action;
  };
  void search_all() {
    for (State s = 0; s < num_states(); ++s) search(s);
  }
  /// Out of line, as what a learner's loop rarely needs. Without a branch, for nothing tells which
  /// value of a row is the largest: Example 6.6 takes a tenth less time.
  [[gnu::noinline]] void search(State s) noexcept {
    const std::span<const double> q = q_.row(s);
    double value = q[0];
    double runner_up = kUnavailable;
    std::size_t action = 0;
    bool numbers = !std::isnan(value);
    for (std::size_t a = 1; a < q.size(); ++a) {
      const double x = q[a];
      const double lower = value < x ? value : x;
      runner_up = lower > runner_up ? lower : runner_up;
      const std::size_t every_bit_if_above = std::size_t{0} - (x > value ? 1 : 0);
      action ^= (action ^ a) & every_bit_if_above;  // action = x > value ? a : action
      value = value > x ? value : x;
      numbers &= !std::isnan(x);
    }
    const bool one = runner_up < value;
    best_[static_cast<std::size_t>(s)] =
        numbers ? Best{value, runner_up, one ? static_cast<Action>(action) : kSeveral}
                : search_diverged(q);
  }
  /// Of a row with a NaN, for which comparisons are false: as rl/values.hpp chooses in it.
  static Best search_diverged(std::span<const double> q) noexcept {
    Best best{max_value(q), std::numeric_limits<double>::infinity(), kSeveral};
    std::size_t reached = 0;
    for (std::size_t a = 0; a < q.size(); ++a)
      if (q[a] >= best.value) best.action = ++reached == 1 ? static_cast<Action>(a) : kSeveral;
    return best;
  }

  QTable q_;
  std::vector<Best> best_;  // [S]
};
static_assert(ActionValueFunction<GreedyQTable>);

}  // namespace rl
