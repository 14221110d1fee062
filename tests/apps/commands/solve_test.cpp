#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;
using Words = std::vector<std::string>;

json solved(Words words) {
  words.insert(words.begin(), "solve");
  words.emplace_back("--json");
  const tests::Output x = rlbook(words);
  REQUIRE(x.code == 0);
  return x.json();
}

std::string refused_solve(Words words) {
  words.insert(words.begin(), "solve");
  const tests::Output x = rlbook(words);
  CHECK(x.code == 2);
  CHECK(x.out.empty());
  return x.err;
}

}  // namespace

TEST_CASE("solve: the JSON of the 5x5 grid holds the values of MFRL Fig 3.4(a)") {
  const json j = solved({"value_iteration", "--env", "mfrl_5x5"});
  std::set<std::string> keys;
  for (const auto& [key, value] : j.items()) keys.insert(key);
  CHECK(keys == std::set<std::string>{"environment", "algorithm", "gamma", "values",
                                      "action_values", "optimal_actions", "policy", "iterations",
                                      "sweeps", "converged", "error_bound", "seconds"});
  CHECK(j["environment"] == "mfrl_5x5");
  CHECK(j["algorithm"] == "value_iteration");
  CHECK(j["gamma"] == 0.9);
  CHECK(j["converged"] == true);
  CHECK(j["error_bound"].get<double>() < 1e-9);
  const std::vector<double> printed = {5.8,  5.6, 6.2, 6.5,  5.8,  6.5, 7.2, 8.0,  7.2,
                                       6.5,  7.2, 8.0, 10.0, 8.0,  7.2, 8.0, 10.0, 10.0,
                                       10.0, 8.0, 7.2, 9.0,  10.0, 9.0, 8.1};
  REQUIRE(j["values"].size() == printed.size());
  for (std::size_t s = 0; s < printed.size(); ++s)
    CHECK(std::abs(j["values"][s].get<double>() - printed[s]) <= 0.0501);
}

TEST_CASE("solve: the tables of the JSON agree with each other") {
  const json j = solved({"policy_iteration", "--env", "mfrl_5x5"});
  for (std::size_t s = 0; s < 25; ++s) {
    const auto q = j["action_values"][s].get<std::vector<double>>();
    const auto best = j["optimal_actions"][s].get<std::vector<std::size_t>>();
    const auto policy = j["policy"][s].get<std::vector<double>>();
    REQUIRE(q.size() == 5);
    REQUIRE_FALSE(best.empty());
    for (const std::size_t a : best) {
      CHECK(q[a] == doctest::Approx(j["values"][s].get<double>()));
      CHECK(policy[a] == 1 / static_cast<double>(best.size()));
    }
  }
}

TEST_CASE("solve: unavailable actions are null, terminal states have value 0 and no actions") {
  const json j = solved({"value_iteration", "--env", "gambler"});
  CHECK(j["action_values"][1][0].is_number());  // capital 1 allows a stake of 1 only
  CHECK(j["action_values"][1][1].is_null());
  CHECK(j["action_values"][0] == json(std::vector<std::nullptr_t>(50)));
  CHECK(j["values"][0] == 0);
  CHECK(j["optimal_actions"][0].empty());
  CHECK(j["policy"][0] == json(std::vector<double>(50, 0)));
}

TEST_CASE("solve: a map file and an MDP file give the values of the same world") {
  // Two steps to the target, gamma .5: 0 + .5 * 1 = .5, and 1 from the middle.
  const tests::Folder folder;
  const std::string map = folder.file("m.json", R"({"map": ["S.T"], "target": "absorb",
      "actions": 4, "gamma": 0.5})");
  const json of_map = solved({"value_iteration", "--env", map});
  CHECK(of_map["values"] == json{0.5, 1, 0});
  const std::string mdp = folder.file("x.json", R"({"states": 3, "actions": 1, "gamma": 0.5,
      "terminal": [2], "transitions": [[0, 0, 1, 1, 0], [1, 0, 2, 1, 1]]})");
  CHECK(solved({"value_iteration", "--env", mdp})["values"] == of_map["values"]);
}

TEST_CASE("solve: --gamma, --set and options of the algorithm act") {
  CHECK(solved({"value_iteration", "--env", "mfrl_5x5", "--gamma", "0"})["values"][0] == 0);
  CHECK(solved({"value_iteration", "--env", "mfrl_5x5", "--max-sweeps", "1"})["sweeps"] == 1);
  CHECK(solved({"value_iteration", "--env", "mfrl_5x5", "--set", "max-sweeps=1"})["sweeps"] == 1);
  CHECK(solved({"value_iteration", "--env", "mfrl_5x5", "--max-sweeps", "1"})["converged"] ==
        false);
}

TEST_CASE("solve: a policy of one's own is evaluated, and is the policy that is reported") {
  // s1 right into the forbidden s2 (-1), down to the target s4 (1), stay (1): v = -1 + .9 * 10 = 8.
  const json j = solved({"policy_evaluation", "--env", "mfrl_2x2", "--policy", ">v>o"});
  CHECK(j["values"][0].get<double>() == doctest::Approx(8));
  CHECK(j["policy"][0] == json{0, 1, 0, 0, 0});
  CHECK(j["optimal_actions"][0] == json{2});  // greedy in these values: down
  CHECK(contains(refused_solve({"policy_evaluation", "--env", "mfrl_2x2", "--policy", ">v"}),
                 "2 letters for 4 states"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_2x2", "--policy", ">v>o"}),
                 "unknown option (command line) of value_iteration 'policy'"));
}

TEST_CASE("solve: what --out writes is what --json prints, and serves as a policy") {
  const tests::Folder folder;
  const std::string path = folder / "plan.json";
  const tests::Output x =
      rlbook({"solve", "value_iteration", "--env", "mfrl_2x2", "--out", path, "--json"});
  CHECK(x.code == 0);
  CHECK(tests::read(path) == x.out);
  CHECK(folder.names() == std::vector<std::string>{"plan.json"});
  const tests::Output j = rlbook({"evaluate-policy", path, "--env", "mfrl_2x2", "--json"});
  CHECK(j.json()["exact_return"].get<double>() ==
        doctest::Approx(x.json()["values"][0].get<double>()));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_2x2", "--out", path}),
                 "exists already; --force replaces it"));
  CHECK(rlbook({"solve", "value_iteration", "--env", "mfrl_2x2", "--out", path, "--force"}).code ==
        0);
}

TEST_CASE("solve: the policy that is saved has the J of the plan, whichever planner made it") {
  const tests::Folder folder;
  const std::vector<Words> planners = {{"value_iteration"},
                                       {"policy_iteration"},
                                       {"truncated_policy_iteration"},
                                       {"policy_evaluation"},
                                       {"policy_evaluation", "--method", "closed_form"},
                                       {"epsilon_soft_iteration", "--epsilon", "0.5"},
                                       {"epsilon_soft_iteration", "--epsilon", "0"},
                                       {"prioritized_sweeping_with_model"},
                                       {"backward_induction", "--horizon", "300"}};
  for (const Words& planner : planners) {
    CAPTURE(planner.front());
    const std::string path = folder / "plan.json";
    Words words = planner;
    for (const char* word : {"--env", "mfrl_5x5", "--out", path.c_str(), "--force"})
      words.emplace_back(word);
    const double J = solved(words)["values"][0].get<double>();  // it starts in s1
    const tests::Output x =
        rlbook({"evaluate-policy", path, "--env", "mfrl_5x5", "--rollouts", "0", "--json"});
    CHECK(x.json()["exact_return"].get<double>() == doctest::Approx(J).epsilon(1e-8));
  }
}

TEST_CASE("solve: with a finite horizon q and the actions are those of the steps that are left") {
  const json j = solved({"backward_induction", "--env", "mfrl_2x2", "--horizon", "1"});
  for (std::size_t s = 0; s < 4; ++s) {
    const auto q = j["action_values"][s].get<std::vector<double>>();
    CHECK(*std::max_element(q.begin(), q.end()) == j["values"][s].get<double>());
  }
  // A drawing of the saved plan shows the same as one of the planner.
  const tests::Folder folder;
  const std::string path = folder.file("plan.json", j.dump());
  const tests::Output of_file = rlbook({"render", "--env", "mfrl_2x2", "--plan", path, "--q"});
  CHECK(of_file.code == 0);
  CHECK(of_file.out == rlbook({"render", "--env", "mfrl_2x2", "--algorithm",
                               "backward_induction:horizon=1", "--q"})
                           .out);
}

TEST_CASE("solve: an average-reward problem has no gamma, but an average reward") {
  const json j = solved({"relative_value_iteration", "--env", "access_control"});
  CHECK(j["gamma"].is_null());
  const double eta = j["average_reward"].get<double>();
  CHECK(eta == doctest::Approx(2.7476).epsilon(1e-4));
  // max_a q(s, a) = v(s): the average reward is taken off every step.
  const auto q = j["action_values"][40].get<std::vector<double>>();
  CHECK(std::max(q[0], q[1]) == doctest::Approx(j["values"][40].get<double>()).epsilon(1e-6));
  CHECK(contains(refused_solve({"value_iteration", "--env", "access_control"}), "give --gamma"));
}

TEST_CASE("solve: a person sees the drawing, the bound and J") {
  for (const int columns : {40, 80}) {
    const tests::Output x =
        rlbook({"solve", "value_iteration", "--env", "mfrl_5x5"}, {.columns = columns});
    CHECK(x.code == 0);
    CHECK(x.err.empty());
    CHECK(contains(x.out, "5.8"));
    CHECK(contains(x.out, "certified"));
    CHECK(contains(x.out, "J = 5.832"));
    CHECK(tests::longest_line(x.out) <= static_cast<std::size_t>(columns));
  }
  const tests::Output ascii = rlbook({"solve", "value_iteration", "--env", "mfrl_5x5", "--ascii"});
  CHECK(std::all_of(ascii.out.begin(), ascii.out.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 128; }));
}

TEST_CASE("solve: colours are written where they are asked for, and never with NO_COLOR's rule") {
  const Words words = {"solve", "value_iteration", "--env", "mfrl_2x2", "--color"};
  const auto colored = [&](const char* when, bool terminal) {
    Words all = words;
    all.emplace_back(when);
    return contains(rlbook(all, {.terminal = terminal}).out, "\033[");
  };
  CHECK(colored("always", false));
  CHECK(colored("auto", true));
  CHECK_FALSE(colored("auto", false));
  CHECK_FALSE(colored("never", true));
  CHECK(contains(rlbook({"solve", "value_iteration", "--env", "mfrl_2x2", "--color", "alway"}).err,
                 "did you mean 'always'?"));
}

TEST_CASE("solve: Ctrl-C ends the plan and shows what there is") {
  int calls = 0;
  const tests::Output x = rlbook({"solve", "value_iteration", "--env", "mfrl_5x5", "--json"},
                                 {.interrupted = [&] { return ++calls > 3; }});
  CHECK(x.code == 130);
  CHECK(x.json()["converged"] == false);
  CHECK(x.json()["sweeps"] == 3);
  CHECK(x.json()["error_bound"].get<double>() > 1e-9);
}

TEST_CASE("solve: Ctrl-C ends a long evaluation inside policy iteration") {
  int calls = 0;
  const tests::Output x = rlbook({"solve", "policy_iteration", "--env",
                                  "grid_world:rows=150,cols=150", "--gamma", "0.999", "--json"},
                                 {.interrupted = [&] { return ++calls > 5; }});
  CHECK(x.code == 130);
  CHECK(x.json()["sweeps"] == 5);
}

TEST_CASE("solve: --dry-run and --print-config stop before the work") {
  const tests::Folder folder;
  const tests::Output dry = rlbook(
      {"solve", "value_iteration", "--env", "mfrl_5x5", "--out", folder / "x.json", "--dry-run"});
  CHECK(dry.code == 0);
  CHECK(contains(dry.out, "would solve mfrl_5x5 (25 states, 5 actions) by value_iteration"));
  CHECK(folder.names().empty());
  const tests::Output config = rlbook({"solve", "value_iteration", "--env", "mfrl_5x5",
                                       "--tolerance", "1e-3", "--print-config", "--json"});
  CHECK(config.json()["tolerance"] == json{{"value", "1e-3"}, {"from", "command line"}});
  CHECK(config.json()["memory_limit"] == json{{"value", "4GB"}, {"from", "default"}});
}

TEST_CASE("solve: a grid is planned in tiles, and its rows are computed where --model says so") {
  const json table = solved({"value_iteration", "--env", "mfrl_5x5"});
  for (const Words& words :
       {Words{"value_iteration", "--env", "mfrl_5x5", "--model", "matrix_free"},
        Words{"tiled_value_iteration", "--env", "mfrl_5x5"},
        Words{"tiled_value_iteration", "--env", "mfrl_5x5", "--model", "table"},
        Words{"tiled_value_iteration", "--env", "mfrl_5x5", "--threads", "2"}}) {
    const json j = solved(words);
    CHECK(j["optimal_actions"] == table["optimal_actions"]);
    const double bound = j["error_bound"].get<double>() + table["error_bound"].get<double>();
    for (std::size_t s = 0; s < 25; ++s)
      CHECK(std::abs(j["values"][s].get<double>() - table["values"][s].get<double>()) <= bound);
  }
}

TEST_CASE("solve: the slippery grid has the values that other tools found") {
  const json j = solved({"tiled_value_iteration", "--env", "slippery_grid:n=100"});
  CHECK(std::abs(j["values"][0].get<double>() - 6.55684846552) <= 1e-6);
  CHECK(std::abs(j["values"][9999].get<double>() - 100) <= 1e-6);
  CHECK(j["error_bound"].get<double>() <= 1e-6);
}

TEST_CASE("solve: large grids have no table, and start where --start says") {
  const tests::Output x = rlbook(
      {"solve", "tiled_value_iteration", "--env", "slippery_grid:n=150", "--start", "uniform"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "22500 states are too many to draw"));
  CHECK(contains(x.out, "certified"));
  const tests::Output target = rlbook(
      {"solve", "tiled_value_iteration", "--env", "slippery_grid:n=150", "--start", "22499"});
  CHECK(contains(target.out, "J = 100, expected from the start"));
}

TEST_CASE("solve: a planner says why it cannot plan a grid, or needs a table") {
  CHECK(contains(refused_solve({"tiled_value_iteration", "--env", "gambler"}),
                 "cannot plan gambler: it is no grid"));
  CHECK(contains(refused_solve({"tiled_value_iteration", "--env", "windy_grid", "--gamma", "0.9"}),
                 "wind blows further"));
  CHECK(contains(refused_solve({"tiled_value_iteration", "--env", "mfrl_5x5", "--gamma", "1"}),
                 "gamma = 1 is not between 0 and 1"));
  CHECK(contains(refused_solve({"policy_iteration", "--env", "mfrl_5x5", "--model", "matrix_free"}),
                 "policy_iteration needs a table of the model: give --model table"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "gambler", "--model", "matrix_free"}),
                 "gambler is no grid"));
  CHECK(contains(
      refused_solve({"value_iteration", "--env", "cliff_walking", "--model", "matrix_free"}),
      "this grid needs a table of its rows: forbidden cells send to the start"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_5x5", "--model", "tabel"}),
                 "did you mean 'table'?"));
  CHECK(contains(
      refused_solve({"tiled_value_iteration", "--env", "mfrl_5x5", "--tolerance", "1e-16"}),
      "below what rounding leaves to be certified"));
  CHECK(contains(refused_solve({"tiled_value_iteration", "--env", "slippery_grid:n=60000"}),
                 "more than 2147483647 states"));
  CHECK(contains(refused_solve({"tiled_value_iteration", "--env", "slippery_grid:n=20000",
                                "--memory-limit", "1GB"}),
                 "more than the limit"));
}

TEST_CASE("solve: --dry-run says what memory and time a solve may take") {
  const tests::Output x =
      rlbook({"solve", "value_iteration", "--env", "slippery_grid:n=200", "--dry-run"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "would solve slippery_grid (40000 states, 5 actions)"));
  CHECK(contains(x.out, "memory: about 0.68 MB; the first iteration takes"));
  // ln(1e-9 / 200) / ln .99 = 2589.1: gamma^n of the largest difference that there can be.
  CHECK(contains(x.out, "at most 2590 are needed"));
}

TEST_CASE("solve: what is wrong is said in one line, exit 2") {
  CHECK(contains(refused_solve({"value_iteration"}), "'solve' needs --env WORLD"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_5x5", "--gamma", "1"}),
                 "gamma = 1, but from state s1 no policy ever reaches a terminal state"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_5x5", "--tolerance", "-1"}),
                 "option 'tolerance': -1"));
  CHECK(contains(refused_solve({"policy_iteration", "--env",
                                "grid_world:rows=150,cols=150,target_terminates=true", "--gamma",
                                "1", "--initial-action", "0"}),
                 "the policy never ends from state 0"));
  CHECK(contains(refused_solve({"value_iteration", "--env", "mfrl_5x5", "--order", "in_plac"}),
                 "did you mean 'in_place'?"));
  CHECK(contains(refused_solve({"q_learning", "--env", "mfrl_5x5"}), "'rlbook run q_learning'"));
  CHECK(
      contains(refused_solve({"value_iteration", "--env", "mfrl_5x5", "--out", "/nowhere/x.json"}),
               "there is no folder '/nowhere'"));
}

TEST_CASE("solve: gamma = 1 where a policy may go on for ever is a warning, not an error") {
  const tests::Output x = rlbook({"solve", "value_iteration", "--env", "sb_grid_4_1"});
  CHECK(x.code == 0);
  CHECK(contains(x.err, "warning: gamma = 1"));
}

}  // namespace rl::apps
