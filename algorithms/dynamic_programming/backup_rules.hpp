#pragma once
/// \file
/// What the action values of a state become: the one thing in which value iteration, policy
/// evaluation and the search for the best epsilon-soft policy differ.
///
///     Greedy        max_a q(s, a)                                       (MFRL 3.3, S&B 4.4)
///     Under         sum_a pi(a | s) q(s, a)                             (MFRL 2.4, S&B 4.1)
///     EpsilonSoft   (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a) (MFRL 5.4, S&B 5.4)
///
/// Each is a contraction with modulus gamma in the maximum norm, and monotone. The weights that a
/// rule gives to next states sum to 1 but for `row_sum_error`: rows of the model and of the policy
/// are rounded. `policy_in` is the policy whose values a fixed point v of the rule holds.
#include <memory>
#include <utility>

#include "rl/plan.hpp"

namespace rl {

struct Greedy {
  template <BackupRows M>
  double operator()(const M& model, const StateValues& v, double gamma, State s) const {
    double best = kUnavailable;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const double q = backup(model, v, gamma, s, a);
      best = q > best ? q : best;
    }
    return best;
  }
  template <Model M>
  double row_sum_error(const M& model) const {
    return model.row_sum_error();
  }
};

struct Under {
  explicit Under(TabularPolicy p)
      : policy(std::make_shared<const TabularPolicy>(normalized(std::move(p)))) {}
  template <BackupRows M>
  double operator()(const M& model, const StateValues& v, double gamma, State s) const {
    double value = 0;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (const double p = policy->probability(s, a); p > 0)
        value += p * backup(model, v, gamma, s, a);
    return value;
  }
  template <Model M>
  double row_sum_error(const M& model) const {
    return model.row_sum_error() + (model.num_actions() + 1) * 0x1.0p-53;
  }
  TabularPolicy policy_in(const FiniteMdp&, const StateValues&, double) const { return *policy; }
  std::shared_ptr<const TabularPolicy> policy;
};

struct EpsilonSoft {
  double epsilon = 0;  ///< in [0, 1]
  template <BackupRows M>
  double operator()(const M& model, const StateValues& v, double gamma, State s) const {
    double best = kUnavailable;
    double sum = 0;
    int n = 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const double q = backup(model, v, gamma, s, a);
      if (q == kUnavailable) continue;
      best = q > best ? q : best;
      sum += q;
      ++n;
    }
    return (1 - epsilon) * best + epsilon * sum / n;
  }
  template <Model M>
  double row_sum_error(const M& model) const {
    return model.row_sum_error() + (model.num_actions() + 4) * 0x1.0p-53;
  }
  TabularPolicy policy_in(const FiniteMdp& model, const StateValues& v, double gamma) const {
    return epsilon_greedy_policy(model, action_values(model, v, gamma), epsilon);
  }
};

}  // namespace rl
