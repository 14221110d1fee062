#include "apps/reproduce/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

[[noreturn]] void expected(std::string_view what, std::string_view type, const json& value) {
  throw std::invalid_argument(fmt::format("{}: expected {}, not {}", what, type, shown(value)));
}

}  // namespace

std::string shown(const json& value) {
  return clipped(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

void check_keys(const json& object, std::string_view where,
                std::initializer_list<std::string_view> known) {
  if (!object.is_object()) expected(where, "an object", object);
  for (const auto& item : object.items())
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      throw std::invalid_argument(
          unknown_name(fmt::format("key of {}", where), item.key(),
                       std::vector<std::string>(known.begin(), known.end())));
}

void check_arguments(const json& quantity, std::vector<std::string> arguments) {
  arguments.emplace_back("name");
  for (const auto& item : quantity.items())
    if (std::find(arguments.begin(), arguments.end(), item.key()) == arguments.end())
      throw std::invalid_argument(
          unknown_name("key of the quantity '" + quantity["name"].get<std::string>() + "'",
                       item.key(), arguments));
}

const json& needed(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end())
    throw std::invalid_argument(fmt::format("'{}' is missing in {}", key, shown(object)));
  return *found;
}

double number(const json& value, std::string_view what, Range range) {
  if (!value.is_number()) expected(what, "a number", value);
  const double x = value.get<double>();
  if (!std::isfinite(x) || !range.holds(x))
    expected(what, fmt::format("a number in [{}, {}]", range.low, range.high), value);
  return x;
}

std::int64_t integer(const json& value, std::string_view what, std::int64_t least,
                     std::int64_t most) {
  const double x = number(value, what);
  if (x != std::floor(x) || x < static_cast<double>(least) || x > static_cast<double>(most))
    expected(what, fmt::format("a whole number from {} to {}", least, most), value);
  return static_cast<std::int64_t>(x);
}

const std::string& text(const json& value, std::string_view what) {
  if (!value.is_string()) expected(what, "a text", value);
  return value.get_ref<const std::string&>();
}

std::vector<double> numbers(const json& value, std::string_view what) {
  if (!value.is_array()) expected(what, "a list of numbers", value);
  std::vector<double> list;
  for (const json& x : value) list.push_back(number(x, what));
  return list;
}

bool flag(const json& value, std::string_view what) {
  if (!value.is_boolean()) expected(what, "true or false", value);
  return value.get<bool>();
}

State state_index(const json& value, const FiniteMdp& model) {
  return static_cast<State>(integer(value, "state", 0, model.num_states() - 1));
}

Action action_index(const json& value, const FiniteMdp& model) {
  return static_cast<Action>(integer(value, "action", 0, model.num_actions() - 1));
}

}  // namespace rl::reproduce
