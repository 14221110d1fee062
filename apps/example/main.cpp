// A world and a learner of one's own, with every command of rlbook for them:
//
//     rlbook_example compare optimist q_learning --env corridor:length=20
//     rlbook_example run optimist --env corridor --episodes 50
//     rlbook_example step optimist --env corridor
#include <algorithm>

#include "apps/program.hpp"
#include "rl/values.hpp"

struct CorridorOptions {
  int length = 8;
  template <class Visitor>
  void visit(Visitor& v) {
    v("length", length, "number of cells; the last one ends the episode", rl::Range{2, 10'000});
  }
};

rl::Problem corridor(const CorridorOptions& options, const rl::WorldContext&) {
  const auto step = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& row) {
    row = {{.probability = 1, .reward = -1, .next = a == 0 ? std::max(s - 1, 0) : s + 1}};
  };
  const rl::FiniteMdp model(options.length, 2, step, {.terminal = {options.length - 1}});
  return {.name = "corridor", .model = model.with_start(0), .gamma = 0.95};
}

/// Q-learning that is always greedy: where rewards are negative, zeros are optimism enough.
class Optimist {
 public:
  struct Options {
    double alpha = 0.5;
    template <class Visitor>
    void visit(Visitor& v) {
      v("alpha", alpha, "step size", rl::Range{0, 1});
    }
  };
  Optimist(const rl::Problem& p, Options o) : q_(p.model), gamma_(p.gamma), alpha_(o.alpha) {}

  rl::Action start(rl::State s, rl::Rng& rng) { return rl::random_greedy(q_.row(s), rng); }
  rl::Action step(const rl::Transition<>& t, rl::Rng& rng) {
    const double bootstrap = t.terminated ? 0 : rl::max_value(q_.row(t.next));
    const double target = t.reward + gamma_ * bootstrap;
    const double before = q_(t.state, t.action);
    q_(t.state, t.action) += alpha_ * (target - before);
    trace_.begin_step();
    if (trace_.enabled())
      trace_.add({t.state, t.action, t.reward, t.next, gamma_, bootstrap, target, target - before,
                  alpha_, before, q_(t.state, t.action)});
    return start(t.next, rng);
  }
  rl::Estimates estimates() const { return {rl::Quantity::q_star, q_.parameters()}; }
  rl::Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
  }

 private:
  rl::QTable q_;
  double gamma_, alpha_;
  rl::Trace trace_;
};

int main(int argc, char** argv) {
  rl::Registry registry = rl::apps::default_registry();
  registry.add_world("corridor", "a corridor", "apps/example", CorridorOptions{}, corridor);
  registry.add_learner<Optimist>("optimist", {.family = "example",
                                              .title = "Q-learning without exploration",
                                              .sections = "S&B 2.6",
                                              .formula = "",
                                              .pseudocode = ""});
  return rl::apps::program_main(argc, argv, registry);
}
