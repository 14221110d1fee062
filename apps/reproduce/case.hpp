#pragma once
/// \file
/// A case of a truth file, and whether a measured number agrees with its reference.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rl::reproduce {

struct Case {
  std::string id;
  std::string kind;
  nlohmann::json expected;          ///< null: the answer is withheld
  nlohmann::json expected_precise;  ///< null: there is none beside `expected`
  std::optional<double> tolerance;
  std::optional<double> sd_single_run;   ///< statistical cases
  std::optional<double> standard_error;  ///< statistical cases: of the reference
  std::optional<double> n_runs;          ///< statistical cases: of the reference
  nlohmann::json spec;                   ///< null: the table's, by id
  nlohmann::json whole;                  ///< as it stands in the file
};

/// The cases of {"cases": [...]} or [...]. Throws std::invalid_argument, naming the file, for
/// anything else, and for a case without an id or a kind.
std::vector<Case> read_cases(const nlohmann::json& file, const std::string& file_name);

/// The textbook's cases, as the program carries them.
const std::vector<Case>& textbook();

/// What was computed. `runs` and `standard_error` belong to means over runs.
struct Measurement {
  nlohmann::json value;
  std::optional<std::int64_t> runs = std::nullopt;
  std::optional<double> standard_error = std::nullopt;
  /// How far from the reference it may be where the case gives no standard deviation.
  std::optional<double> within = std::nullopt;
  /// Where a case says no more than that a number stays above this one.
  std::optional<double> above = std::nullopt;
};

/// Where a case gives no tolerance.
inline constexpr double kDefaultTolerance = 1e-6;

/// Empty where the answer is withheld. Exact cases agree within their tolerance (with
/// `expected_precise` within 1e-6 of that too); shapes, texts and nulls must be the same.
/// Statistical ones where |measured - expected| <= 4 sqrt(sd^2 / runs + standard_error^2) + 5e-7
/// for references of six decimals, a number without runs being exact; [mean, sd] of n runs by the
/// reference's sd over its n_runs: the mean within 4 sd sqrt(1 / n + 1 / n_runs), the sd within
/// that over sqrt(2).
std::optional<bool> agrees(const Case& c, const Measurement& measured);

/// Numbers within `tolerance`, everything else equal.
bool within(const nlohmann::json& a, const nlohmann::json& b, double tolerance);

}  // namespace rl::reproduce
