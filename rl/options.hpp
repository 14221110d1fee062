#pragma once
/// \file
/// Options described once. An options struct is plain data whose `visit` names each field with its
/// doc and its range; defaults are the member initialisers. Command line, JSON, error texts and
/// docs are all read from there:
///
///     struct GridOptions {
///       double slip = 0;
///       template <class Visitor>
///       void visit(Visitor& v) {
///         v("slip", slip, "probability that another action is executed", Range{0, 1});
///       }
///     };
#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "rl/schedule.hpp"

namespace rl {

/// The names of an enumeration's values 0, 1, 2, ...
using Choices = std::vector<std::string>;

/// One option as a reader sees it.
struct OptionInfo {
  std::string name;
  std::string type;          ///< number, integer, flag, text, choice, schedule, list
  std::string default_json;  ///< the default as JSON text
  std::string doc;
  Range range = {};
  Choices choices = {};
};

namespace detail {

/// An enumeration seen as its number.
struct EnumField {
  std::function<int()> read;
  std::function<void(int)> write;
};
using FieldTarget =
    std::variant<double*, int*, std::int64_t*, bool*, std::string*, Schedule*, std::vector<double>*,
                 std::vector<int>*, std::vector<std::string>*, EnumField>;
struct Field {
  std::string name;
  FieldTarget target;
  std::string doc;
  Range range;
  Choices choices;
};

/// Turns `visit` into a list.
struct FieldCollector {
  std::vector<Field> fields;
  template <class T>
  void operator()(const char* name, T& field, const char* doc, Range range = {}) {
    fields.push_back({name, &field, doc, range, {}});
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(const char* name, E& field, const char* doc, Choices choices) {
    fields.push_back({name,
                      EnumField{[&field] { return static_cast<int>(field); },
                                [&field](int i) { field = static_cast<E>(i); }},
                      doc,
                      {},
                      std::move(choices)});
  }
};

template <class Options>
std::vector<Field> fields_of(Options& options) {
  FieldCollector collector;
  options.visit(collector);
  return std::move(collector.fields);
}

std::vector<OptionInfo> describe(std::span<const Field> fields);
void parse(std::span<const Field> fields, const nlohmann::json& json);
std::string to_json_text(std::span<const Field> fields);

}  // namespace detail

/// Name, type, default, doc and range of each option.
template <class Options>
std::vector<OptionInfo> describe(Options defaults = {}) {
  return detail::describe(detail::fields_of(defaults));
}

/// Options from a JSON object (null: all defaults). Throws std::invalid_argument for an unknown key
/// (with the nearest name), a value of the wrong type, or one out of range.
template <class Options>
Options parse(const nlohmann::json& json, Options defaults = {}) {
  detail::parse(detail::fields_of(defaults), json);
  return defaults;
}

/// All options with their values, as JSON text.
template <class Options>
std::string to_json_text(Options options) {
  return detail::to_json_text(detail::fields_of(options));
}

/// The error for an option that was changed and does not act while another is as it is.
std::invalid_argument no_effect(std::string_view option, std::string_view without);

/// A schedule as JSON: 0.1, {"linear": [1, 0.05, 10000]}, {"exponential": [1, 0.99, 0.01]},
/// {"harmonic": [1, 1]}, with "clock": "updates", "visits" or "episodes" beside.
nlohmann::json schedule_to_json(const Schedule& schedule);
Schedule schedule_from_json(const nlohmann::json& json);

}  // namespace rl
