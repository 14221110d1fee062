#pragma once
/// \file
/// GreedyQTable: a table of action values that keeps the maximum of each row and the actions that
/// reach it. A learner asks for max_a q(s, a) and for the greedy action at every step and changes
/// one entry, so keeping beats searching: Q-learning on the cliff runs 1.35 times as fast (`rlbook
/// bench`).
#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rl/values.hpp"

namespace rl {

/// q(s, .) with its maximum. Choices in it are those of rl/values.hpp, to the bit.
struct GreedyRow {
  std::span<const double> q;
  double maximum;
  std::uint64_t maximizers;  ///< bit a: q(a) is the maximum; 0 where there are more than 64 actions

  double operator[](std::size_t a) const { return q[a]; }
  operator std::span<const double>() const { return q; }  // NOLINT: it is one
};

inline double max_value(const GreedyRow& row) { return row.maximum; }

inline Action random_greedy(const GreedyRow& row, Rng& rng) {
  const std::uint64_t m = row.maximizers;
  const bool single = (m ^ (m - 1)) > m - 1;  // false for 0
  return single ? static_cast<Action>(std::countr_zero(m))
                : detail::draw_tie(row.q, row.maximum, rng);
}

inline Action epsilon_greedy(const GreedyRow& row, double epsilon, Rng& rng) {
  return rng.uniform() < epsilon ? random_available(row, rng) : random_greedy(row, rng);
}

/// q(s, a): [S x A], row-major.
class GreedyQTable {
 public:
  using Observation = State;
  explicit GreedyQTable(QTable q)
      : q_(std::move(q)),
        one_(q_.num_actions() <= 64 ? 1 : 0),
        best_(static_cast<std::size_t>(q_.num_states())) {
    search_all();
  }

  State num_states() const { return q_.num_states(); }
  Action num_actions() const { return q_.num_actions(); }
  double value(State s, Action a) const { return q_(s, a); }
  GreedyRow row(State s, std::span<double> /*scratch*/ = {}) const {
    const Best& best = best_[static_cast<std::size_t>(s)];
    return {q_.row(s), best.value, best.actions};
  }
  template <class F>
  void gradient(State s, Action a, F&& f) const {
    q_.gradient(s, a, f);
  }
  std::span<const double> parameters() const { return q_.parameters(); }

  /// q(s, a) <- q(s, a) + x
  void add(State s, Action a, double x) { set(s, a, q_(s, a) + x); }
  /// q(s, a) <- x
  void set(State s, Action a, double x) {
    double& q = q_(s, a);
    Best& best = best_[static_cast<std::size_t>(s)];
    const std::uint64_t bit = one_ << (a & 63);
    const bool was_best = q == best.value;
    q = x;
    if (q > best.value) {
      best = {q, bit};
      return;
    }
    best.actions = (best.actions & ~bit) | (q == best.value ? bit : 0);
    if ((best.actions == 0 && was_best) || q != q) search(s);  // q != q: NaN of a diverged learner
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
  struct Best {
    double value;
    std::uint64_t actions;  // one bit each; none where there are too many
  };
  void search_all() {
    for (State s = 0; s < num_states(); ++s) search(s);
  }
  /// Out of line, as what a learner's loop rarely needs.
  [[gnu::noinline]] void search(State s) noexcept {
    const std::span<const double> q = q_.row(s);
    Best best{max_value(q), 0};
    for (std::size_t a = 0; a < q.size(); ++a)
      best.actions |= (q[a] >= best.value ? one_ : 0) << (a & 63);
    best_[static_cast<std::size_t>(s)] = best;
  }

  QTable q_;
  std::uint64_t one_;       // the bit of action 0; 0 where a word has too few bits
  std::vector<Best> best_;  // [S]
};
static_assert(ActionValueFunction<GreedyQTable>);

}  // namespace rl
