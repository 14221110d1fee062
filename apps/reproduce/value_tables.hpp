#pragma once
/// \file
/// Numbers of a case as a reader sees them: in brief for a line, as tables for a page.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace rl::reproduce {

/// Six significant digits; "-" for null.
std::string as_text(const nlohmann::json& number);

/// "5.832 5.58 6.2 ... (25)": at most `width` characters wherever that holds two numbers.
std::string in_brief(const nlohmann::json& value, std::size_t width);

/// Cells of one table, row by row.
struct ValueTable {
  std::vector<std::vector<nlohmann::json>> rows;
};

/// A number is one cell, a list a row (a square where 16, 25, ... numbers are the cells of a grid),
/// a list of lists a row each, a list of lists of different lengths a set a cell; deeper ones are
/// several tables.
std::vector<ValueTable> value_tables(const nlohmann::json& value);

}  // namespace rl::reproduce
