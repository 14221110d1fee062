#pragma once
/// \file
/// The program behind tests/truth/evaluate: computes every case of a file of the truth format.
///
///     evaluate CASES.json [--only PREFIX]
#include <iosfwd>
#include <string>
#include <vector>

#include "rl/registry.hpp"

namespace rl::reproduce {

/// Writes a JSON array {id, measured, runs, standard_error, agrees, error}, one a case. Returns the
/// exit code: 0, or 2 for words or a file that cannot be read.
int evaluate_program(const Registry& registry, const std::vector<std::string>& words,
                     std::ostream& out, std::ostream& err);

}  // namespace rl::reproduce
