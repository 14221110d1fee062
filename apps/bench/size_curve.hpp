#pragma once
/// \file
/// What planning costs a cell, against the number of cells: the slippery grid with gamma .99,
/// certified to 1e-6, from 10^3 to 10^8 cells.
#include <functional>
#include <optional>

#include "rl/drawing/chart.hpp"

namespace rl::bench {

/// CPU time of one thread, ns a cell, one series a way to plan. Plain sweeps are measured one at a
/// time and counted as often as they are needed. Empty where Ctrl-C came first.
std::optional<LineChart> cost_against_size(const std::function<bool()>& interrupted);

}  // namespace rl::bench
