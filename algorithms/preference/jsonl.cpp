#include "algorithms/preference/jsonl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rl/files.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

void refuse_record(const std::string& place, const std::string& what) {
  throw std::invalid_argument(fmt::format("{}: {}", place, what));
}

std::string shown_json(const json& value) { return clipped(value.dump()); }

bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

namespace {

[[noreturn]] void refuse_no_record(const std::string& file_name) {
  refuse_record(file_name, "holds no record");
}

/// The object that a line holds; its places count as if the line were the file's first.
json jsonl_object(std::string_view line, std::size_t number, const std::string& file_name,
                  JsonPlaces* places = nullptr) {
  const std::string place = fmt::format("{}:{}", file_name, number);
  json object;
  try {
    object = parse_json(line, place, places);
  } catch (const std::invalid_argument& e) {  // "file:7:1:12: ...": line 1 of line 7
    const std::string what = e.what();
    const std::string begin = place + ":1:";
    if (what.rfind(begin, 0) != 0) throw;
    throw std::invalid_argument(fmt::format("{}:{}", place, what.substr(begin.size())));
  }
  if (!object.is_object())
    refuse_record(place, fmt::format("found {} instead of an object", shown_json(object)));
  return object;
}

}  // namespace

// ---- lines --------------------------------------------------------------------------------------

void for_each_jsonl_line(std::string_view text,
                         const std::function<bool(std::string_view, std::size_t)>& f) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto* first = std::find_if_not(line.begin(), line.end(), is_json_space);
    const bool comment = std::string_view(first, line.end()).substr(0, 2) == "//";
    if (first != line.end() && !comment && !f(line, number)) return;
  }
}

void for_each_jsonl_object(std::string_view text, const std::string& file_name,
                           const std::function<void(const json&, std::size_t)>& f) {
  check_text(text, file_name);
  bool any = false;
  for_each_jsonl_line(text, [&](std::string_view line, std::size_t number) {
    f(jsonl_object(line, number, file_name), number);
    any = true;
    return true;
  });
  if (!any) refuse_no_record(file_name);
}

std::vector<std::string> PlacedObject::keys() const {
  std::vector<std::pair<std::pair<std::size_t, std::size_t>, std::string>> placed;
  for (const auto& item : object.items()) {
    const TextPlace place = places.key(item.key());
    placed.push_back({{place.line, place.column}, item.key()});
  }
  std::sort(placed.begin(), placed.end());
  std::vector<std::string> keys;
  for (auto& key : placed) keys.push_back(std::move(key.second));
  return keys;
}

void for_each_placed_object(std::string_view text, const std::string& file_name,
                            const std::function<bool(const PlacedObject&)>& f) {
  check_text(text, file_name);
  bool any = false, lines = true;
  for_each_jsonl_line(text, [&](std::string_view line, std::size_t number) {
    if (!any) lines = json::accept(line.begin(), line.end(), true);
    any = true;
    if (!lines) return false;
    JsonPlaces places;
    const json object = jsonl_object(line, number, file_name, &places);
    return f({object, places, number});
  });
  if (!any) refuse_no_record(file_name);
  if (lines) return;
  JsonPlaces places;
  const json object = parse_json(text, file_name, &places);
  if (!object.is_object())
    refuse_record(file_name, fmt::format("found {} instead of objects", shown_json(object)));
  f({object, places, 1});
}

// ---- records ------------------------------------------------------------------------------------

void JsonlRecord::fail_value(const std::string& key, const json& value,
                             std::string_view wanted) const {
  fail(fmt::format("'{}' is {}, not {}", key, shown_json(value), wanted));
}

void JsonlRecord::fail_missing(const std::string& key) const {
  if (object_.contains(key)) fail(fmt::format("'{}' is null", key));
  std::vector<std::string> keys;
  for (const auto& item : object_.items()) keys.push_back(clipped(item.key()));
  const std::string nearest = nearest_name(key, unknown_keys());
  fail(fmt::format("key '{}' is missing{} (keys: {})", key,
                   nearest.empty() ? "" : fmt::format("; is it '{}'?", nearest), join(keys)));
}

const json* JsonlRecord::find(const std::string& key) {
  known_.insert(key);
  const auto it = object_.find(key);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

const json& JsonlRecord::need(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr) fail_missing(key);
  return *value;
}

const json& JsonlRecord::list(const std::string& key) {
  const json& value = need(key);
  if (!value.is_array()) fail_value(key, value, "a list");
  return value;
}

std::string JsonlRecord::string(const std::string& key) {
  const json& value = need(key);
  if (!value.is_string()) fail_value(key, value, "a string");
  return value.get<std::string>();
}

std::optional<double> JsonlRecord::number_if_any(const std::string& key) {
  const json* value = find(key);
  return value == nullptr ? std::nullopt : std::optional<double>(number(key, *value));
}

bool JsonlRecord::truth(const std::string& key, const json& value) const {
  if (!value.is_boolean()) fail_value(key, value, "true or false");
  return value.get<bool>();
}

double JsonlRecord::number(const std::string& key, const json& value) const {
  if (!value.is_number()) fail_value(key, value, "a number");
  return value.get<double>();
}

double JsonlRecord::probability(const std::string& key, const json& value) const {
  const double p = number(key, value);
  if (p < 0 || p > 1) fail_value(key, value, "a probability in [0, 1]");
  return p;
}

// ---- ignored keys -------------------------------------------------------------------------------

std::vector<std::string> JsonlRecord::unknown_keys() const {
  std::vector<std::string> keys;
  for (const auto& item : object_.items())
    if (known_.count(item.key()) == 0) keys.push_back(item.key());
  return keys;
}

void JsonlRecord::note_ignored(std::set<std::string>& ignored) const {
  for (const std::string& key : unknown_keys()) ignored.insert(path_ + key);
  ignored.insert(ignored_inside_.begin(), ignored_inside_.end());
}

void JsonlRecord::count_ignored(std::map<std::string, std::size_t>& counts) const {
  std::set<std::string> ignored;
  note_ignored(ignored);
  for (const std::string& key : ignored) ++counts[key];
}

// ---- writing ------------------------------------------------------------------------------------

std::string JsonlWriter::place(const char* kind) const {
  return fmt::format("{} {}", kind, record_);
}

void JsonlWriter::begin(const char* kind) {
  place_ = place(kind);
  open();
}

void JsonlWriter::end() {
  close();
  out_ += '\n';
  ++record_;
}

void JsonlWriter::open() {
  out_ += '{';
  first_ = true;
}

void JsonlWriter::close() {
  out_ += '}';
  first_ = false;
}

void JsonlWriter::key(const char* name) {
  fmt::format_to(std::back_inserter(out_), "{}\"{}\":", first_ ? "" : ",", name);
  first_ = false;
}

void JsonlWriter::raw(const char* name, std::string_view value) {
  key(name);
  out_ += value;
}

void JsonlWriter::string(const char* name, const std::string& text) {
  key(name);
  try {
    out_ += json(text).dump();
  } catch (const json::exception&) {
    refuse_record(place_, fmt::format("'{}' is not UTF-8 text", name));
  }
}

void JsonlWriter::number(const char* name, double x) {
  key(name);
  add(x);
}

void JsonlWriter::number_if_any(const char* name, const std::optional<double>& x) {
  if (x) number(name, *x);
}

void JsonlWriter::add(std::int32_t x) { fmt::format_to(std::back_inserter(out_), "{}", x); }

void JsonlWriter::add(double x) {
  if (x == 0 && std::signbit(x))
    out_ += "-0.0";  // "-0" would be read as the whole number 0
  else
    fmt::format_to(std::back_inserter(out_), "{}", x);
}

}  // namespace rl
