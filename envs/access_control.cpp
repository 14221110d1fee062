#include "envs/access_control.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "envs/looks.hpp"

namespace rl {

namespace {

/// P(k successes in n), k = 0 .. n, by adding one trial after another.
std::vector<double> number_freed(int n, double p) {
  std::vector<double> row = {1};
  for (int trial = 0; trial < n; ++trial) {
    row.push_back(0);
    for (std::size_t k = row.size() - 1; k > 0; --k) row[k] = (1 - p) * row[k] + p * row[k - 1];
    row[0] *= 1 - p;
  }
  return row;
}

Picture picture_of(const AccessControlOptions& options) {
  const auto kinds = static_cast<int>(options.priorities.size());
  Picture picture;
  Panel panel{"priority (down), free servers (right)",
              kinds,
              options.servers + 1,
              {},
              plain_marks(kinds, options.servers + 1)};
  for (int i = 0; i < kinds; ++i) {
    panel.row_labels.push_back(
        fmt::format("{:g}", options.priorities[static_cast<std::size_t>(i)]));
    for (int free = 0; free <= options.servers; ++free) panel.state.push_back(free * kinds + i);
  }
  for (int free = 0; free <= options.servers; ++free) {
    panel.col_labels.push_back(std::to_string(free));
    for (const double priority : options.priorities)
      picture.state_names.push_back(fmt::format("{} free, priority {:g}", free, priority));
  }
  picture.panels.push_back(std::move(panel));
  picture.actions = {{"reject", "-", '-'}, {"accept", "+", '+'}};
  return picture;
}

}  // namespace

Problem access_control(const AccessControlOptions& options, const WorldContext& context) {
  constexpr std::size_t kMostKinds = 10;
  const auto kinds = static_cast<int>(options.priorities.size());
  if (options.priorities.empty() || options.priorities.size() > kMostKinds)
    throw std::invalid_argument(
        fmt::format("access_control: needs 1 to {} priorities, not {}", kMostKinds, kinds));
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const int free = s / kinds;
    const bool accept = a == 1;
    if (accept && free == 0) return;
    const int busy = options.servers - free + (accept ? 1 : 0);
    const double reward = accept ? options.priorities[static_cast<std::size_t>(s % kinds)] : 0;
    const std::vector<double> p = number_freed(busy, options.p_free);
    for (int freed = 0; freed <= busy; ++freed) {
      const double each = p[static_cast<std::size_t>(freed)] / kinds;
      if (each == 0) continue;
      for (int i = 0; i < kinds; ++i)
        row.push_back({each, reward, (options.servers - busy + freed) * kinds + i});
    }
  };
  const State num_states = (options.servers + 1) * kinds;
  std::vector<double> start(static_cast<std::size_t>(num_states), 0);
  for (int i = 0; i < kinds; ++i) start[static_cast<std::size_t>(num_states - 1 - i)] = 1;
  return {.name = "access_control",
          .model = FiniteMdp(num_states, 2, fill,
                             {.start = std::move(start), .memory_limit = context.memory_limit}),
          .criterion = Criterion::average,
          .picture = picture_of(options),
          .note = "an average-reward problem; gamma counts only where one is given"};
}

}  // namespace rl
