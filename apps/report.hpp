#pragma once
/// \file
/// What `compare`, `sweep` and `report` share: the flags of the statistics, and the report of a
/// results folder.
#include <string>
#include <vector>

#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/experiment/report.hpp"
#include "rl/experiment/results.hpp"
#include "rl/experiment/summary.hpp"

namespace rl::apps {

/// --test, --paired, --adjust, --interval, --level, --resample-tasks, --tensorboard
std::vector<FlagSpec> report_flags();
/// Throws std::invalid_argument for unknown names, --paired beside another --test, levels out of
/// range.
SummaryOptions summary_options(const Arguments& arguments);

/// The report of results with their settings, and the learned policies of worlds that can be drawn.
/// `folder` holds the copies of worlds' files.
Report results_report(const Registry& registry, const Manifest& manifest, const std::string& folder,
                      const Results& results, const Summary& summary, Console& console);

}  // namespace rl::apps
