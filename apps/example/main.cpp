// A world and a learner of one's own in every command of rlbook:
//     rlbook_example compare optimist q_learning --env corridor:length=20
#include <algorithm>

#include "apps/program.hpp"

struct Corridor {
  int length = 8;
  void visit(auto& v) { v("length", length, "cells; the last one ends it", rl::Range{2, 10'000}); }
};

rl::Problem make_corridor(const Corridor& world, const rl::WorldContext&) {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& outcomes) {
    outcomes = {{.probability = 1, .reward = -1, .next = a == 0 ? std::max(s - 1, 0) : s + 1}};
  };
  const rl::FiniteMdp model(world.length, 2, row, {.terminal = {world.length - 1}});
  return {.name = "corridor", .model = model.with_start(0), .gamma = 0.95};
}

/// Q-learning that is always greedy: where rewards are negative, zeros are optimism enough.
struct Optimist {
  struct Options {
    double alpha = 0.5;
    void visit(auto& v) { v("alpha", alpha, "step size", rl::Range{0, 1}); }
  };
  Optimist(const rl::Problem& p, Options o) : q(p.model), gamma(p.gamma), alpha(o.alpha) {}
  rl::Action start(rl::State s, rl::Rng& rng) { return rl::random_greedy(q.row(s), rng); }
  rl::Action step(const rl::Transition<>& t, rl::Rng& rng) {
    const double before = q(t.state, t.action);
    const double bootstrap = t.terminated ? 0 : rl::max_value(q.row(t.next));
    const double target = t.reward + gamma * bootstrap;
    const double after = q(t.state, t.action) = before + alpha * (target - before);
    if (updates.enabled())  // for step and run --trace
      updates.set({t.state, t.action, t.reward, t.next, gamma, bootstrap, target, target - before,
                   alpha, before, after});
    return start(t.next, rng);
  }
  rl::Estimates estimates() const { return {rl::Quantity::q_star, q.parameters()}; }
  rl::Trace& trace() { return updates; }
  void state(auto& visit) { q.state(visit); }  // for run --save and --resume

  rl::QTable q;
  double gamma, alpha;
  rl::Trace updates;
};

int main(int argc, char** argv) {
  rl::Registry registry = rl::apps::default_registry();
  registry.add_world("corridor", "a corridor", "apps/example", Corridor{}, make_corridor);
  registry.add_learner<Optimist>(
      "optimist", {.file = "apps/example/main.cpp", .title = "Q-learning without exploration"});
  return rl::apps::program_main(argc, argv, registry);
}
