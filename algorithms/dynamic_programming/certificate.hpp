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
/// outcomes is off by at most (m + 2) 2^-53 max |q|.
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
  ErrorInterval of_old(double gamma) const { return {low / (1 - gamma), high / (1 - gamma)}; }
  /// Error of T v, one sweep later.
  ErrorInterval of_new(double gamma) const {
    return {gamma * low / (1 - gamma), gamma * high / (1 - gamma)};
  }
};

/// (m + 2) 2^-53 max |q| for the longest row of m outcomes: the error of one backup.
template <Model M>
double backup_rounding(const M& model, double largest_value) {
  return static_cast<double>(model.longest_row() + 2) * 0x1.0p-53 * largest_value;
}

/// One plain pass of T: the range of T v - v.
template <Model M, class Rule>
ChangeRange residual(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  ChangeRange range(model.has_terminal());
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) range.add(rule(model, v, gamma, s) - v[s]);
  return range;
}

/// Largest |v|, with the largest |reward| beside: the scale of the numbers in a backup.
template <Model M>
double largest_value(const M& model, const StateValues& v) {
  double largest = v.size() > 0 ? v.cwiseAbs().maxCoeff() : 0;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (model.available(s, a)) largest = std::max(largest, std::abs(model.row(s, a).reward));
  return largest;
}

/// Error bound of v as the exact values under a rule, by one residual pass; gamma below 1.
template <Model M, class Rule>
double discounted_bound(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  const double scale = largest_value(model, v);
  return residual(model, v, gamma, rule).of_old(gamma).radius() +
         backup_rounding(model, scale) / (1 - gamma);
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
