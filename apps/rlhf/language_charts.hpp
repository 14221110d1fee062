#pragma once
/// \file
/// The experiments of the language world as charts.
#include <cstddef>
#include <span>
#include <string>

#include "apps/rlhf/frontier.hpp"
#include "apps/rlhf/overoptimization.hpp"
#include "rl/drawing/chart.hpp"

namespace rl::apps {

/// Gold against KL: each method's points, one a beta, in the order of their KL, means over the
/// seeds, beside the exact frontier and SFT.
LineChart frontier_chart(const Frontier& frontier);
/// Win rate against the reference over beta.
LineChart win_rate_chart(const Frontier& frontier);
/// Gold (and the proxy) against sqrt(KL) for each curve, means over the seeds.
LineChart overoptimization_chart(std::span<const OveroptCurve> curves, double reference_gold,
                                 const std::string& title);
/// Gold of "bag" or "rich" for every size of the data and for best of n; the proxy's own reward for
/// one size.
LineChart proxy_chart(const Overoptimization& all, const std::string& proxy,
                      std::size_t comparisons);
/// Gold alone, a curve for each way to make one reward of the members.
LineChart gold_of_ensembles(const Overoptimization& all);
/// rewards/chosen and rewards/rejected along the steps of DPO, with gold.
LineChart dpo_chart(const DpoCurve& curve);
/// ln pi of chosen and rejected responses along the steps.
LineChart dpo_log_probability_chart(const DpoCurve& curve);

}  // namespace rl::apps
