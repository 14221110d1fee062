#pragma once
/// \file
/// The results of over-optimisation in the terminal: a table for the tilts, best of n, the
/// ensembles and each curve of DPO.
#include <cstddef>
#include <cstdint>

#include "apps/console.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/overoptimization.hpp"

namespace rl::apps {

/// What was not done is left out.
void write_overopt(const Overoptimization& all, const OveroptOptions& options,
                   const LanguageTask& task, std::size_t seeds, std::uint64_t world_seed,
                   Console& console);

}  // namespace rl::apps
