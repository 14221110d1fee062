#include "apps/reproduce/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "apps/reproduce/reading.hpp"
#include "apps/reproduce/statistics_cases.hpp"
#include "apps/reproduce/textbook_text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

json optional_value(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? json() : *found;
}

std::optional<double> optional_number(const json& object, const char* key) {
  const json value = optional_value(object, key);
  if (value.is_null()) return std::nullopt;
  return number(value, key, Range{0});
}

Case read_case(const json& whole) {
  if (!whole.is_object()) throw std::invalid_argument("expected an object, not " + shown(whole));
  Case c;
  c.id = text(needed(whole, "id"), "id");
  c.kind = text(needed(whole, "kind"), "kind");
  c.expected = optional_value(whole, "expected");
  c.expected_precise = optional_value(whole, "expected_precise");
  c.tolerance = optional_number(whole, whole.contains("tolerance") ? "tolerance" : "tol");
  c.sd_single_run = optional_number(whole, "sd_single_run");
  c.standard_error = optional_number(whole, "standard_error");
  c.n_runs = optional_number(whole, "n_runs");
  c.spec = optional_value(whole, "spec");
  c.whole = whole;
  return c;
}

/// Means of the references are given with six decimals.
constexpr double kRounding = 0.5e-6;

/// [mean, sd] against those of the reference's runs.
bool agrees_in_mean_and_sd(const Case& c, const Measurement& measured) {
  const json& pair = c.expected;
  if (pair.size() != 2 || measured.value.size() != 2 || !measured.runs || !c.n_runs) return false;
  const double error = 4 * number(pair[1], "expected sd") *
                       std::sqrt(1 / static_cast<double>(*measured.runs) + 1 / *c.n_runs);
  return within(measured.value[0], pair[0], error) &&
         within(measured.value[1], pair[1], error / std::sqrt(2));
}

bool agrees_statistically(const Case& c, const Measurement& measured) {
  if (measured.within && !c.sd_single_run)
    return within(measured.value, c.expected, *measured.within);
  if (c.expected.is_array() && measured.value.is_array()) return agrees_in_mean_and_sd(c, measured);
  if (!c.expected.is_number() || !measured.value.is_number()) return false;
  if (measured.above) return measured.value.get<double>() > *measured.above;
  const double sd = c.sd_single_run.value_or(0);
  const double mean_sd = measured.runs ? sd / std::sqrt(static_cast<double>(*measured.runs)) : 0;
  return std::abs(measured.value.get<double>() - c.expected.get<double>()) <=
         4 * std::hypot(mean_sd, c.standard_error.value_or(0)) + kRounding;
}

}  // namespace

std::vector<Case> read_cases(const json& file, const std::string& file_name) {
  const json list = file.is_object() ? optional_value(file, "cases") : file;
  if (!list.is_array())
    throw std::invalid_argument(file_name + ": expected {\"cases\": [...]} or a list of cases");
  std::vector<Case> cases;
  for (const json& whole : list) {
    try {
      cases.push_back(read_case(whole));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(
          fmt::format("{}: case {}: {}", file_name, cases.size() + 1, e.what()));
    }
  }
  return cases;
}

const std::vector<Case>& textbook() {
  static const std::vector<Case> cases =
      read_cases(json::parse(kTextbookText, kTextbookText + kTextbookSize), "textbook.json");
  return cases;
}

bool within(const json& a, const json& b, double tolerance) {
  if (a.is_number() && b.is_number())
    return std::abs(a.get<double>() - b.get<double>()) <= tolerance;
  if (a.is_object() && b.is_object())
    return a.size() == b.size() &&
           std::all_of(b.items().begin(), b.items().end(), [&](const auto& item) {
             const auto found = a.find(item.key());
             return found != a.end() && within(*found, item.value(), tolerance);
           });
  if (!a.is_array() || !b.is_array()) return a == b;
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [tolerance](const json& x, const json& y) { return within(x, y, tolerance); });
}

std::optional<bool> agrees(const Case& c, const Measurement& measured) {
  if (c.expected.is_null()) return std::nullopt;
  if (c.kind == "statistical") return agrees_statistically(c, measured);
  if (is_statistics_kind(c.kind)) return statistics_agree(c, measured.value);
  if (!within(measured.value, c.expected, c.tolerance.value_or(kDefaultTolerance))) return false;
  return c.expected_precise.is_null() ||
         within(measured.value, c.expected_precise, kDefaultTolerance);
}

}  // namespace rl::reproduce
