#include "rl/registry.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/errors.hpp"
#include "tests/rl/toy_learner.hpp"
#include "tests/rl/worlds.hpp"

using nlohmann::json;
using rl::Criterion;
using rl::Problem;
using rl::Registry;
using tests::contains;
using tests::error_of;
using tests::ToyLearner;

namespace {

struct WalkOptions {
  int states = 5;
  template <class Visitor>
  void visit(Visitor& v) {
    v("states", states, "how many", rl::Range{3, 99});
  }
};

Problem make_walk(const WalkOptions& options, const rl::WorldContext&) {
  return {.name = "", .model = tests::random_walk(options.states), .gamma = 0.5};
}

struct PlannerOptions {
  double tolerance = 1e-6;
  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "stops below it", rl::Range{0, 1});
  }
};

/// "Solves" by giving its options and the discount rate back.
struct Echo {
  rl::StateValues v;
  bool advance() { return false; }
  rl::Plan plan() const { return {.v = v, .converged = true}; }
  rl::PlanProgress progress() const { return {}; }
  const rl::StateValues& values() const { return v; }
};

Echo make_echo(const Problem& problem, const PlannerOptions& options) {
  Echo echo;
  echo.v.resize(2);
  echo.v << problem.gamma, options.tolerance;
  return echo;
}

Registry filled() {
  Registry registry;
  registry.add_world("walk", "a walk", "S&B 6.2", WalkOptions{}, make_walk);
  registry.add_world("walk_19", "a longer walk", "S&B 7.1", WalkOptions{19}, make_walk);
  registry.add_learner<ToyLearner>("toy_learner", {"family", "a toy", "1.1", "v += ...", "..."});
  registry.add_planner("echo", {"family", "an echo", "1.2", "v = ...", "..."}, make_echo, {},
                       PlannerOptions{});
  return registry;
}

std::string refusal(const Problem& problem, rl::Facts facts) {
  rl::AlgorithmEntry entry{};
  entry.name = "method";
  entry.facts = facts;
  return entry.refuses(problem).value_or("accepted");
}

Problem ring(double gamma) { return {.name = "ring", .model = tests::ring(4), .gamma = gamma}; }
Problem walk(double gamma) {
  return {.name = "walk", .model = tests::random_walk(5), .gamma = gamma};
}

}  // namespace

TEST_CASE("registry: a world is made by name, with its own defaults and the options given") {
  const Registry registry = filled();
  const Problem problem = registry.world("walk").make(json(), {});
  CHECK(problem.name == "walk");
  CHECK(problem.gamma == 0.5);
  CHECK(problem.model.num_states() == 5);
  CHECK(registry.world("walk_19").make(json(), {}).model.num_states() == 19);
  CHECK(registry.world("walk-19").make({{"states", 7}}, {}).model.num_states() == 7);
  CHECK(registry.world("walk_19").options[0].default_json == "19");
  CHECK_FALSE(registry.world("walk").drawn);
}

TEST_CASE("registry: a learner is made by name and runs") {
  const Registry registry = filled();
  const rl::AlgorithmEntry& entry = registry.algorithm("toy-learner");
  CHECK(entry.kind == rl::Kind::learner);
  CHECK(entry.title == "a toy");
  CHECK(entry.sections == "1.1");
  CHECK(entry.options.at(0).name == "alpha");
  const Problem problem = registry.world("walk").make(json(), {});
  rl::AnyRunner runner = entry.make_learner(problem, {{"alpha", 0.25}}, rl::Streams(1));
  runner.trace().enable(true);
  runner.advance();
  CHECK(runner.trace().updates()[0].alpha == 0.25);
  CHECK(runner.trace().updates()[0].gamma == 0.5);
  CHECK_FALSE(static_cast<bool>(entry.make_planner));
}

TEST_CASE("registry: a planner is made by name and solves") {
  const Registry registry = filled();
  const rl::AlgorithmEntry& entry = registry.algorithm("echo");
  CHECK(entry.kind == rl::Kind::planner);
  const Problem problem = registry.world("walk").make(json(), {});
  const rl::Plan plan = rl::solve(entry.make_planner(problem, {{"tolerance", 0.5}}));
  CHECK(plan.v[0] == 0.5);
  CHECK(plan.v[1] == 0.5);
  CHECK(rl::solve(entry.make_planner(problem, json())).v[1] == 1e-6);
  CHECK_FALSE(static_cast<bool>(entry.make_learner));
}

TEST_CASE("registry: options are checked when something is made") {
  const Registry registry = filled();
  CHECK(error_of([&] {
          registry.world("walk").make({{"stats", 7}}, {});
        }) == "unknown option 'stats'; did you mean 'states'? (choices: states)");
  CHECK(error_of([&] {
          registry.world("walk").make({{"states", 2}}, {});
        }) == "option 'states': 2 is not a whole number in [3, 99]");
  CHECK(error_of([&] {
          registry.algorithm("toy_learner").make_learner(walk(1), {{"alpha", 2}}, rl::Streams(1));
        }) == "option 'alpha': 2 is not in [0, 1]");
}

TEST_CASE("registry: an unknown name is answered with the nearest one and all choices") {
  const Registry registry = filled();
  CHECK(error_of([&] { registry.world("wlak"); }) ==
        "unknown world 'wlak'; did you mean 'walk'? (choices: walk, walk_19)");
  CHECK(error_of([&] { registry.algorithm("toy_lerner"); }) ==
        "unknown algorithm 'toy_lerner'; did you mean 'toy_learner'? (choices: toy_learner, echo)");
  CHECK(error_of([] { Registry().world("x"); }) == "unknown world 'x' (there are none)");
}

TEST_CASE("registry: a name can be taken once") {
  Registry registry = filled();
  CHECK(error_of([&] { registry.add_world("walk", "", "", WalkOptions{}, make_walk); }) ==
        "world 'walk' is registered twice");
  CHECK(error_of([&] { registry.add_learner<ToyLearner>("echo", {}); }) ==
        "algorithm 'echo' is registered twice");
}

TEST_CASE("registry: lists keep the order in which they were filled") {
  const Registry registry = filled();
  REQUIRE(registry.worlds().size() == 2);
  CHECK(registry.worlds()[1].name == "walk_19");
  REQUIRE(registry.algorithms().size() == 2);
  CHECK(registry.algorithms()[0].name == "toy_learner");
}

TEST_CASE("registry: gamma = 1 is refused where some state never ends, unless that is fine") {
  CHECK(refusal(walk(1), {}) == "accepted");
  CHECK(refusal(ring(0.99), {}) == "accepted");
  CHECK(contains(refusal(ring(1), {}),
                 "gamma = 1, but from state 0 no policy ever reaches a "
                 "terminal state: give --gamma below 1"));
  CHECK(refusal(ring(1), {.any_horizon = true}) == "accepted");
  Problem named = ring(1);
  named.picture.one_based = true;
  CHECK(contains(refusal(named, {}), "from state s1 "));
}

TEST_CASE("registry: a method that needs ends refuses a world without, or takes a limit") {
  CHECK(refusal(walk(0.9), {.needs_end = true}) == "accepted");
  CHECK(contains(refusal(ring(0.9), {.needs_end = true}),
                 "method learns from episodes that end, but from state 0 none does: give "
                 "--episode-steps"));
  Problem limited = ring(0.9);
  limited.episode_steps = 100;
  CHECK(refusal(limited, {.needs_end = true}) == "accepted");
}

TEST_CASE("registry: discounted and average-reward methods keep to their problems") {
  Problem average = ring(0.9);
  average.criterion = Criterion::average;
  CHECK(refusal(average, {}) ==
        "ring is an average-reward problem; method maximises discounted return (give --gamma to "
        "discount it)");
  CHECK(refusal(average, {.average = true}) == "accepted");
  CHECK(refusal(ring(0.9), {.discounted = false, .average = true}) ==
        "ring is a discounted problem; method maximises the average reward");
}
