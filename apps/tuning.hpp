#pragma once
/// \file
/// What a sweep chose, for a comparison on fresh seeds.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/arguments.hpp"
#include "rl/experiment/experiment.hpp"
#include "rl/experiment/tuning.hpp"

namespace rl::apps {

/// The file of a sweep's folder that tells what was chosen.
inline constexpr const char* kTuningFile = "tuning.json";

/// Of --tuned DIR; empty where it is not given. Throws std::invalid_argument for a folder in which
/// no sweep has ended.
std::optional<Tuning> tuning_of(const Arguments& arguments);

/// The contenders with the options that were chosen for them. Throws std::invalid_argument for one
/// that was not tuned, and for options given beside.
std::vector<Contender> tuned(std::vector<Contender> contenders,
                             const std::optional<Tuning>& tuning);

/// The seeds; throws std::invalid_argument where the sweep has seen one.
std::vector<std::uint64_t> fresh_seeds(std::vector<std::uint64_t> seeds,
                                       const std::optional<Tuning>& tuning);

}  // namespace rl::apps
