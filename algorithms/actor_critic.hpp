#pragma once
/// \file
/// Actor-critic methods: policy gradients at every step, judged by learned values (S&B 13.5-13.7,
/// MFRL 10.1-10.3).
///
///     delta = r + gamma v(s'; w) - v(s; w)
///     w     <- w     + alpha_w rho delta grad v(s; w)
///     theta <- theta + alpha gamma^t rho delta grad ln pi(a | s; theta)
///
/// The methods differ in few things, which a struct a method names:
///
///     Critic      v(s; w), or q(s, a; w), which then stands in the place of delta in theta's
///     update
///                 and learns as Sarsa does (QAC)
///     Credit      which parameters the error changes: one step, traces for both, or for the policy
///                 the natural gradient
///     Target      r + gamma v(s'), or r - r_bar + v(s') where the average reward counts
///     Behavior    who acts: the policy, rho = 1, or another one b, rho = pi(a | s) / b(a | s)
///
/// gamma^t is an option: S&B have it, MFRL and most practice leave it out. Both updates use theta
/// and w as they were before the step. A truncated episode bootstraps, a terminated one does not.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "algorithms/credit.hpp"
#include "algorithms/critics.hpp"
#include "algorithms/gaussian_policy.hpp"
#include "algorithms/learned_policy.hpp"
#include "algorithms/softmax_policy.hpp"
#include "algorithms/targets.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

// ---- credit -------------------------------------------------------------------------------------

/// z <- gamma lambda_theta z + alpha gamma^t grad ln pi;  theta <- theta + delta z
class ActorTraces : public Traces {
 public:
  struct Options {
    double lambda_theta = 0.8;
    template <class Visitor>
    void visit(Visitor& v) {
      v("lambda_theta", lambda_theta, "decay of the policy's traces", Range{0, 1});
    }
  };
  ActorTraces(const Options& options, std::size_t num_parameters)
      : Traces({{.lambda = options.lambda_theta}}, num_parameters) {}
};

/// z <- gamma lambda_w z + alpha_w grad v;  w <- w + delta z
class CriticTraces : public Traces {
 public:
  struct Options {
    double lambda_w = 0.8;
    template <class Visitor>
    void visit(Visitor& v) {
      v("lambda_w", lambda_w, "decay of the values' traces", Range{0, 1});
    }
  };
  CriticTraces(const Options& options, std::size_t num_parameters)
      : Traces({{.lambda = options.lambda_w}}, num_parameters) {}
};

/// The natural gradient by compatible features psi = grad ln pi(a | s) (Kakade 2002; Bhatnagar et
/// al. 2009, Algorithm 3): the weights g with which g . psi comes nearest to delta are F^-1 grad J,
/// F = E[psi psi'] the Fisher matrix, which so need not be inverted.
///
///     g <- g + beta (delta - g . psi) psi;   theta <- theta + alpha gamma^t g
class NaturalAscent {
 public:
  struct Options {
    double beta = 0.05;
    template <class Visitor>
    void visit(Visitor& v) {
      v("beta", beta, "step size of the natural gradient's estimate", Range{0, 1});
    }
  };
  NaturalAscent(const Options& options, std::size_t num_parameters)
      : beta_(options.beta), g_(num_parameters, 0) {}
  void begin_episode() {}
  template <class P, class S, class A>
  void apply(P& policy, const TdError<S, A>& e) {
    double g_psi = 0;
    policy.gradient(e.s, e.a, [&](std::size_t i, double psi) { g_psi += g_[i] * psi; });
    const double change = beta_ * (e.delta - g_psi);
    if (!std::isfinite(change)) throw Diverged("the natural gradient is not finite");
    policy.gradient(e.s, e.a, [&](std::size_t i, double psi) { g_[i] += change * psi; });
    for (std::size_t i = 0; i < g_.size(); ++i) policy.add_at(i, e.alpha * g_[i]);
  }
  std::span<const double> natural_gradient() const { return g_; }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> g = g_;  // of a length that a saved state cannot change
    visit("natural_gradient", g);
  }

 private:
  double beta_;
  std::vector<double> g_;
};

// ---- who acts -----------------------------------------------------------------------------------

/// The policy that is learned.
class OnPolicy {
 public:
  static constexpr bool kOther = false;
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  OnPolicy(const Problem& /*problem*/, const Options& /*options*/) {}
  template <class P, class S>
  auto sample(const P& policy, const S& s, Rng& rng) const {
    return policy.sample(s, rng);
  }
  template <class P, class S, class A>
  double rho(const P& /*policy*/, const S& /*s*/, const A& /*a*/) const {
    return 1;
  }
};

/// A policy that is given.
class GivenBehavior {
 public:
  static constexpr bool kOther = true;
  struct Options {
    std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
    template <class Visitor>
    void visit(Visitor& v) {
      v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
        Range{0, 1});
    }
  };
  /// Throws std::invalid_argument where it never takes an action that is available.
  GivenBehavior(const Problem& problem, const Options& options)
      : b_(policy_or_uniform(problem.model, options.behavior, "behavior")) {
    check_coverage(problem.model, uniform_policy(problem.model), b_);
  }
  template <class P>
  Action sample(const P& /*policy*/, State s, Rng& rng) const {
    return b_.sample(s, rng);
  }
  template <class P>
  double rho(const P& policy, State s, Action a) const {
    return policy.probability(s, a) / b_.probability(s, a);
  }

 private:
  TabularPolicy b_;
};

// ---- methods ------------------------------------------------------------------------------------

/// S&B 13.5 with gamma^t, MFRL 10.2 without.
struct AdvantageMethod {
  template <class S>
  using Critic = StateCritic<S>;
  using ActorCredit = OneStep;
  using CriticCredit = OneStep;
  using Target = DiscountedTarget;
  using Behavior = OnPolicy;
};
/// S&B 13.5.
struct TracesMethod : AdvantageMethod {
  template <class S>
  using Critic = StateCritic<S, CriticTraces>;
  using ActorCredit = ActorTraces;
  using CriticCredit = CriticTraces;
};
/// S&B 13.6.
struct ContinuingMethod : TracesMethod {
  using Target = AverageTarget;
};
/// MFRL 10.1.
struct QacMethod : AdvantageMethod {
  template <class S>
  using Critic = ActionCritic<S>;
};
/// MFRL 10.3.
struct OffPolicyMethod : AdvantageMethod {
  using Behavior = GivenBehavior;
};
struct NaturalMethod : AdvantageMethod {
  using ActorCredit = NaturalAscent;
};

// ---- the learner --------------------------------------------------------------------------------

template <class PolicyOptions, class Method>
struct ActorCriticOptions {
  static constexpr bool kDiscounted = std::same_as<typename Method::Target, DiscountedTarget>;
  Schedule alpha = 0.05;
  PolicyOptions policy = {};
  CriticOptions critic = {};
  [[no_unique_address]] typename Method::ActorCredit::Options actor_credit = {};
  [[no_unique_address]] typename Method::CriticCredit::Options critic_credit = {};
  [[no_unique_address]] typename Method::Target::Options target = {};
  [[no_unique_address]] typename Method::Behavior::Options behavior = {};
  bool discount_factor_t = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size of the policy", Range{0, 1e6});
    policy.visit(v);
    critic.visit(v);
    actor_credit.visit(v);
    critic_credit.visit(v);
    target.visit(v);
    behavior.visit(v);
    if constexpr (kDiscounted)
      v("discount_factor_t", discount_factor_t,
        "multiply the policy's step at time t by gamma^t (S&B), or not (MFRL)");
  }
};

template <class P, class Method>
class ActorCritic : public LearnedPolicy<P> {
  using Base = LearnedPolicy<P>;

 public:
  using Options = ActorCriticOptions<typename P::Options, Method>;
  using typename Base::ActionType;
  using typename Base::Observation;
  using Critic = typename Method::template Critic<Observation>;
  using Lived = Transition<Observation, ActionType>;

  /// `rng` draws what parameters begin with at random.
  ActorCritic(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  ActionType start(const Observation& s, Rng& rng);
  ActionType step(const Lived& t, Rng& rng);

  void begin_episode();
  /// One update; a_next is looked at by critics of actions.
  void learn(const Lived& t, const ActionType& a_next);
  /// The same for episodes of the behaviour that are given.
  void learn(const Lived& t, Rng& /*rng*/) requires Method::Behavior::kOther {
    learn(t, ActionType{});
  }

  const Critic& critic() const { return critic_; }

  template <class Visitor>
  void state(Visitor& visit) {
    Base::state(visit);
    critic_.state(visit);
    actor_credit_.state(visit);
    target_.state(visit);
    alpha_.state(visit);
    visit("gamma_t", gamma_t_);
  }

 private:
  using Base::policy_, Base::trace_;

  ActionType act(const Observation& s, Rng& rng) { return behavior_.sample(policy_, s, rng); }
  void learn_policy(const Lived& t, const Update& u, double advantage);
  void learn_values(const Lived& t, Update u, double delta);

  Critic critic_;
  typename Method::Target target_;
  [[no_unique_address]] typename Method::ActorCredit actor_credit_;
  [[no_unique_address]] typename Method::Behavior behavior_;
  StepSize alpha_;
  bool discount_factor_t_;
  double gamma_t_ = 1;
};

template <class S>
using AdvantageActorCritic = ActorCritic<SoftmaxPolicy<S>, AdvantageMethod>;
template <class S>
using ActorCriticTraces = ActorCritic<SoftmaxPolicy<S>, TracesMethod>;
using ActorCriticContinuing = ActorCritic<SoftmaxPolicy<State>, ContinuingMethod>;
template <class S>
using Qac = ActorCritic<SoftmaxPolicy<S>, QacMethod>;
using OffPolicyActorCritic = ActorCritic<SoftmaxPolicy<State>, OffPolicyMethod>;
template <class S>
using NaturalActorCritic = ActorCritic<SoftmaxPolicy<S>, NaturalMethod>;
using GaussianActorCritic = ActorCritic<GaussianPolicy, AdvantageMethod>;
using GaussianActorCriticTraces = ActorCritic<GaussianPolicy, TracesMethod>;

}  // namespace rl
