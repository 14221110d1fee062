#include "apps/reproduce/value_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr std::size_t kLongestRow = 12;

bool flat(const json& list) {
  return list.is_array() &&
         std::none_of(list.begin(), list.end(), [](const json& x) { return x.is_array(); });
}

/// Lists of different lengths: sets, one a state.
bool of_sets(const json& list) {
  return list.is_array() && list.size() > 1 && std::all_of(list.begin(), list.end(), flat) &&
         std::any_of(list.begin(), list.end(),
                     [&](const json& x) { return x.size() != list.front().size(); });
}

void flatten(const json& value, std::vector<json>& numbers) {
  if (!value.is_array()) {
    numbers.push_back(value);
    return;
  }
  for (const json& element : value) flatten(element, numbers);
}

/// Columns of a list of n cells.
std::size_t columns_of(std::size_t n) {
  for (std::size_t k = 4; k * k <= n; ++k)
    if (k * k == n) return k;
  return n <= kLongestRow ? n : 10;
}

ValueTable in_rows(const json& list) {
  ValueTable table;
  const std::size_t columns = columns_of(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i % columns == 0) table.rows.emplace_back();
    table.rows.back().push_back(list[i]);
  }
  return table;
}

}  // namespace

std::string as_text(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string set;
    for (const json& x : value) set += (set.empty() ? "" : ",") + as_text(x);
    return set;
  }
  if (!value.is_number()) return value.dump();
  const std::string text = fmt::format("{:.6g}", value.get<double>());
  return text == "-0" ? "0" : text;
}

std::string in_brief(const json& value, std::size_t width) {
  std::vector<json> cells;
  if (of_sets(value))
    cells.assign(value.begin(), value.end());
  else
    flatten(value, cells);
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string next = (i == 0 ? "" : " ") + as_text(cells[i]);
    const std::string rest = i + 1 < cells.size() ? fmt::format(" ... ({})", cells.size()) : "";
    if (i >= 2 && text.size() + next.size() + rest.size() > width)
      return text + fmt::format(" ... ({})", cells.size());
    text += next;
  }
  return text;
}

std::vector<ValueTable> value_tables(const json& value) {
  if (!value.is_array()) return {ValueTable{{std::vector<json>(1, value)}}};
  if (value.empty()) return {};
  if (flat(value) || of_sets(value)) return {in_rows(value)};
  if (std::all_of(value.begin(), value.end(), flat)) {
    ValueTable table;
    for (const json& row : value) table.rows.emplace_back(row.begin(), row.end());
    return {table};
  }
  std::vector<ValueTable> tables;
  for (const json& part : value)
    for (ValueTable& table : value_tables(part)) tables.push_back(std::move(table));
  return tables;
}

}  // namespace rl::reproduce
