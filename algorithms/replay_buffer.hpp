#pragma once
/// \file
/// Experience replay (MFRL 8.4, S&B 16.5; Lin 1992): the last transitions are kept, and learned
/// from many times, in an order that is not that of life. A transition may be n steps long:
///
///     (s, a, R, s'', Gamma)   R = r_1 + gamma r_2 + ... + gamma^(m-1) r_m
///                             Gamma = gamma^m, or 0 where s'' is terminal
///
/// so that R + Gamma max_a q(s'', a) is its target. m = n, but less at the end of an episode: there
/// the last transitions wait for nothing more. A truncated episode bootstraps from its last state.
///
/// What is learned from is drawn uniformly, or by priority (Schaul et al. 2016, proportional):
///
///     P(i) = p_i^alpha / sum_k p_k^alpha,   p_i = |delta_i| + epsilon
///     w_i = (N P(i))^-beta / max_j w_j      corrects what that does to expectations
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// n steps of life as one transition.
template <class S, class A = Action>
struct Experience {
  S state;
  A action;
  double reward;    ///< R
  S next;           ///< s''
  double discount;  ///< Gamma
};

// ---- n steps ------------------------------------------------------------------------------------

/// Makes transitions of n steps from those of one.
template <class S, class A = Action>
class NStepExperience {
 public:
  NStepExperience(int n, double gamma) : n_(static_cast<std::size_t>(n)), gamma_(gamma) {}

  void begin_episode() { waiting_.clear(); }

  /// f(experience) for each that is complete with t.
  template <class F>
  void add(const Transition<S, A>& t, F&& f) {
    for (Experience<S, A>& e : waiting_) {
      e.reward += e.discount * t.reward;
      e.discount *= gamma_;
    }
    waiting_.push_back({t.state, t.action, t.reward, t.next, gamma_});
    const bool ended = t.terminated || t.truncated;
    const std::size_t complete = ended ? waiting_.size() : waiting_.size() / n_;
    for (std::size_t i = 0; i < complete; ++i) {
      waiting_[i].next = t.next;
      if (t.terminated) waiting_[i].discount = 0;
      f(std::as_const(waiting_[i]));
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(complete));
  }

  /// Those that wait have at most the indices of the problem.
  template <class Visitor>
  void state(Visitor& visit, std::int64_t num_states, std::int64_t num_actions) {
    auto size = static_cast<std::int64_t>(waiting_.size());
    visit("waiting", size);
    check_saved_index("waiting", size, static_cast<std::int64_t>(n_));
    waiting_.resize(static_cast<std::size_t>(size));
    for (Experience<S, A>& e : waiting_) {
      visit("waiting.state", e.state);
      visit("waiting.action", e.action);
      visit("waiting.reward", e.reward);
      visit("waiting.discount", e.discount);
      if constexpr (std::same_as<S, State>) check_saved_index("waiting.state", e.state, num_states);
      if constexpr (std::same_as<A, Action>)
        check_saved_index("waiting.action", e.action, num_actions);
    }
  }

 private:
  std::size_t n_;
  double gamma_;
  std::vector<Experience<S, A>> waiting_;  // fewer than n, the oldest first; `next` comes last
};

// ---- the buffer ---------------------------------------------------------------------------------

/// States, actions or points, in as little memory as they need.
template <class X>
class ReplayColumn;

/// Numbers 0 .. `size` - 1.
template <>
class ReplayColumn<std::int32_t> {
 public:
  explicit ReplayColumn(std::size_t size) : size_(size) {}

  std::int32_t operator[](std::size_t i) const { return x_[i]; }
  void put(std::size_t i, std::int32_t x) {
    if (i == x_.size()) x_.push_back(x);
    x_[i] = x;
  }
  template <class Visitor>
  void state(Visitor& visit, const std::string& name, std::size_t rows) {
    x_.resize(rows);
    std::span<std::int32_t> x = x_;
    visit(name, x);
    for (const std::int32_t i : x_) check_saved_index(name, i, static_cast<std::int64_t>(size_));
  }

 private:
  std::size_t size_;
  std::vector<std::int32_t> x_;
};

/// Points of `size` numbers, which are kept as float.
template <>
class ReplayColumn<Point> {
 public:
  explicit ReplayColumn(std::size_t size) : size_(size) {}

  Point operator[](std::size_t i) const {
    Point x;
    for (std::size_t k = 0; k < size_; ++k) x.append(static_cast<double>(x_[i * size_ + k]));
    return x;
  }
  void put(std::size_t i, const Point& x) {
    if (i * size_ == x_.size()) x_.resize(x_.size() + size_);
    for (std::size_t k = 0; k < size_; ++k) x_[i * size_ + k] = static_cast<float>(x[k]);
  }
  template <class Visitor>
  void state(Visitor& visit, const std::string& name, std::size_t rows) {
    x_.resize(rows * size_);
    std::span<float> x = x_;
    visit(name, x);
  }

 private:
  std::size_t size_;
  std::vector<float> x_;  // [rows x size]
};

/// How many states, or how many numbers a point has; the same of actions.
struct ReplayShape {
  std::size_t states;
  std::size_t actions;
};
ReplayShape replay_shape(const Problem& problem);

/// The last `capacity` transitions. It grows to what it holds.
template <class S, class A = Action>
class ReplayBuffer {
 public:
  /// Throws std::invalid_argument for a capacity of 0.
  ReplayBuffer(std::size_t capacity, const ReplayShape& shape);

  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return reward_.size(); }
  /// i < size(); 0 is not the oldest once the buffer is full.
  Experience<S, A> operator[](std::size_t i) const {
    return {state_[i], action_[i], reward_[i], next_[i], discount_[i]};
  }
  /// In the place of the oldest where it is full. Returns the place.
  std::size_t add(const Experience<S, A>& e);

  template <class Visitor>
  void state(Visitor& visit) {
    auto size = static_cast<std::int64_t>(this->size());
    auto oldest = static_cast<std::int64_t>(oldest_);
    visit("replay.size", size);
    visit("replay.oldest", oldest);
    check_saved_index("replay.size", size, static_cast<std::int64_t>(capacity_) + 1);
    const bool full = size == static_cast<std::int64_t>(capacity_);
    check_saved_index("replay.oldest", oldest, full ? size : 1);
    const auto rows = static_cast<std::size_t>(size);
    oldest_ = static_cast<std::size_t>(oldest);
    state_.state(visit, "replay.state", rows);
    action_.state(visit, "replay.action", rows);
    next_.state(visit, "replay.next", rows);
    for (auto [name, numbers] :
         {std::pair("replay.reward", &reward_), {"replay.discount", &discount_}}) {
      numbers->resize(rows);
      std::span<double> all = *numbers;
      visit(name, all);
    }
  }

 private:
  std::size_t capacity_;
  std::size_t oldest_ = 0;  // the next place, once the buffer is full
  ReplayColumn<S> state_, next_;
  ReplayColumn<A> action_;
  std::vector<double> reward_, discount_;
};

extern template class ReplayBuffer<State>;
extern template class ReplayBuffer<Point>;
extern template class ReplayBuffer<Point, Point>;

// ---- what is learned from -----------------------------------------------------------------------

/// Places in a buffer, and by what the loss of each is multiplied.
struct ReplaySample {
  std::vector<std::size_t> place;
  std::vector<double> weight;
};

/// Every transition alike, with replacement. The rules throw std::invalid_argument for a batch of
/// more than `size` transitions, which are in the buffer.
class UniformReplay {
 public:
  void added(std::size_t /*place*/) {}
  void sample(std::size_t batch, std::size_t size, double beta, Rng& rng, ReplaySample& to) const;
  void learned(const ReplaySample& /*of*/, std::span<const double> /*delta*/) {}
  template <class Visitor>
  void state(Visitor& /*visit*/, std::size_t /*size*/) {}
};

/// Numbers x_i >= 0 and all their sums over halves, quarters, ...: drawing i with probability
/// x_i / sum and changing an x_i take log2(n) steps.
class SumTree {
 public:
  explicit SumTree(std::size_t n);

  double total() const { return sum_[1]; }
  double operator[](std::size_t i) const { return sum_[leaves_ + i]; }
  void set(std::size_t i, double x);
  /// All x_i <- 0.
  void clear();
  /// The i with x_0 + ... + x_{i-1} <= u < x_0 + ... + x_i, never one with x_i = 0. Requires 0 <= u
  /// and total() > 0.
  std::size_t find(double u) const;

 private:
  std::size_t leaves_;       // a power of 2
  std::vector<double> sum_;  // node k has the children 2k and 2k + 1; the leaves are the last
};

/// By priority: each of `batch` equal parts of the sum gives one. What is new has the largest
/// priority so far, to be seen once. The largest weight is that of the batch.
class ProportionalReplay {
 public:
  ProportionalReplay(std::size_t capacity, double alpha) : alpha_(alpha), tree_(capacity) {}

  /// p_i^alpha
  double priority(std::size_t place) const { return tree_[place]; }
  void added(std::size_t place) { tree_.set(place, largest_); }
  void sample(std::size_t batch, std::size_t size, double beta, Rng& rng, ReplaySample& to) const;
  void learned(const ReplaySample& of, std::span<const double> delta);

  template <class Visitor>
  void state(Visitor& visit, std::size_t size) {
    std::vector<double> saved(size);
    for (std::size_t i = 0; i < size; ++i) saved[i] = tree_[i];
    std::span<double> priorities = saved;  // of a length that a saved state cannot change
    visit("replay.priorities", priorities);
    visit("replay.largest_priority", largest_);
    if constexpr (std::same_as<Visitor, StateReader>) restore(saved);
  }

 private:
  static constexpr double kEpsilon = 1e-6;  // a transition without error keeps a chance
  /// Throws std::invalid_argument for a priority that is none.
  void restore(std::span<const double> priorities);

  double alpha_;
  double largest_ = 1;
  SumTree tree_;
};

using ReplayRule = std::variant<UniformReplay, ProportionalReplay>;

}  // namespace rl
