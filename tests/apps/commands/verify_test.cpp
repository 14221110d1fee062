#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace fs = std::filesystem;
using tests::contains;
using tests::Folder;
using tests::Output;
using tests::rlbook;

namespace {

/// Results of one learner in a registered world, a drawn one and one from a file.
void make_results(const Folder& folder) {
  const std::string map = folder.file("little.json", R"({"map": ["S.", ".T"], "gamma": 0.9})");
  REQUIRE(rlbook({"compare", "sarsa:alpha=0.3", "--env", "cliff_walking", "bandit", map, "--gamma",
                  "0.8", "--seeds", "1..3", "--steps", "300", "-j", "1", "--out", folder / "x"})
              .code == 0);
}

}  // namespace

TEST_CASE("verify: results made again from their manifest are the same, wherever they lie") {
  const Folder folder;
  make_results(folder);
  fs::remove(folder.path / "little.json");  // the results have a copy
  fs::rename(folder.path / "x", folder.path / "elsewhere");
  const Output x = rlbook({"verify", folder / "elsewhere", "-j", "2"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "9 runs made again: every file is the same, byte for byte"));
}

TEST_CASE("verify: a file that differs or is missing is named, and the exit code is 1") {
  const Folder folder;
  make_results(folder);
  const std::string run = "x/runs/sarsa/default/bandit/seed-2/";
  std::ofstream(folder / (run + "metrics.csv"), std::ios::app) << "300,300,eval/score,1\n";
  fs::remove(folder.path / run / "final.json");
  const Output x = rlbook({"verify", folder / "x"});
  CHECK(x.code == 1);
  CHECK(contains(x.out, "runs/sarsa/default/bandit/seed-2/metrics.csv differs\n"));
  CHECK(contains(x.out, "runs/sarsa/default/bandit/seed-2/final.json is missing\n"));
  CHECK(contains(x.out, "2 files not the same"));
  const Output others = rlbook({"verify", folder / "x", "--seeds", "1,3", "--json"});
  CHECK(others.code == 0);
  CHECK(others.json()["runs"] == 6);
}

TEST_CASE("verify: runs that were cut off are not compared, and none at all is a failure") {
  const Folder folder;
  make_results(folder);
  for (const char* seed : {"1", "2", "3"})
    fs::remove(folder.path / "x/runs/sarsa/default/bandit" / (std::string("seed-") + seed) /
               "status.json");
  const Output x = rlbook({"verify", folder / "x"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "6 runs made again"));
  CHECK(contains(x.out, "3 runs not complete there and not compared"));
  fs::remove_all(folder.path / "x/runs");
  CHECK(rlbook({"verify", folder / "x"}).code == 1);
}

TEST_CASE("verify: bad input is refused") {
  const Folder folder;
  CHECK(contains(rlbook({"verify", folder / "nothing"}).err, "holds no results of rlbook"));
  make_results(folder);
  CHECK(contains(rlbook({"verify", folder / "x", "--seeds", "7"}).err,
                 "--seeds: the results have no seed 7"));
  CHECK(rlbook({"verify"}).code == 2);
}
