#pragma once
/// \file
/// Statistical cases: the mean of a number over many independent runs of a learner. Run i has seed
/// i, so the result depends on the number of runs alone, not on threads.
///
///     {"problem": "bandit", "algorithm": "ucb", "options": {"c": 2}, "runs": 10000,
///      "quantity": {"name": "mean_reward", "first": 901, "last": 1000}}
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

#include "apps/reproduce/case.hpp"
#include "rl/registry.hpp"
#include "rl/truth.hpp"

namespace rl::reproduce {

/// Whether a spec asks for runs, once.
bool has_runs(const nlohmann::json& spec);

/// How many runs, and by how many threads; `stop` is asked before every run.
struct RunPlan {
  std::int64_t runs = 1;
  int threads = 1;
  StopRequest stop = {};
};

/// Of each run one number a quantity, all read off the same run in the given order, which must be
/// the order of their steps or episodes: [quantity][run]. Throws as measure_runs.
std::vector<std::vector<double>> numbers_of_runs(const Registry& registry,
                                                 const nlohmann::json& spec,
                                                 const std::vector<nlohmann::json>& quantities,
                                                 const RunPlan& plan);

/// Run 0 of a spec as it begins, and its world.
std::pair<Problem, AnyRunner> first_run(const Registry& registry, const nlohmann::json& spec);

/// Mean, number of runs and standard error; of a list of quantities the list of means. Throws
/// std::invalid_argument for a spec that cannot be read, and where the learner refuses the problem;
/// Interrupted where `stop` says so.
Measurement measure_runs(const Registry& registry, const nlohmann::json& spec,
                         const StopRequest& stop = {});

}  // namespace rl::reproduce
