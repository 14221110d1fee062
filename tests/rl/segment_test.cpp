#include "rl/segment.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "rl/with_rewards.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::follow;
using rl::Outcome;
using rl::Segment;
using rl::State;
using rl::with_rewards;
using tests::error_of;

namespace {

/// 0 -> 1 -> 2 by action 0, each step pays the number of its state plus 1; 2 is terminal. Action 1
/// is only there in state 1, and goes back.
FiniteMdp short_road() {
  return {3,
          2,
          [](State s, Action a, std::vector<Outcome>& row) {
            if (a == 0) row = {{1, s + 1.0, s + 1}};
            if (a == 1 && s == 1) row = {{1, -1, 0}};
          },
          {.terminal = {2}}};
}

std::string road_error(State start, const std::vector<Action>& actions) {
  return error_of([&] { follow(short_road(), start, actions); });
}

bool same_outcome(const Outcome& x, const Outcome& y) {
  return x.probability == y.probability && x.reward == y.reward && x.next == y.next &&
         x.reward_sd == y.reward_sd;
}

}  // namespace

TEST_CASE("segments: following actions gives states, rewards and whether the end was reached") {
  const std::vector<Action> back_and_forth = {0, 1, 0, 0};
  const Segment whole = follow(short_road(), 0, back_and_forth);
  CHECK(whole == Segment{.states = {0, 1, 0, 1, 2},
                         .actions = back_and_forth,
                         .rewards = {1, -1, 1, 2},
                         .terminated = true});
  CHECK(whole.length() == 4);
  const std::vector<Action> first = {0};
  CHECK(follow(short_road(), 0, first) ==
        Segment{.states = {0, 1}, .actions = {0}, .rewards = {1}, .terminated = false});
}

TEST_CASE("segments: no actions are a segment of one state and no steps") {
  const Segment stay = follow(short_road(), 1, {});
  CHECK(stay == Segment{.states = {1}, .actions = {}});
  CHECK(stay.length() == 0);
  CHECK(follow(short_road(), 2, {}).terminated);
}

TEST_CASE("segments: what is followed is what sampling goes through") {
  const FiniteMdp ring = tests::ring(5);
  rl::Rng rng(1);
  std::vector<Action> actions;
  for (int t = 0; t < 100; ++t) actions.push_back(rng.index(2));
  const Segment segment = follow(ring, 3, actions);
  State s = 3;
  for (std::size_t t = 0; t < actions.size(); ++t) {
    const rl::Step<State> step = ring.sample(s, actions[t], rng);
    CHECK(segment.states[t] == s);
    CHECK(segment.rewards[t] == step.reward);
    s = step.next;
  }
  CHECK(segment.states.back() == s);
  CHECK_FALSE(segment.terminated);
}

TEST_CASE("segments: a step that cannot be followed is named by its state and action") {
  CHECK(road_error(0, {1}) == "action 1 in state 0: not available");
  CHECK(road_error(0, {0, 2}) == "action 2 in state 1: not available");
  CHECK(road_error(0, {-1}) == "action -1 in state 0: not available");
  CHECK(road_error(0, {0, 0, 1}) == "action 1 in state 2: the episode has ended before it");
  CHECK(road_error(2, {0}) == "action 0 in state 2: the episode has ended before it");
  const std::vector<Action> one = {0};
  CHECK(error_of([&] { follow(tests::random_walk(5), 2, one); }) ==
        "action 0 in state 2: its next state is left to chance");
}

TEST_CASE("with rewards: the world is the same, its rewards are those that were given") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const FiniteMdp model = tests::random_mdp(seed);
    const auto by_place = [](State s, Action a, const Outcome& o) {
      return 100.0 * s + 10.0 * a + o.next;
    };
    const FiniteMdp other = with_rewards(model, by_place);
    REQUIRE(other.num_states() == model.num_states());
    REQUIRE(other.num_actions() == model.num_actions());
    for (State s = 0; s < model.num_states(); ++s) {
      CHECK(other.terminal(s) == model.terminal(s));
      if (model.terminal(s)) continue;
      for (Action a = 0; a < model.num_actions(); ++a) {
        CHECK(other.available(s, a) == model.available(s, a));
        const std::vector<Outcome> before = model.outcomes(s, a);
        const std::vector<Outcome> after = other.outcomes(s, a);
        REQUIRE(after.size() == before.size());
        for (std::size_t k = 0; k < after.size(); ++k)
          CHECK(same_outcome(after[k],
                             {before[k].probability, by_place(s, a, before[k]), before[k].next}));
      }
    }
  }
}

TEST_CASE("with rewards: a reward is told the outcome's own, and may hand it on") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const FiniteMdp model = tests::random_mdp(seed);
    const FiniteMdp doubled =
        with_rewards(model, [](State, Action, const Outcome& o) { return 2 * o.reward; });
    for (State s = 0; s < model.num_states(); ++s)
      for (Action a = 0; !model.terminal(s) && a < model.num_actions(); ++a)
        for (std::size_t k = 0; k < model.outcomes(s, a).size(); ++k)
          CHECK(doubled.outcomes(s, a)[k].reward == 2 * model.outcomes(s, a)[k].reward);
  }
}

TEST_CASE("with rewards: starts stay, weighted or not, and the first world keeps its rewards") {
  const auto nothing = [](State, Action, const Outcome&) { return 0.0; };
  const FiniteMdp road = short_road();
  const FiniteMdp weighted = road.with_start(std::vector<double>{1, 3, 0});
  CHECK(with_rewards(weighted, nothing).start_weights() == weighted.start_weights());
  CHECK(with_rewards(weighted, nothing).start_weights() == std::vector<double>{1, 3, 0});
  CHECK(with_rewards(road, nothing).start_weights().empty());
  const std::vector<Action> two = {0, 0};
  CHECK(follow(with_rewards(road, nothing), 0, two).rewards == std::vector<double>{0, 0});
  CHECK(follow(road, 0, two).rewards == std::vector<double>{1, 2});
}

TEST_CASE("with rewards: the noise of the old rewards is gone") {
  const FiniteMdp noisy(1, 1, [](State, Action, std::vector<Outcome>& row) {
    row = {{1, 5, 0, 2.0}};
  });
  const FiniteMdp plain = with_rewards(noisy, [](State, Action, const Outcome& o) {
    return o.reward + o.reward_sd;  // which the outcome still shows
  });
  CHECK(same_outcome(plain.outcomes(0, 0)[0], {1, 7, 0, 0}));
  rl::Rng rng(1);
  for (int k = 0; k < 10; ++k) CHECK(plain.sample(0, 0, rng).reward == 7);
}

TEST_CASE("with rewards: a reward beyond 1e150 is refused, with its place") {
  CHECK(tests::contains(error_of([] {
                          with_rewards(short_road(), [](State s, Action, const Outcome&) {
                            return s == 1 ? 1e200 : 0.0;
                          });
                        }),
                        "state 1"));
}
