#pragma once
/// \file
/// A small experiment for the tests of rl/experiment: three TD learners on a short corridor.
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/truth.hpp"
#include "rl/experiment/experiment.hpp"

namespace tests {

/// States 0 .. 4 in a row, 4 terminal; actions left and right, with probability 0.2 the other way;
/// every step pays -1. gamma = 0.9, start in 0.
inline rl::Problem corridor() {
  rl::FiniteMdp model(5, 2,
                      [](rl::State s, rl::Action a, std::vector<rl::Outcome>& row) {
                        const rl::State left = s > 0 ? s - 1 : 0;
                        row.push_back({a == 0 ? 0.8 : 0.2, -1, left});
                        row.push_back({a == 0 ? 0.2 : 0.8, -1, s + 1});
                      },
                      {.terminal = {4}, .start = {1, 0, 0, 0, 0}});
  return {.name = "corridor", .model = std::move(model), .gamma = 0.9};
}

/// Walks right, and its one estimate is no number any more after `lasts` steps; a negative `lasts`
/// throws after that many.
class Fragile {
 public:
  struct Options {
    int lasts = 50;
    template <class Visitor>
    void visit(Visitor& v) {
      v("lasts", lasts, "steps before it breaks");
    }
  };
  Fragile(const rl::Problem& problem, Options options) : options_(options), q_(problem.model, 0) {}
  rl::Action start(rl::State, rl::Rng&) { return 1; }
  rl::Action step(const rl::Transition<>& t, rl::Rng&) {
    ++steps_;
    if (steps_ == options_.lasts) q_(t.state, t.action) = std::numeric_limits<double>::quiet_NaN();
    if (steps_ == -options_.lasts) throw std::runtime_error("broken");
    return 1;
  }
  rl::Estimates estimates() const { return {rl::Quantity::q_star, q_.parameters()}; }
  rl::Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    visit("steps", steps_);
  }

 private:
  Options options_;
  rl::QTable q_;
  int steps_ = 0;
  rl::Trace trace_;
};

/// The library's algorithms and `fragile`.
inline const rl::Registry& learners() {
  static const rl::Registry all = [] {
    rl::Registry r;
    rl::add_algorithms(r);
    r.add_learner<Fragile>("fragile", {"tests", "breaks after some steps", "", "", ""});
    return r;
  }();
  return all;
}

inline rl::Contender contender(const std::string& name, const std::string& options = "{}") {
  return {.algorithm = &learners().algorithm(name), .options = options};
}

inline rl::Experiment corridor_experiment() {
  return {
      .contenders = {contender("q_learning"), contender("sarsa"), contender("expected_sarsa")},
      .worlds = {{.name = "corridor", .make = [](std::uint64_t) { return corridor(); }}},
      .seeds = {1, 2, 3, 4},
      .budget = {.steps = 1000},
      .eval_every = 100,
      .truth = [](const rl::Problem& p, const rl::FiniteMdp& m) { return rl::exact_truth(p, m); }};
}

}  // namespace tests
