#include "rl/plan.hpp"

namespace rl {

std::vector<double> action_values(const FiniteMdp& model, const StateValues& v, double gamma,
                                  State s) {
  std::vector<double> q(static_cast<std::size_t>(model.num_actions()), 0);
  if (model.terminal(s)) return q;
  for (Action a = 0; a < model.num_actions(); ++a)
    q[static_cast<std::size_t>(a)] = backup(model, v, gamma, s, a);
  return q;
}

QTable action_values(const FiniteMdp& model, const StateValues& v, double gamma) {
  QTable q(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    for (Action a = 0; a < model.num_actions(); ++a) q(s, a) = backup(model, v, gamma, s, a);
  }
  return q;
}

std::vector<Action> optimal_actions(const FiniteMdp& model, const StateValues& v, double gamma,
                                    State s, double tolerance) {
  std::vector<Action> best;
  if (model.terminal(s)) return best;
  const std::vector<double> q = action_values(model, v, gamma, s);
  const double least = max_value(q) - tolerance;
  for (std::size_t a = 0; a < q.size(); ++a)
    if (q[a] >= least) best.push_back(static_cast<Action>(a));
  return best;
}

double start_value(const FiniteMdp& model, const StateValues& v) {
  double sum = 0;
  model.for_each_start([&](State s, double p) { sum += p * v[s]; });
  return sum;
}

}  // namespace rl
