#pragma once
/// \file
/// The 10-armed test bed (S&B 2.3), each problem with arms of its own; one whose arms walk, and one
/// whose arms pay 0 or 1.
///
///     q*(a) ~ N(mu, 1) when the problem is made,   reward ~ N(q*(a), 1)
///
/// States      one.
/// Actions     0 .. 9, the arms.
/// Reward      normal with the arm's mean and sd_reward; planning sees the mean.
/// Terminal    none: one endless episode, in which the book pulls 1,000 times.
/// gamma       0, so that v* is the mean of the best arm.
/// Ties        at random.
/// Drawn       from the stream "world" of the run's seed, arm by arm: all learners of a seed meet
///             the same arms.
/// Source      S&B 2.3 - 2.8 (Figure 2.5: mu = 4).
#include <cstdint>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct BanditOptions {
  int arms = 10;
  double mu = 0;
  double sd_arms = 1;
  double sd_reward = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("arms", arms, "number of arms", Range{1, 100'000});
    v("mu", mu, "mean of the arms' means", Range{-1e9, 1e9});
    v("sd_arms", sd_arms, "standard deviation of the arms' means", Range{0, 1e9});
    v("sd_reward", sd_reward, "standard deviation of an arm's reward", Range{0, 1e9});
  }
};

Problem bandit(const BanditOptions& options = {}, const WorldContext& context = {});

/// Arms that begin alike and walk, each for itself (S&B 2.5, Exercise 2.5):
///
///     q_0(a) = mu,   q_{k + every}(a) = q_k(a) + sd_walk sqrt(every) N(0, 1)
///
/// after every `every` pulls, whichever arms were pulled. That is the book's walk of 0.01 a pull,
/// looked at every `every` pulls: its increments over so many pulls have just this distribution;
/// between them the arms stand still. After `steps` pulls they stand still for good. Each
/// standstill is a model of its own, so that truth follows; the walk is drawn as above.
struct NonstationaryBanditOptions {
  int arms = 10;
  double mu = 0;
  double sd_walk = 0.01;
  double sd_reward = 1;
  std::int64_t every = 100;
  std::int64_t steps = 10'000;

  template <class Visitor>
  void visit(Visitor& v) {
    v("arms", arms, "number of arms", Range{1, 100'000});
    v("mu", mu, "mean of all arms at the beginning", Range{-1e9, 1e9});
    v("sd_walk", sd_walk, "standard deviation of a mean's change a pull", Range{0, 1e9});
    v("sd_reward", sd_reward, "standard deviation of an arm's reward", Range{0, 1e9});
    v("every", every, "pulls between two changes, each as large as so many of the book's",
      Range{1, 1e15});
    v("steps", steps, "pulls during which the arms walk", Range{1, 1e15});
  }
};

/// Throws std::invalid_argument where steps / every would need more models than the memory holds.
Problem nonstationary_bandit(const NonstationaryBanditOptions& options = {},
                             const WorldContext& context = {});

/// Arms that pay 1 with a probability of their own, else 0: p(a) ~ U(low, high), drawn as above.
/// Rewards in [0, 1] are what KL-UCB asks for.
struct BernoulliBanditOptions {
  int arms = 10;
  double low = 0;
  double high = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("arms", arms, "number of arms", Range{1, 100'000});
    v("low", low, "smallest probability that an arm may have", Range{0, 1});
    v("high", high, "largest probability that an arm may have", Range{0, 1});
  }
};

/// Throws std::invalid_argument where low is above high.
Problem bernoulli_bandit(const BernoulliBanditOptions& options = {},
                         const WorldContext& context = {});

}  // namespace rl
