#pragma once
/// \file
/// Reading specs: values of an expected type, errors that say where and what was expected.
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/schedule.hpp"

namespace rl::reproduce {

/// The first 60 bytes of a value as JSON text, for errors.
std::string shown(const nlohmann::json& value);

/// Throws std::invalid_argument, with the nearest name, for a key that is not among `known`.
void check_keys(const nlohmann::json& object, std::string_view where,
                std::initializer_list<std::string_view> known);
/// The same for a quantity, which may have its arguments and its name.
void check_arguments(const nlohmann::json& quantity, std::vector<std::string> arguments);

// The value of a key. Throws std::invalid_argument where it is missing or of another type.
const nlohmann::json& needed(const nlohmann::json& object, const char* key);
double number(const nlohmann::json& value, std::string_view what, Range range = {});
std::int64_t integer(const nlohmann::json& value, std::string_view what, std::int64_t least,
                     std::int64_t most);
const std::string& text(const nlohmann::json& value, std::string_view what);
/// A list of numbers.
std::vector<double> numbers(const nlohmann::json& value, std::string_view what);
bool flag(const nlohmann::json& value, std::string_view what);

State state_index(const nlohmann::json& value, const FiniteMdp& model);
Action action_index(const nlohmann::json& value, const FiniteMdp& model);

}  // namespace rl::reproduce
