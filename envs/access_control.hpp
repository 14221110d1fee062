#pragma once
/// \file
/// The access-control queue (S&B Example 10.2): accept or reject the customer at the head of the
/// queue for one of ten servers, to earn as much a step as possible.
///
///     accept: one server becomes busy, reward = the customer's priority
///     then each busy server, the one just taken too, becomes free with probability 0.06
///
/// States      (free servers 0 .. 10, priority index 0 .. 3 of the customer at the head); number
///             4 free + index.
/// Actions     0 reject, 1 accept; with no server free only reject is available.
/// Reward      the priority 1, 2, 4 or 8 of an accepted customer, else 0.
/// Next        a customer of a priority uniform over the four; the queue never empties.
/// Terminal    none: a continuing task whose criterion is the average reward. Discounted methods
///             need a gamma of the user's; the book gives none.
/// Start       all servers free, any priority. No limit on an episode.
/// Ties        accept where that is strictly better.
/// Choice      servers become free after the decision: were the server just taken not to end in the
///             same step, or were they freed before the decision, it would be another task with
///             another best rate.
/// Source      S&B 10.3.
#include <vector>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct AccessControlOptions {
  int servers = 10;
  double p_free = 0.06;
  std::vector<double> priorities = {1, 2, 4, 8};

  template <class Visitor>
  void visit(Visitor& v) {
    v("servers", servers, "number of servers", Range{1, 100});
    v("p_free", p_free, "probability that a busy server becomes free in a step", Range{1e-6, 1});
    v("priorities", priorities, "what customers pay, each kind as frequent", Range{-1e9, 1e9});
  }
};

/// Throws std::invalid_argument unless there are 1 to 10 priorities.
Problem access_control(const AccessControlOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
