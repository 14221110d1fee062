#include "apps/books.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/result.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::apps {

namespace {

const std::filesystem::path& source_folder() {
  static const auto folder = std::filesystem::path(tests::kTruthFolder) / ".." / "..";
  return folder;
}

/// What stands in backticks in the table under "## Chapters" of the README.
std::set<std::string> words_of_chapter_index() {
  const std::string readme = tests::read((source_folder() / "README.md").string());
  const std::size_t begin = readme.find("## Chapters");
  const std::size_t end = readme.find("\n\n", readme.find("\n|", begin));
  std::set<std::string> words;
  for (std::size_t at = readme.find('`', begin); at < end; at = readme.find('`', at + 1)) {
    const std::size_t close = readme.find('`', at + 1);
    words.insert(readme.substr(at + 1, close - at - 1));
    at = close;
  }
  return words;
}

bool is_registered(const std::string& name) {
  const auto has_name = [&](const auto& entry) { return entry.name == name; };
  const auto& worlds = tests::registry().worlds();
  const auto& algorithms = tests::registry().algorithms();
  return std::any_of(worlds.begin(), worlds.end(), has_name) ||
         std::any_of(algorithms.begin(), algorithms.end(), has_name);
}

}  // namespace

using Chapters = std::vector<BookChapter>;

TEST_CASE("books: the numbers behind a book's name are its sections") {
  CHECK(chapters_in("MFRL 7.2; S&B 6.4, 6.5, Example 8.1") ==
        Chapters{{"mfrl", 7}, {"sb", 6}, {"sb", 8}});
  CHECK(chapters_in("MFRL Fig 3.4(a), 5.3, 8.6-8.8") ==
        Chapters{{"mfrl", 3}, {"mfrl", 5}, {"mfrl", 8}});
  CHECK(chapters_in("MFRL Chapters 2-4") == Chapters{{"mfrl", 2}, {"mfrl", 3}, {"mfrl", 4}});
}

TEST_CASE("books: other numbers are no chapters") {
  CHECK(chapters_in("a 5x5 grid of 25 states").empty());
  CHECK(chapters_in("MFRL's 5x5 grid").empty());
  CHECK(chapters_in("S&B 9.3, 1000 states") == Chapters{{"sb", 9}});
}

TEST_CASE("books: a text stands in a book, in a chapter of either, or in both") {
  const std::string text = "MFRL 7.2; S&B 6.4";
  CHECK(stands_in(text, std::nullopt, std::nullopt));
  CHECK(stands_in(text, "mfrl", std::nullopt));
  CHECK(stands_in(text, "mfrl", 7));
  CHECK_FALSE(stands_in(text, "mfrl", 6));
  CHECK(stands_in(text, std::nullopt, 6));
  CHECK_FALSE(stands_in("S&B 4.3", "mfrl", std::nullopt));
}

TEST_CASE("books: their names are read in any case; another one is refused") {
  CHECK(book_by_name("MFRL") == "mfrl");
  CHECK(book_by_name("S&B") == "sb");
  CHECK(tests::contains(tests::error_of([] { book_by_name("mrfl"); }), "did you mean 'mfrl'?"));
}

TEST_CASE("books: every world and algorithm stands in the README's chapter index") {
  std::set<std::string> last_words;
  for (const std::string& word : words_of_chapter_index())
    last_words.insert(word.substr(word.rfind(' ') + 1));
  for (const WorldEntry& world : tests::registry().worlds())
    CHECK_MESSAGE(last_words.count(world.name) == 1, world.name);
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms())
    CHECK_MESSAGE(last_words.count(algorithm.name) == 1, algorithm.name);
}

TEST_CASE("books: the files, names and commands of the README's chapter index exist") {
  for (const std::string& word : words_of_chapter_index()) {
    CAPTURE(word);
    const std::string last = word.substr(word.rfind(' ') + 1);
    if (word.find('/') != std::string::npos)
      CHECK(std::filesystem::is_regular_file(source_folder() / word));
    else if (word.rfind("reproduce ", 0) == 0)
      CHECK_NOTHROW(reproduce::select(last, reproduce::answered_cases()));
    else
      CHECK(is_registered(last));
  }
}

}  // namespace rl::apps
