#pragma once
/// \file
/// Reinforcement learning without sampling: the exact gradient of J_beta over all responses, as an
/// objective for Training. Its one example is the world itself; its loss is -J_beta.
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"

namespace rl {

class ExactReturn final : public Objective {
 public:
  /// The rewards are the tree's own (`ResponseTree::with_reward` for others).
  ExactReturn(ResponseTree tree, const PolicyRows& reference, double beta)
      : tree_(std::move(tree)), reference_(reference), beta_(beta) {}
  std::size_t size() const override { return 1; }
  BatchLoss add_gradient(std::span<const std::size_t> /*batch*/, const PolicyRows& policy,
                         std::span<double> g) const override {
    std::vector<double> slope(g.size());
    const double J = tree_.gradient(policy, reference_.rows(), beta_, slope);
    for (std::size_t k = 0; k < g.size(); ++k) g[k] -= slope[k];
    return {-J, {}, 0};
  }

 private:
  ResponseTree tree_;
  FrozenPolicy reference_;
  double beta_;
};

}  // namespace rl
