#pragma once
/// \file
/// The charts of a report, from the runs.
#include <vector>

#include "rl/experiment/report.hpp"

namespace rl {

/// Learning curves of every world, its value errors, every run as a dot; aggregates, profiles and
/// probabilities of improvement over all worlds.
std::vector<ReportChart> report_charts(const Results& results, const Summary& summary,
                                       const std::optional<AcrossWorlds>& across);

/// The score of each configuration against each option that varied.
std::vector<ReportChart> sensitivity_charts(const Tuning& tuning);

}  // namespace rl
