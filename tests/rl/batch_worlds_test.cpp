#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rl/batch/packed_model.hpp"
#include "rl/batch/policy.hpp"
#include "rl/batch/worlds.hpp"
#include "rl/environment.hpp"
#include "rl/policy.hpp"
#include "tests/errors.hpp"
#include "tests/rl/instruction_sets.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::BatchPolicy;
using rl::BatchWorlds;
using rl::FiniteMdp;
using rl::MdpEnvironment;
using rl::Outcome;
using rl::PackedModel;
using rl::Rng;
using rl::State;
using rl::Streams;
using tests::error_of;

namespace batch_worlds_test {
namespace {

/// How the rows of a drawn model look.
struct Kind {
  std::string name;
  std::vector<double> probabilities;  ///< of the outcomes of a row; empty: other ones in each row
  std::vector<double> rewards;        ///< one of them each; empty: any number
  double reward_sd = 0;
  bool words = true;  ///< whether words hold the model
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"certain, whole rewards", {1}, {-100, -1, 0, 1}},
      {"certain, rewards of a unit", {1}, {-0.04, 0, 1}},
      {"certain, rewards of a list", {1}, {0.1, 0.3, -0.7, -0.0}},
      {"certain, any rewards", {1}, {}},
      {"slippery", {0.8, 0.1, 0.1}, {-1, 0, 1}},
      {"slippery, rewards of a list", {1.0 / 3, 1.0 / 3, 1.0 / 3}, {0.1, 0.3, -0.0}},
      {"impossible outcomes", {0, 0.5, 0, 0.5}, {-1, 0, 1}},
      {"eight outcomes", {.125, .125, .125, .125, .125, .125, .125, .125}, {-1, 0, 1}},
      {"nine outcomes", {.1, .1, .1, .1, .1, .1, .1, .1, .2}, {-1, 0, 1}, 0, false},
      {"rows of their own", {}, {-1, 0, 1}, 0, false},
      {"noisy rewards", {0.5, 0.5}, {-1, 0, 1}, 0.5, false},
      {"noisy rewards without chance", {1}, {-1, 0, 1}, 0.5, false},
  };
  return all;
}

std::vector<Outcome> drawn_row(const Kind& kind, State n, Rng& rng) {
  std::vector<double> p = kind.probabilities;
  if (p.empty()) {
    p = {rng.uniform() / 2, rng.uniform() / 2, 0};
    p[2] = 1 - p[0] - p[1];
  }
  if (p.size() > 1 && rng.flip(0.2)) p = {1};  // a pair without chance
  std::vector<Outcome> row;
  for (const double probability : p) {
    const double reward =
        kind.rewards.empty()
            ? rng.normal()
            : kind.rewards[rl::index(rng.index(static_cast<std::int32_t>(kind.rewards.size())))];
    row.push_back({probability, reward, rng.index(n), kind.reward_sd});
  }
  return row;
}

/// 4-40 states, 4 actions of which some are not available, some terminal states, and starts that
/// are uniform, weighted or a single one.
FiniteMdp drawn_model(const Kind& kind, std::uint64_t seed) {
  Rng rng(seed);
  const State n = 4 + rng.index(37);
  rl::MdpFacts facts;
  for (State s = 2; s < n; ++s)
    if (rng.flip(0.1)) facts.terminal.push_back(s);
  const FiniteMdp model(
      n, 4,
      [&](State, Action a, std::vector<Outcome>& row) {
        if (a == 0 || rng.flip(0.8)) row = drawn_row(kind, n, rng);
      },
      facts);
  if (seed % 3 == 0) return model;
  if (seed % 3 == 1) return model.with_start(State{1});
  std::vector<double> weights(rl::index(n), 0);
  weights[0] = 1;
  weights[1] = 2.5;
  return model.with_start(weights);
}

/// What a world shows after a step.
struct Seen {
  State state;  ///< where it is now
  State next;
  std::uint64_t reward;  ///< its bits
  bool terminated;
  bool truncated;
  bool operator==(const Seen&) const = default;
};

/// World i of a batch as a plain loop.
class Plain {
 public:
  Plain(const FiniteMdp& model, const Rng& root, std::size_t i, std::int64_t episode_steps)
      : environment_(model), streams_(root.split(i)), episode_steps_(episode_steps) {
    begin();
  }
  State state() const { return state_; }
  Rng& agent() { return streams_.agent; }
  Seen step(Action a) {
    const rl::Step<State> x = environment_.step(a, streams_.environment);
    const bool cut = ++steps_ >= episode_steps_ && !x.terminated;
    state_ = x.next;
    if (x.terminated || cut) begin();
    return {state_, x.next, std::bit_cast<std::uint64_t>(x.reward), x.terminated, cut};
  }

 private:
  void begin() {
    state_ = environment_.reset(streams_.environment);
    steps_ = 0;
  }
  MdpEnvironment environment_;
  Streams streams_;
  std::int64_t episode_steps_;
  std::int64_t steps_ = 0;
  State state_ = 0;
};

Seen seen(const BatchWorlds& worlds, std::size_t i) {
  return {worlds.states()[i], worlds.next()[i], std::bit_cast<std::uint64_t>(worlds.rewards()[i]),
          worlds.terminated()[i] != 0, worlds.truncated()[i] != 0};
}

Action some_action(const FiniteMdp& model, State s, Rng& rng) {
  Action a = rng.index(model.num_actions());
  while (!model.available(s, a)) a = (a + 1) % model.num_actions();
  return a;
}

/// How many steps of `size` worlds differ from the plain loops, and how many episodes ended.
struct Comparison {
  int different = 0;
  int terminated = 0;
  int truncated = 0;
};
Comparison compare(const FiniteMdp& model, std::size_t size, std::int64_t episode_steps,
                   std::size_t first = 0) {
  const Rng root(7);
  Rng chooser(8);
  BatchWorlds worlds(PackedModel(model), size, root, episode_steps, first);
  std::vector<Plain> plain;
  for (std::size_t i = 0; i < size; ++i) plain.emplace_back(model, root, first + i, episode_steps);
  Comparison result;
  std::vector<Action> actions(size);
  for (int t = 0; t < 40; ++t) {
    for (std::size_t i = 0; i < size; ++i) {
      if (worlds.states()[i] != plain[i].state()) ++result.different;
      actions[i] = some_action(model, plain[i].state(), chooser);
    }
    worlds.step(actions);
    for (std::size_t i = 0; i < size; ++i) {
      const Seen expected = plain[i].step(actions[i]);
      result.different += seen(worlds, i) == expected ? 0 : 1;
      result.terminated += expected.terminated ? 1 : 0;
      result.truncated += expected.truncated ? 1 : 0;
    }
  }
  return result;
}

}  // namespace

TEST_CASE(
    "batch worlds: each lives the life of a plain loop to the bit, in every instruction set") {
  tests::with_each_instruction_set([](rl::InstructionSet set) {
    CAPTURE(static_cast<int>(set));
    for (const Kind& kind : kinds()) {
      CAPTURE(kind.name);
      int terminated = 0;
      int truncated = 0;
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const FiniteMdp model = drawn_model(kind, seed);
        for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{33},
                                       std::size_t{128}, std::size_t{129}}) {
          const Comparison x = compare(model, size, seed % 2 == 0 ? 7 : rl::kNoLimit);
          CHECK(x.different == 0);
          terminated += x.terminated;
          truncated += x.truncated;
        }
      }
      CHECK(terminated > 0);  // or nothing was compared
      CHECK(truncated > 0);
    }
  });
}

TEST_CASE("batch worlds: an episode of one step ends at every step") {
  for (const Kind& kind : kinds()) {
    const Comparison x = compare(drawn_model(kind, 2), 130, 1);
    CHECK(x.different == 0);
    CHECK(x.terminated + x.truncated == 130 * 40);
  }
}

TEST_CASE("batch worlds: a batch that begins with world 100 has the worlds of a larger one") {
  for (const Kind& kind : kinds()) CHECK(compare(drawn_model(kind, 3), 40, 9, 100).different == 0);
}

TEST_CASE(
    "batch worlds: a step that ends an episode shows its last state and stands in a new start") {
  // A corridor 0 1 2, the right end terminal and worth 1; action 0 goes right, 1 stays.
  const FiniteMdp corridor = FiniteMdp(3, 2,
                                       [](State s, Action a, std::vector<Outcome>& row) {
                                         const State next = a == 0 ? s + 1 : s;
                                         row.push_back({1, next == 2 ? 1.0 : 0.0, next});
                                       },
                                       {.terminal = {2}})
                                 .with_start(State{0});
  BatchWorlds worlds(PackedModel(corridor), 2, Rng(1), 3);
  CHECK(worlds.states()[0] == 0);
  worlds.step(std::vector<Action>{0, 1});
  CHECK(seen(worlds, 0) == Seen{1, 1, std::bit_cast<std::uint64_t>(0.0), false, false});
  worlds.step(std::vector<Action>{0, 1});
  CHECK(seen(worlds, 0) == Seen{0, 2, std::bit_cast<std::uint64_t>(1.0), true, false});
  worlds.step(std::vector<Action>{0, 0});
  CHECK(seen(worlds, 0) == Seen{1, 1, std::bit_cast<std::uint64_t>(0.0), false, false});
  CHECK(seen(worlds, 1) == Seen{0, 1, std::bit_cast<std::uint64_t>(0.0), false, true});
  worlds.step(std::vector<Action>{0, 1});  // a last step that terminates is not truncated
  CHECK(seen(worlds, 0) == Seen{0, 2, std::bit_cast<std::uint64_t>(1.0), true, false});
  CHECK(seen(worlds, 1) == Seen{0, 0, std::bit_cast<std::uint64_t>(0.0), false, false});
  CHECK(worlds.steps() == 4);
}

TEST_CASE("batch worlds: a copy goes on like the original") {
  const FiniteMdp model = drawn_model(kinds()[4], 5);
  BatchWorlds worlds(PackedModel(model), 50, Rng(2), 9);
  Rng chooser(3);
  const auto step = [&model](BatchWorlds& batch, Rng& rng) {
    std::vector<Action> actions;
    for (const State s : batch.states()) actions.push_back(some_action(model, s, rng));
    batch.step(actions);
  };
  for (int t = 0; t < 20; ++t) step(worlds, chooser);
  BatchWorlds copy = worlds;
  Rng same_chooser = chooser;
  for (int t = 0; t < 20; ++t) {
    step(worlds, chooser);
    step(copy, same_chooser);
    for (std::size_t i = 0; i < 50; ++i) CHECK_UNARY(seen(worlds, i) == seen(copy, i));
  }
}

TEST_CASE("batch worlds: no worlds, no steps and a wrong number of actions are refused") {
  const PackedModel model(tests::ring(5));
  CHECK(error_of([&] { BatchWorlds(model, 0, Rng(1)); }) == "a batch has at least 1 world, not 0");
  CHECK(error_of([&] { BatchWorlds(model, 1, Rng(1), 0); }) ==
        "episode_steps: an episode has at least 1 step, not 0");
  BatchWorlds worlds(model, 3, Rng(1));
  CHECK(error_of([&] {
          worlds.step(std::vector<Action>{0, 0});
        }) == "batch: 2 actions for 3 worlds");
}

TEST_CASE("packed model: words hold what needs no draw, and chance of few thresholds") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    CHECK((PackedModel(drawn_model(kind, 1)).words() != nullptr) == kind.words);
  }
}

TEST_CASE("packed model: rewards of a unit are written as multiples, others as a list") {
  const auto words = [](std::size_t kind) {
    return *PackedModel(drawn_model(kinds()[kind], 1)).words();
  };
  CHECK(words(0).unit == 1);
  CHECK(words(0).rewards.empty());
  CHECK(words(1).unit == 0.04);
  CHECK(words(1).rewards.empty());
  CHECK(words(2).rewards.size() == 4);
}

TEST_CASE("packed model: a pair takes 4 bytes, on a slippery grid 12") {
  const FiniteMdp certain = drawn_model(kinds()[0], 1);
  const FiniteMdp slippery = drawn_model(kinds()[4], 1);
  const auto pairs = [](const FiniteMdp& m) {
    return rl::index(m.num_states()) * rl::index(m.num_actions());
  };
  CHECK(PackedModel(certain).bytes() == 4 * pairs(certain));
  CHECK(PackedModel(slippery).bytes() == 12 * pairs(slippery) + 2 * sizeof(std::uint64_t));
  CHECK(PackedModel(drawn_model(kinds()[10], 1)).bytes() == 0);
}

TEST_CASE("batch policy: worlds live as in a plain loop over the policy, to the bit") {
  const FiniteMdp model = drawn_model(kinds()[4], 4);
  rl::QTable q(model);
  Rng rng(1);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < 4; ++a)
      if (model.available(s, a)) q(s, a) = rng.index(3);
  const std::vector<rl::TabularPolicy> policies = {
      rl::uniform_policy(model), rl::greedy_policy(model, q),
      rl::epsilon_greedy_policy(model, q, 0.1), rl::softmax_policy(model, q, 0.7)};
  tests::with_each_instruction_set([&](rl::InstructionSet) {
    for (const rl::TabularPolicy& policy : policies)
      for (const std::size_t size : {std::size_t{1}, std::size_t{131}}) {
        const Rng root(5);
        BatchWorlds worlds(PackedModel(model), size, root, 20, 2);
        BatchPolicy pi(model, policy, size, root, 2);
        std::vector<Plain> plain;
        for (std::size_t i = 0; i < size; ++i) plain.emplace_back(model, root, 2 + i, 20);
        for (int t = 0; t < 50; ++t) {
          const std::span<const Action> actions = pi.choose(worlds.states());
          worlds.step(actions);
          for (std::size_t i = 0; i < size; ++i) {
            const Action a = policy.sample(plain[i].state(), plain[i].agent());
            CHECK_UNARY(actions[i] == a);
            CHECK_UNARY(seen(worlds, i) == plain[i].step(a));
          }
        }
      }
  });
}

TEST_CASE("batch policy: a policy of another shape, no worlds and too few states are refused") {
  const FiniteMdp ring = tests::ring(5);
  CHECK(error_of([&] { BatchPolicy(ring, rl::TabularPolicy(4, 2), 1, Rng(1)); }) ==
        "policy: shape 4 x 2, but the world has 5 x 2");
  CHECK(error_of([&] { BatchPolicy(ring, rl::uniform_policy(ring), 0, Rng(1)); }) ==
        "a batch has at least 1 world, not 0");
  BatchPolicy pi(ring, rl::uniform_policy(ring), 2, Rng(1));
  CHECK(error_of([&] { pi.choose(std::vector<State>{0}); }) == "batch: 1 states for 2 worlds");
}

}  // namespace batch_worlds_test
