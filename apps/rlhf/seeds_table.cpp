#include "apps/rlhf/seeds_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "apps/layout.hpp"

namespace rl::apps {

namespace {

using SeedRows = std::vector<std::vector<std::string>>;

/// Where a cell's interval begins; npos where it has none.
std::size_t interval_at(const std::string& cell) {
  const std::size_t at = cell.find("±");
  return at != std::string::npos ? at : cell.find("+-");
}

int column_width(const SeedRows& rows, std::size_t column) {
  int widest = 0;
  for (const auto& row : rows) widest = std::max(widest, display_width(row[column]));
  return widest;
}

/// Columns with intervals are filled up on the left.
void align_intervals(SeedRows& rows) {
  for (std::size_t column = 0; column < rows.front().size(); ++column) {
    if (std::none_of(rows.begin(), rows.end(), [&](const auto& row) {
          return interval_at(row[column]) != std::string::npos;
        }))
      continue;
    const int width = column_width(rows, column);
    for (auto& row : rows)
      row[column].insert(0, static_cast<std::size_t>(width - display_width(row[column])), ' ');
  }
}

SeedRows without_intervals(SeedRows rows) {
  for (auto& row : rows)
    for (std::string& cell : row) cell.resize(std::min(cell.size(), interval_at(cell)));
  return rows;
}

}  // namespace

int table_width(const SeedRows& rows) {
  int width = 2 * (static_cast<int>(rows.front().size()) - 1);
  for (std::size_t column = 0; column < rows.front().size(); ++column)
    width += column_width(rows, column);
  return width;
}

std::string seeds_table(SeedRows rows, int width) {
  const int needed = table_width(rows);
  if (needed <= width) {
    align_intervals(rows);
    return table(rows, width);
  }
  const SeedRows means = without_intervals(rows);
  if (table_width(means) > width) return table(rows, width);
  std::string text = table(means, width);
  for (const std::string& line : wrap(fmt::format("(intervals need {} columns)", needed), width))
    text += line + '\n';
  return text;
}

}  // namespace rl::apps
