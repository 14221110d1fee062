#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "algorithms/truth.hpp"
#include "apps/world.hpp"
#include "rl/statistics/sample.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;

std::string demo(int columns) {
  const tests::Output x = tests::rlbook({"demo"}, {.columns = columns});
  CHECK(x.err == "");
  REQUIRE(x.code == 0);
  return x.out;
}

/// The numbers behind a learner's name in each table.
std::vector<std::vector<double>> rows_of(const std::string& text, const std::string& learner) {
  std::vector<std::vector<double>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != learner) continue;
    std::vector<double> numbers;
    for (double x = 0; words >> x;) numbers.push_back(x);
    if (numbers.size() == 4) rows.push_back(numbers);
  }
  return rows;
}

/// The commands that it proposes, without the program's name.
std::vector<std::vector<std::string>> proposals(const std::string& text) {
  std::vector<std::vector<std::string>> commands;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("  rlbook ", 0) != 0) continue;
    std::istringstream words(line);
    std::string word;
    words >> word;
    commands.emplace_back();
    while (words >> word) commands.back().push_back(word);
  }
  return commands;
}

}  // namespace

TEST_CASE("demo: one long life leaves a value error near 8 of 10, wide exploration none") {
  const std::string text = demo(80);
  const auto rows = rows_of(text, "q_learning");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0][0] > 7);
  CHECK(rows[0][0] < 9);
  CHECK(rows[1][0] < 1e-3);
  CHECK(rows[1][2] < 1e-3);  // in the worst run too
  for (const char* learner : {"sarsa", "expected_sarsa"})
    REQUIRE(rows_of(text, learner).size() == 2);
  // Expected Sarsa has less luck in its target than Sarsa
  CHECK(rows_of(text, "expected_sarsa")[1][0] < rows_of(text, "sarsa")[1][0]);
}

TEST_CASE("demo: its numbers are those of the runs that it describes") {
  const Problem problem = make_problem(tests::registry(), "mfrl_5x5");
  const Truth truth = exact_truth(problem);
  std::vector<double> errors;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    AnyRunner runner = tests::registry().algorithm("sarsa").make_learner(
        problem, nlohmann::json::object(), Streams(seed));
    runner.run({.steps = 20'000});
    errors.push_back(truth.error(runner.model(), runner.estimates()).max);
  }
  CHECK(rows_of(demo(80), "sarsa")[0][0] == doctest::Approx(quantile(errors, 0.5)).epsilon(0.005));
}

TEST_CASE("demo: the planned values are those of the world, drawn with arrows") {
  const std::string text = demo(80);
  CHECK(contains(text, "│ 10.0 │"));  // at the target: 1 / (1 - 0.9)
  CHECK(contains(text, "│S ↓   │"));
  CHECK(contains(text, "sweeps"));
  CHECK(contains(text, "policy iteration:"));
}

TEST_CASE("demo: fits narrow terminals and does without colour and Unicode") {
  for (const int columns : {40, 60, 100})
    CHECK(tests::longest_line(demo(columns)) <= static_cast<std::size_t>(columns));
  const std::string plain = tests::rlbook({"demo", "--ascii", "--color", "never"}).out;
  CHECK(std::all_of(plain.begin(), plain.end(),
                    [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK(contains(tests::rlbook({"demo", "--color", "always"}).out, "\x1b["));
}

TEST_CASE("demo: every command that it proposes works") {
  const tests::Folder folder;
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);  // one of them writes a file
  const auto commands = proposals(demo(200));
  CHECK(commands.size() >= 5);
  for (const auto& command : commands) {
    CAPTURE(command[0]);
    const tests::Output x = tests::rlbook(command);
    CHECK(x.code == 0);
    if (x.out.empty()) CHECK_FALSE(folder.names().empty());
  }
  std::filesystem::current_path(here);
}

TEST_CASE("demo: Ctrl-C ends it with 130") {
  CHECK(tests::rlbook({"demo"}, {.interrupted = [] { return true; }}).code == 130);
}

TEST_CASE("demo: after Ctrl-C nothing is told of runs that were not made") {
  int asked = 0;
  tests::rlbook({"demo"}, {.interrupted = [&] { return ++asked < 0; }});
  const int within_the_last_table = asked - 20;
  asked = 0;
  const tests::Output x =
      tests::rlbook({"demo"}, {.interrupted = [&] { return ++asked > within_the_last_table; }});
  CHECK(x.code == 130);
  CHECK(contains(x.out, "Both are poor"));
  CHECK(contains(x.out, "many short lives"));
  CHECK(rows_of(x.out, "q_learning").size() == 1);
  CHECK_FALSE(contains(x.out, "Q-learning is exact now"));
  CHECK_FALSE(contains(x.out, "Try next"));
}

}  // namespace rl::apps
