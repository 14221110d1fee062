#include "apps/books.hpp"

#include <doctest/doctest.h>

#include "tests/errors.hpp"

namespace rl::apps {

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

}  // namespace rl::apps
