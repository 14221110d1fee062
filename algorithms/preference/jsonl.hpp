#pragma once
/// \file
/// JSON Lines: one object a line, read key by key with its place for errors, and written in
/// standard form.
///
/// Blank lines and lines that begin with // are passed over. A key with the value null is absent.
/// Keys that nobody asks for are ignored and counted. Errors are std::invalid_argument and begin
/// with "file:line: ", with the column too where a line is no JSON.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rl/json_text.hpp"

namespace rl {

/// Throws std::invalid_argument("place: what").
[[noreturn]] void refuse_record(const std::string& place, const std::string& what);

/// A value as errors quote it: compact and clipped.
std::string shown_json(const nlohmann::json& value);

/// Space, tab or the end of a line.
bool is_json_space(char c);

// ---- reading ------------------------------------------------------------------------------------

/// Calls f(line, number) for each line that holds something, numbers from 1, until it returns
/// false.
void for_each_jsonl_line(std::string_view text,
                         const std::function<bool(std::string_view, std::size_t)>& f);

/// Calls f(object, number) for each line, which must hold an object. Refuses a text without one.
void for_each_jsonl_object(std::string_view text, const std::string& file_name,
                           const std::function<void(const nlohmann::json&, std::size_t)>& f);

/// An object and where its parts stand.
struct PlacedObject {
  const nlohmann::json& object;
  const JsonPlaces& places;
  std::size_t first_line;  ///< of the text that the places count in

  /// The line of the file in which a key stands.
  std::size_t line_of(const std::string& key) const {
    return first_line + places.key(key).line - 1;
  }
  /// The keys in the order in which they stand.
  std::vector<std::string> keys() const;
};

/// Calls f(PlacedObject) for each object until it returns false: one a line, or, where the first
/// line holds no whole one, the file is one. Refuses a text without one.
void for_each_placed_object(std::string_view text, const std::string& file_name,
                            const std::function<bool(const PlacedObject&)>& f);

/// An object that is read key by key: it knows where it stands and which keys nobody asked for. It
/// refers to the object, which must outlive it.
class JsonlRecord {
 public:
  /// `path` is the place inside the line: "", or "segment_1/".
  JsonlRecord(const nlohmann::json& object, std::string place, std::string path = "")
      : object_(object), place_(std::move(place)), path_(std::move(path)) {}

  const std::string& place() const { return place_; }
  [[noreturn]] void fail(const std::string& what) const { refuse_record(place_, what); }
  [[noreturn]] void fail_value(const std::string& key, const nlohmann::json& value,
                               std::string_view wanted) const;
  /// Says which of the unknown keys may be the missing one.
  [[noreturn]] void fail_missing(const std::string& key) const;

  /// The value, or nullptr where the key is absent or null.
  const nlohmann::json* find(const std::string& key);
  bool has(const std::string& key) { return find(key) != nullptr; }
  const nlohmann::json& need(const std::string& key);
  const nlohmann::json& list(const std::string& key);
  std::string string(const std::string& key);
  std::optional<double> number_if_any(const std::string& key);

  /// What a value holds that was found before; `key` is its name in an error.
  bool truth(const std::string& key, const nlohmann::json& value) const;
  double number(const std::string& key, const nlohmann::json& value) const;
  double probability(const std::string& key, const nlohmann::json& value) const;

  /// Keys that nobody has asked for so far.
  std::vector<std::string> unknown_keys() const;
  /// Counts what was ignored in a part of this record as ignored here.
  void take_ignored(const JsonlRecord& part) { part.note_ignored(ignored_inside_); }
  /// Adds one for each key that was ignored here or in a part.
  void count_ignored(std::map<std::string, std::size_t>& counts) const;

 private:
  void note_ignored(std::set<std::string>& ignored) const;

  const nlohmann::json& object_;
  std::string place_, path_;
  std::set<std::string> known_, ignored_inside_;
};

// ---- writing ------------------------------------------------------------------------------------

/// Objects as compact lines; the caller gives the keys in their order.
class JsonlWriter {
 public:
  /// Of the record that is written, for errors: "pair 3".
  std::string place(const char* kind) const;
  /// A record, from begin to end.
  void begin(const char* kind);
  void end();
  /// An object inside a record, after its key.
  void open();
  void close();

  void key(const char* name);
  /// `value` is JSON text.
  void raw(const char* name, std::string_view value);
  /// Throws std::invalid_argument where the text is not UTF-8.
  void string(const char* name, const std::string& text);
  void number(const char* name, double x);
  void number_if_any(const char* name, const std::optional<double>& x);
  void truth(const char* name, bool value) { raw(name, value ? "true" : "false"); }
  template <class T>
  void list(const char* name, const std::vector<T>& values) {
    raw(name, "[");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      add(values[i]);
    }
    out_ += ']';
  }
  /// All lines; leaves the writer without any.
  std::string take() { return std::move(out_); }

 private:
  void add(std::int32_t x);
  void add(double x);

  std::string out_, place_;
  std::size_t record_ = 0;
  bool first_ = true;
};

}  // namespace rl
