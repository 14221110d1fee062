#pragma once
/// \file
/// Advantage actor-critic in many worlds at once (MFRL 10.2; Mnih et al. 2016, synchronous): one
/// step of theta and w for each segment,
///
///     L = mean of [ -A ln pi(a | s; theta) + value_weight (G - v(s; w))^2 - entropy_weight H ]
///
/// with n-step advantages that reach to the end of the segment. It is PPO with one pass, one
/// minibatch and nothing clipped: at rho = 1 the surrogate's derivative by ln pi is A.
#include <cstddef>
#include <cstdint>
#include <span>

#include "algorithms/advantages.hpp"
#include "algorithms/policy_networks.hpp"
#include "algorithms/segment_learner.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/schedule.hpp"

namespace rl {

struct A2cOptions {
  SegmentOptions lived = {.worlds = 16, .segment = 5};
  Schedule alpha = Schedule::linear(4e-3, 0, 200'000);
  LossWeights weight = {.value = 0.5, .entropy = 0.01};
  PolicyNetworksOptions networks = {.optimizer = OptimizerKind::rmsprop};
  template <class Visitor>
  void visit(Visitor& v) {
    lived.visit(v);
    v("alpha", alpha, "step size; its clock counts steps", Range{0, 1e6});
    weight.visit(v);
    networks.visit(v);
  }
};

class A2c {
 public:
  using Options = A2cOptions;

  explicit A2c(const Options& options) : options_(options) {
    check_clock_of_steps("alpha", options.alpha);
  }

  void advantages(const SegmentValues& segment, double gamma, std::span<double> A) const {
    n_step_advantages(segment, gamma, static_cast<std::size_t>(options_.lived.segment), A);
  }
  double rate(std::int64_t steps) const { return options_.alpha(steps); }

  template <class Networks, class S, class A>
  typename Networks::Loss loss(const Lessons<S, A>& x) const {
    return loss_of<Networks>(x, options_.weight,
                             [=](double, std::size_t k) { return -x.advantage[k]; });
  }

  template <class S, class A, class T>
  void improve(PolicyNetworks<S, A, T>& networks, const Lessons<S, A>& x, std::int64_t steps,
               Rng& /*rng*/) const {
    networks.descend(x.s, loss<PolicyNetworks<S, A, T>>(x), options_.alpha(steps));
  }

 private:
  Options options_;
};

template <class S, class A = Action>
using A2cLearner = SegmentLearner<A2c, S, A>;

}  // namespace rl
