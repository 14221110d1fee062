#pragma once
/// \file
/// The smallest learner that a registry takes: state values of what it lives through, acting at
/// random.
#include "rl/learning.hpp"
#include "rl/problem.hpp"
#include "rl/schedule.hpp"
#include "rl/values.hpp"

namespace tests {

class ToyLearner {
 public:
  struct Options {
    double alpha = 0.5;
    template <class Visitor>
    void visit(Visitor& v) {
      v("alpha", alpha, "step size", rl::Range{0, 1});
    }
  };
  ToyLearner(const rl::Problem& problem, Options options)
      : options_(options),
        gamma_(problem.gamma),
        available_(problem.model),
        v_(static_cast<std::size_t>(problem.model.num_states()), 0) {}

  rl::Action start(rl::State s, rl::Rng& rng) {
    return rl::random_available(available_.row(s), rng);
  }
  rl::Action step(const rl::Transition<rl::State>& t, rl::Rng& rng) {
    trace_.begin_step();
    double& v = v_[static_cast<std::size_t>(t.state)];
    const double bootstrap = t.terminated ? 0 : v_[static_cast<std::size_t>(t.next)];
    const double target = t.reward + gamma_ * bootstrap;
    const double before = v;
    v += options_.alpha * (target - before);
    if (trace_.enabled())
      trace_.add({t.state, -1, t.reward, t.next, gamma_, bootstrap, target, target - before,
                  options_.alpha, before, v});
    return rl::random_available(available_.row(t.next), rng);
  }
  rl::Estimates estimates() const { return {rl::Quantity::v_pi, v_}; }
  rl::Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("v", v_);
  }

 private:
  Options options_;
  double gamma_;
  rl::QTable available_;
  std::vector<double> v_;
  rl::Trace trace_;
};

}  // namespace tests
