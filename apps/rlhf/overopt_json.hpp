#pragma once
/// \file
/// The results of over-optimisation as JSON: every curve with means and 95 % t intervals over the
/// seeds, its peak and Gao's laws.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "apps/rlhf/overoptimization.hpp"

namespace rl::apps {

nlohmann::ordered_json overopt_json(const Overoptimization& all, const OveroptOptions& options,
                                    std::uint64_t world_seed);

}  // namespace rl::apps
