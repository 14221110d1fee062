#include "rl/plan.hpp"

namespace rl {

QTable action_values(const FiniteMdp& model, const StateValues& v, double gamma) {
  QTable q(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    for (Action a = 0; a < model.num_actions(); ++a) q(s, a) = backup(model, v, gamma, s, a);
  }
  return q;
}

}  // namespace rl
