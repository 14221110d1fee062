#pragma once
/// \file
/// The loop of learners that live in several copies of a world at once, each with its own luck and
/// its own episode: what they see is less alike than the steps of one life (A2C, PPO).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/environment.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/run.hpp"
#include "rl/types.hpp"

namespace rl {

/// Lives in worlds ("lanes") 0 .. num_worlds() - 1 at once: `act` chooses in one of them, `learn`
/// is told a step of it.
template <class L, class S = State, class A = Action>
concept BatchLearner = requires(L l, const L c, std::size_t lane, const S& s,
                                const Transition<S, A>& t, Rng& rng) {
  { c.num_worlds() } -> std::same_as<std::size_t>;
  { l.act(lane, s, rng) } -> std::same_as<A>;
  l.learn(lane, t, rng);
};

/// N copies of an environment and the learner that lives in all of them: to its user a Runner. A
/// step is a step of one world, and they go round: step i is made in lane i mod N. An action is
/// chosen when its lane has its turn, so that it is of the policy that all steps before have made.
template <Environment E, class L>
requires BatchLearner<L, typename E::Observation, ActionOf<E>>
class BatchRunner {
 public:
  using Observation = typename E::Observation;
  using ActionType = ActionOf<E>;
  using Lived = Transition<Observation, ActionType>;

  /// Lane 0 draws from `streams` as they are, so that one lane is a Runner; lane n from what splits
  /// off by its number. Throws std::invalid_argument for a learner without worlds.
  BatchRunner(const E& environment, L learner, const Streams& streams,
              std::int64_t episode_steps = kNoLimit)
      : learner_(std::move(learner)), episode_steps_(episode_steps) {
    const std::size_t n = learner_.num_worlds();
    if (n == 0) throw std::invalid_argument("a learner of many worlds lives in at least 1, not 0");
    for (std::size_t i = 0; i < n; ++i) lanes_.push_back({environment, streams_of(streams, i)});
  }

  /// As Runner::run, with the same observers. An episode is told when it ends; budgets count the
  /// steps and the ended episodes of all lanes.
  template <class... Observers>
  bool run(const Budget& budget, Observers&... observers) {
    while (steps_ < budget.steps && episodes_ < budget.episodes)
      if (!step(observers...)) return false;
    return true;
  }
  /// One step: run() with a budget of one more.
  template <class... Observers>
  bool advance(Observers&... observers) {
    return run({.steps = steps_ + 1}, observers...);
  }

  std::int64_t steps() const { return steps_; }        ///< in all
  std::int64_t episodes() const { return episodes_; }  ///< ended ones
  std::size_t num_lanes() const { return lanes_.size(); }
  /// Of the last step: its episode, which runs or has just ended. Numbered in the order in which
  /// they begin, so those of different lanes may end in another.
  const EpisodeStats& episode() const {
    return lanes_[static_cast<std::size_t>(std::max<std::int64_t>(steps_ - 1, 0)) % num_lanes()]
        .episode;
  }
  // Of the next step: whether it is inside an episode, and if so where and what.
  bool in_episode() const { return next().in_episode; }
  const Observation& current() const { return next().s; }
  const ActionType& next_action() const { return next().a; }
  const E& environment() const { return next().environment; }
  const L& learner() const { return learner_; }
  L& learner() { return learner_; }

  template <class Visitor>
  void state(Visitor& visit) {
    learner_.state(visit);
    visit("steps", steps_);
    visit("episodes", episodes_);
    check_saved_index("steps", steps_, kMostSaved);
    check_saved_index("episodes", episodes_, kMostSaved);
    for (Lane& lane : lanes_) lane.state(visit, steps_);
    if (in_episode()) detail::check_saved_action(environment(), current(), next_action());
  }

 private:
  struct Lane {
    E environment;
    Streams streams;
    EpisodeStats episode = {};
    bool in_episode = false;
    Observation s = {};
    ActionType a = {};  ///< chosen when the lane has its turn

    template <class Visitor>
    void state(Visitor& visit, std::int64_t steps) {
      environment.state(visit);
      streams.state(visit);
      episode.state(visit);
      visit("in_episode", in_episode);
      visit("s", s);
      visit("a", a);
      check_saved_index("episode.steps", episode.steps, steps + 1);
      detail::check_saved_place(environment, s, a);
    }
  };

  static Streams streams_of(const Streams& all, std::size_t lane) {
    Streams streams = all;
    if (lane > 0) {
      streams.environment = all.environment.split(lane);
      streams.agent = all.agent.split(lane);
    }
    return streams;
  }
  std::size_t turn() const { return static_cast<std::size_t>(steps_) % lanes_.size(); }
  const Lane& next() const { return lanes_[turn()]; }

  template <class... Observers>
  bool step(Observers&... observers) {
    const std::size_t i = turn();
    Lane& lane = lanes_[i];
    if (!lane.in_episode) begin_episode(i);
    const Lived t = live(lane);
    learner_.learn(i, t, lane.streams.agent);
    if (in_episode()) choose(turn());
    (detail::notify_step(observers, t), ...);
    if (lane.in_episode) return true;
    [[maybe_unused]] const EpisodeStats ended = lane.episode;  // where nobody watches
    bool go_on = true;
    ((go_on = detail::notify_episode(observers, ended) && go_on), ...);
    return go_on;
  }

  void begin_episode(std::size_t i) {
    const auto running = std::count_if(lanes_.begin(), lanes_.end(),
                                       [](const Lane& lane) { return lane.in_episode; });
    Lane& lane = lanes_[i];
    lane.episode = EpisodeStats{.episode = episodes_ + running};
    lane.s = lane.environment.reset(lane.streams.environment);
    lane.in_episode = true;
    choose(i);
  }

  void choose(std::size_t i) {
    Lane& lane = lanes_[i];
    lane.a = learner_.act(i, lane.s, lane.streams.agent);
  }

  /// One step of a lane, which is in an episode.
  Lived live(Lane& lane) {
    const Step<Observation> x = lane.environment.step(lane.a, lane.streams.environment);
    ++steps_;
    ++lane.episode.steps;
    lane.episode.reward_sum += x.reward;
    const bool cut = lane.episode.steps >= episode_steps_ && !x.terminated;
    const Lived t{lane.s, lane.a, x.reward, x.next, x.terminated, cut};
    lane.s = x.next;
    if (x.terminated || cut) {
      lane.episode.terminated = x.terminated;
      lane.in_episode = false;
      ++episodes_;
    }
    return t;
  }

  L learner_;
  std::int64_t episode_steps_;
  std::vector<Lane> lanes_;
  std::int64_t steps_ = 0;
  std::int64_t episodes_ = 0;
};

}  // namespace rl
