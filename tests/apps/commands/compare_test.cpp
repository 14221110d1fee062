#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/rl/experiment/experiments.hpp"
#include "tests/rl/experiment/result_files.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using tests::Folder;
using tests::Output;
using tests::result_files;
using tests::rlbook;
using Words = std::vector<std::string>;

namespace {

/// "compare WORDS..." with few short runs on one thread.
Words compare(Words words) {
  Words all = {"compare", "--seeds", "1..3", "--steps", "200", "-j", "1"};
  all.insert(all.begin() + 1, words.begin(), words.end());
  return all;
}

}  // namespace

TEST_CASE("compare: a learner of preferences is scored, though it has no value error") {
  const Output x = rlbook(compare({"gradient_bandit", "ucb", "--env", "bandit", "--json"}));
  CHECK(x.code == 0);
  const json result = x.json();
  int scored = 0;
  for (const json& row : result["rows"])
    if (row["learner"] == "gradient_bandit" && row["metric"] == "eval/score") {
      CHECK(row["failed"] == 0);
      ++scored;
    }
  CHECK(scored == 1);
}

TEST_CASE("compare: the table fits 80 columns and names its intervals and its tests") {
  const Output x = rlbook(compare({"q_learning", "sarsa", "--env", "mfrl_5x5"}));
  CHECK(x.code == 0);
  CHECK(tests::longest_line(x.out) <= 80);
  CHECK(tests::longest_line(
            rlbook(compare({"q_learning", "sarsa", "--env", "mfrl_5x5"}), {.columns = 40}).out) <=
        40);
  CHECK(x.out.rfind("2 learners x 1 world x 3 seeds, 200 steps each, evaluated every 10 steps\n",
                    0) == 0);
  for (const char* text : {"final (mean)", "95 % CI: mean, t, n=3", "steps to 90 %", "value error",
                           "pairwise, Welch on final score, Holm over 1 test",
                           "q_learning - sarsa: ", "note: n = 3: too few runs"})
    CHECK_MESSAGE(x.out.find(text) != std::string::npos, text);
}

TEST_CASE(
    "compare: JSON is all there is on stdout, with a row for each learner, world and metric") {
  const Output x =
      rlbook(compare({"q_learning", "sarsa", "--env", "mfrl_5x5", "cliff_walking", "--json"}));
  const json j = x.json();
  CHECK(j["rows"].size() >= 2 * 2 * 5);
  CHECK(j["pairs"].size() == 2);
  CHECK(j["pairs"][1]["environment"] == "cliff_walking");
}

TEST_CASE("compare: the files do not depend on the number of threads") {
  const Folder folder;
  for (const char* threads : {"1", "2"})
    CHECK(rlbook({"compare", "q_learning", "sarsa", "--env", "mfrl_5x5", "bandit", "--seeds",
                  "1000..1003", "--steps", "300", "-j", threads, "--out", folder / threads})
              .code == 0);
  const auto one = result_files(folder / "1");
  CHECK(one == result_files(folder / "2"));
  CHECK(std::count_if(one.begin(), one.end(), [](const auto& file) {
          return file.first.rfind("runs/", 0) == 0;
        }) == 2 * 2 * 4 * 4);
  CHECK(one.count("report.html") == 1);
  CHECK(one.count("runs/q_learning/default/bandit/seed-1002/status.json") == 1);
  CHECK(one.at("summary.json") ==
        rlbook({"compare", "q_learning", "sarsa", "--env", "mfrl_5x5", "bandit", "--seeds",
                "1000..1003", "--steps", "300", "--json"})
            .out);
}

TEST_CASE(
    "compare: an option flag goes to every learner that has it, a learner's own word is stronger") {
  const Folder folder;
  CHECK(rlbook(compare({"q_learning", "sarsa:alpha=0.25", "--env", "mfrl_5x5", "--alpha", "0.5",
                        "--out", folder / "x"}))
            .code == 0);
  const json learners = json::parse(tests::read(folder / "x/manifest.json"))["config"]["learners"];
  CHECK(learners[0]["options"]["alpha"] == 0.5);
  CHECK(learners[1]["options"]["alpha"] == 0.25);
  CHECK(learners[1]["variant"] == "default");
}

TEST_CASE("compare: one learner may stand several times, told apart by what varies") {
  const Output x = rlbook(compare({"sarsa:alpha=0.1", "sarsa:alpha=0.5", "--env", "mfrl_5x5"}));
  CHECK(x.code == 0);
  CHECK(x.out.find("sarsa:alpha=0.1 - sarsa:alpha=0.5: ") != std::string::npos);
}

TEST_CASE("compare: resuming goes on where it ended, and refuses another experiment") {
  const Folder folder;
  const Words base = {"compare", "sarsa", "--env",        "cliff_walking",
                      "--seeds", "1,2",   "--eval-every", "100",
                      "-j",      "1",     "--out"};
  const auto call = [&](const std::string& name, const Words& more) {
    Words words = base;
    words.push_back(folder / name);
    words.insert(words.end(), more.begin(), more.end());
    return rlbook(words);
  };
  CHECK(call("once", {"--steps", "500"}).code == 0);
  CHECK(call("twice", {"--steps", "250"}).code == 0);
  CHECK(call("twice", {"--steps", "500"}).code == 2);
  CHECK(call("twice", {"--steps", "500", "--resume"}).code == 0);
  CHECK(result_files(folder / "once") == result_files(folder / "twice"));
  const Output other = call("twice", {"--steps", "500", "--resume", "--epsilon", "0.3"});
  CHECK(other.code == 2);
  CHECK(other.err.find("cannot be resumed: their learners differ") != std::string::npos);
  CHECK(call("twice", {"--steps", "100", "--force"}).code == 0);
}

TEST_CASE("compare: a resumed budget may grow without --eval-every: the distance stays") {
  const Folder folder;
  const auto call = [&](const Words& more) {
    Words words = {"compare", "sarsa", "--env", "cliff_walking", "--seeds",
                   "1",       "-j",    "1",     "--out",         folder / "x"};
    words.insert(words.end(), more.begin(), more.end());
    return rlbook(words);
  };
  CHECK(call({"--steps", "200"}).code == 0);
  CHECK(call({"--steps", "400", "--resume"}).out.find("evaluated every 10 steps") !=
        std::string::npos);
  CHECK(call({"--steps", "400", "--resume", "--eval-every", "20"})
            .err.find("their eval_every differ: 10") != std::string::npos);
}

TEST_CASE("compare: Ctrl-C keeps what was finished, says how to go on, and exits with 130") {
  const Folder folder;
  const Words words = {"compare", "sarsa", "--env", "cliff_walking", "--seeds",   "1..6", "--steps",
                       "300",     "-j",    "1",     "--out",         folder / "x"};
  const std::string third = folder / "x/runs/sarsa/default/cliff_walking/seed-3/status.json";
  const Output cut = rlbook(words, {.interrupted = [&] { return fs::exists(third); }});
  CHECK(cut.code == 130);
  CHECK(tests::one_line(cut.err).find("--resume' goes on from here") != std::string::npos);
  const auto finished = result_files(folder / "x");
  CHECK(std::count_if(finished.begin(), finished.end(), [](const auto& file) {
          return file.first.find("status.json") != std::string::npos;
        }) == 3);
  CHECK(cut.out.find("3 of 6 runs were cut off and are left out") != std::string::npos);
  Words resume = words;
  resume.emplace_back("--resume");
  // At once, before it has planned: the summary is still of the three.
  CHECK(rlbook(resume, {.interrupted = [] { return true; }}).code == 130);
  CHECK(result_files(folder / "x") == finished);
  CHECK(rlbook(resume).code == 0);
  Words at_once = words;
  at_once.back() = folder / "at_once";
  CHECK(rlbook(at_once).code == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "at_once"));
}

TEST_CASE("compare: Ctrl-C before any run has ended leaves the earlier summary") {
  const Folder folder;
  const auto call = [&](const char* steps, bool interrupted) {
    return rlbook({"compare", "sarsa", "--env", "cliff_walking", "--seeds", "1,2", "--steps", steps,
                   "-j", "1", "--out", folder / "x", "--resume"},
                  {.interrupted = [=] { return interrupted; }})
        .code;
  };
  CHECK(call("100", false) == 0);
  const std::string summary = tests::read(folder / "x/summary.json");
  CHECK(call("200", true) == 130);
  CHECK(tests::read(folder / "x/summary.json") == summary);
}

TEST_CASE("compare: it says that it plans for a large world, and Ctrl-C ends the planning") {
  int questions = 0;
  const Output x = rlbook(compare({"sarsa", "--env", "slippery_grid:n=230"}),
                          {.interrupted = [&] { return ++questions > 4; }});
  CHECK(x.code == 130);
  CHECK(questions < 10);
  CHECK(x.err.find("planning the exact answers first: slippery_grid:n=230 has 52900 states") !=
        std::string::npos);
}

TEST_CASE("compare: a world whose values are infinite is refused by name before any run") {
  const Folder folder;
  const std::string loop = folder.file("loop.json", R"({"states": 2, "actions": 2, "terminal": [1],
    "gamma": 1, "transitions": [[0, 0, 0, 1, 1], [0, 1, 1, 1, 0]]})");
  const Output x = rlbook(compare(
      {"q_learning", "sarsa", "--env", loop, "--episode-steps", "50", "--out", folder / "x"}));
  CHECK(x.code == 2);
  CHECK_FALSE(fs::exists(folder / "x"));
  CHECK(x.out.empty());
  CHECK(x.err.find("rlbook: loop.json: ") != std::string::npos);
}

TEST_CASE("compare: a run that fails is counted, the others stay, and the exit code is 3") {
  rl::Registry registry = rl::apps::default_registry();
  registry.add_learner<tests::Fragile>("fragile", {});
  std::ostringstream out, err;
  std::istringstream in;
  rl::apps::Console console{.out = out, .err = err, .in = in};
  CHECK(rl::apps::run_program(registry, compare({"sarsa", "fragile", "--env", "cliff_walking"}),
                              console) == 3);
  CHECK(out.str().find("note: 3 of 3 runs of fragile in cliff_walking failed and count as the") !=
        std::string::npos);
  CHECK(out.str().find("sarsa - fragile: ") != std::string::npos);
}

TEST_CASE("compare: bad input is refused before anything runs, with the nearest name") {
  const auto error = [](const Words& words) {
    const Output x = rlbook(words);
    CHECK(x.code == 2);
    CHECK(x.out.empty());
    return x.err;
  };
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "--alhpa", "1"}).find("'--alpha'") !=
        std::string::npos);
  CHECK(error({"compare", "sarsa:alhpa=1", "--env", "mfrl_5x5"})
            .find("sarsa: unknown option 'alhpa'; did you mean 'alpha'?") != std::string::npos);
  CHECK(error({"compare", "srasa", "--env", "mfrl_5x5"}).find("did you mean 'sarsa'?") !=
        std::string::npos);
  CHECK(error({"compare", "value_iteration", "--env", "mfrl_5x5"}).find("plans with the model") !=
        std::string::npos);
  CHECK(error({"compare", "sarsa"}).find("needs --env WORLD") != std::string::npos);
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "mfrl-5x5"})
            .find("world 'mfrl_5x5' stands twice") != std::string::npos);
  CHECK(error({"compare", "sarsa", "sarsa", "--env", "mfrl_5x5"}).find("'sarsa' stands twice") !=
        std::string::npos);
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "--episodes", "10"})
            .find("give --steps or --episode-steps") != std::string::npos);
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "--resume"}).find("need --out DIR") !=
        std::string::npos);
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "--seeds", "3..1"}).find("backwards") !=
        std::string::npos);
  CHECK(error({"compare", "sarsa", "--env", "mfrl_5x5", "-j", "0"}).find("--jobs") !=
        std::string::npos);
}

TEST_CASE("compare: an option with several values is a learner for each") {
  const json j = rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--alpha", "0.1,0.5", "--epsilon",
                                 "0.1,0.2", "--json"}))
                     .json();
  std::set<std::string> variants;
  for (const json& row : j["rows"]) variants.insert(row["variant"].get<std::string>());
  CHECK(variants == std::set<std::string>{"alpha=0.1,epsilon=0.1", "alpha=0.1,epsilon=0.2",
                                          "alpha=0.5,epsilon=0.1", "alpha=0.5,epsilon=0.2"});
  CHECK(j["pairs"].size() == 6);
  const Output twice = rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--alpha", "0.1,0.1"}));
  CHECK(twice.code == 2);
  CHECK(twice.err.find("stands twice") != std::string::npos);
}

TEST_CASE("compare: policies and behaviours are given as run takes them, in one world") {
  const Folder folder;
  const std::string file = folder / "best.json";
  REQUIRE(rlbook({"solve", "value_iteration", "--env", "random_walk_5", "--out", file}).code == 0);
  const auto walk = [](Words words) {
    words.insert(words.end(), {"--env", "random_walk_5", "--json"});
    return compare(std::move(words));
  };
  const auto mean_return = [](const json& summary) {
    for (const json& row : summary["rows"])
      if (row["metric"] == "train/return") return row["mean"].get<double>();
    return -1.0;
  };
  // The best policy always ends at the right, the uniform one at either end.
  CHECK(mean_return(rlbook(walk({"td", "--policy", file})).json()) == 1);
  const double uniform = mean_return(rlbook(walk({"td"})).json());
  CHECK(uniform > 0);
  CHECK(uniform < 1);

  const json two = rlbook(walk({"off_policy_q_learning:behavior=uniform",
                                "off_policy_q_learning:behavior=" + file}))
                       .json();
  for (const json& row : two["rows"]) {
    const std::string variant = row["variant"];
    CHECK(variant.starts_with("behavior="));
    CHECK(variant.size() < 20);  // not all the probabilities
  }
  const Output several = rlbook(
      compare({"td", "--env", "random_walk_5", "--env", "random_walk_19", "--policy", file}));
  CHECK(several.code == 2);
  CHECK(several.err.find("one world's") != std::string::npos);
}

TEST_CASE("compare: a folder that holds anything else is refused") {
  const Folder folder;
  folder.file("letter.txt", "dear");
  const Output x =
      rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--force", "--out", folder.path.string()}));
  CHECK(x.code == 2);
  CHECK(x.err.find("is not empty and holds no results of rlbook") != std::string::npos);
  CHECK(folder.names() == Words{"letter.txt"});
}

TEST_CASE("compare: a dry run checks everything and writes nothing") {
  const Folder folder;
  const Output x =
      rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--dry-run", "--out", folder / "x"}));
  CHECK(x.code == 0);
  CHECK(x.out.find("would run 1 learner x 1 world x 3 seeds") == 0);
  CHECK(folder.names().empty());
}

TEST_CASE("compare: a dry run refuses the folder that the run would refuse, and speaks JSON") {
  const Folder folder;
  folder.file("letter.txt", "dear");
  const Output refused =
      rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--dry-run", "--out", folder.path.string()}));
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  const json plan =
      rlbook(compare({"sarsa", "--env", "mfrl_5x5", "--dry-run", "--json", "--out", folder / "x"}))
          .json();
  CHECK(plan["learners"] == 1);
  CHECK(plan["seeds"] == 3);
  CHECK(plan["steps"] == 200);
  CHECK(plan["episodes"].is_null());
  CHECK(plan["eval_every"] == 10);
  CHECK(plan["writes"] == json::array({folder / "x"}));
}

TEST_CASE("compare: progress goes to stderr, a line each tenth, with the time left") {
  double now = 0;
  const Output x =
      rlbook(compare({"sarsa", "--env", "mfrl_5x5"}), {.seconds = [&] { return now += 1; }});
  CHECK(x.err.find("compare: 50 %") != std::string::npos);
  CHECK(x.err.find("left") != std::string::npos);
  CHECK(x.out.find("50 %") == std::string::npos);
}

TEST_CASE("compare: worlds may be files, and the manifest knows their content") {
  const Folder folder;
  const std::string map = folder.file("little.json", R"({"map": ["S.", ".T"], "gamma": 0.9})");
  CHECK(rlbook(compare({"sarsa", "--env", map, "--out", folder / "x"})).code == 0);
  const json world =
      json::parse(tests::read(folder / "x/manifest.json"))["config"]["environments"][0];
  CHECK(world["environment"] == "little.json");
  CHECK(world["facts"]["gamma"] == 0.9);
  CHECK(world["facts"]["file_hash"].get<std::string>().size() == 16);
}

TEST_CASE("compare: files of one name are told apart by their folders") {
  const Folder folder;
  Words words = {"sarsa", "--json", "--env"};
  for (const char* name : {"a", "b"}) {
    fs::create_directory(folder.path / name);
    words.push_back(folder.file(std::string(name) + "/m.json", R"({"map": ["S.", ".T"]})"));
  }
  const json j = rlbook(compare(words)).json();
  CHECK(j["rows"].front()["environment"] == "a/m.json");
  CHECK(j["rows"].back()["environment"] == "b/m.json");
  words.push_back(folder / "a/../b/m.json");
  CHECK(rlbook(compare(words)).err.find("stands twice") != std::string::npos);
}
