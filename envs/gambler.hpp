#pragma once
/// \file
/// The gambler's problem (S&B Example 4.3): stake on heads until the capital is the goal or gone.
///
///     p(s + a | s, a) = ph,   p(s - a | s, a) = 1 - ph
///
/// States      the capital 0 .. goal; the state's number is the capital.
/// Actions     a stakes a + 1, which is 1 .. min(s, goal - s); larger stakes are not available. The
///             book also allows to stake nothing: that never helps and would never end.
/// Reward      +1 on reaching the goal, else 0, so v(s) is the probability to get there.
/// Terminal    0 and goal, both with value 0.
/// Start       uniform over 1 .. goal - 1 (the book needs none).
/// gamma       1. No limit on an episode. Every policy ends.
/// Ties        many stakes are optimal at once; values need about 1e-12 before sets of optimal
///             stakes within 1e-9 are stable.
/// Source      S&B 4.4.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct GamblerOptions {
  double ph = 0.4;  ///< in [0, 1]
  int goal = 100;

  template <class Visitor>
  void visit(Visitor& v) {
    v("ph", ph, "probability of heads: the stake is won", Range{0, 1});
    v("goal", goal, "capital to reach", Range{2, 4000});
  }
};

Problem gambler(const GamblerOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
