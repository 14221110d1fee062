#include "rl/run.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rl/values.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::EpisodeStats;
using rl::MdpEnvironment;
using rl::Rng;
using rl::Runner;
using rl::State;
using rl::Streams;
using Transition = rl::Transition<State>;

namespace {

/// Learns a little and acts at random: its table remembers in which order it met what.
struct Wanderer {
  rl::QTable q;
  int starts = 0;
  explicit Wanderer(const rl::FiniteMdp& model) : q(model) {}
  Action start(State s, Rng& rng) {
    ++starts;
    return rl::random_available(q.row(s), rng);
  }
  Action step(const Transition& t, Rng& rng) {
    const double bootstrap = t.terminated ? 0 : rl::max_value(q.row(t.next));
    q(t.state, t.action) += 0.25 * (t.reward + 0.5 * bootstrap - q(t.state, t.action));
    // After an episode's last step the answer is not used, but may be drawn.
    return t.terminated ? 0 : rl::epsilon_greedy(q.row(t.next), 0.5, rng);
  }
  template <class Visitor>
  void state(Visitor& visit) {
    q.state(visit);
    visit("starts", starts);
  }
};

/// Episode k, counted from 1, pays k twice and goes on.
struct Rising {
  using Observation = State;
  int k = 0;
  State reset(Rng&) {
    ++k;
    return 0;
  }
  rl::Step<State> step(Action, Rng&) { return {static_cast<double>(k), 0, false}; }
};
struct Abyss {
  using Observation = State;
  State reset(Rng&) { return 0; }
  rl::Step<State> step(Action, Rng&) {
    return {-std::numeric_limits<double>::infinity(), 0, false};
  }
};
struct Idle {
  Action start(State, Rng&) { return 0; }
  Action step(const Transition&, Rng&) { return 0; }
};

struct Recorder {
  std::vector<Transition> transitions = {};
  std::vector<EpisodeStats> episodes = {};
  void on_step(const Transition& t) { transitions.push_back(t); }
  bool on_episode(const EpisodeStats& e) {
    episodes.push_back(e);
    return true;
  }
};

bool same(const Transition& x, const Transition& y) {
  return x.state == y.state && x.action == y.action && x.reward == y.reward && x.next == y.next &&
         x.terminated == y.terminated && x.truncated == y.truncated;
}

bool same(const std::vector<Transition>& x, const std::vector<Transition>& y) {
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!same(x[i], y[i])) return false;
  return true;
}

auto runner_in(const rl::FiniteMdp& model, std::uint64_t seed,
               std::int64_t episode_steps = rl::kNoLimit) {
  return Runner(MdpEnvironment(model), Wanderer(model), Streams(seed), episode_steps);
}

}  // namespace

TEST_CASE("runner: transitions chain from the start state to the end of each episode") {
  auto runner = runner_in(tests::random_walk(7), 1);
  Recorder seen;
  CHECK(runner.run({.episodes = 50}, seen));
  REQUIRE(seen.episodes.size() == 50);
  CHECK(runner.episodes() == 50);
  CHECK(runner.steps() == static_cast<std::int64_t>(seen.transitions.size()));
  CHECK(runner.learner().starts == 50);
  State s = 3;
  for (const Transition& t : seen.transitions) {
    CHECK_UNARY(t.state == s);
    CHECK_UNARY(!t.truncated);
    CHECK_UNARY(t.terminated == (t.next == 0 || t.next == 6));
    s = t.terminated ? 3 : t.next;
  }
}

TEST_CASE("runner: an episode's statistics are those of its transitions") {
  auto runner = runner_in(tests::random_walk(7), 2);
  Recorder seen;
  runner.run({.episodes = 20}, seen);
  std::size_t i = 0;
  for (std::size_t k = 0; k < seen.episodes.size(); ++k) {
    const EpisodeStats& e = seen.episodes[k];
    CHECK(e.episode == static_cast<std::int64_t>(k));
    CHECK(e.terminated);
    double sum = 0;
    for (std::int64_t n = 0; n < e.steps; ++n) sum += seen.transitions[i++].reward;
    CHECK(e.reward_sum == sum);
    CHECK(seen.transitions[i - 1].terminated);
  }
  CHECK(i == seen.transitions.size());
}

TEST_CASE("runner: only the episode limit truncates, and its last step says so") {
  auto runner = runner_in(tests::ring(5), 3, 4);
  Recorder seen;
  runner.run({.steps = 11}, seen);
  REQUIRE(seen.transitions.size() == 11);
  for (std::size_t i = 0; i < 11; ++i) {
    CHECK(seen.transitions[i].truncated == (i % 4 == 3));
    CHECK_FALSE(seen.transitions[i].terminated);
    if (i % 4 == 0) CHECK(seen.transitions[i].state == 0);
  }
  REQUIRE(seen.episodes.size() == 2);
  CHECK_FALSE(seen.episodes[0].terminated);
  CHECK(seen.episodes[0].steps == 4);
  CHECK(runner.in_episode());
  CHECK(runner.episode().steps == 3);
}

TEST_CASE("runner: a step that ends an episode at its limit is terminated, not truncated") {
  // 1 -> 2 (terminal) within one step.
  const rl::FiniteMdp m(3, 1,
                        [](State s, Action, std::vector<rl::Outcome>& row) {
                          row.push_back({1, 1, s + 1});
                        },
                        {.terminal = {2}, .start = {0, 1, 0}});
  auto runner = runner_in(m, 4, 1);
  Recorder seen;
  runner.run({.steps = 2}, seen);
  for (const Transition& t : seen.transitions) {
    CHECK(t.terminated);
    CHECK_FALSE(t.truncated);
  }
  CHECK(seen.episodes.size() == 2);
}

TEST_CASE("runner: a budget pauses without a trace, wherever it falls") {
  auto whole = runner_in(tests::random_walk(9), 5, 20);
  Recorder all;
  whole.run({.steps = 1000}, all);
  for (const std::int64_t pause : {1, 7, 99, 500}) {
    auto pieces = runner_in(tests::random_walk(9), 5, 20);
    Recorder seen;
    for (std::int64_t until = pause; until < 1000; until += pause) {
      CHECK(pieces.run({.steps = until}, seen));
      CHECK_UNARY(pieces.steps() == until);
    }
    pieces.run({.steps = 1000}, seen);
    CHECK(same(seen.transitions, all.transitions));
    CHECK(rl::save_state(pieces) == rl::save_state(whole));
  }
}

TEST_CASE("runner: a budget counts from the beginning, so that a used one does nothing") {
  auto runner = runner_in(tests::ring(5), 6);
  CHECK(runner.run({.steps = 10}));
  const std::string state = rl::save_state(runner);
  CHECK(runner.run({.steps = 10}));
  CHECK(runner.run({.steps = 5}));
  CHECK(rl::save_state(runner) == state);
  CHECK(runner.run({.steps = 12}));
  CHECK(runner.steps() == 12);
}

TEST_CASE("runner: a budget of episodes stops between two") {
  auto runner = runner_in(tests::random_walk(5), 7);
  runner.run({.episodes = 3});
  CHECK(runner.episodes() == 3);
  CHECK_FALSE(runner.in_episode());
  CHECK(runner.learner().starts == 3);
}

TEST_CASE("runner: one step at a time is the same run") {
  auto whole = runner_in(tests::random_walk(9), 8);
  auto steps = runner_in(tests::random_walk(9), 8);
  whole.run({.steps = 500});
  for (int i = 0; i < 500; ++i) steps.advance();
  CHECK(rl::save_state(whole) == rl::save_state(steps));
}

TEST_CASE("runner: a copy goes on alone and alike") {
  auto runner = runner_in(tests::random_walk(9), 9);
  runner.run({.steps = 100});
  auto copy = runner;
  const std::string before = rl::save_state(runner);
  copy.run({.steps = 200});
  CHECK(rl::save_state(runner) == before);
  runner.run({.steps = 200});
  CHECK(rl::save_state(runner) == rl::save_state(copy));
}

TEST_CASE("runner: saved and loaded in the middle of an episode it goes on to the bit") {
  auto runner = runner_in(tests::random_walk(9), 10, 30);
  runner.run({.steps = 123});
  auto other = runner_in(tests::random_walk(9), 999, 30);
  other.run({.steps = 7});
  rl::load_state(rl::save_state(runner), other);
  CHECK(other.steps() == 123);
  runner.run({.steps = 456});
  other.run({.steps = 456});
  CHECK(rl::save_state(runner) == rl::save_state(other));
}

TEST_CASE("runner: the run is the same whoever watches") {
  auto watched = runner_in(tests::random_walk(9), 11);
  auto alone = runner_in(tests::random_walk(9), 11);
  Recorder a;
  Recorder b;
  struct Nothing {
  } nothing;
  watched.run({.steps = 300}, a, nothing, b);
  alone.run({.steps = 300});
  CHECK(rl::save_state(watched) == rl::save_state(alone));
  CHECK(same(a.transitions, b.transitions));
}

TEST_CASE("runner: an observer stops the run after an episode, and all are told of it") {
  struct StopAt {
    std::int64_t episode;
    bool on_episode(const EpisodeStats& e) const { return e.episode < episode; }
  } stop{4};
  Recorder before;
  Recorder after;
  auto runner = runner_in(tests::random_walk(5), 12);
  CHECK_FALSE(runner.run({.episodes = 100}, before, stop, after));
  CHECK(runner.episodes() == 5);
  CHECK(before.episodes.size() == 5);
  CHECK(after.episodes.size() == 5);
  CHECK(runner.run({.episodes = 6}, before));  // and it can go on
  CHECK(before.episodes.back().episode == 5);
}

TEST_CASE("runner: where an observer throws, the run stands after the step that it saw") {
  struct Thrower {
    int left;
    void on_step(const Transition&) {
      if (--left == 0) throw std::runtime_error("enough");
    }
  } thrower{50};
  auto broken = runner_in(tests::ring(5), 13);
  auto whole = runner_in(tests::ring(5), 13);
  CHECK_THROWS_AS(broken.run({.steps = 100}, thrower), std::runtime_error);
  CHECK(broken.steps() == 50);
  broken.run({.steps = 100});
  whole.run({.steps = 100});
  CHECK(rl::save_state(broken) == rl::save_state(whole));
}

TEST_CASE("runner: world and learner draw from streams of their own") {
  // Learners that draw differently meet the same world: the walk does not depend on the action.
  struct Drawing : Wanderer {
    using Wanderer::Wanderer;
    Action step(const Transition& t, Rng& rng) {
      rng.bits();
      return Wanderer::step(t, rng);
    }
  };
  const rl::FiniteMdp m = tests::random_walk(9);
  Recorder a;
  Recorder b;
  runner_in(m, 14).run({.steps = 200}, a);
  Runner(MdpEnvironment(m), Drawing(m), Streams(14)).run({.steps = 200}, b);
  CHECK(same(a.transitions, b.transitions));
}

TEST_CASE("runner: what comes next can be read while an episode runs") {
  auto runner = runner_in(tests::ring(5), 15);
  CHECK_FALSE(runner.in_episode());
  Recorder seen;
  runner.advance(seen);
  CHECK(runner.in_episode());
  const State s = runner.current();
  const Action a = runner.next_action();
  CHECK(s == seen.transitions.back().next);
  runner.advance(seen);
  CHECK(seen.transitions.back().state == s);
  CHECK(seen.transitions.back().action == a);
}

TEST_CASE("mean return: discounted sums of cut episodes, and the error of their mean, by hand") {
  // G = k + k / 2: 1.5, 3, 4.5, 6. Their variance is (2.25^2 + 0.75^2) 2 / 3 = 3.75.
  const rl::MeanReturn four = rl::mean_return(Rising(), Idle(), 4, 2, 0.5, Rng(1));
  CHECK(four.mean == doctest::Approx(3.75));
  CHECK(four.standard_error == doctest::Approx(std::sqrt(3.75 / 4)));
  const rl::MeanReturn one = rl::mean_return(Rising(), Idle(), 1, 2, 0.5, Rng(1));
  CHECK(one.mean == 1.5);
  CHECK(one.standard_error == 0);
  // A world that pays infinitely little has that mean, and no error.
  const rl::MeanReturn lost = rl::mean_return(Abyss(), Idle(), 3, 2, 0.5, Rng(1));
  CHECK(lost.mean == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(lost.standard_error));
}
