#include "rl/observers.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "rl/environment.hpp"

namespace {

/// 0 -> 1 -> 2 -> end (state 3), each step pays -1; one action.
rl::FiniteMdp corridor() {
  return rl::FiniteMdp(4, 1,
                       [](rl::State s, rl::Action, std::vector<rl::Outcome>& row) {
                         row = {{1, -1, s + 1}};
                       },
                       {.terminal = {3}, .start = {1, 0, 0, 0}});
}

struct OnlyAction {
  rl::Action start(rl::State, rl::Rng&) { return 0; }
  rl::Action step(const rl::Transition<>&, rl::Rng&) { return 0; }
};

auto corridor_runner() {
  return rl::Runner(rl::MdpEnvironment(corridor()), OnlyAction{}, rl::Streams(1));
}

rl::EpisodeStats episode(double reward_sum) { return {.steps = 10, .reward_sum = reward_sum}; }

}  // namespace

TEST_CASE("observers: the curve holds every ended episode and not the one that still runs") {
  auto runner = corridor_runner();
  rl::EpisodeCurve curve;
  runner.run({.steps = 7}, curve);  // 3 + 3 + 1
  REQUIRE(curve.episodes.size() == 2);
  CHECK(curve.episodes[1].episode == 1);
  CHECK(curve.episodes[1].steps == 3);
  CHECK(curve.episodes[1].reward_sum == -3);
  CHECK(curve.episodes[1].terminated);
}

TEST_CASE("observers: a reward threshold is met by the mean of the last episodes") {
  rl::StopAtReward stop{.threshold = -10, .episodes = 2};
  CHECK(stop.on_episode(episode(0)));          // one episode is not two
  CHECK(stop.on_episode(episode(-30)));        // mean -15
  CHECK(stop.on_episode(episode(4)));          // mean (-30 + 4) / 2 = -13
  CHECK_FALSE(stop.on_episode(episode(-24)));  // mean (4 - 24) / 2 = -10
}

TEST_CASE("observers: a limit in steps lets the running episode end") {
  auto runner = corridor_runner();
  rl::StopAfterSteps stop{.steps = 4};
  CHECK_FALSE(runner.run({.steps = 100}, stop));
  CHECK(runner.steps() == 6);
  CHECK(runner.episodes() == 2);
}

TEST_CASE("observers: trajectories are split at the ends of episodes and limited in steps") {
  auto runner = corridor_runner();
  rl::Trajectories<> all;
  rl::Trajectories<> first_five{.most_steps = 5};
  runner.run({.steps = 7}, all, first_five);
  REQUIRE(all.episodes.size() == 3);
  CHECK(all.episodes[0].size() == 3);
  CHECK(all.episodes[0].back().terminated);
  CHECK(all.episodes[2].size() == 1);
  CHECK(all.open);
  REQUIRE(first_five.episodes.size() == 2);
  CHECK(first_five.episodes[1].size() == 2);
  CHECK(first_five.episodes[1].back().next == 2);
}

TEST_CASE("observers: every-n is called after each n-th step, whatever episodes do") {
  auto runner = corridor_runner();
  std::vector<std::int64_t> at;
  rl::EveryN every(4, [&](std::int64_t step) { at.push_back(step); });
  runner.run({.steps = 13}, every);
  CHECK(at == std::vector<std::int64_t>{4, 8, 12});
}
