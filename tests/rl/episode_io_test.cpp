#include "rl/episode_io.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rl/rollouts.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Problem;
using rl::Rng;
using rl::State;
using rl::Transition;

namespace {

/// States 0 .. 4, ends 0 and 4, the right one pays 1; each step goes left or right.
Problem five() { return {.name = "walk", .model = tests::random_walk(5), .gamma = 1}; }

std::vector<Transition<State>> read_of(const std::string& transitions) {
  return rl::read_episodes("{\"transitions\": [" + transitions + "]}", "e.json", five());
}

std::string refusal_of(const std::string& transitions) {
  return tests::error_of([&] { read_of(transitions); });
}

bool same_transition(const Transition<State>& x, const Transition<State>& y) {
  return x.state == y.state && x.action == y.action && x.reward == y.reward && x.next == y.next &&
         x.terminated == y.terminated && x.truncated == y.truncated;
}

}  // namespace

TEST_CASE("episode files: two episodes, the second one cut by the end of the file") {
  const auto read = read_of("[2, 0, 0, 3, false], [3, 0, 1, 4, true], [1, 0, 0.0, 2, false]");
  REQUIRE(read.size() == 3);
  CHECK(same_transition(read[0], {2, 0, 0, 3, false, false}));
  CHECK(same_transition(read[1], {3, 0, 1, 4, true, false}));
  CHECK(same_transition(read[2], {1, 0, 0, 2, false, true}));
}

TEST_CASE("episode files: what is written is read back") {
  const Problem p{.name = "random", .model = tests::random_mdp(3), .gamma = 0.9};
  const auto episode = episode_of(p, uniform_policy(p.model), 500, Rng(2));
  REQUIRE(!episode.empty());
  const std::string text = rl::write_episodes(p.name, episode);
  const auto read = rl::read_episodes(text, "e.json", p);
  REQUIRE(read.size() == episode.size());
  for (std::size_t i = 0; i < read.size(); ++i) CHECK(same_transition(read[i], episode[i]));
  CHECK(rl::write_episodes(p.name, read) == text);
}

TEST_CASE("episode files: what is impossible in the model is named, with its place") {
  CHECK(refusal_of("[2, 0, 0, 3, false],\n[3, 0, 0, 1, false]") ==
        "e.json:2:19: transition 1: action 0 in state 3 cannot lead to state 1, only to 2 or 4");
  CHECK(refusal_of("[3, 0, 0, 4, true]") ==
        "e.json:1:35: transition 0: the reward of action 0 in state 3 on the way to state 4 is 1, "
        "not 0");
  CHECK(tests::contains(refusal_of("[3, 0, 1, 4, false]"),
                        "state 4 is terminal, so the last entry is true"));
  CHECK(tests::contains(refusal_of("[4, 0, 0, 4, true]"), "state 4 is terminal: nothing follows"));
  CHECK(tests::contains(refusal_of("[5, 0, 0, 4, true]"),
                        "state 5 is not a whole number from 0 to 4"));
  CHECK(tests::contains(refusal_of("[1.5, 0, 0, 4, true]"), "state 1.5 is not a whole number"));
  CHECK(tests::contains(refusal_of("[2, 1, 0, 3, false]"), "action 1 is not a whole number"));
  CHECK(tests::contains(refusal_of("[2, 0, 0, 3, false], [1, 0, 0, 2, false]"),
                        "transition 1: begins in state 1, but the one before it led to state 3"));
  const Problem random{.name = "random", .model = tests::random_mdp(3), .gamma = 0.9};
  for (State s = 0; s + 1 < random.model.num_states(); ++s)
    for (rl::Action a = 0; a < random.model.num_actions(); ++a) {
      if (random.model.available(s, a)) continue;
      const std::string text =
          rl::write_episodes("", std::vector<Transition<State>>{{s, a, 0, 0, false, false}});
      CHECK(tests::contains(tests::error_of([&] { rl::read_episodes(text, "e", random); }),
                            "is not available in state"));
    }
}

TEST_CASE("episode files: what is no transition is refused, with what was expected") {
  const auto refused = [](const std::string& text) {
    return tests::error_of([&] { rl::read_episodes(text, "e.json", five()); });
  };
  CHECK(tests::contains(refused(""), "e.json"));
  CHECK(tests::contains(refused("[]"), "e.json:1:1: found '[' instead of an object"));
  CHECK(tests::contains(refused("{}"), "key 'transitions' is missing"));
  CHECK(tests::contains(refused("{\"transitions\": []}"), "'transitions' is empty"));
  CHECK(tests::contains(refused("{\"transition\": []}"), "transitions"));
  CHECK(tests::contains(refused("{\"transitions\": [[2, 0, 0]]}"),
                        "transition 0: 3 numbers instead of a transition [s, a, reward, s', true"));
  CHECK(tests::contains(refused("{\"transitions\": [[2, 0, 0, 3]]}"), "4 numbers instead of"));
  CHECK(tests::contains(refused("{\"transitions\": [[2, 0, 0, 3, 1]]}"), "found 1 instead of"));
  CHECK(tests::contains(refused("{\"transitions\": [[2, 0, true, 3, 1]]}"), "found true"));
  CHECK(tests::contains(refused("{\"transitions\": [2]}"), "found 2 instead of a transition"));
  CHECK(tests::contains(refused("{\"transitions\": 2}"), "instead of a list"));
  CHECK(tests::contains(refused("{\"environment\": 2}"), "the name of a world"));
  CHECK(tests::contains(refused("{\"transitions\": [[2, 0, 0, 3, false]"), "e.json:1:"));
}

TEST_CASE("episode files: where rewards are noisy or means, any reward is possible") {
  const auto row = [](double sd) {
    return [sd](State s, rl::Action, std::vector<rl::Outcome>& r) { r.push_back({1, 1, s, sd}); };
  };
  const std::string text = "{\"transitions\": [[0, 0, 7.5, 0, false]]}";
  const Problem plain{.name = "one", .model = rl::FiniteMdp(1, 1, row(0))};
  const Problem noisy{.name = "one", .model = rl::FiniteMdp(1, 1, row(1))};
  const Problem means{.name = "one",
                      .model = rl::FiniteMdp(1, 1, row(0), {.rewards_are_means = true})};
  CHECK(tests::contains(tests::error_of([&] { rl::read_episodes(text, "e", plain); }), "not 7.5"));
  CHECK(rl::read_episodes(text, "e", noisy).front().reward == 7.5);
  CHECK(rl::read_episodes(text, "e", means).front().reward == 7.5);
}
