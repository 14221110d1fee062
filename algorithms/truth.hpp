#pragma once
/// \file
/// Fills rl/truth.hpp by planning.
#include "rl/problem.hpp"
#include "rl/truth.hpp"

namespace rl {

/// Exact answers for a problem, or for another model of it (a world that changes). Values are exact
/// to 1e-10 where gamma < 1 or a certificate is found. Throws std::invalid_argument where the
/// problem has no finite optimum (gamma = 1 without an end).
Truth exact_truth(const Problem& problem);
Truth exact_truth(const Problem& problem, const FiniteMdp& model);

/// J(policy) from the start distribution; see Truth::policy_return.
double exact_return(const FiniteMdp& model, const TabularPolicy& policy, double gamma);

}  // namespace rl
