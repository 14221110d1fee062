#include "rl/problem.hpp"

#include <fmt/format.h>

#include "rl/mdp_graph.hpp"

namespace rl {

std::string Picture::state_name(State s) const {
  if (!state_names.empty()) return state_names[static_cast<std::size_t>(s)];
  return one_based ? fmt::format("s{}", s + 1) : fmt::format("{}", s);
}

std::string Picture::action_name(Action a) const {
  return actions.empty() ? std::to_string(a) : actions[static_cast<std::size_t>(a)].name;
}

std::optional<State> Problem::state_without_end() const {
  if (episode_steps != kNoLimit) return std::nullopt;
  return rl::state_without_end(model);
}

}  // namespace rl
