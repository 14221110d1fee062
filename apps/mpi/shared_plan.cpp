#include "apps/mpi/shared_plan.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/distributed_value_iteration.hpp"
#include "rl/options.hpp"

namespace rl::apps {

namespace {

/// All know it when one was interrupted.
bool any_interrupted(Exchange& exchange, const Console& console) {
  std::vector<double> stop = {console.interrupted() ? 1.0 : 0.0};
  exchange.take_largest(stop);
  return stop[0] > 0;
}

void tell_traffic(const Traffic& traffic, Exchange& exchange, Console& console) {
  std::vector<double> most = {static_cast<double>(traffic.messages),
                              static_cast<double>(traffic.bytes)};
  exchange.take_largest(most);
  console.note(
      fmt::format("{} ranks met {} times and exchanged values {} times; the most that one sent: {} "
                  "messages, {:.3g} MB",
                  exchange.size(), traffic.reductions, traffic.exchanges, most[0], most[1] / 1e6));
}

}  // namespace

AlgorithmEntry shared_planner(const AlgorithmEntry& planner) {
  if (planner.name != "block_value_iteration")
    throw std::invalid_argument(fmt::format(
        "several ranks plan together by block_value_iteration alone, not by {}", planner.name));
  AlgorithmEntry shared = planner;
  shared.facts.plans_grids = true;
  return shared;
}

SharedPlan plan_by_ranks(const Problem& problem, const nlohmann::json& options, Exchange& exchange,
                         Console& console,
                         const std::function<double(const PlanProgress&)>& fraction) {
  DistributedValueIteration planner(
      problem.with_model([](const auto& model) { return rows_of(model); }), problem.gamma, exchange,
      parse<BlockOptions>(options));
  SharedPlan shared;
  {
    Progress progress(console, "block_value_iteration");
    while (!(shared.interrupted = any_interrupted(exchange, console)) && planner.advance())
      progress.update(fraction(planner.progress()));
  }
  if (shared.interrupted) planner.stop();
  shared.plan = planner.gather();
  tell_traffic(planner.part().traffic, exchange, console);
  return shared;
}

}  // namespace rl::apps
