#pragma once
/// \file
/// The cases of tests/truth/statistics.json: one computation a kind, from the case's `input`.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/reproduce/case.hpp"

namespace rl::reproduce {

/// "aggregates", "auc", ... in alphabetical order.
std::vector<std::string> statistics_kinds();
bool is_statistics_kind(std::string_view kind);

/// In the shape of the case's `expected`. Throws std::invalid_argument, naming the kind, for an
/// input that is missing, has unknown keys or cannot be computed.
nlohmann::json compute_statistics(const Case& c);

/// Numbers within the case's tolerance; where it has none, p-values and BCa intervals (and what
/// they are made of) within 1e-9, all else within 1e-12. The keys must be the same.
bool statistics_agree(const Case& c, const nlohmann::json& measured);

}  // namespace rl::reproduce
