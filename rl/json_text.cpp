#include "rl/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "rl/files.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {
constexpr int kDeepest = 100;  // writing a value back into an error text recurses

/// Listens to nlohmann's parser and notes the places of what stands at most two levels deep.
class PlaceFinder {
 public:
  PlaceFinder(const JsonCursor::Places& cursor, JsonPlaces& places)
      : cursor_(cursor), places_(places) {}

  void operator()(int depth, json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    if (depth < 1 || depth > 2) return;
    if (event == Event::key) {
      path_ = depth == 1 ? value.get<std::string>() : top_ + '/' + value.get<std::string>();
      if (depth == 1) top_ = path_;
      places_.keys[path_] = cursor_.last;
    } else if (event == Event::array_start && depth == 1) {
      list_ = &places_.elements[top_];
    } else if (event == Event::array_end && depth == 1) {
      list_ = nullptr;
    } else if (event == Event::value) {
      const TextPlace& place = value.is_number() ? cursor_.last_but_one : cursor_.last;
      if (depth == 2 && list_ != nullptr)
        list_->push_back(place);
      else
        places_.values[path_] = place;
    }
  }

 private:
  const JsonCursor::Places& cursor_;
  JsonPlaces& places_;
  std::string top_, path_;
  std::vector<TextPlace>* list_ = nullptr;  // of the list that is read
};

}  // namespace

nlohmann::json number_or_null(double x) {
  return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json();
}

std::string at_place(const std::string& file_name, const TextPlace& place,
                     const std::string& what) {
  return fmt::format("{}:{}:{}: {}", file_name, place.line, std::max<std::size_t>(place.column, 1),
                     what);
}

std::string json_error_text(const std::exception& error) {
  std::string text = error.what();
  if (const std::size_t bracket = text.find("] "); bracket != std::string::npos)
    text.erase(0, bracket + 2);
  if (text.rfind("parse error at line", 0) == 0)
    if (const std::size_t colon = text.find(": "); colon != std::string::npos)
      text.erase(0, colon + 2);
  if (const std::size_t quote = text.find("last read: '"); quote != std::string::npos)
    text = text.substr(0, quote) + clipped(text.substr(quote));
  return text;
}

json parse_json(std::string_view text, const std::string& file_name, JsonPlaces* found) {
  check_text(text, file_name);
  JsonCursor::Places places;
  JsonPlaces unused;
  PlaceFinder note_place(places, found == nullptr ? unused : *found);
  std::vector<std::set<std::string>> keys;  // of the objects around the current place
  const auto check = [&](int depth, json::parse_event_t event, const json& value) {
    const auto fail = [&](const std::string& what) {
      throw std::invalid_argument(at_place(file_name, places.last, what));
    };
    if (depth > kDeepest) fail(fmt::format("nested deeper than {}", kDeepest));
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail(fmt::format("key '{}' stands twice", clipped(value.get<std::string>())));
    if (found != nullptr) note_place(depth, event, value);
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
