#pragma once
/// \file
/// Policies pi(a | s): tables of probabilities, made by hand or from action values.
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/values.hpp"

namespace rl {

/// Chooses actions and knows with what probability.
template <class P>
concept Policy = requires(const P p, State s, Action a, Rng& rng) {
  { p.sample(s, rng) } -> std::same_as<Action>;
  { p.probability(s, a) } -> std::convertible_to<double>;
};

/// pi(a | s): [S x A]. A row of zeros belongs to a terminal state.
class TabularPolicy {
 public:
  TabularPolicy(State num_states, Action num_actions)
      : num_actions_(num_actions),
        p_(static_cast<std::size_t>(num_states) * static_cast<std::size_t>(num_actions), 0) {}

  State num_states() const {
    return static_cast<State>(p_.size() / static_cast<std::size_t>(num_actions_));
  }
  Action num_actions() const { return num_actions_; }
  double probability(State s, Action a) const { return row(s)[static_cast<std::size_t>(a)]; }
  std::span<const double> row(State s) const {
    return {p_.data() + begin(s), static_cast<std::size_t>(num_actions_)};
  }
  std::span<double> row(State s) {
    return {p_.data() + begin(s), static_cast<std::size_t>(num_actions_)};
  }
  Action sample(State s, Rng& rng) const { return rng.categorical(row(s)); }

  /// Always a in s.
  void set(State s, Action a) {
    for (double& x : row(s)) x = 0;
    row(s)[static_cast<std::size_t>(a)] = 1;
  }

  bool operator==(const TabularPolicy&) const = default;

 private:
  std::size_t begin(State s) const {
    return static_cast<std::size_t>(s) * static_cast<std::size_t>(num_actions_);
  }
  Action num_actions_;
  std::vector<double> p_;
};
static_assert(Policy<TabularPolicy>);

/// Throws std::invalid_argument, naming state and action, unless every row of a non-terminal state
/// sums to 1 within 1e-9 and gives nothing to unavailable actions.
void check_policy(const FiniteMdp& model, const TabularPolicy& policy);

/// The policy of these probabilities, [S x A] row by row (numbers in terminal states are ignored);
/// the uniform one where there are none. Throws std::invalid_argument, naming the option that they
/// come from, where they do not fit the model.
TabularPolicy policy_or_uniform(const FiniteMdp& model, std::span<const double> probabilities,
                                std::string_view option);

/// Throws std::invalid_argument for an action that `policy` may take and `behavior` never does.
void check_coverage(const FiniteMdp& model, const TabularPolicy& policy,
                    const TabularPolicy& behavior);

/// Each row divided by its sum. Rows may be off by 1e-9, which a discount near 1 makes a thousand
/// times as much in the values: whatever evaluates a policy evaluates this.
TabularPolicy normalized(TabularPolicy policy);

/// The Markov chain of a policy as a model with one action, in which the policy chooses.
FiniteMdp chain_of(const FiniteMdp& model, const TabularPolicy& policy);

/// Whether every row takes one action.
bool is_deterministic(const TabularPolicy& policy);

/// Every available action alike.
TabularPolicy uniform_policy(const FiniteMdp& model);

/// One action a state, [S]; entries of terminal states are ignored.
TabularPolicy deterministic_policy(const FiniteMdp& model, std::span<const Action> action);

/// (1 - epsilon) pi + epsilon uniform over the available actions.
TabularPolicy epsilon_soft(const FiniteMdp& model, const TabularPolicy& policy, double epsilon);

/// Uniform over the actions within `tolerance` of the best: what is shown or compared as "greedy".
TabularPolicy greedy_policy(const FiniteMdp& model, const QTable& q, double tolerance = 1e-9);

/// epsilon-greedy: 1 - epsilon shared among the maxima within `tolerance`, epsilon among all.
TabularPolicy epsilon_greedy_policy(const FiniteMdp& model, const QTable& q, double epsilon,
                                    double tolerance = 1e-9);

/// pi(a | s) proportional to exp(q(s, a) / temperature).
TabularPolicy softmax_policy(const FiniteMdp& model, const QTable& q, double temperature);

}  // namespace rl
