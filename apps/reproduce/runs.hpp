#pragma once
/// \file
/// Statistical cases: the mean of a number over many independent runs of a learner. Run i has seed
/// i, so the result depends on the number of runs alone, not on threads.
///
///     {"problem": "bandit", "algorithm": "ucb", "options": {"c": 2}, "runs": 10000,
///      "quantity": {"name": "mean_reward", "first": 901, "last": 1000}}
#include <nlohmann/json_fwd.hpp>

#include "apps/reproduce/case.hpp"
#include "rl/registry.hpp"
#include "rl/truth.hpp"

namespace rl::reproduce {

/// Whether a spec asks for runs, once.
bool has_runs(const nlohmann::json& spec);

/// Mean, number of runs and standard error. Throws std::invalid_argument for a spec that cannot be
/// read, and where the learner refuses the problem; Interrupted where `stop` says so.
Measurement measure_runs(const Registry& registry, const nlohmann::json& spec,
                         const StopRequest& stop = {});

}  // namespace rl::reproduce
