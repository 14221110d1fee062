#include "rl/json_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "rl/files.hpp"

namespace rl {

using nlohmann::json;

namespace {
constexpr int kDeepest = 100;  // writing a value back into an error text recurses
}

std::string at_place(const std::string& file_name, const TextPlace& place,
                     const std::string& what) {
  return fmt::format("{}:{}:{}: {}", file_name, place.line, place.column, what);
}

std::string json_error_text(const std::exception& error) {
  std::string text = error.what();
  if (const std::size_t bracket = text.find("] "); bracket != std::string::npos)
    text.erase(0, bracket + 2);
  if (text.rfind("parse error at line", 0) == 0)
    if (const std::size_t colon = text.find(": "); colon != std::string::npos)
      text.erase(0, colon + 2);
  return text;
}

json parse_json(std::string_view text, const std::string& file_name) {
  check_text(text, file_name);
  JsonCursor::Places places;
  std::vector<std::set<std::string>> keys;  // of the objects around the current place
  const auto check = [&](int depth, json::parse_event_t event, const json& value) {
    const auto fail = [&](const std::string& what) {
      throw std::invalid_argument(at_place(file_name, places.last, what));
    };
    if (depth > kDeepest) fail(fmt::format("nested deeper than {}", kDeepest));
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail(fmt::format("key '{}' stands twice", value.get<std::string>()));
    return true;
  };
  try {
    return json::parse(JsonCursor(text.data(), &places),
                       JsonCursor(text.data() + text.size(), &places), check, true, true);
  } catch (const json::exception& e) {
    throw std::invalid_argument(at_place(file_name, places.last, json_error_text(e)));
  }
}

}  // namespace rl
