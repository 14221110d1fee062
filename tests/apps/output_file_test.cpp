#include "apps/output_file.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

using tests::contains;
using tests::error_of;

TEST_CASE("output file: it has its name once it is whole, and leaves nothing else behind") {
  const tests::Folder folder;
  {
    OutputFile file(folder / "a", false);
    file.stream() << "text";
    CHECK_FALSE(std::filesystem::exists(folder / "a"));
    file.commit();
  }
  CHECK(tests::read(folder / "a") == "text");
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("output file: what is not committed is removed, and the old file stays") {
  const tests::Folder folder;
  folder.file("a", "old");
  { OutputFile(folder / "a", true).stream() << "new"; }
  CHECK(tests::read(folder / "a") == "old");
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("output file: what would go wrong is found before the work") {
  const tests::Folder folder;
  const auto refusal = [](const std::string& path) {
    return error_of([&] { OutputFile(path, false); });
  };
  CHECK(contains(refusal(folder.file("a", "")), "exists already; --force replaces it"));
  CHECK(contains(refusal(folder.path.string()), "is a folder, not a file"));
  CHECK(contains(refusal(folder / "no/file"), "there is no folder"));
  CHECK(contains(refusal("/proc/rlbook"), "cannot be written"));
  CHECK(contains(refusal(""), "needs a name"));
}

TEST_CASE("output file: a full disk is a failed run, not bad input") {
  if (!std::filesystem::exists("/dev/full")) return;
  OutputFile file("/dev/full", false);
  file.stream() << "text" << std::flush;
  CHECK_THROWS_AS(file.commit(), std::runtime_error);
}

}  // namespace rl::apps
