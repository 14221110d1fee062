#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

json evaluated(std::vector<std::string> words) {
  words.insert(words.begin(), "evaluate-policy");
  words.emplace_back("--json");
  const tests::Output x = rlbook(words);
  REQUIRE(x.code == 0);
  return x.json();
}

}  // namespace

TEST_CASE("evaluate-policy: the exact return of a policy by hand, and rollouts that agree") {
  // Right into the forbidden cell (-1), down to the target and stay: -1 + .9 * 10 = 8. Without
  // chance every rollout is this number, up to a rest of 1e-9.
  const json j = evaluated({">v>o", "--env", "mfrl_2x2", "--rollouts", "20"});
  CHECK(j["exact_return"].get<double>() == doctest::Approx(8));
  CHECK(j["rollouts"]["n"] == 20);
  CHECK(std::abs(j["rollouts"]["mean"].get<double>() - 8) < 1e-8);
  CHECK(j["rollouts"]["ci"]["name"] == "t");
}

TEST_CASE("evaluate-policy: the interval holds the exact return of a policy of chance") {
  // The uniform policy ends a random walk of 5 states at either side: J = 1/2.
  const json j =
      evaluated({"uniform", "--env", "random_walk_5", "--rollouts", "2000", "--seed", "3"});
  CHECK(j["exact_return"].get<double>() == doctest::Approx(0.5));
  const json& ci = j["rollouts"]["ci"];
  CHECK(ci["low"].get<double>() < 0.5);
  CHECK(ci["high"].get<double>() > 0.5);
  // A return is 0 or 1: the half-width is 1.96 * .5 / sqrt(2000) = .0219.
  CHECK(ci["high"].get<double>() - ci["low"].get<double>() ==
        doctest::Approx(0.0438).epsilon(0.02));
}

TEST_CASE("evaluate-policy: rollouts depend on the seed alone") {
  const std::vector<std::string> words = {"uniform", "--env", "mfrl_5x5", "--rollouts", "50"};
  CHECK(evaluated(words) == evaluated(words));
  std::vector<std::string> other = words;
  other.insert(other.end(), {"--seed", "1"});
  CHECK(evaluated(words)["rollouts"]["mean"] != evaluated(other)["rollouts"]["mean"]);
}

TEST_CASE("evaluate-policy: episodes that are cut have an exact return of their own") {
  // Staying in the target pays 1 each step: 1 + .9 + .81 = 2.71 in three steps.
  const json j = evaluated(
      {"oooo", "--env", "mfrl_2x2", "--start", "s4", "--episode-steps", "3", "--rollouts", "5"});
  CHECK(j["exact_return"].get<double>() == doctest::Approx(10));
  CHECK(j["exact_return_of_episodes"].get<double>() == doctest::Approx(2.71));
  CHECK(j["rollouts"]["mean"].get<double>() == doctest::Approx(2.71));
}

TEST_CASE("evaluate-policy: rows off by rounding lose nothing in a million steps") {
  const tests::Folder folder;
  const std::string stay = "[0,0,0,0,0.9999999992]";  // pays 1 each step
  const std::string policy =
      folder.file("p.json", "{\"policy\": [" + stay + "," + stay + "," + stay + "," + stay + "]}");
  const json j = evaluated({policy, "--env", "mfrl_2x2", "--start", "s4", "--gamma", "1",
                            "--episode-steps", "1000000", "--rollouts", "0"});
  CHECK(j["exact_return_of_episodes"].get<double>() == doctest::Approx(1e6).epsilon(1e-9));
}

TEST_CASE("evaluate-policy: without discount, a policy that never ends has no rollouts") {
  // Up from the start of the cliff and up for ever.
  const std::string up(48, '^');
  const json j = evaluated({up, "--env", "cliff_walking"});
  CHECK(j["exact_return"].is_null());  // minus infinity
  CHECK_FALSE(j.contains("rollouts"));
  const tests::Output x =
      rlbook({"evaluate-policy", up, "--env", "cliff_walking", "--rollouts", "10"});
  CHECK(x.code == 2);
  CHECK(contains(x.err, "rollouts need --episode-steps"));
  CHECK(evaluated({up, "--env", "cliff_walking", "--episode-steps", "30", "--rollouts",
                   "10"})["rollouts"]["mean"] == -30);
}

TEST_CASE("evaluate-policy: a person is told name and n of the interval") {
  const tests::Output x = rlbook(
      {"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--rollouts", "30"}, {.columns = 40});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "n = 30"));
  CHECK(contains(x.out, "t-interval"));
  CHECK(tests::longest_line(x.out) <= 40);
  CHECK(contains(rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--rollouts", "3"}).out,
                 "too few for an interval claim"));
}

TEST_CASE("evaluate-policy: Ctrl-C ends the rollouts") {
  int calls = 0;
  const tests::Output x =
      rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--rollouts", "1000", "--json"},
             {.interrupted = [&] { return ++calls > 500; }});
  CHECK(x.code == 130);
  CHECK(x.json()["rollouts"]["n"] > 0);
  CHECK(x.json()["rollouts"]["n"] < 500);
}

TEST_CASE("evaluate-policy: Ctrl-C at a sweep keeps what is known, and the exit code is 130") {
  int asked = 0;
  const tests::Output x = rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--gamma", "1",
                                  "--episode-steps", "1000000000", "--rollouts", "0", "--json"},
                                 {.interrupted = [&] { return ++asked > 1000; }});
  CHECK(x.code == 130);
  CHECK(x.json().contains("exact_return"));
  CHECK_FALSE(x.json().contains("exact_return_of_episodes"));
}

TEST_CASE("evaluate-policy: a limit beyond which nothing changes costs no time") {
  int sweeps = 0;
  const tests::Output x = rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5",
                                  "--episode-steps", "1000000000", "--rollouts", "0", "--json"},
                                 {.interrupted = [&] { return ++sweeps > 10'000; }});
  CHECK(x.code == 0);
  CHECK(x.json()["exact_return_of_episodes"].get<double>() ==
        doctest::Approx(x.json()["exact_return"].get<double>()).epsilon(1e-12));
}

TEST_CASE("evaluate-policy: what does not fit is refused") {
  const auto refusal = [](std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate-policy");
    const tests::Output x = rlbook(words);
    CHECK(x.code == 2);
    return x.err;
  };
  CHECK(contains(refusal({"uniform"}), "needs --env WORLD"));
  CHECK(contains(refusal({}), "POLICY"));
  CHECK(contains(refusal({"no.json", "--env", "mfrl_5x5"}), "no.json: cannot be read"));
  CHECK(contains(refusal({"uniform", "--env", "access_control"}), "give --gamma"));
  CHECK(contains(refusal({"uniform", "--env", "mfrl_5x5", "--rollouts", "-1"}), "--rollouts: -1"));
}

TEST_CASE(
    "evaluate-policy: one thread and two give the same bytes, and say where the exact J lies") {
  const std::vector<std::string> words = {"uniform", "--env", "random_walk_5", "--rollouts", "700"};
  const auto on = [&](const char* threads) {
    std::vector<std::string> all = words;
    all.insert(all.end(), {"-j", threads});
    return evaluated(all);
  };
  const json one = on("1");
  CHECK(one == on("2"));
  CHECK(one["rollouts"]["terminated"] == 700);
  CHECK(one["rollouts"]["exact_inside"] == true);
  const double errors = one["rollouts"]["exact_off_by_standard_errors"];
  const double se = one["rollouts"]["sd"].get<double>() / std::sqrt(700.0);
  CHECK(one["rollouts"]["mean"].get<double>() + errors * se == doctest::Approx(0.5));
  const tests::Output x =
      rlbook({"evaluate-policy", "uniform", "--env", "random_walk_5", "--rollouts", "700"});
  CHECK(contains(tests::one_line(x.out), "the exact J lies inside the interval, "));
  CHECK(contains(rlbook({"evaluate-policy", "uniform", "--env", "random_walk_5", "-j", "0"}).err,
                 "--jobs"));
}

TEST_CASE("evaluate-policy: what discount leaves out is told with its bound") {
  const tests::Output x =
      rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--rollouts", "30"});
  // .9^T 1 / .1 <= 1e-9 from T = 219 on
  CHECK(contains(tests::one_line(x.out),
                 "30 of them cut after 219 steps, which leaves out at most 9.5e-10"));
}

TEST_CASE("evaluate-policy: --save-episode writes what run --episode reads") {
  const tests::Folder folder;
  const std::string file = folder / "e.json";
  const std::vector<std::string> words = {"evaluate-policy", "uniform", "--env",         "mfrl_5x5",
                                          "--rollouts",      "0",       "--save-episode"};
  const auto save = [&](const std::string& to, const std::vector<std::string>& more) {
    std::vector<std::string> all = words;
    all.push_back(to);
    all.insert(all.end(), more.begin(), more.end());
    return rlbook(all);
  };
  CHECK(save(file, {"--steps", "500"}).code == 0);
  const json episode = json::parse(tests::read(file));
  CHECK(episode["environment"] == "mfrl_5x5");
  CHECK(episode["transitions"].size() == 500);
  CHECK(contains(save(file, {"--steps", "500"}).err, "e.json"));  // it exists
  CHECK(contains(save(folder / "f.json", {}).err, "the policy may go on for ever: give --steps"));
  CHECK(contains(rlbook({"evaluate-policy", "uniform", "--env", "mfrl_5x5", "--steps", "9"}).err,
                 "--steps has no effect without --save-episode"));
  const tests::Output x =
      rlbook({"run", "off_policy_q_learning", "--env", "mfrl_5x5", "--episode", file, "--json"});
  CHECK(x.code == 0);
  CHECK(x.json()["steps"] == 500);
  CHECK(x.json()["episodes"] == 1);
}

}  // namespace rl::apps
