#include "apps/watch.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/world.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

/// A run of `steps` steps that is drawn every 100, with these keys.
tests::Output watched(const std::string& keys, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"run", "q_learning",   "--env", "cliff_walking", "--steps",
                                    "400", "--eval-every", "100",   "--watch"};
  words.insert(words.end(), more.begin(), more.end());
  return rlbook(words, {.input = keys});
}

AnyRunner made(const char* learner, const Problem& problem, const json& options) {
  return tests::registry().algorithm(learner).make_learner(problem, options, Streams(0));
}

}  // namespace

TEST_CASE("watch: without keys it draws and runs to its end") {
  const tests::Output x = watched("");
  CHECK(x.code == 0);
  for (const char* step : {"step 100", "step 200", "step 300", "step 400"})
    CHECK(contains(x.out, step));
  CHECK_FALSE(contains(x.out, "space"));
  CHECK_FALSE(contains(x.out, "by hand"));
}

TEST_CASE("watch: p pauses, n makes one step, q ends it with the result so far") {
  const tests::Output x = watched("p\nn\nn\nq\n");
  CHECK(x.code == 0);
  for (const int step : {100, 101, 102})
    CHECK(contains(x.out, "paused at step " + std::to_string(step)));
  CHECK_FALSE(contains(x.out, "step 103"));
  CHECK(contains(x.out, "stopped by hand after 102 steps"));
  // The keys of one line, and Enter for a step; at their end the run goes on.
  const tests::Output y = watched("pn\n\n");
  CHECK(contains(y.out, "paused at step 102"));
  CHECK(contains(y.out, "400 steps"));
}

TEST_CASE("watch: e runs to the end of the episode") {
  const tests::Output x = watched("p\ne\nq\n", {"--episode-steps", "70"});
  const Problem problem = make_problem(tests::registry(), "cliff_walking", {.episode_steps = 70});
  AnyRunner runner = made("q_learning", problem, {});
  runner.run({.steps = 100});
  runner.run({.episodes = runner.episodes() + 1});
  CHECK(contains(x.out, "stopped by hand after " + std::to_string(runner.steps()) + " steps, " +
                            std::to_string(runner.episodes()) + " episodes"));
}

TEST_CASE("watch: + draws half as often, - twice as often; evaluations stay where they were") {
  const tests::Output rare = watched("+\n");
  CHECK_FALSE(contains(rare.out, "step 300"));
  CHECK(contains(rare.out, "step 400"));
  const tests::Output often = watched("-\n");
  CHECK(contains(often.out, "step 150"));
  CHECK(contains(often.out, "50 steps a drawing"));
}

TEST_CASE("watch: changed options act from there on, to the bit, and the run says so") {
  const tests::Folder folder;
  const std::string file = folder / "tuned.run";
  const tests::Output x = watched("paX\n", {"--save", file});
  CHECK(x.code == 0);
  CHECK(contains(tests::one_line(x.out),
                 "changed by hand: alpha = 0.05 after step 100, epsilon = 0.2 after step 100"));

  const Problem problem = make_problem(tests::registry(), "cliff_walking");
  AnyRunner usual = made("q_learning", problem, {});
  usual.run({.steps = 100});
  AnyRunner tuned = made("q_learning", problem, {{"alpha", 0.05}, {"epsilon", 0.2}});
  tuned.load(usual.save());
  tuned.run({.steps = 400});
  const std::string bytes = tests::read(file);
  CHECK(bytes.substr(bytes.size() - tuned.save().size()) == tuned.save());

  // It goes on as the run that it is now, and keeps saying so.
  const auto resumed = [&](std::vector<std::string> options) {
    std::vector<std::string> words = {"run", "q_learning", "--env", "cliff_walking", "--steps",
                                      "500", "--resume",   file,    "--json"};
    words.insert(words.end(), options.begin(), options.end());
    return rlbook(words);
  };
  CHECK(contains(resumed({}).err, "its options is"));
  const json j = resumed({"--alpha", ".05", "--epsilon", ".2"}).json();
  CHECK(j["changed_by_hand"] == json::parse(R"([{"step": 100, "option": "alpha", "value": 0.05},
                                               {"step": 100, "option": "epsilon", "value": 0.2}])"));
  CHECK(j["options"]["alpha"] == 0.05);
}

TEST_CASE("watch: a schedule becomes a constant near its value of now, which is told") {
  // 1 / visits: the next update of a pair has seen it some times already.
  const Problem problem = make_problem(tests::registry(), "cliff_walking");
  const json schedule = {{"harmonic", {1, 1}}, {"clock", "visits"}};
  const AlgorithmEntry& algorithm = tests::registry().algorithm("q_learning");
  AnyRunner runner = made("q_learning", problem, {{"alpha", schedule}});
  runner.run({.steps = 1000});
  AnyRunner next = runner;
  next.trace().enable(true);
  next.advance();
  const double now = next.trace().updates().front().alpha;
  TunedOptions tuned(algorithm, problem, {{"alpha", schedule}});
  CHECK(tuned.text() == "alpha by schedule, epsilon 0.1");
  const std::string told = tuned.scale(runner, "alpha", 0.5);
  CHECK(contains(told, "from here on, in place of its schedule {\"clock\":\"visits\""));
  REQUIRE(tuned.changes().size() == 1);
  CHECK(tuned.changes()[0].value == now / 2);
  CHECK(tuned.changes()[0].step == 1000);
  runner.trace().enable(true);
  runner.advance();
  CHECK(runner.trace().updates().front().alpha == now / 2);
  tuned.scale(runner, "alpha", 2);
  runner.advance();
  CHECK(tuned.changes()[1].value == now);
}

TEST_CASE("watch: an option stays in its range; one that a learner has not is not there") {
  const Problem problem = make_problem(tests::registry(), "cliff_walking");
  const AlgorithmEntry& algorithm = tests::registry().algorithm("q_learning");
  AnyRunner runner = made("q_learning", problem, {{"alpha", 0.75}, {"epsilon", 0}});
  TunedOptions tuned(algorithm, problem, {{"alpha", 0.75}, {"epsilon", 0}});
  CHECK(tuned.scale(runner, "alpha", 2) == "alpha 1");
  CHECK(tuned.scale(runner, "alpha", 2) == "alpha stays at 1");
  CHECK(tuned.scale(runner, "epsilon", 0.5) == "epsilon stays at 0");
  CHECK(tuned.scale(runner, "epsilon", 2) == "epsilon 0.001");
  CHECK(tuned.changes().size() == 2);
  const tests::Output x = rlbook({"run", "mcts", "--env", "cliff_walking", "--steps", "4",
                                  "--eval-every", "2", "--simulations", "2", "--watch"},
                                 {.input = "pa\n"});
  CHECK(contains(x.out, "mcts has no alpha"));
  CHECK_FALSE(contains(x.out, "a A alpha"));
}

TEST_CASE("watch: forty columns are enough") {
  const tests::Output x = rlbook({"run", "q_learning", "--env", "mfrl_5x5", "--steps", "200",
                                  "--eval-every", "100", "--watch"},
                                 {.columns = 40, .input = "paX+n\n"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "paused"));
  CHECK(tests::longest_line(x.out) <= 40);
}

}  // namespace rl::apps
