#include "rl/with_rewards.hpp"

#include <vector>

namespace rl {

FiniteMdp with_rewards(const FiniteMdp& model,
                       const std::function<double(State, Action, const Outcome&)>& reward) {
  MdpFacts facts;
  facts.start = model.start_weights();
  facts.rewards_are_means = model.rewards_are_means();
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) facts.terminal.push_back(s);
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    for (Outcome outcome : model.outcomes(s, a)) {
      outcome.reward = reward(s, a, outcome);
      outcome.reward_sd = 0;
      row.push_back(outcome);
    }
  };
  return {model.num_states(), model.num_actions(), fill, facts};
}

}  // namespace rl
