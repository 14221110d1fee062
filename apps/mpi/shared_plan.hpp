#pragma once
/// \file
/// What `rlbook solve` does in several ranks: each makes the rows of its states, they plan together
/// (algorithms/dynamic_programming/distributed_value_iteration.hpp), and rank 0 has the values.
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "algorithms/dynamic_programming/exchange.hpp"
#include "apps/console.hpp"
#include "rl/plan.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

struct SharedPlan {
  Plan plan;  ///< v in rank 0 alone, the rest in all
  bool interrupted = false;
};

/// The planner as ranks share it, which needs no table of a grid. Throws std::invalid_argument for
/// one that they do not share.
AlgorithmEntry shared_planner(const AlgorithmEntry& planner);

/// Plans with the options of block_value_iteration; called by all ranks. Ctrl-C in one ends all,
/// with the certificate of what there is. `fraction`: how far a planner is that says so. The note
/// at the end tells what was sent, of the rank that sent most.
SharedPlan plan_by_ranks(const Problem& problem, const nlohmann::json& options, Exchange& exchange,
                         Console& console,
                         const std::function<double(const PlanProgress&)>& fraction);

}  // namespace rl::apps
