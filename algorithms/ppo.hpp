#pragma once
/// \file
/// Proximal policy optimization (Schulman et al. 2017): several passes over a segment, each step
/// along the clipped surrogate
///
///     L = -min(rho A, clip(rho, 1 - epsilon, 1 + epsilon) A),   rho = pi(a | s) / pi_old(a | s)
///
/// Its derivative by ln pi(a | s) is -rho A, but 0 where rho has already gone further than epsilon
/// the way that A pushes it: there is nothing to be gained there, and so little is risked by using
/// steps of an older policy again. A is GAE (algorithms/advantages.hpp), as a rule normalised in
/// each minibatch.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "algorithms/advantages.hpp"
#include "algorithms/minibatches.hpp"
#include "algorithms/policy_networks.hpp"
#include "algorithms/segment_learner.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/schedule.hpp"

namespace rl {

/// The clipped surrogate, which is maximised, and its derivative by ln pi(a | s).
struct Surrogate {
  double value;
  double slope;
};

inline Surrogate clipped_surrogate(double rho, double advantage, double epsilon) {
  const double clipped = std::clamp(rho, 1 - epsilon, 1 + epsilon);
  if (rho * advantage <= clipped * advantage) return {rho * advantage, rho * advantage};
  return {clipped * advantage, 0};
}

/// Half the squared error of v, or of v kept within `width` of what it was: the larger of the two.
struct ClippedValueLoss {
  double value;
  double slope;  ///< by v
  bool clipped;
};

inline ClippedValueLoss clipped_value_loss(double v, double v_old, double G, double width) {
  const double error = v - G;
  const double kept = std::clamp(v, v_old - width, v_old + width) - G;
  if (kept * kept > error * error) return {kept * kept / 2, 0, true};
  return {error * error / 2, error, false};
}

/// The defaults solve cart-pole within their 200,000 steps.
struct PpoOptions {
  SegmentOptions lived = {.worlds = 16, .segment = 128};
  MinibatchOptions passes = {.epochs = 10, .minibatch = 64};
  Schedule alpha = Schedule::linear(3e-4, 0, 200'000);
  Schedule clip = Schedule::linear(0.2, 0, 200'000);
  double lambda = 0.95;
  bool normalize = true;
  LossWeights weight = {.value = 0.5, .entropy = 0};
  PolicyNetworksOptions networks = {};
  template <class Visitor>
  void visit(Visitor& v) {
    lived.visit(v);
    passes.visit(v);
    v("alpha", alpha, "step size; its clock counts steps", Range{0, 1e6});
    v("clip", clip, "epsilon: how far rho may go from 1; its clock counts steps", Range{0, 1e6});
    v("lambda", lambda, "of GAE: 0 looks one step ahead, 1 to the end of the segment", Range{0, 1});
    v("normalize", normalize, "advantages of a minibatch are brought to mean 0 and deviation 1");
    weight.visit(v);
    networks.visit(v);
  }
};

class Ppo {
 public:
  using Options = PpoOptions;

  /// Throws std::invalid_argument for a segment that minibatches do not divide.
  explicit Ppo(const Options& options) : options_(options) {
    check_clock_of_steps("alpha", options.alpha);
    check_clock_of_steps("clip", options.clip);
    check_minibatches(options.passes, options.lived);
  }

  void advantages(const SegmentValues& segment, double gamma, std::span<double> A) const {
    gae(segment, gamma, options_.lambda, A);
  }
  double rate(std::int64_t steps) const { return options_.alpha(steps); }

  /// The loss of one minibatch.
  template <class Networks, class S, class A>
  typename Networks::Loss loss(const Lessons<S, A>& x, double epsilon) const {
    return loss_of<Networks>(x, options_.weight, [=](double log_pi, std::size_t k) {
      const double rho = std::exp(log_pi - x.log_pi[k]);
      return -clipped_surrogate(rho, x.advantage[k], epsilon).slope;
    });
  }

  template <class S, class A, class T>
  void improve(PolicyNetworks<S, A, T>& networks, const Lessons<S, A>& all, std::int64_t steps,
               Rng& rng) const {
    for_minibatches(all, options_.passes, rng, [&](Minibatch<S, A>& some) {
      if (options_.normalize) normalize(some.advantage);
      const Lessons<S, A> x = some.lessons();
      networks.descend(x.s, loss<PolicyNetworks<S, A, T>>(x, options_.clip(steps)),
                       options_.alpha(steps));
    });
  }

 private:
  Options options_;
};

template <class S, class A = Action>
using PpoLearner = SegmentLearner<Ppo, S, A>;

}  // namespace rl
