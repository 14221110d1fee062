#include "apps/reproduce/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "apps/reproduce/errata.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/preference_cases.hpp"
#include "apps/reproduce/runs.hpp"
#include "apps/reproduce/spec.hpp"
#include "apps/reproduce/statistics_cases.hpp"
#include "apps/reproduce/table.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

const json& spec_of(const Case& c) {
  if (!c.spec.is_null()) return c.spec;
  if (const auto found = spec_table().find(c.id); found != spec_table().end()) return *found;
  if (c.kind != "exact")
    throw std::invalid_argument(
        fmt::format("kind '{}' is not offered by this version", clipped(c.kind)));
  std::vector<std::string> ids;
  for (const auto& item : spec_table().items()) ids.push_back(item.key());
  const std::string nearest = nearest_name(c.id, ids);
  throw std::invalid_argument(
      "no such case, and it has no \"spec\"" +
      (nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest)));
}

Measurement measured(const Registry& registry, const Case& c, const StopRequest& stop) {
  if (c.spec.is_null() && is_statistics_kind(c.kind)) return {compute_statistics(c)};
  if (c.spec.is_null() && is_preference_kind(c.kind)) return {compute_preference(c)};
  const json& spec = spec_of(c);
  if (has_runs(spec)) return measure_runs(registry, spec, stop);
  return {compute(registry, spec)};
}

template <class T>
ordered_json value_or_null(const std::optional<T>& x) {
  return x ? ordered_json(*x) : ordered_json();
}

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

}  // namespace

CaseResult evaluate(const Registry& registry, const Case& c, const StopRequest& stop) {
  CaseResult result{&c, {}};
  result.note = note_for(c.id);
  try {
    result.measured = measured(registry, c, stop);
    result.agrees = agrees(c, result.measured);
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& e) {
    result.error = e.what();
  }
  return result;
}

std::vector<const Case*> answered_cases() {
  std::vector<const Case*> cases;
  for (const Case& c : textbook())
    if (spec_table().contains(c.id)) cases.push_back(&c);
  const auto order = [](const Case* c) {
    const Place place = place_of(c->id);
    return std::pair(place.book == "mfrl" ? 0 : place.book == "sb" ? 1 : 2, place.chapter);
  };
  std::stable_sort(cases.begin(), cases.end(),
                   [&](const Case* a, const Case* b) { return order(a) < order(b); });
  return cases;
}

ordered_json reproduce_json(const CaseResult& result) {
  const Case& c = *result.truth;
  ordered_json row;
  row["id"] = c.id;
  row["kind"] = c.kind;
  row["measured"] = result.measured.value;
  row["expected"] = c.expected;
  row["tolerance"] =
      c.kind == "exact" ? ordered_json(c.tolerance.value_or(kDefaultTolerance)) : ordered_json();
  row["runs"] = value_or_null(result.measured.runs);
  row["standard_error"] = value_or_null(result.measured.standard_error);
  row["agrees"] = result.error.empty() ? value_or_null(result.agrees) : ordered_json(false);
  row["note"] = text_or_null(result.error.empty() ? result.note : result.error);
  return row;
}

ordered_json evaluate_json(const CaseResult& result) {
  ordered_json row;
  row["id"] = result.truth->id;
  row["measured"] = result.measured.value;
  row["runs"] = value_or_null(result.measured.runs);
  row["standard_error"] = value_or_null(result.measured.standard_error);
  row["agrees"] = value_or_null(result.agrees);
  row["error"] = text_or_null(result.error);
  return row;
}

}  // namespace rl::reproduce
