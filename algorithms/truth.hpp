#pragma once
/// \file
/// Fills rl/truth.hpp by planning.
#include "rl/problem.hpp"
#include "rl/truth.hpp"

namespace rl {

/// Exact answers for a problem, or for another model of it (a world that changes). Values are exact
/// to 1e-10 where gamma < 1 or a certificate is found. Throws std::invalid_argument where the
/// problem has no finite optimum (gamma = 1 and no end, or a loop that pays for ever) or its values
/// could not be settled, and Interrupted where `stop` says so: now, or later in the truth's own
/// functions, which keep it.
Truth exact_truth(const Problem& problem, const StopRequest& stop = {});
Truth exact_truth(const Problem& problem, const FiniteMdp& model, const StopRequest& stop = {});

/// J(policy) from the start distribution; see Truth::policy_return. Throws Interrupted where `stop`
/// says so.
double exact_return(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                    const StopRequest& stop = {});

}  // namespace rl
