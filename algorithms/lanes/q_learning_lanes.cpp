#include "algorithms/lanes/q_learning_lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "algorithms/lanes/q_learning_kernel.hpp"
#include "rl/batch/packed_model.hpp"

namespace rl {
namespace {

using detail::kLanes;

constexpr Action kMostActions = 8;

std::optional<std::string> why_not(const Problem& problem, const QLearning::Options& options,
                                   const PackedModel& model) {
  const auto varies = [](const Schedule& x) { return x.kind != Schedule::Kind::constant; };
  if (problem.criterion != Criterion::discounted)
    return "criterion: seeds learn side by side by a discounted return";
  if (varies(options.alpha)) return "option 'alpha': seeds learn side by side with a constant one";
  if (varies(options.epsilon))
    return "option 'epsilon': seeds learn side by side with a constant one";
  const Range unit{0, 1};  // beyond it values may grow beyond all numbers
  for (const auto& [name, x] : {std::pair{"alpha", options.alpha.start},
                                {"epsilon", options.epsilon.start},
                                {"gamma", problem.gamma}})
    if (!unit.holds(x)) return fmt::format("'{}': {} is not in 0..1", name, x);
  if (options.stored_policy)
    return "option 'stored_policy': seeds that learn side by side draw afresh";
  if (problem.changing) return "world: seeds learn side by side in one that does not change";
  if (model.has_chance()) return "world: seeds learn side by side in one without chance";
  if (model.words() == nullptr)
    return "world: it has more different rewards or states than seeds that learn side by side can "
           "tell apart";
  if (problem.num_actions() > kMostActions)
    return fmt::format("world: seeds learn side by side with up to {} actions, not {}",
                       kMostActions, problem.num_actions());
  return std::nullopt;
}

/// The table that every lane begins with: [S x width].
std::vector<double> first_table(const QTable& q, std::size_t width) {
  std::vector<double> table(index(q.num_states()) * width, kUnavailable);
  for (State s = 0; s < q.num_states(); ++s)
    std::copy(q.row(s).begin(), q.row(s).end(),
              table.begin() + static_cast<std::ptrdiff_t>(index(s) * width));
  return table;
}

std::vector<std::uint8_t> available_actions(const FiniteMdp& model) {
  std::vector<std::uint8_t> sets(index(model.num_states()), 0);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (model.available(s, a)) sets[index(s)] |= static_cast<std::uint8_t>(1U << a);
  return sets;
}

QTable as_q_table(const std::vector<double>& table, const QTable& shape, std::size_t width) {
  QTable q = shape;
  for (State s = 0; s < q.num_states(); ++s)
    for (Action a = 0; a < q.num_actions(); ++a) q(s, a) = table[index(s) * width + index(a)];
  return q;
}

}  // namespace

std::optional<std::string> why_not_in_lanes(const Problem& problem,
                                            const QLearning::Options& options) {
  if (!problem.finite()) return "world: seeds learn side by side in one with a list of states";
  return why_not(problem, options, PackedModel(problem.model));
}

std::vector<LearnedLane> q_learning_in_lanes(const Problem& problem,
                                             const QLearning::Options& options,
                                             std::span<const std::uint64_t> seeds,
                                             const Budget& budget) {
  if (!problem.finite()) throw std::invalid_argument(*why_not_in_lanes(problem, options));
  const PackedModel model(problem.model);
  if (const auto reason = why_not(problem, options, model)) throw std::invalid_argument(*reason);
  if (budget.steps == kNoLimit && budget.episodes == kNoLimit)
    throw std::invalid_argument("budget: seeds that learn side by side need a limit");
  const QTable start(problem.model, options.values.q0);
  const std::size_t width = problem.num_actions() <= 4 ? 4 : 8;
  const std::vector<double> table = first_table(start, width);

  std::vector<LearnedLane> all;
  all.reserve(seeds.size());
  for (std::size_t first = 0; first < seeds.size(); first += kLanes) {
    const std::size_t size = std::min(kLanes, seeds.size() - first);
    detail::QLearningState x;
    x.model = &model.model();
    x.words = model.words();
    x.only_start = model.only_start();
    x.alpha = options.alpha.start;
    x.gamma = problem.gamma;
    x.explore_below = static_cast<std::int64_t>(std::ceil(0x1.0p53 * options.epsilon.start));
    x.episode_steps = problem.episode_steps;
    x.budget = budget;
    x.width = width;
    x.available = available_actions(model.model());
    x.running = size;
    x.q.reserve(kLanes * table.size());
    for (std::size_t i = 0; i < kLanes; ++i) {
      x.q.insert(x.q.end(), table.begin(), table.end());
      x.spent[i] = i >= size;
      const Streams streams(seeds[first + std::min(i, size - 1)]);
      x.environment.set(i, streams.environment);
      x.agent.set(i, streams.agent);
    }
    if (budget.steps > 0 && budget.episodes > 0) {
      detail::begin_q_learning(x);
      detail::run_q_learning(x);
    }
    for (std::size_t i = 0; i < size; ++i)
      all.push_back({x.learned[i].empty() ? start : as_q_table(x.learned[i], start, width),
                     std::move(x.episodes[i])});
  }
  return all;
}

}  // namespace rl
