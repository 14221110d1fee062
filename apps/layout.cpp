#include "apps/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rl::apps {

namespace {

std::string blanks(int n) { return std::string(static_cast<std::size_t>(std::max(n, 0)), ' '); }

void wrap_line(std::string_view line, int width, int indent, std::vector<std::string>& lines) {
  const std::size_t first = lines.size();
  const std::size_t margin = std::min(line.find_first_not_of(' '), line.size());
  std::string current(line.substr(0, margin));
  bool empty = true;
  for (std::size_t i = margin; i < line.size();) {
    const std::size_t end = std::min(line.find(' ', i), line.size());
    const std::string_view word = line.substr(i, end - i);
    i = std::min(line.find_first_not_of(' ', end), line.size());
    if (!empty && display_width(current) + 1 + display_width(word) > width) {
      lines.push_back(std::move(current));
      current = std::string(margin, ' ') + blanks(indent);
      empty = true;
    }
    if (!empty) current += ' ';
    current += word;
    empty = false;
  }
  if (!empty || lines.size() == first) lines.push_back(empty ? std::string() : std::move(current));
}

bool numeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789+-.eE%/ ") == std::string::npos;
}

std::string blocks(const std::vector<std::vector<std::string>>& rows, int width) {
  std::string text;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string& heading = rows[0][c];
      const std::string line =
          c == 0 || heading.empty() ? rows[r][c] : fmt::format("  {}: {}", heading, rows[r][c]);
      for (const std::string& part : wrap(line, width, c == 0 ? 0 : 2)) text += part + '\n';
    }
  }
  return text;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\033[")  // a style, up to its letter
      i = std::min(text.find('m', i), text.size() - 1);
    else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
      ++width;
  }
  return width;
}

std::vector<std::string> wrap(std::string_view text, int width, int indent) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i <= text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    wrap_line(text.substr(i, end - i), width, indent, lines);
    i = end + 1;
  }
  return lines;
}

std::string definition_list(const std::vector<std::pair<std::string, std::string>>& items,
                            int width, int indent) {
  int names = 0;
  for (const auto& [name, doc] : items) names = std::max(names, display_width(name));
  const int column = indent + std::min(names, std::max(30, width / 3)) + 2;
  const bool beside = width - column >= 30;
  const int margin = beside ? column : indent + 4;
  std::string text;
  for (const auto& [name, doc] : items) {
    std::string line = blanks(indent) + name;
    const bool break_first = !beside || display_width(line) + 2 > column;
    if (break_first) {
      text += line + '\n';
      line.clear();
    }
    for (const std::string& part : wrap(doc, width - margin)) {
      text.append(line).append(blanks(margin - display_width(line))).append(part) += '\n';
      line.clear();
    }
  }
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows, int width) {
  const std::size_t columns = rows.front().size();
  std::vector<int> widths(columns, 0);
  std::vector<bool> right(columns, rows.size() > 1);
  for (const auto& row : rows)
    for (std::size_t c = 0; c < columns; ++c) {
      widths[c] = std::max(widths[c], display_width(row[c]));
      if (&row != &rows.front() && !row[c].empty() && !numeric(row[c])) right[c] = false;
    }
  int total = -2;
  for (const int w : widths) total += w + 2;
  if (total > width) return blocks(rows, width);
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string pad = blanks(widths[c] - display_width(row[c]));
      line += right[c] ? pad + row[c] : row[c] + pad;
      if (c + 1 < columns) line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace rl::apps
