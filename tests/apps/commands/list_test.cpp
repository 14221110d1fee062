#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "apps/commands/commands.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

TEST_CASE("rlbook: without words it shows its commands, and each has a help that fits") {
  const tests::Output help = rlbook({});
  CHECK(help.code == 0);
  CHECK(help.out == rlbook({"--help"}).out);
  CHECK(help.out == rlbook({"help"}).out);
  for (const auto& make : kCommands) {
    const std::string command = make().syntax.command;
    CHECK(contains(help.out, "\n  " + command));
    for (const int columns : {40, 80}) {
      const tests::Output one = rlbook({command, "--help"}, {.columns = columns});
      CHECK(one.code == 0);
      CHECK(contains(one.out, "usage: rlbook " + command));
      CHECK(tests::longest_line(one.out) <= static_cast<std::size_t>(columns));
      CHECK(rlbook({"help", command}, {.columns = columns}).out == one.out);
    }
  }
}

TEST_CASE("rlbook: a mistyped command is refused with the nearest one, on stderr, exit 2") {
  const tests::Output x = rlbook({"slove"});
  CHECK(x.code == 2);
  CHECK(x.out.empty());
  CHECK(contains(x.err, "rlbook: unknown command 'slove'; did you mean 'solve'?"));
  CHECK(std::count(x.err.begin(), x.err.end(), '\n') == 1);
}

TEST_CASE("rlbook: - and _ are the same in a command's name") {
  CHECK(rlbook({"check_env", "--help"}).out == rlbook({"check-env", "--help"}).out);
}

TEST_CASE("rlbook: it knows its version") {
  CHECK(rlbook({"--version"}).out.rfind("rlbook 0.", 0) == 0);
}

TEST_CASE("rlbook: a flag that does not act for a command is refused") {
  const tests::Output x = rlbook({"list", "--gamma", "0.9"});
  CHECK(x.code == 2);
  CHECK(contains(x.err, "unknown flag '--gamma'"));
}

TEST_CASE("list: every registered name is there, on a line of its own where it is piped") {
  const tests::Output x = rlbook({"list"});
  CHECK(x.code == 0);
  for (const WorldEntry& world : tests::registry().worlds())
    CHECK(contains(x.out, "\n  " + world.name + " "));
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms())
    CHECK(contains(x.out, "\n  " + algorithm.name + " "));
  CHECK(tests::longest_line(rlbook({"list"}, {.columns = 40, .terminal = true}).out) <= 40);
}

TEST_CASE("list: its JSON names worlds and algorithms") {
  const json all = rlbook({"list", "--json"}).json();
  CHECK(all["environments"].size() == tests::registry().worlds().size());
  CHECK(all["algorithms"].size() == tests::registry().algorithms().size());
  const json only = rlbook({"list", "algorithms", "--json"}).json();
  CHECK(only.size() == 1);
  CHECK(only["algorithms"] == all["algorithms"]);
}

TEST_CASE("list: a book's chapter has its methods and no others") {
  std::set<std::string> names;
  const json chapter_4 =
      rlbook({"list", "algorithms", "--book", "mfrl", "--chapter", "4", "--json"}).json();
  for (const json& algorithm : chapter_4["algorithms"])
    names.insert(algorithm["name"].get<std::string>());
  CHECK(names == std::set<std::string>{"value_iteration", "policy_iteration",
                                       "truncated_policy_iteration", "tiled_value_iteration",
                                       "block_value_iteration"});
}

TEST_CASE("list: the figures carry their book and the count of their numbers") {
  const json figures =
      rlbook({"list", "figures", "--book", "mfrl", "--chapter", "3", "--json"}).json();
  REQUIRE(figures.size() == 1);
  bool has_3_4 = false;
  for (const json& figure : figures["figures"]) {
    CHECK(figure["name"].get<std::string>().rfind("mfrl-", 0) == 0);
    CHECK(figure["cases"].get<int>() > 0);
    has_3_4 = has_3_4 || figure["name"] == "mfrl-fig-3.4";
  }
  CHECK(has_3_4);
}

TEST_CASE("list: the matrix says who accepts whom, and why not") {
  const json rows = rlbook({"list", "--matrix", "--json"}).json();
  CHECK(rows.size() == tests::registry().worlds().size() * tests::registry().algorithms().size());
  for (const json& row : rows) {
    CHECK(row["accepts"].get<bool>() == row["reason"].is_null());
    const bool average = row["environment"] == "access_control";
    if (row["algorithm"] == "relative_value_iteration") CHECK(row["accepts"] == average);
    if (row["algorithm"] == "q_learning" && average)
      CHECK(contains(row["reason"].get<std::string>(), "give --gamma"));
    if (row["algorithm"] == "q_learning" && row["environment"] == "mfrl_5x5")
      CHECK(row["accepts"] == true);
  }
  const tests::Output text = rlbook({"list", "--matrix"}, {.columns = 40});
  CHECK(contains(text.out, "a value_iteration"));
  CHECK(tests::longest_line(text.out) <= 40);
  const tests::Output part = rlbook({"list", "figures", "--matrix"});
  CHECK(part.code == 2);
  CHECK(contains(part.err, "--matrix shows worlds against algorithms: it takes no part"));
}

TEST_CASE("list: wrong parts, books and chapters are refused") {
  CHECK(contains(rlbook({"list", "algoritms"}).err, "did you mean 'algorithms'?"));
  CHECK(contains(rlbook({"list", "--book", "mlrf"}).err, "did you mean 'mfrl'?"));
  CHECK(contains(rlbook({"list", "--chapter", "0"}).err, "--chapter: 0 is not in 1..100"));
  CHECK(rlbook({"list", "--chapter", "x"}).code == 2);
}

}  // namespace rl::apps
