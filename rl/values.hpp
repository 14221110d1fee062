#pragma once
/// \file
/// Tables of values and the greedy choices in a row of them.
///
/// A row q(s, .) holds -infinity where an action is not available in s. So maxima pass over such
/// actions by themselves, and `available` is one comparison.
#include <Eigen/Core>
#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/random.hpp"
#include "rl/schedule.hpp"
#include "rl/types.hpp"

namespace rl {

using StateValues = Eigen::VectorXd;  ///< v(s): [S]; terminal states hold 0

inline constexpr double kUnavailable = -std::numeric_limits<double>::infinity();

// ---- choices in a row of action values --------------------------------------------------------

/// max_a q(a) over the available actions.
inline double max_value(std::span<const double> q) {
  double best = q[0];
  for (std::size_t a = 1; a < q.size(); ++a) best = q[a] > best ? q[a] : best;
  return best;
}

/// The first action of largest value.
inline Action first_greedy(std::span<const double> q) {
  Action best = 0;
  for (std::size_t a = 1; a < q.size(); ++a)
    best = q[a] > q[static_cast<std::size_t>(best)] ? static_cast<Action>(a) : best;
  return best;
}

namespace detail {
/// A random one of the actions that reach `best`; of a diverged learner's row (NaN) any. Out of
/// line, as what a learner's loop rarely needs, and noexcept, so that the loop may keep its numbers
/// in registers.
Action draw_tie(std::span<const double> q, double best, Rng& rng) noexcept;
}  // namespace detail

/// A uniformly random one of the actions of largest value. Draws only where there are several: a
/// learner that breaks ties by index can take 62,000 steps to its first goal where random ties
/// take 45 (median, MFRL's 5x5 grid).
inline Action random_greedy(std::span<const double> q, Rng& rng) {
  const double best = max_value(q);
  Action greedy = 0;
  std::size_t ties = 0;
  for (std::size_t a = 0; a < q.size(); ++a) {
    // No branch here: which action is best is hard to guess.
    const bool is_best = q[a] >= best;
    greedy = is_best ? static_cast<Action>(a) : greedy;
    ties += is_best ? 1 : 0;
  }
  return ties == 1 ? greedy : detail::draw_tie(q, best, rng);
}

inline std::int32_t count_available(std::span<const double> q) {
  std::int32_t n = 0;
  for (const double x : q) n += x != kUnavailable ? 1 : 0;
  return n;
}

/// A uniformly random available action; any action where none is (a diverged learner).
Action random_available(std::span<const double> q, Rng& rng) noexcept;

/// With probability epsilon any available action (the greedy one too), else a greedy one with ties
/// at random.
inline Action epsilon_greedy(std::span<const double> q, double epsilon, Rng& rng) {
  return rng.uniform() < epsilon ? random_available(q, rng) : random_greedy(q, rng);
}

/// sum_a pi(a) q(a) of the epsilon-greedy policy that shares 1 - epsilon among all maxima.
inline double epsilon_greedy_value(std::span<const double> q, double epsilon) {
  double sum = 0;
  double best = kUnavailable;
  std::int32_t n = 0;
  for (const double x : q) {
    if (x == kUnavailable) continue;
    sum += x;
    ++n;
    best = x > best ? x : best;
  }
  return (1 - epsilon) * best + epsilon * sum / n;
}

/// v(s) = `initial`, 0 in terminal states: [S].
std::vector<double> initial_values(const FiniteMdp& model, double initial);

// ---- tables -----------------------------------------------------------------------------------

/// How a table of action values begins.
struct TableOptions {
  static constexpr double kAlpha = 0.1;  ///< default step size of learners
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

/// q(s, a): [S x A], row-major.
class QTable {
 public:
  using Observation = State;
  using Options = TableOptions;
  static constexpr bool kTabular = true;
  QTable(State num_states, Action num_actions, double initial = 0)
      : num_actions_(num_actions),
        q_(static_cast<std::size_t>(num_states) * static_cast<std::size_t>(num_actions), initial) {}
  /// Shaped for a model: -infinity where an action is not available, 0 in terminal states.
  explicit QTable(const FiniteMdp& model, double initial = 0)
      : QTable(model.num_states(), model.num_actions(), initial) {
    for (State s = 0; s < model.num_states(); ++s)
      for (Action a = 0; a < num_actions_; ++a)
        if (model.terminal(s))
          (*this)(s, a) = 0;
        else if (!model.available(s, a))
          (*this)(s, a) = kUnavailable;
  }

  State num_states() const {
    return static_cast<State>(q_.size() / static_cast<std::size_t>(num_actions_));
  }
  Action num_actions() const { return num_actions_; }
  double operator()(State s, Action a) const { return q_[index(s, a)]; }
  double& operator()(State s, Action a) { return q_[index(s, a)]; }
  std::span<const double> row(State s) const {
    return {q_.data() + index(s, 0), static_cast<std::size_t>(num_actions_)};
  }

  // As a function with parameters (see ActionValueFunction): one parameter an entry.
  double value(State s, Action a) const { return (*this)(s, a); }
  std::span<const double> row(State s, std::span<double> /*scratch*/) const { return row(s); }
  template <class F>
  void gradient(State s, Action a, F&& f) const {
    f(index(s, a), 1.0);
  }
  void add(State s, Action a, double x) { (*this)(s, a) += x; }
  void add_at(std::size_t i, double x) { q_[i] += x; }
  std::span<double> parameters() { return q_; }
  std::span<const double> parameters() const { return q_; }
  /// q of all pairs, [S x A]
  std::span<const double> shown() const { return q_; }

  bool operator==(const QTable&) const = default;
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> all = q_;  // of a length that a saved state cannot change
    visit("q", all);
  }

 private:
  std::size_t index(State s, Action a) const {
    return static_cast<std::size_t>(s) * static_cast<std::size_t>(num_actions_) +
           static_cast<std::size_t>(a);
  }
  Action num_actions_;
  std::vector<double> q_;
};

/// Functions of which a parameter belongs to one state or pair say so by `kTabular`; others learn
/// about many at once.
template <class F>
constexpr bool kApproximates = !requires {
  F::kTabular;
};

/// q(s, a; w) with parameters w: a table, a linear function of features, a network. Learners change
/// w along the gradient only, so one learner serves them all; traces live on parameter numbers.
template <class Q>
concept ActionValueFunction = requires(Q q, const Q c, const typename Q::Observation s, Action a,
                                       std::span<double> scratch, Rng& rng) {
  { c.num_actions() } -> std::convertible_to<Action>;
  { c.value(s, a) } -> std::convertible_to<double>;
  // q(s, .), in which the choices above can be made: a table's own row, or numbers put in `scratch`
  { c.row(s, scratch) } -> std::convertible_to<std::span<const double>>;
  { random_greedy(c.row(s, scratch), rng) } -> std::same_as<Action>;
  c.gradient(s, a, [](std::size_t, double) {});  // f(index, d q(s, a) / d w_index)
  q.add(s, a, 1.0);                              // w <- w + x grad q(s, a)
  q.add_at(std::size_t{0}, 1.0);                 // w_i <- w_i + x
  { c.parameters() } -> std::same_as<std::span<const double>>;
  { c.shown() } -> std::same_as<std::span<const double>>;  // as Estimates show it
};
static_assert(ActionValueFunction<QTable>);

}  // namespace rl
