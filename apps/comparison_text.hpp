#pragma once
/// \file
/// A summary on the console: a table a world, who is better, what must be known beside it.
#include <string>

#include "apps/console.hpp"
#include "rl/experiment/summary.hpp"

namespace rl::apps {

/// `heading`: what was run, one line.
void write_comparison(const Summary& summary, const std::string& heading, Console& console);

/// Text broken at the console's width.
void write_wrapped(Console& console, const std::string& text, int indent = 0);

}  // namespace rl::apps
