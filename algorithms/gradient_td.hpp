#pragma once
/// \file
/// Off-policy prediction with features: the values of a policy pi while another, b, acts (S&B 11).
/// With x = phi(s), x' = phi(s') (0 beyond the end), rho = pi(a | s) / b(a | s) and
/// delta = r + gamma w.x' - w.x:
///
///     SemiGradient   w <- w + alpha rho delta x                                   S&B 11.1
///     Gtd2           w <- w + alpha rho (h.x) (x - gamma x')                      S&B 11.7
///     Tdc            w <- w + alpha rho [ delta x - gamma (h.x) x' ]              S&B 11.7
///                    h <- h + beta rho [ delta - h.x ] x       of both
///     Emphatic       M <- gamma rho_{t-1} M + I(s);  w <- w + alpha M rho delta x S&B 11.8
///
/// The semi-gradient method may diverge: Baird's world shows it. The others reach the fixed point
/// of TD, weighted by the behaviour's visits or by the emphasis, and pay with slower learning or
/// larger variance.
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

#include "algorithms/credit.hpp"
#include "algorithms/predicted_values.hpp"
#include "rl/learning.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

/// What a rule is told of one TD error.
struct OffPolicyError {
  State s;
  State next;
  bool terminated;
  double alpha;
  double gamma;
  double rho;
  double delta;
};

// ---- rules --------------------------------------------------------------------------------------

class SemiGradientRule {
 public:
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  SemiGradientRule(const Options&, const Problem&, const LinearValues<State>&) {}
  void begin_episode() {}
  void apply(LinearValues<State>& v, const OffPolicyError& e) {
    v.add(e.s, -1, e.alpha * e.rho * e.delta);
  }
  template <class Visitor>
  void state(Visitor&) {}
};

/// What GTD2 and TDC share: h, an estimate of delta as a linear function of x.
class SecondWeights {
 public:
  struct Options {
    double beta = 0.05;
    template <class Visitor>
    void visit(Visitor& v) {
      v("beta", beta, "step size of the second weights", Range{0, 1e300});
    }
  };
  SecondWeights(const Options& options, const Problem& /*problem*/, const LinearValues<State>& v)
      : beta_(options.beta), h_(v) {
    for (double& x : h_.parameters()) x = 0;
  }
  void begin_episode() {}
  template <class Visitor>
  void state(Visitor& visit) {
    h_.state(visit);
  }

 protected:
  /// h.x, before h learns from the error.
  double predicted(const OffPolicyError& e) {
    const double h_x = h_[e.s];
    h_.add(e.s, -1, beta_ * e.rho * (e.delta - h_x));
    return h_x;
  }

 private:
  double beta_;
  LinearValues<State> h_;
};

class Gtd2Rule : public SecondWeights {
 public:
  using SecondWeights::SecondWeights;
  void apply(LinearValues<State>& v, const OffPolicyError& e) {
    const double change = e.alpha * e.rho * predicted(e);
    v.add(e.s, -1, change);
    if (!e.terminated) v.add(e.next, -1, -e.gamma * change);
  }
};

class TdcRule : public SecondWeights {
 public:
  using SecondWeights::SecondWeights;
  void apply(LinearValues<State>& v, const OffPolicyError& e) {
    const double h_x = predicted(e);
    v.add(e.s, -1, e.alpha * e.rho * e.delta);
    if (!e.terminated) v.add(e.next, -1, -e.alpha * e.rho * e.gamma * h_x);
  }
};

class EmphaticRule {
 public:
  struct Options {
    std::vector<double> interest = {};  ///< [S]; empty: 1
    template <class Visitor>
    void visit(Visitor& v) {
      v("interest", interest, "how much the value of each state counts, [S]; empty: all the same",
        Range{0, 1e300});
    }
  };
  EmphaticRule(const Options& options, const Problem& problem, const LinearValues<State>&)
      : interest_(options.interest) {
    if (!interest_.empty() && interest_.size() != index(problem.model.num_states()))
      throw std::invalid_argument("option 'interest': needs a number for each state");
  }
  void begin_episode() { follow_on_ = 0; }
  void apply(LinearValues<State>& v, const OffPolicyError& e) {
    const double emphasis = follow_on_ + (interest_.empty() ? 1 : interest_[index(e.s)]);
    v.add(e.s, -1, e.alpha * emphasis * e.rho * e.delta);
    follow_on_ = e.gamma * e.rho * emphasis;
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("follow_on", follow_on_);
  }

 private:
  std::vector<double> interest_;
  double follow_on_ = 0;  // gamma rho M of the step before
};

// ---- the learner --------------------------------------------------------------------------------

template <class RuleOptions>
struct OffPolicyTdOptions {
  Schedule alpha = 0.01;
  [[no_unique_address]] RuleOptions rule = {};
  LinearOptions values = {};
  std::vector<double> policy = {};    ///< [S x A]; empty: uniform
  std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    rule.visit(v);
    values.visit(v);
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
    v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

template <class Rule>
class OffPolicyTd : public PredictedValues<LinearValues<State>> {
 public:
  using Options = OffPolicyTdOptions<typename Rule::Options>;

  /// `rng` draws what values begin with at random.
  OffPolicyTd(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : PredictedValues(problem, LinearValues<State>(problem, options.values, rng), options.policy),
        behavior_(policy_or_uniform(problem.model, options.behavior, "behavior")),
        rule_(options.rule, problem, v_),
        alpha_(shared_step_size(options.alpha), 1) {
    check_coverage(problem.model, policy_, behavior_);
  }

  Action start(State s, Rng& rng) {
    begin_episode();
    return behavior_.sample(s, rng);
  }
  Action step(const Transition<State>& t, Rng& rng) {
    learn(t, rng);
    return t.terminated || t.truncated ? 0 : behavior_.sample(t.next, rng);
  }

  // Alone, for episodes of the behaviour that are given: nothing is chosen.
  void begin_episode() {
    alpha_.begin_episode();
    rule_.begin_episode();
  }
  void learn(const Transition<State>& t, Rng& /*rng*/) {
    const double alpha = alpha_.next(0);
    const double rho =
        policy_.probability(t.state, t.action) / behavior_.probability(t.state, t.action);
    const double bootstrap = t.terminated ? 0 : v_[t.next];
    const double before = v_[t.state];
    const double target = t.reward + gamma_ * bootstrap;
    const double delta = target - before;
    if (diverged(delta)) throw Diverged("the TD error is beyond all bounds");
    rule_.apply(v_, {t.state, t.next, t.terminated, alpha, gamma_, rho, delta});
    if (!trace_.enabled()) return;
    Update u{t.state, -1,    t.reward, t.next, gamma_,     bootstrap,
             target,  delta, alpha,    before, v_[t.state]};
    u.weight = alpha * delta != 0 ? (u.after - u.before) / (alpha * delta) : 0;
    trace_.set(u);
  }

  LinearView linear() const { return linear_view(behavior_); }

  template <class Visitor>
  void state(Visitor& visit) {
    PredictedValues::state(visit);
    rule_.state(visit);
    alpha_.state(visit);
  }

 private:
  TabularPolicy behavior_;
  [[no_unique_address]] Rule rule_;
  StepSize alpha_;
};

using OffPolicySemiGradientTd = OffPolicyTd<SemiGradientRule>;
using Gtd2 = OffPolicyTd<Gtd2Rule>;
using Tdc = OffPolicyTd<TdcRule>;
using EmphaticTd = OffPolicyTd<EmphaticRule>;

}  // namespace rl
