#pragma once
/// \file
/// Random walks on a line (S&B Examples 6.2, 7.1, 9.1): a prediction problem.
///
///     5 states     v(s) = s / 6                       ends pay 0 and +1, jumps of 1
///     19 states    v(s) = (s - 10) / 10               ends pay -1 and +1, jumps of 1
///     1000 states  v by the linear system             ends pay -1 and +1, jumps of 1 .. 100
///
/// States      1 .. n from left to right (A .. E in Example 6.2) between the ends 0 and n + 1.
/// Actions     0 left, 1 right. The books' walk has no actions: it is this world under the uniform
///             policy. (Control is trivial: always right.) The length of a jump is uniform over
///             1 .. max_jump and no choice of the policy.
/// Reward      on entering an end, `left` or `right`; else 0.
/// Bump        a jump past an end terminates at that end.
/// Terminal    0 and n + 1, with value 0: errors are taken over the n states between them. (Some
///             public code gives the right end the value 1 and pays nothing: the same learning, but
///             then its value enters an RMS over "all" states.)
/// Start       the middle, (n + 1) / 2 rounded down: 3 of 5, 10 of 19, 500 of 1000.
/// gamma       1. No limit on an episode. Some policies never end (left, right, left, ...), the
///             uniform one always does.
/// Ties        none: the policy is given.
/// Source      S&B 6.2, 7.1, 9.3.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct RandomWalkOptions {
  int n = 5;
  double left = 0;
  double right = 1;
  int start = 0;  ///< 0: the middle
  int max_jump = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "states between the two ends", Range{1, 100'000});
    v("left", left, "reward for reaching the left end", Range{-1e9, 1e9});
    v("right", right, "reward for reaching the right end", Range{-1e9, 1e9});
    v("start", start, "state, from 1, in which an episode starts; 0 is the middle",
      Range{0, 100'000});
    v("max_jump", max_jump, "a step goes 1 .. max_jump states far, each alike", Range{1, 1000});
  }
};

/// S&B Example 6.2.
inline RandomWalkOptions random_walk_5() { return {}; }
/// S&B Example 7.1.
inline RandomWalkOptions random_walk_19() { return {.n = 19, .left = -1}; }
/// S&B Example 9.1.
inline RandomWalkOptions random_walk_1000() { return {.n = 1000, .left = -1, .max_jump = 100}; }

/// Throws std::invalid_argument where `start` is not a state of the walk.
Problem random_walk(const RandomWalkOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
