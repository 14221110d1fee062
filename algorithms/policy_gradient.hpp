#pragma once
/// \file
/// REINFORCE: policy gradients from whole episodes (S&B 13.3, 13.4, 13.7; MFRL 9.4).
///
///     G_t = r_{t+1} + gamma G_{t+1},   0 beyond the end
///     delta = G_t - v(S_t; w)                                     without a baseline delta = G_t
///     w     <- w     + alpha_w delta grad v(S_t; w)
///     theta <- theta + alpha gamma^t delta grad ln pi(A_t | S_t; theta)
///
/// for t = 0, 1, ... when the episode has ended, each with theta as the ones before left it. S&B
/// have gamma^t, which makes the expected step the gradient of J; MFRL leaves it out, and so does
/// most practice (option discount_factor_t). An episode that is cut by a limit of steps gives the
/// return so far: nothing is bootstrapped.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "algorithms/critics.hpp"
#include "algorithms/episode.hpp"
#include "algorithms/gaussian_policy.hpp"
#include "algorithms/learned_policy.hpp"
#include "algorithms/softmax_policy.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

/// Returns count as they are.
class NoBaseline {
 public:
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  static constexpr bool kLearns = false;
  NoBaseline(const Problem&, const Options&, const OneStep::Options&, const Rng&) {}
  void begin_episode() {}
  template <class S, class A>
  double value(const S& /*s*/, const A& /*a*/) const {
    return 0;
  }
  template <class S, class A>
  double learn(const S&, const A&, double /*gamma*/, double /*delta*/) {
    return 0;
  }
  template <class Visitor>
  void state(Visitor&) {}
};

/// Returns are compared with v(s; w).
template <class S>
class StateBaseline : public StateCritic<S> {
 public:
  static constexpr bool kLearns = true;
  using StateCritic<S>::StateCritic;
};

template <class PolicyOptions, class BaselineOptions>
struct ReinforceOptions {
  Schedule alpha = 0.01;
  PolicyOptions policy = {};
  [[no_unique_address]] BaselineOptions baseline = {};
  bool discount_factor_t = true;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size of the policy", Range{0, 1e6});
    policy.visit(v);
    baseline.visit(v);
    v("discount_factor_t", discount_factor_t,
      "multiply the step of time t by gamma^t (S&B), or not (MFRL)");
  }
};

template <class P, class Baseline>
class Reinforce : public LearnedPolicy<P> {
  using Base = LearnedPolicy<P>;

 public:
  using Options = ReinforceOptions<typename P::Options, typename Baseline::Options>;
  using typename Base::ActionType;
  using typename Base::Observation;

  /// `rng` draws what parameters begin with at random.
  Reinforce(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  ActionType start(const Observation& s, Rng& rng);
  ActionType step(const Transition<Observation, ActionType>& t, Rng& rng);

  const Baseline& baseline() const { return baseline_; }

  template <class Visitor>
  void state(Visitor& visit) {
    Base::state(visit);
    baseline_.state(visit);
    alpha_.state(visit);
    episode_.state(visit, this->num_states(), policy_.num_actions());
  }

 private:
  using Base::policy_, Base::trace_;

  void learn();
  void learn_from(std::size_t t, double G, double gamma_t);
  void learn_baseline(Update u, const Observation& s, const ActionType& a);

  double gamma_;
  bool discount_factor_t_;
  Baseline baseline_;
  StepSize alpha_;
  Episode<Observation, ActionType> episode_;
  std::vector<double> returns_;  // scratch
};

template <class S>
using SoftmaxReinforce = Reinforce<SoftmaxPolicy<S>, NoBaseline>;
template <class S>
using SoftmaxReinforceBaseline = Reinforce<SoftmaxPolicy<S>, StateBaseline<S>>;
using GaussianReinforceBaseline = Reinforce<GaussianPolicy, StateBaseline<Point>>;

}  // namespace rl
