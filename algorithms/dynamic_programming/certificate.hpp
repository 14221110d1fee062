#pragma once
/// \file
/// How far from exact? Bounds that are computed, never promised. For a monotone backup T with
/// exact value v* = T v*, and d = T v - v over the non-terminal states:
///
///     gamma < 1    v* - v lies in [min d, max d] / (1 - gamma)         (MacQueen 1966)
///     gamma = 1    evaluation: |v* - v| <= max |d| * (largest expected number of steps left)
///                  control:    the greedy policy's value from below, and any u >= T u from above
///                  soft:       |v* - v| <= max |d| * (most steps that any policy expects)
///
/// Where a state may end, 0 joins the range of d. Rounding is added: one backup of a row of m
/// outcomes, averaged over A actions, is off by at most (m + A + 4) 2^-53 (max |r| + max |v|).
#include <concepts>
#include <limits>
#include <optional>

#include "algorithms/dynamic_programming/backup_rules.hpp"
#include "algorithms/dynamic_programming/sweep.hpp"
#include "rl/plan.hpp"

namespace rl {

/// v* - v lies in [low, high] in every non-terminal state.
struct ErrorInterval {
  double low = 0;
  double high = 0;
  double radius() const { return high > -low ? high : -low; }
};

/// gamma below 1, and what it makes of d = T v - v. Rows sum to 1 only but for an error e, so that
/// T (v + c) may be T v + gamma (1 +- e) c.
class Discount {
 public:
  template <Model M, class Rule>
  Discount(const M& model, double gamma, const Rule& rule)
      : gamma_(gamma), row_sum_error_(rule.row_sum_error(model)) {
    const double worst = 1 - gamma * (1 + row_sum_error_);
    slack_ = worst > 0 ? gamma * row_sum_error_ / ((1 - gamma) * worst)
                       : std::numeric_limits<double>::infinity();
  }
  /// Error of v.
  ErrorInterval of_old(const ChangeRange& d) const {
    const double off = d.largest() > 0 ? d.largest() * slack_ : 0;
    return {d.low / (1 - gamma_) - off, d.high / (1 - gamma_) + off};
  }
  /// Error of T v, one sweep later.
  ErrorInterval of_new(const ChangeRange& d) const {
    const ErrorInterval old = of_old(d);
    const double off = gamma_ * row_sum_error_ * old.radius();
    return {gamma_ * old.low - off, gamma_ * old.high + off};
  }

 private:
  double gamma_;
  double row_sum_error_;
  double slack_;  // how much 1 / (1 - gamma) is off
};

/// The error of one backup of values up to `largest_value`, with r, v and q in double.
template <Model M>
double backup_rounding(const M& model, double largest_value) {
  const auto terms = static_cast<double>(model.longest_row()) + model.num_actions() + 4;
  return terms * 0x1.0p-53 * (model.largest_reward() + largest_value);
}
template <Model M>
double backup_rounding(const M& model, const StateValues& v) {
  return backup_rounding(model, v.lpNorm<Eigen::Infinity>());
}
/// With what the rule itself adds.
template <Model M, class Rule>
double backup_rounding(const M& model, double largest_value, const Rule& rule) {
  double error = backup_rounding(model, largest_value);
  if constexpr (requires { rule.rounding(model, largest_value); })
    error += rule.rounding(model, largest_value);
  return error;
}
template <Model M, class Rule>
double backup_rounding(const M& model, const StateValues& v, const Rule& rule) {
  return backup_rounding(model, v.lpNorm<Eigen::Infinity>(), rule);
}

/// Error bound of v as the exact values under a rule, by one residual pass; gamma below 1.
template <Model M, class Rule>
double discounted_bound(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  const ChangeRange d = residual(model, v, gamma, rule);
  const double rounding = backup_rounding(model, v, rule);
  return Discount(model, gamma, rule).of_old(d).radius() + rounding / (1 - gamma);
}

/// The same for gamma = 1; empty where no certificate is found (the text says "not certified").
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Under& rule);
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Greedy& rule);
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const EpsilonSoft& rule);
std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Soft& rule);

/// Whichever applies. The second takes the graph beneath the model, which only a table has.
template <Model M, class Rule>
std::optional<double> error_bound(const M& model, const StateValues& v, double gamma,
                                  const Rule& rule) {
  if (gamma < 1) return discounted_bound(model, v, gamma, rule);
  if constexpr (std::same_as<M, FiniteMdp>)
    return undiscounted_bound(model, v, rule);
  else
    return std::nullopt;
}

/// Of the actions within `tolerance` of the best, one that leads towards a terminal state wherever
/// one does: a deterministic policy that ends with probability 1 if such a policy exists.
TabularPolicy ending_policy(const FiniteMdp& model, const StateValues& v, double gamma,
                            double tolerance);

}  // namespace rl
