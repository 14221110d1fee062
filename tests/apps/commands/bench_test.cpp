#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

TEST_CASE("bench: the work that the filter names is measured beside its plain loop, and no other") {
  const json rows =
      rlbook({"bench", "--filter", "^step 8x8$", "--repetitions", "3", "--json"}).json();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["name"] == "step 8x8");
  CHECK(rows[0]["unit"] == "M/s");
  CHECK(rows[0]["value"].get<double>() > 0);
  CHECK(rows[0]["yardstick"].get<double>() > 0);
  CHECK(rows[0]["spread"].get<double>() >= 0);
  CHECK(rows[0]["floor"].is_null());
}

TEST_CASE("bench: what a row is to reach stands beside it") {
  const std::vector<std::string> words = {"bench", "--filter", "16 actions", "--repetitions", "1"};
  CHECK(contains(rlbook(words).out, "ratio >= 2"));
  std::vector<std::string> as_json = words;
  as_json.emplace_back("--json");
  CHECK(rlbook(as_json).json()[0]["floor"] == json{{"ratio at least", 2}});
}

TEST_CASE("bench: a person is told what the columns mean, within the terminal's width") {
  for (const int columns : {40, 80}) {
    const tests::Output x =
        rlbook({"bench", "--filter", "8x8 slippery", "--repetitions", "1"}, {.columns = columns});
    CHECK(x.code == 0);
    CHECK(contains(tests::one_line(x.out), "median of 1 interleaved repetitions"));
    CHECK(tests::longest_line(x.out) <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("bench: progress counts the work that is measured") {
  double now = 0;
  const tests::Output x = rlbook({"bench", "--filter", "step 8x8", "--repetitions", "1", "--json"},
                                 {.seconds = [&] { return now += 5; }});
  CHECK(contains(x.err, "benchmarks: 50 %"));
  CHECK(contains(x.err, "benchmarks: 100 %"));
}

TEST_CASE("bench: a filter that is none, or that nothing matches, is refused") {
  const tests::Output wrong = rlbook({"bench", "--filter", "("});
  CHECK(wrong.code == 2);
  CHECK(contains(wrong.err, "--filter: '(' is no regular expression"));
  const tests::Output none = rlbook({"bench", "--filter", "nosuch"});
  CHECK(none.code == 2);
  CHECK(contains(none.err, "nothing matches 'nosuch' (choices: peak memory of a solve N = 1000; "));
}

TEST_CASE("bench: Ctrl-C writes the rows that are whole, and the exit code is 130") {
  const std::vector<std::string> words = {"bench",         "--filter", "step 8x8",
                                          "--repetitions", "1",        "--json"};
  int times = 0;  // that the clock was read: for the first time at the beginning, then for each row
  const tests::Output after_a_row = rlbook(words, {.interrupted = [&] { return times > 1; },
                                                   .seconds = [&] { return double(++times); }});
  CHECK(after_a_row.code == 130);
  REQUIRE(after_a_row.json().size() == 1);
  CHECK(after_a_row.json()[0]["value"].get<double>() > 0);

  int asked = 0;
  const tests::Output within_a_row = rlbook(words, {.interrupted = [&] { return ++asked > 2; }});
  CHECK(within_a_row.code == 130);
  CHECK(within_a_row.json().empty());
}

}  // namespace rl::apps
