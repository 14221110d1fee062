#pragma once
/// \file
/// What the action values of a state become: the one thing in which value iteration, policy
/// evaluation and the search for the best epsilon-soft policy differ.
///
///     Greedy        max_a q(s, a)                                       (MFRL 3.3, S&B 4.4)
///     Under         sum_a pi(a | s) q(s, a)                             (MFRL 2.4, S&B 4.1)
///     EpsilonSoft   (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a) (MFRL 5.4, S&B 5.4)
///     Soft          beta ln sum_a ref(a | s) exp(q(s, a) / beta)         (KL-regularised control)
///
/// Each is a contraction with modulus gamma in the maximum norm, and monotone. The weights that a
/// rule gives to next states sum to 1 but for `row_sum_error`: rows of the model and of the policy
/// are rounded. `policy_in` is the policy whose values a fixed point v of the rule holds.
#include <cmath>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>

#include "algorithms/dynamic_programming/exponentials.hpp"
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

/// The best that reward less beta KL(pi || ref) a step can be made: greedy for beta -> 0, the
/// reference's own values for beta -> infinity. Only actions that the reference takes are taken.
struct Soft {
  /// Throws std::invalid_argument unless beta > 0, and 1 / beta is finite.
  Soft(TabularPolicy p, double kl_coefficient)
      : reference(std::make_shared<const TabularPolicy>(normalized(std::move(p)))),
        beta(kl_coefficient),
        log2e_per_beta_(std::numbers::log2e / kl_coefficient) {
    if (!(beta > 0 && std::isfinite(beta) && std::isfinite(1 / beta)))
      throw std::invalid_argument("beta = " + std::to_string(beta) + " is not a positive number");
  }
  template <BackupRows M>
  double operator()(const M& model, const StateValues& v, double gamma, State s) const {
    // Exponents are shifted by v(s), which is near the result once values settle: one pass instead
    // of two. Where that leaves the range of double, by the best q(s, a).
    const double sum = sum_shifted_by_value(model, v, gamma, s);
    return sum > kLeastSum ? v[s] + beta * std::log(sum) : shifted_by_best(model, v, gamma, s);
  }
  template <Model M>
  double row_sum_error(const M& model) const {
    return model.row_sum_error();
  }
  /// Beside that of the backups. In units of 2^-53, with |q| and |T v| at most R + V: an exponent
  /// is off by 4 roundings of q - v, the logarithm by 2, its product with beta and the sum with v
  /// by 1 each, all of R + 2 V; an exponential by its error and the product with ref, their sum by
  /// A, rows of ref by A, each of beta.
  template <Model M>
  double rounding(const M& model, double largest_value) const {
    const double exponent = 8 * (model.largest_reward() + 2 * largest_value);
    return 0x1.0p-53 * (exponent + (2 * model.num_actions() + 4) * beta) + kExp2Error * beta;
  }
  /// pi(a | s) = ref(a | s) exp((q(s, a) - v(s)) / beta)
  TabularPolicy policy_in(const FiniteMdp& model, const StateValues& v, double gamma) const {
    TabularPolicy policy(model.num_states(), model.num_actions());
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      const double value = (*this)(model, v, gamma, s);
      for (Action a = 0; a < model.num_actions(); ++a)
        if (const double p = reference->probability(s, a); p > 0)
          policy.row(s)[index(a)] = p * std::exp((backup(model, v, gamma, s, a) - value) / beta);
    }
    return normalized(std::move(policy));
  }

  std::shared_ptr<const TabularPolicy> reference;
  double beta;

 private:
  static constexpr double kLeastSum = 1e-200;
  static constexpr double kLargestExponent = 700;  // e^700 = 2^1010

  /// sum_a ref(a | s) exp((q(s, a) - v(s)) / beta), two actions at a time; 0 where an exponent is
  /// larger than kLargestExponent. One below -kLargestExponent counts as that, which is no more
  /// than rounding beside a sum above kLeastSum.
  template <BackupRows M>
  double sum_shifted_by_value(const M& model, const StateValues& v, double gamma, State s) const {
    const double* const p = reference->row(s).data();
    const TwoDoubles lowest = TwoDoubles{} - kLargestExponent * beta;
    TwoDoubles highest = lowest;
    TwoDoubles sum = {};
    for (Action a = 0; a < model.num_actions(); a += 2) {
      TwoDoubles ref = {p[a], 0};
      TwoDoubles q = {backup(model, v, gamma, s, a), kUnavailable};
      if (a + 1 < model.num_actions()) {
        ref[1] = p[a + 1];
        q[1] = backup(model, v, gamma, s, a + 1);
      }
      TwoDoubles advantage = q - v[s];
      advantage = lowest < advantage ? advantage : lowest;
      highest = highest < advantage ? advantage : highest;
      sum += ref * exp2_of_two(advantage * log2e_per_beta_);
    }
    const double limit = kLargestExponent * beta;
    return highest[0] <= limit && highest[1] <= limit ? sum[0] + sum[1] : 0;
  }

  /// best + beta ln sum_a ref(a | s) exp((q(s, a) - best) / beta), best of those that ref takes.
  template <BackupRows M>
  double shifted_by_best(const M& model, const StateValues& v, double gamma, State s) const {
    const double* const p = reference->row(s).data();
    double best = kUnavailable;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (p[a] > 0) {
        const double q = backup(model, v, gamma, s, a);
        best = q > best ? q : best;
      }
    double sum = 0;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (p[a] > 0) sum += p[a] * std::exp((backup(model, v, gamma, s, a) - best) / beta);
    return best + beta * std::log(sum);
  }

  double log2e_per_beta_;
};

}  // namespace rl
