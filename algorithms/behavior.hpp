#pragma once
/// \file
/// How control methods act: epsilon-greedily, drawn afresh or stored.
#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

#include "rl/state.hpp"
#include "rl/values.hpp"

namespace rl {

/// pi(a) of the epsilon-greedy policy that shares 1 - epsilon among all maxima; `a` is available.
template <class Row>
double epsilon_greedy_probability(const Row& q, Action a, double epsilon) {
  const std::span<const double> row = q;
  const double best = max_value(q);
  const auto ties = static_cast<double>(std::count(row.begin(), row.end(), best));
  const double greedy = row[static_cast<std::size_t>(a)] >= best ? 1 / ties : 0;
  return (1 - epsilon) * greedy + epsilon / count_available(row);
}

/// Chooses epsilon-greedily with ties at random. With a *stored* policy (MFRL's algorithms) each
/// state keeps the greedy action that was drawn when its values last changed, and acts uniformly
/// until then; S&B's draw afresh at every choice. The first episodes differ visibly.
class EpsilonGreedyBehavior {
 public:
  EpsilonGreedyBehavior(bool stored, State num_states, Action num_actions)
      : num_actions_(num_actions),
        greedy_(stored ? static_cast<std::size_t>(num_states) : 0, kUniform) {}
  bool stored() const { return !greedy_.empty(); }

  template <class Row, class S>
  Action choose(const Row& q, const S& s, double epsilon, Rng& rng) const {
    if (!stored()) [[likely]]
      return epsilon_greedy(q, epsilon, rng);
    const Action greedy = stored_action(s);
    return greedy == kUniform || rng.uniform() < epsilon ? random_available(q, rng) : greedy;
  }
  /// sum_a pi(a | s) q(a) of this behaviour.
  template <class Row, class S>
  double value(const Row& q, const S& s, double epsilon) const {
    if (!stored()) return epsilon_greedy_value(q, epsilon);
    const Action greedy = stored_action(s);
    if (greedy == kUniform) return epsilon_greedy_value(q, 1);
    return (1 - epsilon) * q[static_cast<std::size_t>(greedy)] +
           epsilon * epsilon_greedy_value(q, 1);
  }
  /// pi(a | s) of this behaviour.
  template <class Row, class S>
  double probability(const Row& q, const S& s, Action a, double epsilon) const {
    if (!stored()) return epsilon_greedy_probability(q, a, epsilon);
    const Action kept = stored_action(s);
    const double uniform = 1.0 / count_available(q);
    const double greedy = kept == kUniform ? uniform : kept == a ? 1 : 0;
    return (1 - epsilon) * greedy + epsilon * uniform;
  }
  /// After a change of q(s, .).
  template <class Row>
  void update(const Row& q, State s, Rng& rng) {
    if (stored()) greedy_[static_cast<std::size_t>(s)] = random_greedy(q, rng);
  }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<Action> greedy = greedy_;  // of a length that a saved state cannot change
    visit("stored_policy", greedy);
    for (const Action a : greedy)
      if (a != kUniform) check_saved_index("stored_policy", a, num_actions_);
  }

 private:
  static constexpr Action kUniform = -1;
  template <class S>
  Action stored_action(const S& s) const {
    if constexpr (std::same_as<S, State>)
      return greedy_[static_cast<std::size_t>(s)];
    else
      return kUniform;
  }
  Action num_actions_;
  std::vector<Action> greedy_;  // [S], empty where nothing is stored
};

}  // namespace rl
