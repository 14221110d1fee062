#pragma once
/// \file
/// Exact answers beside values that are linear in features: how far the learned weights are from
/// the values, from what the features can express, and from where TD comes to rest.
#include <optional>
#include <string>
#include <vector>

#include "rl/learning.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

/// Root mean squares over states as often as the behaviour visits them (S&B 9.2, 11.4).
struct LinearComparison {
  double value_rms;              ///< of v - v_pi for the learned weights
  double best_rms;               ///< the least that any weights have
  double fixed_point_rms;        ///< of the TD(0) fixed point
  double projected_bellman_rms;  ///< 0 at the fixed point
  bool td_converges;             ///< whether small steps of TD(0) lead there
};

/// Empty where the world has no such distribution or is too large to solve.
std::optional<LinearComparison> compare_linear(const Problem& problem, const LinearView& view);

/// The same as a line of text.
std::string linear_text(const LinearComparison& comparison);

}  // namespace rl::apps
