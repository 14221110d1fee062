#pragma once
/// \file
/// Text that fits the terminal: wrapped paragraphs and tables.
#include <string>
#include <string_view>
#include <vector>

namespace rl::apps {

/// Columns that UTF-8 text takes in the terminal, one a character.
int display_width(std::string_view text);

/// Lines of at most `width` columns, broken at blanks; a longer word stays whole. Later lines are
/// indented by `indent` blanks; line breaks in the text stay.
std::vector<std::string> wrap(std::string_view text, int width, int indent = 0);

/// Names on the left, their explanations beside them; beneath them where the terminal is narrow.
/// Every line ends with a line break.
std::string definition_list(const std::vector<std::pair<std::string, std::string>>& items,
                            int width, int indent = 2);

/// Rows of equal length in aligned columns, the first row being the heading. Numbers and what looks
/// like them stand to the right. Where the table is wider than `width`, each row becomes a block of
/// "heading: value" lines.
std::string table(const std::vector<std::vector<std::string>>& rows, int width);

}  // namespace rl::apps
