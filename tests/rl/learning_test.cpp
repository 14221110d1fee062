#include "rl/learning.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/rl/toy_learner.hpp"
#include "tests/rl/worlds.hpp"

using rl::AnyRunner;
using rl::EpisodeStats;
using rl::Problem;
using rl::Runner;
using rl::State;
using rl::Streams;
using tests::error_of;
using tests::ToyLearner;

namespace {

Problem walk() {
  return {.name = "walk", .model = tests::random_walk(7), .gamma = 0.9, .episode_steps = 12};
}

AnyRunner toy_in(const Problem& problem, std::uint64_t seed) {
  return rl::make_runner(problem, ToyLearner(problem, {}), Streams(seed));
}

std::vector<double> values_of(const AnyRunner& runner) {
  const auto values = runner.estimates().values;
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("trace: it keeps the updates of the last step, and none while nobody watches") {
  rl::Trace trace;
  rl::Update u{};
  u.reward = 2;
  trace.begin_step();
  CHECK_FALSE(trace.enabled());
  trace.enable(true);
  trace.begin_step();
  trace.add(u);
  trace.add(u);
  CHECK(trace.updates().size() == 2);
  CHECK(trace.updates()[0].reward == 2);
  trace.begin_step();
  CHECK(trace.updates().empty());
  trace.add(u);
  trace.enable(false);
  CHECK(trace.updates().empty());
}

TEST_CASE("any runner: the erased run is the plain one to the bit") {
  const Problem problem = walk();
  Runner plain(rl::MdpEnvironment(problem.model), ToyLearner(problem, {}), Streams(1),
               problem.episode_steps);
  AnyRunner any = toy_in(problem, 1);
  plain.run({.steps = 777});
  any.run({.steps = 777});
  CHECK(any.save() == rl::save_state(plain));
  CHECK(any.steps() == 777);
  CHECK(any.episodes() == plain.episodes());
  CHECK(any.in_episode() == plain.in_episode());
  CHECK(std::get<State>(any.current()) == plain.current());
  CHECK(std::get<rl::Action>(any.next_action()) == plain.next_action());
  CHECK(any.episode().steps == plain.episode().steps);
}

TEST_CASE("any runner: one step at a time shows each transition and is the same run") {
  AnyRunner whole = toy_in(walk(), 2);
  AnyRunner steps = toy_in(walk(), 2);
  whole.run({.steps = 100});
  State s = 3;
  for (int i = 0; i < 100; ++i) {
    const rl::Transition<State> t = steps.advance();
    CHECK_UNARY(t.state == s);
    s = t.terminated || t.truncated ? 3 : t.next;
  }
  CHECK(steps.save() == whole.save());
}

TEST_CASE("any runner: a copy goes on alone, and so steps back") {
  AnyRunner runner = toy_in(walk(), 3);
  runner.run({.steps = 50});
  AnyRunner back = runner;
  const std::string then = runner.save();
  runner.run({.steps = 60});
  CHECK(back.save() == then);
  const std::string later = runner.save();
  runner = back;
  CHECK(runner.save() == then);
  runner.run({.steps = 60});
  CHECK(runner.save() == later);
}

TEST_CASE("any runner: run(2N) is run(N), save, load elsewhere and run(N)") {
  AnyRunner whole = toy_in(walk(), 4);
  whole.run({.steps = 200});
  AnyRunner half = toy_in(walk(), 4);
  half.run({.steps = 100});
  AnyRunner other = toy_in(walk(), 5);
  other.load(half.save());
  other.run({.steps = 200});
  CHECK(other.save() == whole.save());
  CHECK(values_of(other) == values_of(whole));
}

TEST_CASE("any runner: bytes of another run are refused") {
  AnyRunner runner = toy_in(walk(), 6);
  CHECK(error_of([&] { runner.load("nonsense"); }) ==
        "saved state: field 'environment.state' is missing: the state ends before it");
  const std::string bytes = runner.save();
  CHECK(error_of([&] { runner.load(bytes + bytes); }) == "saved state: bytes left over at the end");
}

TEST_CASE("any runner: episodes are told, and false stops the run") {
  AnyRunner runner = toy_in(walk(), 7);
  std::vector<std::int64_t> episodes;
  const bool went_on = runner.run({.episodes = 10}, [&](const EpisodeStats& e) {
    episodes.push_back(e.episode);
    return e.episode < 4;
  });
  CHECK_FALSE(went_on);
  CHECK(episodes == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  CHECK(runner.run({.episodes = 10}));
  CHECK(runner.episodes() == 10);
}

TEST_CASE("any runner: estimates and traced updates come from the learner") {
  AnyRunner runner = toy_in(walk(), 8);
  runner.trace().enable(true);
  CHECK(runner.estimates().what == rl::Quantity::v_pi);
  CHECK(runner.estimates().values.size() == 7);
  for (int i = 0; i < 30; ++i) {
    const rl::Transition<State> t = runner.advance();
    REQUIRE(runner.trace().updates().size() == 1);
    const rl::Update& u = runner.trace().updates()[0];
    CHECK(u.s == t.state);
    CHECK(u.target == u.reward + u.gamma * u.bootstrap);
    CHECK(u.delta == u.target - u.before);
    CHECK(u.after == u.before + u.alpha * u.delta);
    CHECK(u.after == runner.estimates().values[static_cast<std::size_t>(t.state)]);
  }
}

TEST_CASE("any runner: a changing problem is lived in as it changes") {
  const auto always = [](double reward) {
    return rl::FiniteMdp(1, 1, [=](State, rl::Action, std::vector<rl::Outcome>& row) {
      row.push_back({1, reward, 0});
    });
  };
  Problem problem{.name = "changing", .model = always(1)};
  problem.changing = rl::SwitchingEnvironment({always(1), always(2)}, {3});
  AnyRunner runner = toy_in(problem, 9);
  std::vector<double> rewards;
  for (int i = 0; i < 5; ++i) rewards.push_back(runner.advance().reward);
  CHECK(rewards == std::vector<double>{1, 1, 1, 2, 2});
  CHECK(runner.model().row(0, 0).reward == 2);
}

TEST_CASE("any runner: one run across changes is many of one step, saved and copied in between") {
  const auto always = [](double reward) {
    return rl::FiniteMdp(1, 1, [=](State, rl::Action, std::vector<rl::Outcome>& row) {
      row.push_back({1, reward, 0});
    });
  };
  Problem problem{.name = "changing", .model = always(1), .episode_steps = 3};
  problem.changing = rl::SwitchingEnvironment({always(1), always(10), always(100)}, {3, 7});
  std::vector<double> sums;
  const auto keep = [&](const EpisodeStats& e) {
    sums.push_back(e.reward_sum);
    return true;
  };
  AnyRunner runner = toy_in(problem, 9);
  runner.run({.steps = 12}, keep);
  CHECK(sums == std::vector<double>{3, 30, 10 + 200, 300});  // it changes at an end, and within
  AnyRunner half = toy_in(problem, 9);
  half.run({.steps = 8});
  AnyRunner copy = half;
  AnyRunner loaded = toy_in(problem, 1);
  loaded.load(half.save());
  for (AnyRunner* other : {&half, &copy, &loaded}) {
    CHECK(other->model().row(0, 0).reward == 100);
    other->run({.steps = 12});
    CHECK(other->save() == runner.save());
  }
  loaded.load(toy_in(problem, 9).save());  // back to the beginning
  CHECK(loaded.model().row(0, 0).reward == 1);
}

TEST_CASE("any runner: the problem's limit on episodes is kept") {
  Problem problem{.name = "ring", .model = tests::ring(5), .episode_steps = 6};
  AnyRunner runner = toy_in(problem, 10);
  std::vector<std::int64_t> lengths;
  runner.run({.episodes = 3}, [&](const EpisodeStats& e) {
    lengths.push_back(e.steps);
    return true;
  });
  CHECK(lengths == std::vector<std::int64_t>{6, 6, 6});
}
