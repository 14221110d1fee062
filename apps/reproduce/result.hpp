#pragma once
/// \file
/// A case and what this library computes for it.
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/reproduce/case.hpp"
#include "rl/registry.hpp"
#include "rl/truth.hpp"

namespace rl::reproduce {

struct CaseResult {
  const Case* truth = nullptr;
  Measurement measured;
  std::optional<bool> agrees = std::nullopt;  ///< empty: the answer is withheld, or an error
  std::string note = {};                      ///< errata; empty: none
  std::string error = {};                     ///< why there is no number; empty: there is one

  bool failed() const { return !error.empty() || agrees == false; }
};

/// By the case's own spec, else the table's. Never throws for a case that cannot be computed: the
/// result's `error` says why. Throws Interrupted where `stop` ends it.
CaseResult evaluate(const Registry& registry, const Case& c, const StopRequest& stop = {});

/// The cases of the textbook that the table answers, by book and chapter.
std::vector<const Case*> answered_cases();

/// {id, kind, measured, expected, tolerance, runs, standard_error, agrees, note}
nlohmann::ordered_json reproduce_json(const CaseResult& result);
/// {id, measured, runs, standard_error, agrees, error}
nlohmann::ordered_json evaluate_json(const CaseResult& result);

}  // namespace rl::reproduce
