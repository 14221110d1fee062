#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apps/commands/commands.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;
using Words = std::vector<std::string>;

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

json ran(const Words& words) {
  const tests::Output x = rlbook(with(with({"run"}, words), {"--json"}));
  REQUIRE(x.code == 0);
  return x.json();
}

std::string refused_run(const Words& words) {
  const tests::Output x = rlbook(with({"run"}, words));
  CHECK(x.code == 2);
  CHECK(x.out.empty());
  return x.err;
}

json without_seconds(json j) {
  j.erase("seconds");
  return j;
}

const Words kCliff = {"q_learning", "--env", "cliff_walking", "--gamma", "0.9"};
const Words kGrid = {"q_learning", "--env", "mfrl_5x5"};

}  // namespace

TEST_CASE("run: its JSON says what was run, what came out and how it went") {
  const json j = ran(with(kGrid, {"--steps", "1000", "--eval-every", "250", "--alpha", ".5"}));
  CHECK(j["environment"] == "mfrl_5x5");
  CHECK(j["algorithm"] == "q_learning");
  CHECK(j["options"] ==
        json{{"alpha", 0.5}, {"epsilon", 0.1}, {"q0", 0}, {"stored_policy", false}});
  CHECK(j["gamma"] == 0.9);
  CHECK(j["seed"] == 0);
  CHECK(j["steps"] == 1000);
  CHECK(j["estimates"] == "q_star");
  CHECK(j["action_values"].size() == 25);
  CHECK(j["policy"].size() == 25);
  CHECK(j["optimal_return"].get<double>() == doctest::Approx(5.832));
  REQUIRE(j["evaluations"].size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(j["evaluations"][i]["step"] == 250 * (i + 1));
  CHECK(j["evaluations"][3]["value_error"] == j["value_error"]);
}

TEST_CASE("run: uniform starts, short episodes and wide exploration make Q-learning exact") {
  const json j = ran(with(kGrid, {"--steps", "60000", "--start", "uniform", "--episode-steps", "20",
                                  "--alpha", ".5", "--epsilon", "1"}));
  CHECK(j["value_error"].get<double>() < 0.01);
  CHECK(j["return"].get<double>() == doctest::Approx(j["optimal_return"].get<double>()));
  CHECK(j["episodes"] == 3000);
}

TEST_CASE("run: a seed's run is the same again, another seed's is not") {
  const Words words = with(kCliff, {"--steps", "500", "--seed", "7"});
  CHECK(without_seconds(ran(words)) == without_seconds(ran(words)));
  CHECK(ran(words)["action_values"] !=
        ran(with(kCliff, {"--steps", "500", "--seed", "8"}))["action_values"]);
}

TEST_CASE("run: the evaluations do not change the run") {
  const json a = ran(with(kCliff, {"--steps", "1000", "--eval-every", "1"}));
  const json b = ran(with(kCliff, {"--steps", "1000", "--eval-every", "1000"}));
  CHECK(a["evaluations"].size() == 1000);
  CHECK(a["action_values"] == b["action_values"]);
}

TEST_CASE("run: 2N steps are N steps, saved, and N more, to the last byte") {
  const tests::Folder folder;
  const std::string half = folder / "half", resumed = folder / "resumed", whole = folder / "whole";
  CHECK(rlbook(with(with({"run"}, kCliff), {"--steps", "777", "--save", half})).code == 0);
  CHECK(
      rlbook(with(with({"run"}, kCliff), {"--steps", "1554", "--resume", half, "--save", resumed}))
          .code == 0);
  CHECK(rlbook(with(with({"run"}, kCliff), {"--steps", "1554", "--save", whole})).code == 0);
  CHECK(tests::read(resumed) == tests::read(whole));
  CHECK(tests::read(half) != tests::read(whole));
}

TEST_CASE("run: another run's file is refused with what differs, and so is no run's file") {
  const tests::Folder folder;
  const std::string saved = folder / "saved";
  REQUIRE(rlbook(with(with({"run"}, kCliff), {"--steps", "10", "--save", saved})).code == 0);
  const auto resume = [&](const Words& words) {
    return refused_run(with(words, {"--steps", "20", "--resume", saved}));
  };
  CHECK(contains(resume(with(kCliff, {"--seed", "1"})), "its seed is 0, here it is 1"));
  CHECK(contains(resume(with(kCliff, {"--alpha", "1"})), "its options is"));
  CHECK(contains(resume(with(kGrid, {})), "its environment is \"cliff_walking\""));
  CHECK(contains(refused_run(with(kCliff, {"--resume", folder.file("x", "no run")})),
                 "is not a state that rlbook wrote"));
  const std::string bytes = tests::read(saved);
  const std::string cut = folder.file("cut", bytes.substr(0, bytes.size() - 9));
  CHECK(contains(refused_run(with(kCliff, {"--resume", cut})), "cut: is damaged"));
}

TEST_CASE("run: a saved run knows its world by content and by canonical name") {
  const tests::Folder folder;
  const std::string map = folder.file("m.json", R"({"map": ["S..T"], "gamma": 0.9})");
  const std::string saved = folder / "saved";
  const auto resumed = [&](const std::string& world, const std::string& from) {
    return rlbook({"run", "sarsa", "--env", world, "--steps", "20", "--resume", from});
  };
  REQUIRE(rlbook({"run", "sarsa", "--env", map, "--steps", "10", "--save", saved}).code == 0);
  CHECK(resumed(map, saved).code == 0);
  folder.file("m.json", R"({"map": ["S.FT"], "gamma": 0.9})");
  CHECK(contains(resumed(map, saved).err, "is another run: its file_hash is"));

  const std::string grid = folder / "grid";
  REQUIRE(rlbook({"run", "sarsa", "--env", "mfrl-5x5", "--steps", "10", "--save", grid}).code == 0);
  CHECK(resumed("mfrl_5x5", grid).code == 0);
}

TEST_CASE("run: terminal states have no action values in its JSON") {
  const json j = ran({"sarsa", "--env", "mfrl_2x2:target_terminates", "--episodes", "5"});
  CHECK(j["action_values"][3] == json{nullptr, nullptr, nullptr, nullptr, nullptr});
  CHECK(j["action_values"][0][0].is_number());
}

TEST_CASE("run: the saved policy is worth what the run says") {
  const tests::Folder folder;
  const std::string path = folder / "policy.json";
  const json j = ran(with(kGrid, {"--steps", "20000", "--epsilon", "1", "--start", "uniform",
                                  "--episode-steps", "20", "--save-policy", path}));
  const tests::Output value = rlbook({"evaluate-policy", path, "--env", "mfrl_5x5", "--start",
                                      "uniform", "--rollouts", "0", "--json"});
  CHECK(value.json()["exact_return"].get<double>() == doctest::Approx(j["return"].get<double>()));
}

TEST_CASE("run: --trace shows the first updates with their numbers") {
  // q0 = 0 and the first step onto no special cell: q stays 0; a bump costs .1 * -1.
  const tests::Output x =
      rlbook(with({"run"}, with(kGrid, {"--steps", "100", "--trace", "2", "--q0", "0"})));
  CHECK(x.code == 0);
  CHECK(contains(x.out, "step 1: s1 "));
  CHECK(contains(x.out, "step 2: "));
  CHECK_FALSE(contains(x.out, "step 3: "));
  CHECK(contains(x.out, "<- 0 + 0.1 [ "));
  const json j = ran(with(kGrid, {"--steps", "100", "--trace", "2"}));
  REQUIRE(j["trace"].size() == 2);
  for (const json& u : j["trace"]) {
    const double after =
        u["before"].get<double>() + u["alpha"].get<double>() * u["delta"].get<double>();
    CHECK(u["after"].get<double>() == doctest::Approx(after));
  }
  CHECK(j["action_values"] == ran(with(kGrid, {"--steps", "100"}))["action_values"]);
}

TEST_CASE("run: evaluations between traced steps have their heading") {
  const tests::Output x =
      rlbook(with({"run"}, with(kGrid, {"--steps", "4", "--eval-every", "10", "--trace", "9"})));
  const std::size_t heading = x.out.find("value error   value rmse");
  REQUIRE(heading != std::string::npos);
  CHECK(heading > x.out.find("step 4: "));
  CHECK(x.out.find("value error   value rmse", heading + 1) == std::string::npos);
}

TEST_CASE("run: --watch draws at every evaluation and cannot go with --json") {
  const tests::Output x =
      rlbook(with({"run"}, with(kGrid, {"--steps", "300", "--eval-every", "100", "--watch"})));
  CHECK(x.code == 0);
  for (const char* step : {"step 100", "step 200", "step 300"}) CHECK(contains(x.out, step));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "9", "--watch", "--json"})), "one of them"));
}

TEST_CASE("run: episodes and steps limit it, whichever comes first") {
  CHECK(ran(with(kCliff, {"--episodes", "3"}))["episodes"] == 3);
  CHECK(ran(with(kCliff, {"--episodes", "1000", "--steps", "50"}))["steps"] == 50);
  CHECK(ran(kCliff)["steps"] == 20000);  // the default where episodes end
}

TEST_CASE("run: where no episode ends, a limit on the steps is needed") {
  const std::string text = "from state s1 no episode ends, so the run needs a limit: --steps";
  CHECK(contains(refused_run(kGrid), text));
  CHECK(contains(refused_run(with(kGrid, {"--episodes", "5"})), text));
  CHECK(ran(with(kGrid, {"--episode-steps", "10", "--episodes", "5"}))["steps"] == 50);
}

TEST_CASE("run: Ctrl-C keeps what was learned and writes the files that were asked for") {
  const tests::Folder folder;
  bool pressed = false;
  double now = 0;  // read again and again while it runs
  const tests::Output x =
      rlbook(with({"run"}, with(kGrid, {"--steps", "100000000", "--eval-every", "1000", "--save",
                                        folder / "run", "--json"})),
             {.interrupted = [&] { return pressed; },
              .seconds =
                  [&] {
                    pressed = ++now > 8;
                    return 0.0;
                  }});
  CHECK(x.code == 130);
  CHECK(x.json()["interrupted"] == true);
  CHECK(x.json()["steps"] > 0);
  CHECK(x.json()["steps"] < 10'000);
  CHECK(x.json()["value_error"].is_number());
  CHECK(folder.names() == std::vector<std::string>{"run"});
}

TEST_CASE("run: after Ctrl-C a slow exact answer is left out, what was learned is not") {
  int asked = 0;
  rlbook(with({"run"}, with(kGrid, {"--steps", "1"})),
         {.interrupted = [&] { return ++asked < 0; }});
  const int within_the_run = asked + 5;
  asked = 0;
  double now = 0;
  const tests::Output x =
      rlbook(with({"run"},
                  with(kGrid, {"--steps", "10000000000", "--eval-every", "10000000000", "--json"})),
             {.interrupted = [&] { return ++asked > within_the_run; },
              .seconds = [&] { return now += 5; }});
  CHECK(x.code == 130);
  CHECK(x.json()["interrupted"] == true);
  CHECK(x.json()["value_error"].is_null());
  CHECK(x.json()["action_values"].size() == 25);
}

TEST_CASE("run: a long run says on stderr how far it is, and on stdout nothing of it") {
  double now = 0;
  const tests::Output x =
      rlbook(with({"run"}, with(kGrid, {"--steps", "2000", "--eval-every", "20", "--json"})),
             {.seconds = [&] { return now += 0.5; }});
  CHECK(contains(x.err, "q_learning: 50 %"));
  CHECK_NOTHROW(x.json());
}

TEST_CASE("run: a person's output fits 80 columns and 40") {
  for (const int columns : {40, 80}) {
    const tests::Output x =
        rlbook(with({"run"}, with(kGrid, {"--steps", "2000"})), {.columns = columns});
    CHECK(x.code == 0);
    CHECK(contains(x.out, "J of the greedy policy"));
    CHECK(tests::longest_line(x.out) <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("run: a world that changes is judged by the model in force") {
  // The wall moves at step 1000; the best return from the start is the shorter way's before.
  const json before = ran({"q_learning", "--env", "blocking_maze", "--steps", "500"});
  const json after = ran({"q_learning", "--env", "blocking_maze", "--steps", "1500"});
  CHECK(before["optimal_return"].get<double>() > after["optimal_return"].get<double>());
}

TEST_CASE("run: --dry-run checks everything and does nothing") {
  const tests::Folder folder;
  const tests::Output x = rlbook(with(
      {"run"}, with(kGrid, {"--steps", "100", "--save-policy", folder / "p.json", "--dry-run"})));
  CHECK(x.code == 0);
  CHECK(contains(x.out, "would run q_learning on mfrl_5x5"));
  CHECK(folder.names().empty());
  CHECK(contains(refused_run(with(kGrid, {"--dry-run"})), "--steps"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "9", "--save", "/nowhere/x", "--dry-run"})),
                 "no folder"));
  const json j = ran(with(kGrid, {"--steps", "9", "--save", folder / "x", "--dry-run"}));
  CHECK(j["steps"] == 9);
  CHECK(j["writes"] == json{folder / "x"});
  CHECK(folder.names().empty());
}

TEST_CASE("run: two results in one file are refused") {
  const tests::Folder folder;
  CHECK(contains(refused_run(with(kGrid, {"--steps", "9", "--save", folder / "x", "--save-policy",
                                          folder / "x"})),
                 "need a file each"));
}

TEST_CASE("run: wrong input is refused with place and nearest name") {
  CHECK(contains(refused_run({"q_learnin", "--env", "mfrl_5x5"}), "did you mean 'q_learning'?"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "10", "--alhpa", "1"})), "'--alpha'?"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "10", "--alpha", "2"})),
                 "option 'alpha': 2 is not a schedule with values in [0, 1]"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "10", "--alpha", "fast"})),
                 "is not a schedule"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "10", "--stored-policy=maybe"})),
                 "is not true or false"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "-5"})), "--steps: -5 is not at least 1"));
  CHECK(contains(refused_run({"value_iteration", "--env", "mfrl_5x5"}), "rlbook solve"));
  CHECK(contains(refused_run(with(kGrid, {"--steps", "10", "--save", "/nowhere/x"})), "no folder"));
}

TEST_CASE("run: a learner of a policy's values learns those of --policy, by those of --behavior") {
  const auto error = [](const Words& more) {
    return ran(with({"td", "--env", "random_walk_5", "--episodes", "5000", "--alpha", "0.01"},
                    more))
        .at("value_error")
        .get<double>();
  };
  CHECK(error({}) < 0.1);
  const json right = ran({"td", "--env", "random_walk_5", "--episodes", "5000", "--alpha", "0.01",
                          "--policy", ">>>>>>>"});
  for (const unsigned s : {3U, 4U, 5U}) CHECK(right.at("values")[s].get<double>() > 0.999);
  const json off_policy = ran({"mc_weighted_importance_sampling", "--env", "infinite_variance",
                               "--policy", "<<", "--behavior", "uniform", "--episodes", "100"});
  CHECK(off_policy.at("values") == json::array({1, 0}));
  CHECK(contains(refused_run({"mc_prediction", "--env", "random_walk_5", "--policy", "><"}),
                 "policy"));
  CHECK(contains(refused_run({"mc_weighted_importance_sampling", "--env", "random_walk_5",
                              "--behavior", ">>>>>>>"}),
                 "behavior: never takes action 0 in state 1"));
}

TEST_CASE("run: a run that diverges is told, and is a failed run") {
  const tests::Output x = rlbook({"run", "robbins_monro", "--env", "bandit:arms=1,sd_arms=0",
                                  "--alpha", R"({"harmonic":[1,1]})", "--steps", "50"});
  CHECK(x.code == 3);
  CHECK(contains(x.err, "diverged: an estimate is not finite"));
  CHECK(contains(x.out, "as printed does"));  // the learner's own warning
}

TEST_CASE("commands: no option of an algorithm hides behind a flag of the same name") {
  for (const auto& make : kCommands) {
    const Command command = make();
    const std::vector<Kind>& kinds = command.syntax.algorithms;
    for (const AlgorithmEntry& algorithm : tests::registry().algorithms()) {
      if (std::find(kinds.begin(), kinds.end(), algorithm.kind) == kinds.end()) continue;
      for (const OptionInfo& option : algorithm.options)
        for (const FlagSpec& flag : command.syntax.flags)
          if (option.name != "seed")  // one seed for both
            CHECK_MESSAGE(flag.name != option.name, algorithm.name, ": ", option.name);
    }
  }
}

TEST_CASE("run: --episode learns from what others did, by hand") {
  const tests::Folder folder;
  const std::string world =
      folder.file("corridor.json",
                  R"({"states": 3, "actions": 2, "terminal": [2], "start": [1, 0, 0], "gamma": 0.5,
          "transitions": [[0, 0, 1, 1, 0], [0, 1, 0, 1, 0], [1, 0, 2, 1, 8], [1, 1, 0, 1, 0]]})");
  const std::string episode = folder.file("e.json", R"({"transitions": [
      [0, 0, 0, 1, false], [1, 0, 8, 2, true], [0, 0, 0, 1, false], [1, 0, 8, 2, true]]})");
  const Words words = {
      "off_policy_q_learning", "--env", world, "--alpha", ".5", "--episode", episode};
  // First q(1, 0) = 0.5 * 8 = 4; then q(0, 0) = 0.5 (0.5 * 4) = 1, q(1, 0) = 4 + 0.5 (8 - 4) = 6.
  const json j = ran(with(words, {"--trace", "4"}));
  CHECK(j["action_values"][0][0] == 1);
  CHECK(j["action_values"][1][0] == 6);
  CHECK(j["action_values"][1][1] == 0);
  CHECK(j["steps"] == 4);
  CHECK(j["episodes"] == 2);
  CHECK(j["episode"] == episode);
  CHECK_FALSE(j["options"].contains("behavior"));
  CHECK(j["trace"].size() == 4);
  CHECK(j["trace"][2]["after"] == 1);
  CHECK(ran(with(words, {"--steps", "3"}))["action_values"][1][0] == 4);
  CHECK(ran(with(words, {"--episodes", "1"}))["action_values"][0][0] == 0);
  CHECK(contains(rlbook(with({"run"}, words)).out, "4 transitions of"));

  const std::string wrong = folder.file("wrong.json", "{\"transitions\": [\n[0, 0, 0, 2, true]]}");
  const auto refusal = [&](const char* learner, const Words& more) {
    return tests::one_line(refused_run(with({learner, "--env", world}, more)));
  };
  const char* const looker = "off_policy_q_learning";
  CHECK(contains(refusal(looker, {"--episode", wrong}),
                 "wrong.json:2:18: transition 0: action 0 in state 0 cannot lead to state 2, only "
                 "to 1"));
  CHECK(contains(refusal(looker, {"--episode", "nowhere.json"}), "nowhere.json"));
  CHECK(
      contains(refusal("sarsa", {"--episode", episode}),
               "sarsa chooses what it learns from; what others did is for off_policy_q_learning"));
  CHECK(contains(refusal(looker, {"--episode", episode, "--behavior", "uniform"}),
                 "--behavior has no effect with --episode"));
  CHECK(contains(refusal(looker, {"--episode", episode, "--save", folder / "x"}),
                 "--save does not go with --episode"));
  CHECK(contains(refused_run({looker, "--env", "blocking_maze", "--episode", episode}),
                 "blocking_maze changes"));
}

}  // namespace rl::apps
