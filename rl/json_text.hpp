#pragma once
/// \file
/// JSON that a person writes: comments are allowed, errors name file, line and column.
#include <cstddef>
#include <exception>
#include <iterator>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace rl {

struct JsonPlaces;

/// Reads JSON with // and /* */ comments. Throws std::invalid_argument ("map.json:3:7: ...") for
/// bad syntax, a key that stands twice in one object, nesting deeper than 100, and for text that
/// is empty or binary. Fills `places` where it is given.
nlohmann::json parse_json(std::string_view text, const std::string& file_name,
                          JsonPlaces* places = nullptr);

/// Where in a text: both count from 1.
struct TextPlace {
  std::size_t line = 1;
  std::size_t column = 0;
};

/// Where the parts of an object stand, for errors that are found after it was read.
struct JsonPlaces {
  /// The last character of the key "slip" or "rewards/target".
  std::map<std::string, TextPlace> keys;
  /// The last character of such a key's value, unless that is an object or a list.
  std::map<std::string, TextPlace> values;
  /// The last character of each string or number in a list, "map" -> one place an element.
  std::map<std::string, std::vector<TextPlace>> elements;

  TextPlace key(const std::string& path) const {
    const auto it = keys.find(path);
    return it == keys.end() ? TextPlace{1, 1} : it->second;
  }
  /// The value's place, or the key's.
  TextPlace of(const std::string& path) const {
    const auto it = values.find(path);
    return it == values.end() ? key(path) : it->second;
  }
};

/// Walks over text for nlohmann's parser and keeps the places of the last two characters read. The
/// last one of a number is the last but one: its end is known only from what follows.
class JsonCursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  struct Places {
    TextPlace last, last_but_one;
  };

  JsonCursor(const char* at, Places* places) : at_(at), places_(places) {}
  const char& operator*() const { return *at_; }
  JsonCursor& operator++() {
    TextPlace& last = places_->last;
    places_->last_but_one = last;
    if (after_newline_) last = {last.line + 1, 0};
    ++last.column;
    after_newline_ = *at_++ == '\n';
    return *this;
  }
  JsonCursor operator++(int) {
    const JsonCursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const JsonCursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  Places* places_;
  bool after_newline_ = false;
};

/// A number as JSON can hold it: null for what is not finite.
nlohmann::json number_or_null(double x);

/// "map.json:3:7: what"
std::string at_place(const std::string& file_name, const TextPlace& place, const std::string& what);

/// The text of an exception of nlohmann's parser without its number and place.
std::string json_error_text(const std::exception& error);

}  // namespace rl
