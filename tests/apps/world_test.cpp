#include "apps/world.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using tests::error_of;

Problem world(const std::string& name, const WorldSettings& settings = {}) {
  return make_problem(tests::registry(), name, settings);
}

std::string refused_world(const std::string& name, const WorldSettings& settings = {}) {
  return error_of([&] { world(name, settings); });
}

std::vector<State> starts(const Problem& problem) {
  std::vector<State> states;
  problem.model.for_each_start([&](State s, double p) {
    if (p > 0) states.push_back(s);
  });
  return states;
}

constexpr const char* kMap = R"({"map": ["S.T"], "rewards": {"target": 2}, "gamma": 0.5,
                                 "actions": 4, "target": "absorb"})";
// From 0 one action to 1, which is terminal.
constexpr const char* kMdp =
    R"({"states": 2, "actions": 1, "terminal": [1], "gamma": 0.25,
        "transitions": [[0, 0, 1, 1.0, 3]]})";
constexpr const char* kCassandra =
    "discount: 0.75\nvalues: reward\nstates: 2\nactions: 1\n"
    "T: 0 : 0 : 1 1.0\nT: 0 : 1 : 1 1.0\nR: 0 : 0 : 1 : * 3\n";

}  // namespace

TEST_CASE("world: by name, with - for _, and with options") {
  CHECK(world("mfrl-5x5").model.num_states() == 25);
  const Problem p = world("mfrl_5x5:slip=0.2,target-terminates=true");
  CHECK(p.name == "mfrl_5x5");
  CHECK(p.model.has_terminal());
  CHECK(p.model.outcomes(0, 1).size() > 1);
}

TEST_CASE("world: an empty list of options is none") {
  CHECK(world("gambler:").model.num_states() == world("gambler").model.num_states());
}

TEST_CASE("world: its name in results is the same however it was typed") {
  CHECK(name_of_world("mfrl-5x5:slip=0.2") == "mfrl_5x5:slip=0.2");
  CHECK(name_of_world("folder/of/mine/map-1.json") == "map-1.json");
  CHECK(names_a_file("map.json"));
  CHECK_FALSE(names_a_file("mfrl_5x5:slip=0.2"));
}

TEST_CASE("world: a file is told from another one by its bytes, not by its place") {
  const tests::Folder folder;
  const auto facts = [&](const std::string& name, const std::string& text) {
    const std::string path = folder.file(name, text);
    return facts_of_world(path, world(path), {});
  };
  const auto first = facts("a.json", kMap);
  CHECK(first == facts("b.json", kMap));
  CHECK(first != facts("c.json", std::string(kMap) + "\n"));
  CHECK(first["states"] == 3);
  CHECK(first["gamma"] == 0.5);
}

TEST_CASE("world: a map, an MDP and a Cassandra file, each with its discount") {
  const tests::Folder folder;
  const Problem map = world(folder.file("m.json", kMap));
  CHECK(map.model.num_states() == 3);
  CHECK(map.gamma == 0.5);
  CHECK(map.name == folder / "m.json");
  const Problem mdp = world(folder.file("x.json", kMdp));
  CHECK(mdp.gamma == 0.25);
  CHECK(mdp.model.row(0, 0).reward == 3);
  const Problem cassandra = world(folder.file("x.mdp", kCassandra));
  CHECK(cassandra.gamma == 0.75);
  CHECK(cassandra.model.row(0, 0).reward == 3);
}

TEST_CASE("world: an MDP file without a discount has .99") {
  const tests::Folder folder;
  CHECK(world(folder.file("x.json", R"({"states": 2, "actions": 1, "terminal": [1],
                                        "transitions": [[0, 0, 1, 1, 0]]})"))
            .gamma == 0.99);
}

TEST_CASE("world: the flags change gamma, the episode's length and the start") {
  CHECK(world("mfrl_5x5", {.gamma = 0.5}).gamma == 0.5);
  CHECK(world("mfrl_5x5", {.episode_steps = 20}).episode_steps == 20);
  CHECK(starts(world("mfrl_5x5")) == std::vector<State>{0});
  CHECK(starts(world("mfrl_5x5", {.start = "s3"})) == std::vector<State>{2});
  CHECK(starts(world("mfrl_5x5", {.start = "3"})) == std::vector<State>{3});
  CHECK(starts(world("mfrl_5x5", {.start = "uniform"})).size() == 25);
  CHECK(starts(world("mfrl_5x5_episodic", {.start = "uniform"})).size() == 24);
}

TEST_CASE("world: the picture marks the start that was asked for") {
  const auto mark = [](const Problem& p, std::size_t cell) {
    return p.picture.panels[0].mark[cell];
  };
  const Problem p = world("mfrl_5x5", {.start = "s3"});
  CHECK(mark(p, 2) == 'S');
  CHECK(mark(p, 0) == ' ');
  CHECK(mark(world("mfrl_5x5"), 0) == 'S');
}

TEST_CASE("world: gamma makes an average-reward problem a discounted one") {
  CHECK(world("access_control").criterion == Criterion::average);
  CHECK(world("access_control", {.gamma = 0.9}).criterion == Criterion::discounted);
}

TEST_CASE("world: a world that changes starts elsewhere in all its models") {
  const Problem p = world("blocking_maze", {.start = "5"});
  REQUIRE(p.changing.has_value());
  for (const FiniteMdp& model : p.changing->models())
    model.for_each_start([](State s, double) { CHECK(s == 5); });
}

TEST_CASE("world: drawn worlds depend on the seed, others do not") {
  const auto reward = [](const char* name, std::uint64_t seed) {
    return world(name, {.seed = seed}).model.row(0, 0).reward;
  };
  CHECK(reward("bandit", 1) == reward("bandit", 1));
  CHECK(reward("bandit", 1) != reward("bandit", 2));
  CHECK(reward("mfrl_5x5", 1) == reward("mfrl_5x5", 2));
}

TEST_CASE("world: wrong names, options and values are refused with the nearest name") {
  CHECK(contains(refused_world("mfrl_5x6"), "unknown world 'mfrl_5x6'; did you mean 'mfrl_5x5'?"));
  CHECK(contains(refused_world("mfrl_5x5:slpi=0.1"),
                 "mfrl_5x5: unknown option 'slpi'; did you mean"));
  CHECK(contains(refused_world("mfrl_5x5:slip=2"), "mfrl_5x5: option 'slip': 2 is not in [0, 1]"));
  CHECK(contains(refused_world("mfrl_5x5:slip=x"), "option 'slip': \"x\" is not a number"));
  CHECK(contains(refused_world("grid_world:map=S..,.."), "grid_world: "));
}

TEST_CASE("world: wrong files are refused with their names") {
  const tests::Folder folder;
  CHECK(contains(refused_world(folder / "none.json"), "none.json: cannot be read"));
  CHECK(contains(refused_world(folder / "a.yaml"), "ends in .json (a map or an MDP) or .mdp"));
  CHECK(contains(refused_world(folder.file("list.json", "[]")),
                 "neither a map (key 'map') nor an MDP"));
  CHECK(contains(refused_world(folder.file("empty.json", "")), "empty.json: is empty"));
  CHECK(contains(refused_world(folder.file("binary.mdp", std::string("a\0b", 3))),
                 "is not a text file"));
  CHECK(contains(refused_world(folder.file("bad.json", R"({"map": ["S?T"]})")), "bad.json:1:"));
  CHECK(
      contains(refused_world(folder.file("row.json", R"({"states": 2, "actions": 1, "terminal": [1],
                                                     "transitions": [[0, 0, 1, 0.5, 0]]})")),
               "row.json"));
  CHECK(contains(refused_world(folder.file("big.json", kMap), {.file_limit = 10}), "10 bytes"));
}

TEST_CASE("world: a model beyond the memory limit is refused with the bytes that it needs") {
  CHECK(contains(refused_world("grid_world:rows=1000,cols=1000", {.memory_limit = 1'000'000}),
                 "needs 38000000 bytes"));
}

TEST_CASE("world: a start that is no state, or is terminal, is refused") {
  CHECK(contains(refused_world("mfrl_5x5", {.start = "s26"}), "'s26' is no state of mfrl_5x5"));
  CHECK(contains(refused_world("mfrl_5x5", {.start = "-1"}), "'-1' is no state"));
  CHECK(contains(refused_world("mfrl_5x5_episodic", {.start = "s18"}), "cannot start in s18"));
}

TEST_CASE("world: a world without an end needs a limit, one that ends or is cut does not") {
  CHECK(world("mfrl_5x5").state_without_end() == "state s1");
  CHECK_FALSE(world("mfrl_5x5", {.episode_steps = 10}).state_without_end());
  CHECK_FALSE(world("cliff_walking").state_without_end());
}

TEST_CASE("world: gamma = 1 warns where a policy may go on for ever") {
  const auto warning = [](const Problem& problem) {
    std::ostringstream out, err;
    std::istringstream in;
    Console console{.out = out, .err = err, .in = in};
    warn_if_endless(problem, console);
    return err.str();
  };
  CHECK(contains(warning(world("cliff_walking")), "warning: gamma = 1, and a policy"));
  CHECK(warning(world("cliff_walking", {.gamma = 0.9})).empty());
  CHECK(warning(world("cliff_walking", {.episode_steps = 100})).empty());
  CHECK(warning(world("gambler")).empty());  // every stake ends the game in time
}

}  // namespace rl::apps
