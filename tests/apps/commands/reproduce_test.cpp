#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "algorithms/all.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

TEST_CASE("reproduce: a figure's numbers stand beside the book's, and agree") {
  const tests::Output x = rlbook({"reproduce", "mfrl-fig-3.4a"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "mfrl.ch3.fig3.4a.vstar"));
  CHECK(contains(x.out, ", ours\n"));
  CHECK(contains(x.out, ", the book's\n"));
  CHECK(contains(x.out, " 0 do not"));
}

TEST_CASE("reproduce: its JSON has a row for each case that the names select, once") {
  const json rows = rlbook({"reproduce", "mfrl-fig-3.4", "mfrl-fig-3.4a", "--json"}).json();
  CHECK(rows.size() == rlbook({"reproduce", "mfrl-fig-3.4", "--json"}).json().size());
  REQUIRE_FALSE(rows.empty());
  for (const json& row : rows) {
    CAPTURE(row["id"]);
    CHECK(row["agrees"].is_null() == row["expected"].is_null());
    CHECK_FALSE(row["agrees"] == false);
    CHECK_FALSE(row["measured"].is_null());
  }
}

TEST_CASE("reproduce: a number that does not come out is exit code 1, and says why") {
  Registry without_worlds;
  add_algorithms(without_worlds);
  const tests::Output x = rlbook({"reproduce", "mfrl-fig-3.4a"}, {}, without_worlds);
  CHECK(x.code == 1);
  CHECK(contains(tests::one_line(x.out), "unknown world 'mfrl_5x5' (there are none)"));
  CHECK(contains(tests::one_line(x.out), "0 agree"));
}

TEST_CASE("reproduce: --list names figures and their cases and computes nothing") {
  const json list = rlbook({"reproduce", "--list", "--json"}).json();
  std::size_t found = 0;
  for (const json& figure : list)
    if (figure["name"] == "mfrl-fig-3.4") found = figure["cases"].size();
  CHECK(found >= 4);
  CHECK(contains(rlbook({"reproduce", "--list"}).out, "mfrl-fig-3.4 "));
  const tests::Output page = rlbook({"reproduce", "--list", "--html", "never_written.html"});
  CHECK(page.code == 2);
  CHECK(contains(page.err, "one of them"));
}

TEST_CASE("reproduce: --html writes one page, and replaces a file only with --force") {
  const tests::Folder folder;
  const std::string page = folder / "page.html";
  CHECK(rlbook({"reproduce", "mfrl-fig-3.4a", "--html", page}).code == 0);
  CHECK(contains(tests::read(page), "mfrl.ch3.fig3.4a.vstar"));
  folder.file("page.html", "mine");
  const tests::Output refused = rlbook({"reproduce", "mfrl-fig-3.4a", "--html", page});
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK(tests::read(page) == "mine");
  CHECK(rlbook({"reproduce", "mfrl-fig-3.4a", "--html", page, "--force"}).code == 0);
  CHECK(contains(tests::read(page), "<h3>"));
}

TEST_CASE("reproduce: Ctrl-C shows what is computed, in text, JSON and page, with 130") {
  const tests::Folder folder;
  const std::string page = folder / "page.html";
  const std::size_t all = rlbook({"reproduce", "mfrl-fig-3.4", "--json"}).json().size();
  int asked = 0;
  const tests::Output x = rlbook({"reproduce", "mfrl-fig-3.4", "--json", "--html", page},
                                 {.interrupted = [&] { return ++asked > 2; }});
  CHECK(x.code == 130);
  CHECK(x.json().size() == 2);
  CHECK(contains(x.err, "interrupted after 2 of " + std::to_string(all) + " cases"));
  CHECK(contains(tests::read(page), "<h3>"));
  asked = 0;
  CHECK(contains(
      rlbook({"reproduce", "mfrl-fig-3.4"}, {.interrupted = [&] { return ++asked > 2; }}).out,
      "2 cases: 2 agree"));
}

TEST_CASE("reproduce: --out draws figures as SVG and CSV, whatever the number of threads") {
  const tests::Folder folder;
  const auto drawn = [&](const char* name, const char* threads) {
    return rlbook(
        {"reproduce", "sb-ex-6.2", "--out", folder / name, "--runs", "4", "-j", threads, "--json"});
  };
  const json rows = drawn("one/figures", "1").json();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["runs"] == 4);
  REQUIRE(drawn("two", "2").code == 0);
  for (const char* file :
       {"sb-ex-6.2-values.svg", "sb-ex-6.2-errors.svg", "sb-ex-6.2-errors.csv"}) {
    const std::string text = tests::read(folder / ("one/figures/" + std::string(file)));
    CHECK_FALSE(text.empty());
    CHECK(text == tests::read(folder / ("two/" + std::string(file))));
  }
  CHECK(contains(tests::read(folder / "two/sb-ex-6.2-errors.svg"), "n = 4"));

  const tests::Output again = drawn("two", "1");
  CHECK(again.code == 2);
  CHECK(contains(again.err, "sb-ex-6.2-values.svg: exists already; --force replaces it"));
  CHECK(
      rlbook({"reproduce", "sb-ex-6.2", "--out", folder / "two", "--runs", "3", "--force"}).code ==
      0);
  CHECK(contains(tests::read(folder / "two/sb-ex-6.2-errors.svg"), "n = 3"));
}

TEST_CASE("reproduce: --out leaves whole files behind when Ctrl-C ends it, and no others") {
  const tests::Folder folder;
  const std::string out = folder / "cut";
  const tests::Output x = rlbook(
      {"reproduce", "sb-ex-6.2", "sb-fig-6.5", "--out", out, "--runs", "4", "-j", "1"},
      {.interrupted = [&] { return std::filesystem::exists(out + "/sb-ex-6.2-values.csv"); }});
  CHECK(x.code == 130);
  CHECK(contains(x.err, "interrupted after 1 of 3 drawings"));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(out)) {
    CHECK(entry.path().filename().string().rfind("sb-ex-6.2-values.", 0) == 0);
    ++files;
  }
  CHECK(files == 2);
}

TEST_CASE("reproduce: --out refuses what it cannot draw and where it cannot write") {
  const tests::Folder folder;
  const std::string out = folder / "figures";
  const auto refused = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "reproduce");
    const tests::Output x = rlbook(words);
    CHECK(x.code == 2);
    CHECK(x.out.empty());
    return tests::one_line(x.err);
  };
  CHECK(contains(refused({"sb-fig-6.55", "--out", out}), "did you mean 'sb-fig-6.5'"));
  CHECK(contains(refused({"sb-ex-4.1", "--out", out}), "those that have: mfrl-fig-5.4"));
  CHECK(contains(refused({"--out", out}), "name the figures"));
  CHECK(contains(refused({"sb-fig-6.5", "--out", out, "--list"}), "one of them"));
  CHECK(contains(refused({"sb-fig-6.5", "--runs", "3"}), "only drawings (--out) take it"));
  CHECK(contains(refused({"sb-fig-6.5", "--out", out, "--runs", "0"}), "runs"));
  CHECK_FALSE(std::filesystem::exists(out));
  folder.file("file", "mine");
  CHECK(contains(refused({"sb-fig-6.5", "--out", folder / "file"}), "is no folder"));
}

TEST_CASE("reproduce: --list shows which figures can be drawn") {
  for (const json& figure : rlbook({"reproduce", "--list", "--json"}).json()) {
    if (figure["name"] == "sb-fig-6.3") CHECK(figure["drawings"] == 2);
    if (figure["name"] == "sb-ex-6.4") CHECK(figure["drawings"] == 0);
    if (figure["name"] == "sb-fig-5.3") CHECK(figure["cases"].empty());
  }
}

TEST_CASE("reproduce: it fits 80 columns and 40") {
  for (const int columns : {40, 80}) {
    const tests::Output x = rlbook({"reproduce", "mfrl-ch-3"}, {.columns = columns});
    CHECK(x.code == 0);
    CHECK(tests::longest_line(x.out) <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("reproduce: an unknown figure is refused with the nearest name") {
  const tests::Output x = rlbook({"reproduce", "mfrl-fig-3.44"});
  CHECK(x.code == 2);
  CHECK(contains(x.err, "mfrl-fig-3.4"));
}

}  // namespace rl::apps
