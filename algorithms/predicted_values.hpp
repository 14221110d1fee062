#pragma once
/// \file
/// What methods of prediction have in common: the values of a policy, [S], and how they are shown.
#include <span>
#include <vector>

#include "rl/learning.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/values.hpp"

namespace rl {

class PredictedValues {
 public:
  std::span<const double> v() const { return v_; }
  Estimates estimates() const { return {Quantity::v_pi, v_, 0, &policy_}; }
  Trace& trace() { return trace_; }

 protected:
  /// v(s) = v0; `policy`: [S x A] row by row, or empty for the uniform one.
  PredictedValues(const Problem& problem, double v0, std::span<const double> policy)
      : gamma_(problem.gamma),
        policy_(policy_or_uniform(problem.model, policy, "policy")),
        v_(initial_values(problem.model, v0)) {}

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> v = v_;  // of a length that a saved state cannot change
    visit("v", v);
  }
  State num_states() const { return static_cast<State>(v_.size()); }

  double gamma_;
  TabularPolicy policy_;   // what is evaluated
  std::vector<double> v_;  // [S]
  Trace trace_;
};

}  // namespace rl
