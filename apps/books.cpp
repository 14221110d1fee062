#include "apps/books.hpp"

#include <algorithm>
#include <regex>
#include <stdexcept>

#include "rl/text.hpp"

namespace rl::apps {

std::string book_by_name(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower == "s&b") return "sb";
  const std::vector<std::string> books = {"mfrl", "sb"};
  if (std::find(books.begin(), books.end(), lower) == books.end())
    throw std::invalid_argument(unknown_name("book", name, books));
  return lower;
}

std::vector<BookChapter> chapters_in(std::string_view text) {
  // A book; or a number that no letter or digit touches ("5x5" is none), with a section after a
  // point, and perhaps a last chapter after a dash.
  static const std::regex token(
      R"((MFRL|S&B)|(^|[^\w.])(\d+)(\.\d+(\.\d+)*)?(-(\d+)(\.\d+)?)?(?![\w]*[A-Za-z_]))");
  std::vector<BookChapter> chapters;
  std::string book;
  for (std::cregex_iterator it(text.data(), text.data() + text.size(), token), end; it != end;
       ++it) {
    if ((*it)[1].matched) {
      book = (*it)[1].str() == "MFRL" ? "mfrl" : "sb";
      continue;
    }
    if (book.empty() || (*it)[3].length() > 2 || (*it)[7].length() > 2) continue;
    const int first = std::stoi((*it)[3].str());
    const int last = (*it)[7].matched ? std::stoi((*it)[7].str()) : first;
    for (int chapter = first; chapter <= last; ++chapter)
      if (const BookChapter found{book, chapter};
          std::find(chapters.begin(), chapters.end(), found) == chapters.end())
        chapters.push_back(found);
  }
  return chapters;
}

bool stands_in(std::string_view text, const std::optional<std::string>& book,
               std::optional<int> chapter) {
  if (!book && !chapter) return true;
  if (!chapter) return text.find(*book == "mfrl" ? "MFRL" : "S&B") != std::string_view::npos;
  const std::vector<BookChapter> chapters = chapters_in(text);
  return std::any_of(chapters.begin(), chapters.end(), [&](const BookChapter& found) {
    return found.chapter == *chapter && (!book || found.book == *book);
  });
}

}  // namespace rl::apps
