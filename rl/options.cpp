#include "rl/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

const Choices kClocks = {"updates", "visits", "episodes"};
const Choices kScheduleKeys = {"linear", "exponential", "harmonic", "clock"};

std::string range_text(const Range& range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return "any number";
  if (std::isinf(range.high)) return fmt::format("at least {}", range.low);
  if (std::isinf(range.low)) return fmt::format("at most {}", range.high);
  return fmt::format("in [{}, {}]", range.low, range.high);
}

[[noreturn]] void bad_value(const detail::Field& field, const json& value,
                            const std::string& wanted) {
  throw std::invalid_argument(
      fmt::format("option '{}': {} is not {}", field.name, value.dump(), wanted));
}

/// Reads one JSON value into the field's variable.
struct Reader {
  const detail::Field& field;
  const json& value;

  void operator()(double* x) const {
    if (!value.is_number()) bad_value(field, value, "a number");
    *x = value.get<double>();
    if (!field.range.holds(*x)) bad_value(field, value, range_text(field.range));
  }
  void operator()(std::int64_t* x) const {
    const bool whole = value.is_number() && std::floor(value.get<double>()) == value.get<double>();
    if (!whole || std::abs(value.get<double>()) > 9e18) bad_value(field, value, "a whole number");
    *x = value.is_number_integer() ? value.get<std::int64_t>()
                                   : static_cast<std::int64_t>(value.get<double>());
    if (!field.range.holds(static_cast<double>(*x)))
      bad_value(field, value, "a whole number " + range_text(field.range));
  }
  void operator()(int* x) const {
    std::int64_t wide = 0;
    (*this)(&wide);
    if (wide != static_cast<int>(wide)) bad_value(field, value, "a 32-bit whole number");
    *x = static_cast<int>(wide);
  }
  void operator()(bool* x) const {
    if (!value.is_boolean()) bad_value(field, value, "true or false");
    *x = value.get<bool>();
  }
  void operator()(std::string* x) const {
    if (!value.is_string()) bad_value(field, value, "a text");
    *x = value.get<std::string>();
  }
  void operator()(Schedule* x) const {
    try {
      *x = schedule_from_json(value);
    } catch (const std::exception& e) {
      throw std::invalid_argument(fmt::format("option '{}': {}", field.name, e.what()));
    }
    if (!x->holds(field.range))
      bad_value(field, value, "a schedule with values " + range_text(field.range));
  }
  template <class T>
  void operator()(std::vector<T>* list) const {
    if (!value.is_array()) bad_value(field, value, "a list");
    list->clear();
    for (const json& element : value) {
      T x{};
      Reader{field, element}(&x);
      list->push_back(x);
    }
  }
  void operator()(const detail::EnumField& x) const {
    if (!value.is_string()) bad_value(field, value, fmt::format("one of {}", join(field.choices)));
    const std::string name = canonical_name(value.get<std::string>());
    const auto it = std::find(field.choices.begin(), field.choices.end(), name);
    if (it == field.choices.end())
      throw std::invalid_argument(
          unknown_name(fmt::format("value of option '{}':", field.name), name, field.choices));
    x.write(static_cast<int>(it - field.choices.begin()));
  }
};

json value_of(const detail::Field& field) {
  return std::visit(
      [&](const auto& x) -> json {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, detail::EnumField>)
          return field.choices.at(static_cast<std::size_t>(x.read()));
        else if constexpr (std::is_same_v<T, Schedule*>)
          return schedule_to_json(*x);
        else
          return json(*x);
      },
      field.target);
}

}  // namespace

std::invalid_argument no_effect(std::string_view option, std::string_view without) {
  return std::invalid_argument(
      fmt::format("option '{}' has no effect without '{}'", option, without));
}

json schedule_to_json(const Schedule& s) {
  json j;
  switch (s.kind) {
    case Schedule::Kind::constant:
      return s.start;
    case Schedule::Kind::linear:
      j = {{"linear", {s.start, s.end, s.span}}};
      break;
    case Schedule::Kind::exponential:
      j = {{"exponential", {s.start, s.span, s.end}}};
      break;
    case Schedule::Kind::harmonic:
      j = {{"harmonic", {s.start, s.span}}};
      break;
  }
  if (s.clock != Schedule::Clock::updates)
    j["clock"] = kClocks.at(static_cast<std::size_t>(s.clock));
  return j;
}

Schedule schedule_from_json(const json& j) {
  if (j.is_number()) return j.get<double>();
  const auto fail = [&](const std::string& what) -> std::invalid_argument {
    return std::invalid_argument(fmt::format(
        "{} is not a schedule: {} (a number, or {{\"linear\": [from, to, steps]}}, "
        "{{\"exponential\": [from, rate, floor]}}, {{\"harmonic\": [c, n]}}, each with an optional "
        "\"clock\")",
        j.dump(), what));
  };
  if (!j.is_object()) throw fail("wrong type");
  Schedule schedule;
  bool found = false;
  Schedule::Clock clock = Schedule::Clock::updates;
  for (const auto& [key, value] : j.items()) {
    if (key == "clock") {
      const std::string name = value.is_string() ? value.get<std::string>() : value.dump();
      const auto it = std::find(kClocks.begin(), kClocks.end(), name);
      if (it == kClocks.end()) throw fail(unknown_name("clock", name, kClocks));
      clock = static_cast<Schedule::Clock>(it - kClocks.begin());
      continue;
    }
    if (std::find(kScheduleKeys.begin(), kScheduleKeys.end(), key) == kScheduleKeys.end())
      throw fail(unknown_name("key", key, kScheduleKeys));
    std::vector<double> x;
    if (!value.is_array()) throw fail("'" + key + "' needs a list of numbers");
    for (const json& number : value) {
      if (!number.is_number()) throw fail("'" + key + "' needs a list of numbers");
      x.push_back(number.get<double>());
    }
    if (found) throw fail("more than one kind");
    found = true;
    if (key == "linear" && x.size() == 3)
      schedule = Schedule::linear(x[0], x[1], x[2]);
    else if (key == "exponential" && (x.size() == 2 || x.size() == 3))
      schedule = Schedule::exponential(x[0], x[1], x.size() == 3 ? x[2] : 0);
    else if (key == "harmonic" && (x.size() == 1 || x.size() == 2))
      schedule = Schedule::harmonic(x[0], x.size() == 2 ? x[1] : 1);
    else
      throw fail("'" + key + "' with " + std::to_string(x.size()) + " numbers");
  }
  if (!found) throw fail("no kind");
  return schedule.on(clock);
}

namespace detail {

std::vector<OptionInfo> describe(std::span<const Field> fields) {
  static const char* const kTypes[] = {"number",   "integer", "integer", "flag", "text",
                                       "schedule", "list",    "list",    "list", "choice"};
  std::vector<OptionInfo> list;
  for (const Field& f : fields)
    list.push_back(
        {f.name, kTypes[f.target.index()], value_of(f).dump(), f.doc, f.range, f.choices});
  return list;
}

void parse(std::span<const Field> fields, const json& j) {
  if (j.is_null()) return;
  if (!j.is_object()) throw std::invalid_argument("options must be a JSON object, not " + j.dump());
  std::vector<std::string> names;
  for (const Field& f : fields) names.push_back(f.name);
  for (const auto& [key, value] : j.items()) {
    const auto it = std::find(names.begin(), names.end(), canonical_name(key));
    if (it == names.end()) throw std::invalid_argument(unknown_name("option", key, names));
    const Field& field = fields[static_cast<std::size_t>(it - names.begin())];
    std::visit(Reader{field, value}, field.target);
  }
}

std::string to_json_text(std::span<const Field> fields) {
  json j = json::object();
  for (const Field& f : fields) j[f.name] = value_of(f);
  return j.dump();
}

}  // namespace detail
}  // namespace rl
