#include "rl/run_batch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "rl/learning.hpp"
#include "rl/registry.hpp"
#include "rl/values.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::BatchRunner;
using rl::EpisodeStats;
using rl::MdpEnvironment;
using rl::Problem;
using rl::Rng;
using rl::Runner;
using rl::State;
using rl::Streams;
using tests::error_of;
using Transition = rl::Transition<State>;

namespace run_batch_test {
namespace {

/// One table for all lanes, which remembers in which order it was told what.
class Crowd {
 public:
  struct Options {
    int worlds = 3;
    template <class Visitor>
    void visit(Visitor& v) {
      v("worlds", worlds, "copies of the world", rl::Range{0, 100});
    }
  };
  Crowd(const Problem& problem, const Options& options) : Crowd(problem.model, options.worlds) {}
  Crowd(const rl::FiniteMdp& model, int worlds) : worlds_(worlds), q_(model) {}

  std::size_t num_worlds() const { return static_cast<std::size_t>(worlds_); }
  Action act(std::size_t, State s, Rng& rng) { return rl::epsilon_greedy(q_.row(s), 0.5, rng); }
  void learn(std::size_t lane, const Transition& t, Rng& rng) {
    const double bootstrap = t.terminated ? 0 : rl::max_value(q_.row(t.next));
    const double noise = rng.uniform();  // learning draws, too
    q_(t.state, t.action) += 0.25 * (t.reward + 0.5 * bootstrap + noise - q_(t.state, t.action));
    lanes.push_back(lane);
  }
  rl::Estimates estimates() const { return {rl::Quantity::q_star, q_.parameters()}; }
  rl::Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
  }

  std::vector<std::size_t> lanes = {};  ///< who told each step

 private:
  int worlds_;
  rl::QTable q_;
  rl::Trace trace_;
};
static_assert(rl::RegisteredLearner<Crowd>);

/// The same in one world.
struct Alone {
  Crowd crowd;
  Action start(State s, Rng& rng) { return crowd.act(0, s, rng); }
  Action step(const Transition& t, Rng& rng) {
    crowd.learn(0, t, rng);
    return t.terminated || t.truncated ? 0 : crowd.act(0, t.next, rng);
  }
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

auto crowd_in(const rl::FiniteMdp& model, int worlds, std::uint64_t seed,
              std::int64_t episode_steps = rl::kNoLimit) {
  return BatchRunner(MdpEnvironment(model), Crowd(model, worlds), Streams(seed), episode_steps);
}

std::vector<Transition> of_lane(const Recorder& seen, std::size_t lane, std::size_t lanes) {
  std::vector<Transition> mine;
  for (std::size_t i = lane; i < seen.transitions.size(); i += lanes)
    mine.push_back(seen.transitions[i]);
  return mine;
}

}  // namespace

TEST_CASE("batch runner: steps go round the lanes, and each lane's transitions are one life") {
  auto runner = crowd_in(tests::random_walk(7), 3, 1, 10);
  Recorder seen;
  CHECK(runner.run({.steps = 300}, seen));
  REQUIRE(seen.transitions.size() == 300);
  for (std::size_t i = 0; i < 300; ++i) CHECK_UNARY(runner.learner().lanes[i] == i % 3);
  for (std::size_t lane = 0; lane < 3; ++lane) {
    State s = 3;
    int steps = 0;
    for (const Transition& t : of_lane(seen, lane, 3)) {
      CHECK_UNARY(t.state == s);
      ++steps;
      CHECK_UNARY(t.terminated == (t.next == 0 || t.next == 6));
      CHECK_UNARY(t.truncated == (steps == 10 && !t.terminated));
      const bool ended = t.terminated || t.truncated;
      s = ended ? 3 : t.next;
      if (ended) steps = 0;
    }
  }
}

TEST_CASE("batch runner: lanes have luck of their own") {
  auto runner = crowd_in(tests::random_walk(99), 4, 2);
  Recorder seen;
  runner.run({.steps = 4 * 30}, seen);
  std::set<std::vector<State>> paths;
  for (std::size_t lane = 0; lane < 4; ++lane) {
    std::vector<State> path;
    for (const Transition& t : of_lane(seen, lane, 4)) path.push_back(t.next);
    paths.insert(path);
  }
  CHECK(paths.size() == 4);
}

TEST_CASE("batch runner: one lane is a Runner to the bit") {
  const rl::FiniteMdp model = tests::random_mdp(5);
  Recorder many, one;
  auto batch = crowd_in(model, 1, 3, 6);
  Runner single(MdpEnvironment(model), Alone{Crowd(model, 1)}, Streams(3), 6);
  batch.run({.steps = 500}, many);
  single.run({.steps = 500}, one);
  REQUIRE(many.transitions.size() == one.transitions.size());
  for (std::size_t i = 0; i < 500; ++i) CHECK_UNARY(same(many.transitions[i], one.transitions[i]));
  REQUIRE(many.episodes.size() == one.episodes.size());
  for (std::size_t i = 0; i < one.episodes.size(); ++i) {
    CHECK_UNARY(many.episodes[i].episode == one.episodes[i].episode);
    CHECK_UNARY(many.episodes[i].steps == one.episodes[i].steps);
    CHECK_UNARY(many.episodes[i].reward_sum == one.episodes[i].reward_sum);
    CHECK_UNARY(many.episodes[i].terminated == one.episodes[i].terminated);
  }
  CHECK(batch.in_episode() == single.in_episode());
  CHECK(batch.episode().steps == single.episode().steps);
  CHECK(batch.current() == single.current());
  if (batch.in_episode()) CHECK(batch.next_action() == single.next_action());
}

TEST_CASE("batch runner: a budget pauses without a trace") {
  auto at_once = crowd_in(tests::random_walk(9), 3, 4);
  auto paused = crowd_in(tests::random_walk(9), 3, 4);
  at_once.run({.steps = 500});
  for (const int steps : {1, 2, 7, 100, 101}) paused.run({.steps = steps});
  paused.run({.steps = rl::kNoLimit, .episodes = paused.episodes() + 3});
  while (paused.steps() < 500) paused.advance();
  CHECK(paused.steps() == 500);
  CHECK(rl::save_state(paused) == rl::save_state(at_once));
}

TEST_CASE("batch runner: a budget of episodes counts those that ended, in all lanes") {
  auto runner = crowd_in(tests::random_walk(5), 4, 5);
  Recorder seen;
  CHECK(runner.run({.episodes = 10}, seen));
  CHECK(runner.episodes() == 10);
  CHECK(seen.episodes.size() == 10);
  const Transition& last = seen.transitions.back();
  CHECK((last.terminated || last.truncated));
}

TEST_CASE("batch runner: episodes are told when they end, and numbered as they begin") {
  auto runner = crowd_in(tests::random_walk(9), 3, 6);
  Recorder seen;
  runner.run({.episodes = 40}, seen);
  std::set<std::int64_t> numbers;
  std::int64_t steps = 0;
  for (const EpisodeStats& e : seen.episodes) {
    CHECK_UNARY(numbers.insert(e.episode).second);
    CHECK_UNARY(e.episode < 40 + 2);  // the others run
    steps += e.steps;
  }
  CHECK(steps <= runner.steps());
}

TEST_CASE("batch runner: what comes next can be read, and the episode of the last step") {
  auto runner = crowd_in(tests::ring(5), 2, 7);
  Recorder seen;
  runner.run({.steps = 4}, seen);
  for (int k = 0; k < 20; ++k) {
    REQUIRE(runner.in_episode());
    const State s = runner.current();
    const Action a = runner.next_action();
    runner.advance(seen);
    CHECK(seen.transitions.back().state == s);
    CHECK(seen.transitions.back().action == a);
    CHECK(runner.episode().steps == (runner.steps() + 1) / 2);
    CHECK(runner.episode().episode == (runner.steps() + 1) % 2);
  }
}

TEST_CASE("batch runner: an action is chosen after all steps before it were learned from") {
  // In a ring the greedy action follows the table: a lane that chose too early would take another.
  struct Counting : Crowd {
    using Crowd::Crowd;
    int told = 0;
    std::vector<int> told_when_chosen = {};
    Action act(std::size_t lane, State s, Rng& rng) {
      told_when_chosen.push_back(told);
      return Crowd::act(lane, s, rng);
    }
    void learn(std::size_t lane, const Transition& t, Rng& rng) {
      ++told;
      Crowd::learn(lane, t, rng);
    }
  };
  const rl::FiniteMdp model = tests::ring(5);
  BatchRunner runner(MdpEnvironment(model), Counting(model, 3), Streams(8));
  runner.run({.steps = 30});
  const std::vector<int>& told = runner.learner().told_when_chosen;
  REQUIRE(told.size() == 31);  // one is chosen for the next step
  for (std::size_t i = 0; i < told.size(); ++i) CHECK_UNARY(told[i] == static_cast<int>(i));
}

TEST_CASE("batch runner: an observer stops it at the end of an episode") {
  struct Stop {
    bool on_episode(const EpisodeStats&) { return false; }
  } stop;
  auto runner = crowd_in(tests::random_walk(5), 3, 9);
  CHECK_FALSE(runner.run({.steps = 1000}, stop));
  CHECK(runner.episodes() == 1);
}

TEST_CASE("batch runner: copies and saved states go on alike, from the middle of a round") {
  auto original = crowd_in(tests::random_walk(9), 4, 10);
  original.run({.steps = 202});
  auto copy = original;
  auto loaded = crowd_in(tests::random_walk(9), 4, 77);
  rl::load_state(rl::save_state(original), loaded);
  CHECK(rl::save_state(loaded) == rl::save_state(original));
  for (auto* runner : {&original, &copy, &loaded}) runner->run({.steps = 501});
  CHECK(rl::save_state(copy) == rl::save_state(original));
  CHECK(rl::save_state(loaded) == rl::save_state(original));
}

TEST_CASE("batch runner: a state of another number of lanes is refused") {
  auto three = crowd_in(tests::random_walk(9), 3, 11);
  auto four = crowd_in(tests::random_walk(9), 4, 11);
  three.run({.steps = 10});
  CHECK_THROWS_AS(rl::load_state(rl::save_state(three), four), std::invalid_argument);
  CHECK_THROWS_AS(rl::load_state(rl::save_state(four), three), std::invalid_argument);
}

TEST_CASE("batch runner: a learner lives in at least one world") {
  CHECK(error_of([] { crowd_in(tests::ring(3), 0, 1); }) ==
        "a learner of many worlds lives in at least 1, not 0");
}

TEST_CASE("registry: a learner of many worlds runs by name; a world that changes is refused") {
  rl::Registry registry;
  registry.add_learner<Crowd>("crowd", {});
  const rl::AlgorithmEntry& entry = registry.algorithm("crowd");
  Problem problem{.name = "walk", .model = tests::random_walk(7), .gamma = 0.9};
  rl::AnyRunner any = entry.make_learner(problem, {{"worlds", 2}}, Streams(12));
  auto plain = crowd_in(problem.model, 2, 12);
  any.run({.steps = 100});
  plain.run({.steps = 100});
  CHECK(any.save() == rl::save_state(plain));
  CHECK_THROWS_AS(any.replay({3, 0, 0, 2, false}), std::invalid_argument);
  CHECK(entry.refuses(problem).value_or("accepted") == "accepted");
  problem.changing = rl::SwitchingEnvironment({problem.model, problem.model}, {10});
  CHECK(entry.refuses(problem).value_or("accepted") ==
        "crowd lives in copies of a world, and walk changes with its steps");
}

}  // namespace run_batch_test
