#pragma once
/// \file
/// The one loop in which a learner meets an environment.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/environment.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

/// Learns while it acts. `start` opens an episode and returns the first action; `step` is told the
/// transition and returns the next action (ignored after the last step of an episode). Sarsa,
/// Q-learning, Monte Carlo, n-step and actor-critic methods all fit these two functions.
template <class L, class S = State, class A = Action>
concept Learner = requires(L l, const S& s, const Transition<S, A>& t, Rng& rng) {
  { l.start(s, rng) } -> std::same_as<A>;
  { l.step(t, rng) } -> std::same_as<A>;
};

/// Learns from what somebody else did: an episode opens without a choice, and `learn` is told each
/// transition.
template <class L, class S = State>
concept LearnsFromOthers = requires(L l, const Transition<S>& t, Rng& rng) {
  l.begin_episode();
  l.learn(t, rng);
};

struct EpisodeStats {
  std::int64_t episode = 0;  ///< 0, 1, 2, ...
  std::int64_t steps = 0;
  double reward_sum = 0;    ///< undiscounted
  bool terminated = false;  ///< reached a terminal state; otherwise truncated

  template <class Visitor>
  void state(Visitor& visit) {
    visit("episode", episode);
    visit("episode.steps", steps);
    visit("episode.reward_sum", reward_sum);
    visit("episode.terminated", terminated);
  }
};

/// How far a run goes, counted from its beginning. A budget pauses a run and leaves no trace in it:
/// running to 2N is running to N and then to 2N.
struct Budget {
  std::int64_t steps = kNoLimit;
  std::int64_t episodes = kNoLimit;
};

namespace detail {
template <class Observer, class T>
constexpr bool kWatchesSteps = requires(Observer observer, const T& t) {
  observer.on_step(t);
};
template <class Observer, class T>
void notify_step(Observer& observer, const T& t) {
  if constexpr (kWatchesSteps<Observer, T>) observer.on_step(t);
}
template <class Observer>
bool notify_episode(Observer& observer, const EpisodeStats& e) {
  if constexpr (requires { observer.on_episode(e); }) return observer.on_episode(e);
  return true;
}
template <class F>
struct AtExit {
  F& f;
  ~AtExit() { f(); }
};
template <class F>
AtExit(F&) -> AtExit<F>;

/// What a saved state says of s and a, as far as they are numbers of a list.
template <Environment E, class S, class A>
void check_saved_place(const E& environment, const S& s, const A& a) {
  if constexpr (FiniteEnvironment<E>) check_saved_index("s", s, environment.num_states());
  if constexpr (DiscreteActions<E>) check_saved_index("a", a, environment.num_actions());
}
template <Environment E, class S, class A>
void check_saved_action(const E& environment, const S& s, const A& a) {
  if constexpr (DiscreteActions<E>)
    if (!environment.available(s, a))
      throw std::invalid_argument("saved state: the next action is not available");
}
}  // namespace detail

/// An environment and a learner in the middle of their life together. Copy it to look ahead or to
/// step back; save and load it to the bit through `state`.
template <Environment E, class L>
requires Learner<L, typename E::Observation, ActionOf<E>>
class Runner {
 public:
  static_assert(std::movable<E>, "a run moves its environment to where it is fast, and back");
  using Observation = typename E::Observation;
  using ActionType = ActionOf<E>;
  using Lived = Transition<Observation, ActionType>;

  /// An episode is truncated after `episode_steps` steps.
  Runner(E environment, L learner, Streams streams, std::int64_t episode_steps = kNoLimit)
      : environment_(std::move(environment)),
        learner_(std::move(learner)),
        streams_(std::move(streams)),
        episode_steps_(episode_steps) {}

  /// Runs until the budget is used up or an observer stops it; false in the latter case. An
  /// observer may have any of
  ///     void on_step(const Lived&);   after the learner
  ///     bool on_episode(const EpisodeStats&);           false stops the run
  /// Absent members cost nothing. In on_step the runner itself must not be asked: what changes is
  /// put back at the end of an episode or of the budget.
  template <class... Observers>
  bool run(const Budget& budget, Observers&... observers) {
    while (steps_ < budget.steps && episodes_ < budget.episodes) {
      if (!in_episode_) begin_episode();
      if constexpr ((detail::kWatchesSteps<Observers, Lived> || ...))
        live(budget.steps, observers...);
      else
        live_fast(budget.steps, observers...);
      if (in_episode_) break;                                // paused
      [[maybe_unused]] const EpisodeStats ended = episode_;  // where nobody watches
      bool go_on = true;
      ((go_on = detail::notify_episode(observers, ended) && go_on), ...);
      if (!go_on) return false;
    }
    return true;
  }

  /// One step: run() with a budget of one more.
  template <class... Observers>
  bool advance(Observers&... observers) {
    return run({.steps = steps_ + 1}, observers...);
  }

  /// One step of somebody else's episode: the learner is told it and chooses nothing, the
  /// environment stays where it is. Requires that replayed episodes end before run() goes on.
  template <class... Observers>
  bool replay(const Transition<Observation>& t,
              Observers&... observers) requires LearnsFromOthers<L, Observation> {
    if (!in_episode_) {
      episode_ = EpisodeStats{.episode = episodes_};
      learner_.begin_episode();
      in_episode_ = true;
    }
    learner_.learn(t, streams_.agent);
    s_ = t.next;
    ++steps_;
    ++episode_.steps;
    episode_.reward_sum += t.reward;
    (detail::notify_step(observers, t), ...);
    if (!t.terminated && !t.truncated) return true;
    end_episode(t.terminated);
    bool go_on = true;
    ((go_on = detail::notify_episode(observers, episode_) && go_on), ...);
    return go_on;
  }

  std::int64_t steps() const { return steps_; }        ///< in all
  std::int64_t episodes() const { return episodes_; }  ///< ended ones
  bool in_episode() const { return in_episode_; }
  const EpisodeStats& episode() const { return episode_; }  ///< the one that runs, or ran last
  const Observation& current() const { return s_; }         ///< meaningful while in_episode()
  const ActionType& next_action() const { return a_; }      ///< meaningful while in_episode()
  const E& environment() const { return environment_; }
  E& environment() { return environment_; }  ///< between two runs
  const L& learner() const { return learner_; }
  L& learner() { return learner_; }

  template <class Visitor>
  void state(Visitor& visit) {
    environment_.state(visit);
    learner_.state(visit);
    streams_.state(visit);
    episode_.state(visit);
    visit("steps", steps_);
    visit("episodes", episodes_);
    visit("in_episode", in_episode_);
    visit("s", s_);
    visit("a", a_);
    check_saved_index("steps", steps_, kMostSaved);
    check_saved_index("episodes", episodes_, kMostSaved);
    check_saved_index("episode.steps", episode_.steps, steps_ + 1);
    detail::check_saved_place(environment_, s_, a_);
    if (in_episode_) detail::check_saved_action(environment_, s_, a_);
  }

 private:
  void begin_episode() {
    episode_ = EpisodeStats{.episode = episodes_};
    s_ = environment_.reset(streams_.environment);
    a_ = learner_.start(s_, streams_.agent);
    in_episode_ = true;
  }

  /// Steps to the end of the episode, or until so many are made in all.
  template <class... Observers>
  void live(std::int64_t until, Observers&... observers) {
    // What changes at every step is a local, which stays in a register; put back on every way out.
    E environment = std::move(environment_);
    Observation s = s_;
    ActionType a = a_;
    std::int64_t steps = steps_;
    double reward_sum = episode_.reward_sum;
    const std::int64_t before = steps_ - episode_.steps;  // this episode
    const auto put_back = [&] {
      environment_ = std::move(environment);
      s_ = s;
      a_ = a;
      steps_ = steps;
      episode_.steps = steps - before;
      episode_.reward_sum = reward_sum;
    };
    const detail::AtExit home{put_back};

    const std::int64_t cut_at =
        episode_steps_ < kNoLimit - before ? before + episode_steps_ : kNoLimit;
    bool ended = false;
    while (!ended && steps < until) {
      const Step<Observation> x = environment.step(a, streams_.environment);
      ++steps;
      reward_sum += x.reward;
      const bool cut = steps >= cut_at && !x.terminated;
      const Lived t{s, a, x.reward, x.next, x.terminated, cut};
      a = learner_.step(t, streams_.agent);
      s = x.next;
      (detail::notify_step(observers, t), ...);
      ended = x.terminated || cut;
      if (ended) end_episode(x.terminated);
    }
  }

  /// The same, flat: where a file makes many learners, the compiler would stop inlining what each
  /// of their steps calls.
  template <class... Observers>
  [[gnu::flatten]] void live_fast(std::int64_t until, Observers&... observers) {
    live(until, observers...);
  }

  void end_episode(bool terminated) {
    episode_.terminated = terminated;
    in_episode_ = false;
    ++episodes_;
  }

  E environment_;
  L learner_;
  Streams streams_;
  std::int64_t episode_steps_;
  EpisodeStats episode_;
  std::int64_t steps_ = 0;
  std::int64_t episodes_ = 0;
  bool in_episode_ = false;
  Observation s_{};
  ActionType a_{};
};

/// The mean of returns and its standard error; of one return that is 0, of infinite ones NaN.
struct MeanReturn {
  double mean = 0;
  double standard_error = 0;
};

/// Of n episodes, each cut after `steps` steps: G = sum_t gamma^t r_{t+1}.
template <Environment E, class L>
MeanReturn mean_return(const E& environment, L learner, std::int64_t n, std::int64_t steps,
                       double gamma, const Rng& root) {
  struct Returns {
    double gamma;
    double weight = 1;
    std::vector<double> G = {0};  // of the episodes, the last of which runs
    void on_step(const typename Runner<E, L>::Lived& t) {
      G.back() += weight * t.reward;
      weight *= gamma;
    }
    bool on_episode(const EpisodeStats&) {
      weight = 1;
      G.push_back(0);
      return true;
    }
  };
  Returns returns{gamma};
  Runner<E, L> runner(environment, std::move(learner), Streams(root), steps);
  runner.run({.episodes = n}, returns);
  returns.G.pop_back();
  const auto count = static_cast<double>(n);
  double sum = 0;
  for (const double G : returns.G) sum += G;
  MeanReturn result{sum / count, 0};
  if (n == 1) return result;
  double squares = 0;
  for (const double G : returns.G) squares += (G - result.mean) * (G - result.mean);
  result.standard_error = std::sqrt(squares / (count - 1) / count);
  return result;
}

}  // namespace rl
