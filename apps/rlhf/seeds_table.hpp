#pragma once
/// \file
/// Tables of means over seeds with their intervals, as `over_seeds_text` writes them.
#include <string>
#include <vector>

namespace rl::apps {

/// The columns that `table` needs.
int table_width(const std::vector<std::vector<std::string>>& rows);

/// As `table`, but "0.39±.03" stands to the right, as numbers do. Where that is wider than `width`
/// and would not be without the intervals, these are left out, and a last line says so.
std::string seeds_table(std::vector<std::vector<std::string>> rows, int width);

}  // namespace rl::apps
