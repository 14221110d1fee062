#pragma once
/// \file
/// How far from exact? Bounds that are computed, never promised. For a monotone backup T with
/// exact value v* = T v*, and d = T v - v over the non-terminal states:
///
///     gamma < 1    v* - v lies in [min d, max d] / (1 - gamma)         (MacQueen 1966)
///     gamma = 1    evaluation: |v* - v| <= max |d| * (largest expected number of steps left)
///                  control:    the greedy policy's value from below, and any u >= T u from above
///
/// Where a state may end, 0 joins the range of d. Rounding is added: one backup of a row of m
/// outcomes, averaged over A actions, is off by at most (m + A + 4) 2^-53 (max |r| + max |v|).
#include <optional>

#include "algorithms/dynamic_programming/backup_rules.hpp"
#include "rl/plan.hpp"

namespace rl {

/// v* - v lies in [low, high] in every non-terminal state.
struct ErrorInterval {
  double low = 0;
  double high = 0;
  double radius() const { return high > -low ? high : -low; }
};

/// gamma below 1, and how much 1 / (1 - gamma) is off because rows sum to 1 but for rounding.
struct Discount {
  template <Model M>
  Discount(const M& model, double g) : gamma(g) {
    const double worst = 1 - g * (1 + model.row_sum_error());
    slack = worst > 0 ? g * model.row_sum_error() / ((1 - g) * worst)
                      : std::numeric_limits<double>::infinity();
  }
  double gamma;
  double slack;
};

/// Range of d = T v - v over the non-terminal states; the terminal ones contribute 0.
struct ChangeRange {
  double low;
  double high;
  explicit ChangeRange(bool has_terminal)
      : low(has_terminal ? 0 : std::numeric_limits<double>::infinity()), high(-low) {}
  void add(double d) {
    low = d < low ? d : low;
    high = d > high ? d : high;
  }
  double largest() const { return high > -low ? high : -low; }
  /// Error of v after d = T v - v.
  ErrorInterval of_old(const Discount& discount) const {
    const double off = largest() * discount.slack;
    return {low / (1 - discount.gamma) - off, high / (1 - discount.gamma) + off};
  }
  /// Error of T v, one sweep later.
  ErrorInterval of_new(const Discount& discount) const {
    const ErrorInterval old = of_old(discount);
    return {discount.gamma * old.low, discount.gamma * old.high};
  }
};

/// The error of one backup, with r, v and q in double.
template <Model M>
double backup_rounding(const M& model, const StateValues& v) {
  const double largest = model.largest_reward() + (v.size() > 0 ? v.cwiseAbs().maxCoeff() : 0);
  const auto terms = static_cast<double>(model.longest_row()) + model.num_actions() + 4;
  return terms * 0x1.0p-53 * largest;
}

/// One plain pass of T: the range of T v - v.
template <Model M, class Rule>
ChangeRange residual(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  ChangeRange range(model.has_terminal());
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) range.add(rule(model, v, gamma, s) - v[s]);
  return range;
}

/// Error bound of v as the exact values under a rule, by one residual pass; gamma below 1.
template <Model M, class Rule>
double discounted_bound(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  return residual(model, v, gamma, rule).of_old(Discount(model, gamma)).radius() +
         backup_rounding(model, v) / (1 - gamma);
}

/// The same for gamma = 1; empty where no certificate is found (the text says "not certified").
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Under& rule);
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Greedy& rule);
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const EpsilonSoft& rule);

/// Whichever applies.
template <class Rule>
std::optional<double> error_bound(const FiniteMdp& model, const StateValues& v, double gamma,
                                  const Rule& rule) {
  if (gamma < 1) return discounted_bound(model, v, gamma, rule);
  return undiscounted_bound(model, v, rule);
}

/// Of the actions within `tolerance` of the best, one that leads towards a terminal state wherever
/// one does: a deterministic policy that ends with probability 1 if such a policy exists.
TabularPolicy ending_policy(const FiniteMdp& model, const StateValues& v, double gamma,
                            double tolerance);

}  // namespace rl
