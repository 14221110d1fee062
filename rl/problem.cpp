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

std::optional<std::string> why_not_unit_rewards(const Problem& problem) {
  const FiniteMdp& model = problem.model;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a))
        if (o.reward_sd > 0 || o.reward < 0 || o.reward > 1)
          return fmt::format("rewards must lie in [0, 1], but {} in state {} pays {}{}",
                             problem.picture.action_name(a), problem.picture.state_name(s),
                             o.reward, o.reward_sd > 0 ? " with normal noise" : "");
  return std::nullopt;
}

}  // namespace rl
