#include "envs/maximization_bias.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "envs/looks.hpp"

namespace rl {

namespace {

constexpr State kA = 0;
constexpr State kB = 1;
constexpr State kEnd = 2;
constexpr Action kActionsInA = 2;

Picture picture_of(Action num_actions) {
  Picture picture;
  Panel panel{"left: B", 1, 3, {kB, kA, kEnd}, " ST"};
  picture.panels.push_back(std::move(panel));
  picture.state_names = {"A", "B", "end"};
  picture.actions = {look_right(), look_left()};
  for (Action a = kActionsInA; a < num_actions; ++a)
    picture.actions.push_back(look_number(std::to_string(a), a));
  return picture;
}

}  // namespace

Problem maximization_bias(const MaximizationBiasOptions& options, const WorldContext& context) {
  const Action num_actions = std::max(options.b_actions, kActionsInA);
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    if (s == kA && a < kActionsInA)
      row.push_back({1, 0, a == 0 ? kEnd : kB});
    else if (s == kB && a < options.b_actions)
      row.push_back({1, options.mean, kEnd, options.sd});
  };
  return {.name = "maximization_bias",
          .model = FiniteMdp(3, num_actions, fill,
                             {.terminal = {kEnd}, .memory_limit = context.memory_limit})
                       .with_start(kA),
          .gamma = 1,
          .picture = picture_of(num_actions),
          .note = "right and left are the actions of A; B's actions are all alike"};
}

}  // namespace rl
