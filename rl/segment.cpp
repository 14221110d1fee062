#include "rl/segment.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

Segment follow(const FiniteMdp& model, State start, std::span<const Action> actions) {
  if (start < 0 || start >= model.num_states())
    throw std::invalid_argument(fmt::format("there is no state {} to start in", start));
  Segment segment;
  segment.states.push_back(start);
  for (const Action a : actions) {
    const State s = segment.states.back();
    const auto refuse = [&](const char* why) {
      throw std::invalid_argument(fmt::format("action {} in state {}: {}", a, s, why));
    };
    if (model.terminal(s)) refuse("the episode has ended before it");
    if (a < 0 || a >= model.num_actions() || !model.available(s, a)) refuse("not available");
    const FiniteMdp::Row row = model.row(s, a);
    if (row.size() != 1) refuse("its next state is left to chance");
    segment.actions.push_back(a);
    segment.rewards.push_back(row.reward);
    segment.states.push_back(row.next(0));
  }
  segment.terminated = model.terminal(segment.states.back());
  return segment;
}

}  // namespace rl
