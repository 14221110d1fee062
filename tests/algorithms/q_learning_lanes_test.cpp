#include "algorithms/lanes/q_learning_lanes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/environment.hpp"
#include "rl/run.hpp"
#include "tests/errors.hpp"
#include "tests/rl/instruction_sets.hpp"

using rl::Action;
using rl::Budget;
using rl::EpisodeStats;
using rl::FiniteMdp;
using rl::LearnedLane;
using rl::Outcome;
using rl::Problem;
using rl::QLearning;
using rl::Rng;
using rl::State;
using tests::error_of;

namespace q_learning_lanes_test {
namespace {

/// 3-30 states of which some are terminal, rows without chance that often lead back to their state,
/// some actions not available; starts are uniform or a single state.
Problem drawn_world(Action actions, bool whole_rewards, std::uint64_t seed) {
  Rng rng(seed);
  const State n = 3 + rng.index(28);
  rl::MdpFacts facts;
  for (State s = 2; s < n; ++s)
    if (rng.flip(0.15)) facts.terminal.push_back(s);
  const FiniteMdp model(
      n, actions,
      [&](State s, Action a, std::vector<Outcome>& row) {
        if (a > 0 && rng.flip(0.2)) return;
        const double reward = whole_rewards ? rng.index(4) - 2 : 0.3 * rng.index(4) - 0.7;
        row.push_back({1, reward, rng.flip(0.3) ? s : rng.index(n)});
      },
      facts);
  return {.name = "drawn",
          .model = seed % 2 == 0 ? model : model.with_start(State{0}),
          .gamma = 0.9,
          .episode_steps = seed % 3 == 0 ? rl::kNoLimit : 15};
}

struct Recorder {
  std::vector<EpisodeStats> episodes = {};
  bool on_episode(const EpisodeStats& e) {
    episodes.push_back(e);
    return true;
  }
};

LearnedLane by_runner(const Problem& problem, const QLearning::Options& options, std::uint64_t seed,
                      const Budget& budget) {
  rl::Runner runner(rl::MdpEnvironment(problem.model), QLearning(problem, options),
                    rl::Streams(seed), problem.episode_steps);
  Recorder seen;
  runner.run(budget, seen);
  rl::QTable q(problem.model);
  std::copy(runner.learner().q().parameters().begin(), runner.learner().q().parameters().end(),
            q.parameters().begin());
  return {q, seen.episodes};
}

bool same_bits(double x, double y) {
  return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
}

bool same(const LearnedLane& x, const LearnedLane& y) {
  return std::equal(x.q.parameters().begin(), x.q.parameters().end(), y.q.parameters().begin(),
                    y.q.parameters().end(), same_bits) &&
         std::equal(x.episodes.begin(), x.episodes.end(), y.episodes.begin(), y.episodes.end(),
                    [](const EpisodeStats& e, const EpisodeStats& f) {
                      return e.episode == f.episode && e.steps == f.steps &&
                             same_bits(e.reward_sum, f.reward_sum) && e.terminated == f.terminated;
                    });
}

/// How many of the seeds 5 .. 5 + count - 1 differ from a Runner's.
int different(const Problem& problem, const QLearning::Options& options, std::size_t count,
              const Budget& budget) {
  std::vector<std::uint64_t> seeds;
  for (std::size_t i = 0; i < count; ++i) seeds.push_back(5 + i);
  const std::vector<LearnedLane> lanes = rl::q_learning_in_lanes(problem, options, seeds, budget);
  REQUIRE(lanes.size() == count);
  int n = 0;
  for (std::size_t i = 0; i < count; ++i)
    n += same(lanes[i], by_runner(problem, options, seeds[i], budget)) ? 0 : 1;
  return n;
}

QLearning::Options options_of(double alpha, double epsilon, double q0) {
  QLearning::Options options{.alpha = alpha, .epsilon = epsilon};
  options.values.q0 = q0;
  return options;
}

}  // namespace

TEST_CASE("q-learning in lanes: each seed is a Runner's to the bit, in every instruction set") {
  tests::with_each_instruction_set([](rl::InstructionSet set) {
    CAPTURE(static_cast<int>(set));
    for (const Action actions : {1, 2, 4, 5, 8})
      for (std::uint64_t world = 0; world < 6; ++world) {
        CAPTURE(actions);
        CAPTURE(world);
        const Problem problem = drawn_world(actions, world < 3, world);
        CHECK(different(problem, options_of(0.5, 0.1, 0), 5, {.steps = 300}) == 0);
      }
  });
}

TEST_CASE("q-learning in lanes: greedy, uniform, optimistic and careful learners are the same") {
  for (std::uint64_t world = 0; world < 4; ++world) {
    const Problem problem = drawn_world(4, world < 2, world);
    for (const auto& options : {options_of(0.1, 0, 0), options_of(1, 1, 0), options_of(0.3, 0.2, 5),
                                options_of(0, 0.5, -1)})
      CHECK(different(problem, options, 3, {.steps = 400}) == 0);
  }
}

TEST_CASE("q-learning in lanes: budgets of episodes end each seed where its own ends") {
  Problem problem = drawn_world(4, true, 1);
  problem.episode_steps = 12;
  for (const std::int64_t episodes : {0, 1, 2, 30})
    CHECK(different(problem, options_of(0.5, 0.1, 0), 6, {.episodes = episodes}) == 0);
  CHECK(different(problem, options_of(0.5, 0.1, 0), 6, {.steps = 100, .episodes = 9}) == 0);
  CHECK(different(problem, options_of(0.5, 0.1, 0), 6, {.steps = 0}) == 0);
}

TEST_CASE("q-learning in lanes: more seeds than stand side by side are taken in turn") {
  const Problem problem = drawn_world(3, true, 4);
  for (const std::size_t count : {std::size_t{0}, std::size_t{32}, std::size_t{33}})
    CHECK(different(problem, options_of(0.5, 0.1, 0), count, {.steps = 200}) == 0);
}

TEST_CASE("q-learning in lanes: an episode of one step is one, terminated or truncated") {
  Problem problem = drawn_world(4, true, 2);
  problem.episode_steps = 1;
  CHECK(different(problem, options_of(0.5, 0.1, 0), 4, {.steps = 100}) == 0);
}

TEST_CASE("q-learning in lanes: what needs a Runner is refused with a reason") {
  const Problem world = drawn_world(4, true, 0);
  const auto reason = [](const Problem& problem, const QLearning::Options& options) {
    const std::vector<std::uint64_t> seeds = {1};
    const std::string thrown =
        error_of([&] { rl::q_learning_in_lanes(problem, options, seeds, {.steps = 10}); });
    CHECK(thrown == rl::why_not_in_lanes(problem, options).value_or("nothing was thrown"));
    return thrown;
  };
  CHECK(reason(world, {}) == "nothing was thrown");
  CHECK(reason(world, {.alpha = rl::Schedule::harmonic(1)}) ==
        "option 'alpha': seeds learn side by side with a constant one");
  CHECK(reason(world, {.epsilon = rl::Schedule::linear(1, 0, 10)}) ==
        "option 'epsilon': seeds learn side by side with a constant one");
  CHECK(reason(world, {.alpha = 2}) == "'alpha': 2 is not in 0..1");
  CHECK(reason(world, {.stored_policy = true}) ==
        "option 'stored_policy': seeds that learn side by side draw afresh");
  CHECK(reason(drawn_world(9, true, 0), {}) ==
        "world: seeds learn side by side with up to 8 actions, not 9");
  Problem slippery = world;
  slippery.model = FiniteMdp(2, 1, [](State, Action, std::vector<Outcome>& row) {
    row = {{0.5, 0, 0}, {0.5, 0, 1}};
  });
  CHECK(reason(slippery, {}) == "world: seeds learn side by side in one without chance");
  Problem changing = world;
  changing.changing = rl::SwitchingEnvironment({world.model, world.model}, {5});
  CHECK(reason(changing, {}) == "world: seeds learn side by side in one that does not change");
  Problem average = world;
  average.criterion = rl::Criterion::average;
  CHECK(reason(average, {}) == "criterion: seeds learn side by side by a discounted return");
  CHECK(error_of([&] { rl::q_learning_in_lanes(world, {}, std::vector<std::uint64_t>{1}, {}); }) ==
        "budget: seeds that learn side by side need a limit");
}

}  // namespace q_learning_lanes_test
