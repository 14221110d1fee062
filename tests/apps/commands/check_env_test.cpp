#include <doctest/doctest.h>

#include <string>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

TEST_CASE("check-env: every registered world passes") {
  const tests::Output x = rlbook({"check-env", "all", "--samples", "200", "--json"});
  CHECK(x.code == 0);
  std::string last;
  std::size_t worlds = 0;
  for (const json& finding : x.json()) {
    INFO(finding.dump());
    CHECK(finding["passed"] == true);
    worlds += finding["environment"] != last ? 1 : 0;
    last = finding["environment"].get<std::string>();
  }
  CHECK(worlds == tests::registry().worlds().size());
}

TEST_CASE("check-env: a check that does not hold is named, and the exit code is 1") {
  const tests::Output x = rlbook({"check-env", "mfrl_5x5", "--gamma", "1"});  // it never ends
  CHECK(x.code == 1);
  CHECK(contains(x.out, "FAIL"));
  CHECK(contains(x.out, "ok"));
}

TEST_CASE("check-env: a file is checked like a name, and refused where it cannot be read") {
  const tests::Folder folder;
  const std::string map = folder.file("m.json", R"({"map": ["S.T"], "target": "absorb"})");
  CHECK(rlbook({"check-env", map}).code == 0);
  const tests::Output x = rlbook({"check-env", folder.file("bad.json", R"({"map": ["S.", "T"]})")});
  CHECK(x.code == 2);
  CHECK(contains(x.err, "bad.json:1:"));
}

TEST_CASE("check-env: Ctrl-C writes the findings that there are, and the exit code is 130") {
  int asked = 0;
  const tests::Output x = rlbook({"check-env", "mfrl_2x2", "mfrl_3x3", "--samples", "10", "--json"},
                                 {.interrupted = [&] { return ++asked > 1; }});
  CHECK(x.code == 130);
  REQUIRE_FALSE(x.json().empty());
  for (const auto& finding : x.json()) CHECK(finding["environment"] == "mfrl_2x2");
}

TEST_CASE("check-env: it fits 40 columns") {
  CHECK(tests::longest_line(rlbook({"check-env", "blackjack"}, {.columns = 40}).out) <= 40);
}

}  // namespace rl::apps
