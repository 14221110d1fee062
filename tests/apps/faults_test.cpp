// What goes wrong around an experiment: it is killed, the disk is full, the folder is closed. No
// result that was there is lost, and what follows is as if nothing had been.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/process.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"
#include "tests/rl/experiment/result_files.hpp"

namespace fs = std::filesystem;
using tests::contains;
using tests::ended_runs;
using tests::Folder;
using tests::Output;
using tests::result_files;
using tests::resumed;
using tests::rlbook;

namespace {

std::vector<std::string> experiment_words(const std::string& out, const std::string& seeds) {
  return {"compare", "sarsa", "q_learning", "--env", "cliff_walking", "--seeds", seeds,
          "--steps", "30000", "-j",         "2",     "--out",         out};
}

}  // namespace

TEST_CASE("faults: killed in the middle and resumed, the files are those of an undisturbed run") {
  const Folder folder;
  REQUIRE(rlbook(experiment_words(folder / "whole", "1..12")).code == 0);
  tests::Process program(tests::kProgram, experiment_words(folder / "killed", "1..12"));
  REQUIRE(tests::comes_true([&] { return ended_runs(folder / "killed") >= 3; }));
  program.kill_now();
  const std::size_t left = ended_runs(folder / "killed");
  CHECK(left < 24);
  const Output again = rlbook(resumed(experiment_words(folder / "killed", "1..12")));
  CHECK(again.code == 0);
  CHECK(result_files(folder / "killed") == result_files(folder / "whole"));
}

TEST_CASE("faults: a full disk is an error that names the file, and earlier results stay") {
  const Folder folder;
  REQUIRE(rlbook(experiment_words(folder / "x", "1,2")).code == 0);
  const auto before = result_files(folder / "x");
  REQUIRE(rlbook(experiment_words(folder / "whole", "1..4")).code == 0);
  // No file may grow beyond two blocks: what a disk without room answers, for this process alone.
  std::string words;
  for (const std::string& word : resumed(experiment_words(folder / "x", "1..4")))
    words += " '" + word + "'";
  tests::Process program("/bin/sh", {"-c", "trap '' XFSZ; ulimit -f 2; exec '" +
                                               std::string(tests::kProgram) + "'" + words});
  CHECK(program.exit_code() == 3);
  CHECK(contains(program.err(), folder / "x"));
  CHECK(contains(program.err(), "File too large"));
  for (const auto& [name, content] : before)
    if (name.rfind("runs/", 0) == 0) CHECK(tests::read(folder / ("x/" + name)) == content);
  CHECK(rlbook({"report", folder / "x"}).code == 0);
  CHECK(rlbook(resumed(experiment_words(folder / "x", "1..4"))).code == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "whole"));
}

TEST_CASE("faults: a folder in which nothing can be made is refused with the system's reason") {
  CHECK(contains(rlbook(experiment_words("/proc/rlbook/x", "1")).err, "/proc/rlbook/x: cannot be"));
  if (geteuid() == 0) return;  // may write anywhere
  const Folder folder;
  fs::permissions(folder.path, fs::perms::owner_read | fs::perms::owner_exec);
  const Output x = rlbook(experiment_words(folder / "x", "1"));
  fs::permissions(folder.path, fs::perms::owner_all);
  CHECK(x.code == 2);
  CHECK(contains(x.err, "Permission denied"));
}

TEST_CASE("faults: one seed has no interval and no test, two have both and a warning") {
  const Folder folder;
  const Output one = rlbook(experiment_words(folder / "one", "7"));
  CHECK(one.code == 0);
  CHECK(contains(one.out, "no CI: one run"));
  CHECK_FALSE(contains(one.out, "pairwise"));
  CHECK(contains(one.out, "n = 1: too few runs for an interval claim"));
  CHECK_FALSE(contains(tests::read(folder / "one/report.html"), ">nan<"));
  const Output two = rlbook(experiment_words(folder / "two", "7,8"));
  CHECK(two.code == 0);
  CHECK(contains(two.out, "pairwise, Welch"));
  CHECK(contains(two.out, "n = 2: too few runs for an interval claim"));
}
