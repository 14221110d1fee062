#pragma once
/// \file
/// The two books, and where a thing stands in them: texts such as "MFRL 7.2; S&B 6.4".
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rl::apps {

/// "mfrl" (S. Zhao, Mathematical Foundations of Reinforcement Learning) or "sb" (Sutton and Barto,
/// Reinforcement Learning, 2nd edition), also by "S&B". Throws std::invalid_argument.
std::string book_by_name(std::string_view name);

struct BookChapter {
  std::string book;  ///< "mfrl" or "sb"
  int chapter;
  bool operator==(const BookChapter&) const = default;
};

/// The chapters that a text names: each number that follows a book's name ("7.2", "Figure 4.3",
/// "ch. 2-10"), until another book's.
std::vector<BookChapter> chapters_in(std::string_view text);

/// Whether a text names the book and the chapter; what is not given holds for any.
bool stands_in(std::string_view text, const std::optional<std::string>& book,
               std::optional<int> chapter);

}  // namespace rl::apps
