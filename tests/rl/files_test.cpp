#include "rl/files.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/errors.hpp"

namespace fs = std::filesystem;
using tests::contains;
using tests::error_of;

namespace {

/// A folder of the test's own, removed at its end.
struct Folder {
  fs::path path = fs::temp_directory_path() / "rlbook_files_test";
  Folder() {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::ptrdiff_t size() const {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  }
};

}  // namespace

TEST_CASE("files: what is written is read, byte by byte, and nothing else is left") {
  const Folder folder;
  std::string text("line\n\0\xff", 7);
  text.append(200'000, 'x');
  rl::write_file(folder / "a.txt", text);
  CHECK(rl::read_file(folder / "a.txt") == text);
  rl::write_file(folder / "a.txt", "shorter");
  CHECK(rl::read_file(folder / "a.txt") == "shorter");
  rl::write_file(folder / "empty.txt", "");
  CHECK(rl::read_file(folder / "empty.txt").empty());
  CHECK(folder.size() == 2);
}

TEST_CASE("files: a temporary file left by another does not stand in the way") {
  const Folder folder;
  std::ofstream(folder / "a.txt.tmp0") << "of somebody else";
  rl::write_file(folder / "a.txt", "mine");
  CHECK(rl::read_file(folder / "a.txt") == "mine");
  CHECK(rl::read_file(folder / "a.txt.tmp0") == "of somebody else");
}

TEST_CASE("files: a file above the limit is refused with its size, one at the limit is read") {
  const Folder folder;
  rl::write_file(folder / "a.txt", std::string(1000, 'x'));
  CHECK(rl::read_file(folder / "a.txt", 1000).size() == 1000);
  CHECK(error_of([&] { rl::read_file(folder / "a.txt", 999); }) ==
        (folder / "a.txt") + ": 1000 bytes; files above 999 bytes are not read");
}

TEST_CASE("files: a huge file is refused without being read") {
  const Folder folder;
  std::ofstream(folder / "huge").close();
  fs::resize_file(folder / "huge", std::uintmax_t{1} << 40);  // a hole of 2^40 bytes
  CHECK(contains(error_of([&] { rl::read_file(folder / "huge"); }),
                 "1099511627776 bytes; files above 67108864 bytes are not read"));
}

TEST_CASE("files: an endless device is cut off at the limit") {
  if (!fs::exists("/dev/zero")) return;
  CHECK(error_of([] { rl::read_file("/dev/zero", 100'000); }) ==
        "/dev/zero: more than 100000 bytes; files above 100000 bytes are not read");
}

TEST_CASE("files: what cannot be read says why") {
  const Folder folder;
  CHECK(error_of([&] { rl::read_file(folder / "none.txt"); }) ==
        (folder / "none.txt") + ": cannot be read: No such file or directory");
  CHECK(error_of([&] { rl::read_file(folder.path.string()); }) ==
        folder.path.string() + ": is a folder, not a file");
}

TEST_CASE("files: what cannot be written says why, and leaves what was there") {
  const Folder folder;
  CHECK(contains(error_of([&] { rl::write_file(folder / "none/a.txt", "x"); }),
                 "none/a.txt: cannot be written: No such file or directory"));
  CHECK(error_of([&] { rl::write_file(folder.path.string(), "x"); }) ==
        folder.path.string() + ": is a folder, not a file");
}

TEST_CASE("files: a full disk is an error and not half a file") {
  if (!fs::exists("/dev/full")) return;
  CHECK_THROWS_AS(rl::write_file("/dev/full", "x"), std::runtime_error);
  CHECK_THROWS_WITH(rl::write_file("/dev/full", std::string(1'000'000, 'x')),
                    "/dev/full: cannot be written: No space left on device");
}

TEST_CASE("files: devices are written, not replaced") {
  if (!fs::exists("/dev/null")) return;
  rl::write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("files: empty and binary texts are called by name") {
  CHECK_NOTHROW(rl::check_text("x", "a"));
  CHECK(error_of([] { rl::check_text("", "a"); }) == "a: is empty");
  CHECK(error_of([] { rl::check_text(" \r\n\t", "a"); }) == "a: is empty");
  CHECK(error_of([] { rl::check_text(std::string("ab\0c", 4), "a"); }) ==
        "a: is not a text file (byte 2 is zero)");
}
