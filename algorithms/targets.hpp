#pragma once
/// \file
/// Targets of TD methods, put together from a reward and what the next state is worth.
#include <fmt/format.h>

#include <string>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"

namespace rl {

/// r + gamma * bootstrap.
struct DiscountedTarget {
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  double gamma;
  explicit DiscountedTarget(const Problem& problem, const Options& = {}) : gamma(problem.gamma) {}
  double operator()(double reward, double bootstrap) const { return reward + gamma * bootstrap; }
  double subtracted() const { return 0; }
  void learn(double /*delta*/) {}
  Quantity estimates(Quantity discounted) const { return discounted; }
  std::string note() const { return ""; }
  template <class Visitor>
  void state(Visitor&) {}
};

/// r - r_bar + bootstrap, and r_bar <- r_bar + eta * delta: the average reward, learned beside the
/// differential values (S&B 10.3).
struct AverageTarget {
  struct Options {
    double eta = 0.01;
    template <class Visitor>
    void visit(Visitor& v) {
      v("eta", eta, "step size of the average reward", Range{0, 1});
    }
  };
  static constexpr double gamma = 1;
  AverageTarget(const Problem& /*problem*/, const Options& o) : eta(o.eta) {}
  double operator()(double reward, double bootstrap) const {
    return reward - average_reward + bootstrap;
  }
  /// r_bar
  double subtracted() const { return average_reward; }
  void learn(double delta) { average_reward += eta * delta; }
  Quantity estimates(Quantity discounted) const {
    return of_states(discounted) ? Quantity::differential_v : Quantity::differential_q;
  }
  std::string note() const { return fmt::format("average reward learned: {:.6g}", average_reward); }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("average_reward", average_reward);
  }
  double eta;
  double average_reward = 0;
};

}  // namespace rl
