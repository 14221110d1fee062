#include "algorithms/monte_carlo_basic.hpp"

#include <algorithm>
#include <utility>

#include "algorithms/dynamic_programming/certificate.hpp"

namespace rl {

MonteCarloBasic::MonteCarloBasic(FiniteMdp model, double gamma,
                                 const MonteCarloBasicOptions& options)
    : model_(std::move(model)),
      gamma_(gamma),
      options_(options),
      rng_(static_cast<std::uint64_t>(options.seed)),
      v_(StateValues::Zero(model_.num_states())),
      policy_(index(model_.num_states()), 0) {
  for (State s = 0; s < model_.num_states(); ++s)
    while (!model_.terminal(s) && !model_.available(s, policy_[index(s)])) ++policy_[index(s)];
}

double MonteCarloBasic::live(State s, Action a) {
  double G = 0;
  double discount = 1;
  for (std::int64_t t = 0; t < options_.episode_length; ++t) {
    const Step<State> x = model_.sample(s, a, rng_);
    G += discount * x.reward;
    if (x.terminated) break;
    discount *= gamma_;
    s = x.next;
    a = policy_[index(s)];
  }
  return G;
}

bool MonteCarloBasic::advance() {
  if (converged_ || progress_.iterations >= options_.max_iterations) return false;
  QTable q(model_);
  for (State s = 0; s < model_.num_states(); ++s) {
    for (Action a = 0; a < model_.num_actions(); ++a) {
      if (model_.terminal(s) || !model_.available(s, a)) continue;
      double sum = 0;
      for (std::int64_t i = 0; i < options_.episodes; ++i) sum += live(s, a);
      q(s, a) = sum / static_cast<double>(options_.episodes);
    }
  }
  bool changed = false;
  progress_.change = 0;
  for (State s = 0; s < model_.num_states(); ++s) {
    if (model_.terminal(s)) continue;
    Action& a = policy_[index(s)];
    const double best = max_value(q.row(s));
    if (q(s, a) < best) {
      a = first_greedy(q.row(s));
      changed = true;
    }
    progress_.change = std::max(progress_.change, std::abs(best - v_[s]));
    v_[s] = best;
  }
  converged_ = !changed;
  ++progress_.iterations;
  return true;
}

Plan MonteCarloBasic::plan() const {
  Plan plan{v_, progress_.iterations, progress_.iterations, converged_,
            error_bound(model_, v_, gamma_, Greedy{})};
  plan.policy = deterministic_policy(model_, policy_);
  return plan;
}

}  // namespace rl
