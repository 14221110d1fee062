// Ctrl-C at the real program: it ends soon, with 130, and what was finished can be read.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/process.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::apps {

namespace {

using tests::comes_true;
using tests::contains;
using tests::Process;

bool has_file_named(const std::string& folder, const std::string& name) {
  if (!std::filesystem::is_directory(folder)) return false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() == name) return true;
  return false;
}

}  // namespace

TEST_CASE("Ctrl-C: run says what it has learned, and its file can be resumed") {
  const tests::Folder folder;
  const std::string saved = folder / "saved";
  std::vector<std::string> words = {"run",     "q_learning",    "--env",  "mfrl_5x5",
                                    "--steps", "1000000000000", "--save", saved,
                                    "--force", "--eval-every",  "1000000"};
  Process program(tests::kProgram, words);
  REQUIRE(comes_true([&] { return contains(program.out(), " 1000000 "); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(contains(program.out(), "interrupted after "));
  words.insert(words.end(), {"--resume", saved, "--dry-run"});
  CHECK(tests::rlbook(words).code == 0);
}

TEST_CASE("Ctrl-C: run ends while it still plans the exact answers") {
  Process program(tests::kProgram,
                  {"run", "q_learning", "--env", "slippery_grid:n=300", "--steps", "100"});
  REQUIRE(comes_true([&] { return contains(program.out(), "q_learning on slippery_grid"); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK_FALSE(contains(program.out(), "value error"));  // no step was made
}

TEST_CASE("Ctrl-C: compare writes a summary of the runs that are whole") {
  const tests::Folder folder;
  Process program(tests::kProgram,
                  {"compare", "sarsa", "--env", "cliff_walking", "--seeds", "1..1000", "--steps",
                   "200000", "-j", "1", "--json", "--out", folder / "x"});
  REQUIRE(comes_true([&] { return has_file_named(folder / "x", "status.json"); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(program.out_as_json()["rows"].size() >= 1);
  CHECK(contains(tests::one_line(program.err()), "--resume"));
}

TEST_CASE("Ctrl-C: bench writes its rows so far") {
  Process program(tests::kProgram, {"bench", "--filter", "step", "--json"});
  REQUIRE(comes_true([&] { return contains(program.err(), "benchmarks: "); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(program.out_as_json().size() >= 1);
}

TEST_CASE("Ctrl-C: reproduce writes table and page of what is computed") {
  const tests::Folder folder;
  Process program(tests::kProgram, {"reproduce", "all", "--html", folder / "page.html"});
  REQUIRE(comes_true([&] { return contains(program.err(), "reproduce: "); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(contains(program.err(), "interrupted after "));
  CHECK_FALSE(contains(program.err(), "interrupted after 0 "));
  CHECK(contains(program.out(), " cases: "));
  CHECK(contains(tests::read(folder / "page.html"), "</html>"));
}

TEST_CASE("Ctrl-C: play and step end while they wait for a line") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"play", "--env", "mfrl_2x2"},
        std::vector<std::string>{"step", "sarsa", "--env", "mfrl_2x2"}}) {
    CAPTURE(words.front());
    Process program(tests::kProgram, words);
    REQUIRE(comes_true([&] { return contains(program.out(), "T target"); }));
    CHECK(program.exit_code_after_interrupt() == 130);
  }
}

}  // namespace rl::apps
