#pragma once
/// \file
/// What methods that learn a policy have in common: pi(a | s; theta), how it is shown, and how a
/// change of it is told.
#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/credit.hpp"
#include "algorithms/softmax_policy.hpp"
#include "rl/learning.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

/// The numbers of an action that is a point, as PolicyNumbers of its state.
inline std::vector<PolicyNumber> policy_numbers(const Point& u) {
  std::vector<PolicyNumber> numbers;
  for (const double x : u.numbers()) numbers.push_back({-1, x});
  return numbers;
}

template <class P>
class LearnedPolicy {
 public:
  using Observation = typename P::Observation;
  using ActionType = typename P::ActionType;

  const P& policy() const { return policy_; }
  /// The policy itself where states have numbers, else its parameters.
  Estimates estimates() const {
    return {kFinite ? Quantity::policy : Quantity::weights, policy_.shown()};
  }
  /// The action that it prefers, without its chance.
  ActionType greedy(const Observation& s, Rng& rng) const { return policy_.greedy(s, rng); }
  Trace& trace() { return trace_; }

 protected:
  /// Whether states have numbers.
  static constexpr bool kFinite = std::same_as<Observation, State>;

  LearnedPolicy(const Problem& problem, P policy)
      : policy_(std::move(policy)), num_states_(problem.model.num_states()) {}

  /// Does change(); where someone watches, tells what it made of the numbers of s, with the reward,
  /// target, delta and alpha of `u`.
  template <class Change>
  void change_policy(const Observation& s, const Update& u, Change&& change) {
    if (!trace_.enabled()) return change();
    const std::vector<PolicyNumber> before = policy_.numbers(s);
    change();
    const std::vector<PolicyNumber> after = policy_.numbers(s);
    Update of_number = u;
    of_number.of_policy = true;
    for (std::size_t i = 0; i < before.size(); ++i)
      tell(of_number, before[i].a, before[i].value, after[i].value);
  }
  /// One number of the state of `u` was changed.
  void tell(Update u, Action a, double before, double after) {
    u.a = a;
    u.before = before;
    u.after = after;
    u.weight = share_of(after - before, u.alpha * u.delta, 0);
    trace_.add(u);
  }
  /// The number of a state; -1 where states are points.
  static State number_of(const Observation& s) {
    if constexpr (kFinite)
      return s;
    else
      return -1;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    policy_.state(visit);
  }
  State num_states() const { return num_states_; }

  P policy_;
  Trace trace_;

 private:
  State num_states_;  // 0: points
};

}  // namespace rl
