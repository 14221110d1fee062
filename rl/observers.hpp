#pragma once
/// \file
/// Observers: small structs that watch a Runner through its hooks. Any number of them may watch one
/// run, and the run is the same with and without them:
///
///     EpisodeCurve curve;
///     StopAtReward stop{.threshold = -15, .episodes = 100};
///     runner.run({.steps = 100'000}, curve, stop);
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "rl/run.hpp"

namespace rl {

/// Every ended episode, in order.
struct EpisodeCurve {
  std::vector<EpisodeStats> episodes;
  bool on_episode(const EpisodeStats& e) {
    episodes.push_back(e);
    return true;
  }
};

/// Stops when the last `episodes` episodes have a mean reward sum of at least `threshold`.
struct StopAtReward {
  double threshold;
  std::size_t episodes = 1;
  std::deque<double> last = {};  ///< their reward sums, oldest first

  bool on_episode(const EpisodeStats& e) {
    last.push_back(e.reward_sum);
    if (last.size() > episodes) last.pop_front();
    if (last.size() < episodes) return true;
    double sum = 0;
    for (const double x : last) sum += x;
    return sum < threshold * static_cast<double>(episodes);
  }
};

/// Stops at the first end of an episode after `steps` steps: where a Budget would cut an episode in
/// two, this lets it end.
struct StopAfterSteps {
  std::int64_t steps;
  std::int64_t made = 0;
  bool on_episode(const EpisodeStats& e) {
    made += e.steps;
    return made < steps;
  }
};

/// What happened, episode by episode. Keeps the first `most_steps` transitions.
template <class S = State>
struct Trajectories {
  std::size_t most_steps = std::numeric_limits<std::size_t>::max();
  std::vector<std::vector<Transition<S>>> episodes = {};
  std::size_t steps = 0;
  bool open = false;  ///< the last episode has not ended

  void on_step(const Transition<S>& t) {
    if (steps == most_steps) return;
    if (!open) episodes.emplace_back();
    episodes.back().push_back(t);
    ++steps;
    open = !t.terminated && !t.truncated;
  }
};

/// Calls f(steps made) after every n-th step.
template <class F>
struct EveryN {
  EveryN(std::int64_t n_steps, F function) : n(n_steps), f(std::move(function)) {}
  std::int64_t n;
  F f;
  std::int64_t made = 0;

  template <class T>
  void on_step(const T& /*transition*/) {
    if (++made % n == 0) f(made);
  }
};

}  // namespace rl
