#pragma once
/// \file
/// TD prediction: the values of a policy, learned step by step (MFRL 7.1, S&B 6.1, 12.2, 12.5).
///
///     delta = r + gamma v(s') - v(s)
///     v(s) <- v(s) + alpha delta                 TD(0); with traces TD(lambda)
///
/// Where the average reward is what counts, r - r_bar + v(s') stands for r + gamma v(s')
/// (targets.hpp). A rule of credit (credit.hpp) says which values the error changes. The online
/// lambda-return algorithm, which true online TD(lambda) computes with less work, stands here for
/// comparison.
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/credit.hpp"
#include "algorithms/episode.hpp"
#include "algorithms/predicted_values.hpp"
#include "algorithms/targets.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

template <class Credit = OneStep, class V = StateTable,
          class TargetOptions = DiscountedTarget::Options>
struct TdPredictionOptions {
  Schedule alpha = kApproximates<V> ? 0.01 : 0.1;
  typename V::Options values = {};
  [[no_unique_address]] typename Credit::Options credit = {};
  [[no_unique_address]] TargetOptions target = {};
  std::vector<double> policy = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    values.visit(v);
    credit.visit(v);
    target.visit(v);
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

template <class Credit = OneStep, class V = StateTable, class Target = DiscountedTarget>
class TdPrediction : public PredictedValues<V> {
  using Base = PredictedValues<V>;

 public:
  using Options = TdPredictionOptions<Credit, V, typename Target::Options>;

  /// `rng` draws what values begin with at random.
  TdPrediction(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : Base(problem, V(problem, options.values, rng), options.policy),
        target_(problem, options.target),
        credit_(options.credit, v_.parameters().size()),
        alpha_(kApproximates<V> ? shared_step_size(options.alpha) : options.alpha,
               v_.parameters().size()) {}

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    credit_.begin_episode();
    return policy_.sample(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    learn(t);
    return t.terminated || t.truncated ? 0 : policy_.sample(t.next, rng);
  }

  /// One update.
  void learn(const Transition<State>& t) {
    const double alpha = alpha_.next(kTable ? index(t.state) : 0);
    const double bootstrap = t.terminated ? 0 : v_[t.next];
    const double value = v_[t.state];
    const double target = target_(t.reward, bootstrap);
    const double r_bar = target_.subtracted();
    const double delta = target - value;
    if (!kTable && diverged(delta)) throw Diverged("the TD error is beyond all bounds");
    const TdError<State> e{t.state, t.action, alpha, target_.gamma, delta, value, bootstrap};
    if (trace_.enabled())
      apply_watched(t, e, target, r_bar);
    else
      credit_.apply(v_, e);
    target_.learn(delta);
  }

  Estimates estimates() const {
    return {target_.estimates(Quantity::v_pi), v_.shown(), 0, &policy_};
  }
  std::string note() const { return target_.note(); }

  template <class Visitor>
  void state(Visitor& visit) {
    Base::state(visit);
    target_.state(visit);
    credit_.state(visit);
    alpha_.state(visit);
  }

 private:
  using Base::policy_, Base::v_, Base::trace_;
  static constexpr bool kTable = !kApproximates<V>;

  void apply_watched(const Transition<State>& t, const TdError<State>& e, double target,
                     double r_bar) {
    Update u{t.state, -1,      t.reward, t.next,  e.gamma, e.bootstrap,
             target,  e.delta, e.alpha,  e.value, 0};
    u.average_reward = r_bar;
    if constexpr (kTable) {
      apply_traced(trace_, credit_, v_, e, u,
                   [](std::size_t i) { return std::pair(static_cast<State>(i), Action{-1}); });
    } else {
      credit_.apply(v_, e);
      u.after = v_[t.state];
      u.weight = share_of(u.after - u.before, e.alpha * e.delta, 1);
      trace_.set(u);
    }
  }

  Target target_;
  [[no_unique_address]] Credit credit_;
  StepSize alpha_;
};

// ---- the online lambda-return -------------------------------------------------------------------

/// The online lambda-return algorithm (S&B 12.4): at every step all updates of the episode are made
/// again, from the values that it began with, with returns that now look one step farther. A step
/// costs as much as the episode is long.
///
///     G_k = r_{k+1} + gamma [ (1 - lambda) v_{k+1} + lambda G_{k+1} ],   G_{h-1} = r_h + gamma v_h
///
/// v_j is the value that S_j had when it was reached.
class OnlineLambdaReturn : public PredictedValues<> {
 public:
  using Options = TdPredictionOptions<TrueOnline>;

  OnlineLambdaReturn(const Problem& problem, const Options& options)
      : PredictedValues(problem, StateTable(problem, options.values), options.policy),
        lambda_(options.credit.lambda),
        at_start_(v_),
        alpha_(options.alpha, v_.parameters().size()) {}

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    episode_.begin();
    reached_.clear();
    alphas_.clear();
    at_start_ = v_;
    return policy_.sample(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    episode_.add(t);
    alphas_.push_back(alpha_.next(index(t.state)));
    reached_.push_back(t.terminated ? 0 : v_[t.next]);
    update_all();
    return t.terminated || t.truncated ? 0 : policy_.sample(t.next, rng);
  }

  template <class Visitor>
  void state(Visitor& visit) {
    PredictedValues::state(visit);
    at_start_.state(visit);
    alpha_.state(visit);
    episode_.state(visit, num_states(), policy_.num_actions());
    visit("reached", reached_);
    visit("alphas", alphas_);
    if (reached_.size() != episode_.size() || alphas_.size() != episode_.size())
      throw std::invalid_argument("saved state: field 'reached' has another size");
  }

 private:
  void update_all() {
    returns_.resize(episode_.size());
    double rest = reached_.back();
    for (std::size_t k = episode_.size(); k-- > 0;) {
      returns_[k] = episode_[k].reward + gamma_ * rest;
      if (k > 0) rest = (1 - lambda_) * reached_[k - 1] + lambda_ * returns_[k];
    }
    v_ = at_start_;
    for (std::size_t k = 0; k < episode_.size(); ++k) {
      const State s = episode_[k].s;
      const double before = v_[s];
      const double delta = returns_[k] - before;
      v_.add(s, -1, alphas_[k] * delta);
      if (trace_.enabled())
        trace_.add({s, -1, returns_[k], episode_.next(k), 0, 0, returns_[k], delta, alphas_[k],
                    before, v_[s]});
    }
  }

  double lambda_;
  StateTable at_start_;  // of the episode
  StepSize alpha_;
  Episode<> episode_;
  std::vector<double> reached_;  // v_{k+1} of each visit k
  std::vector<double> alphas_;   // of each visit
  std::vector<double> returns_;  // scratch
};

using TdZero = TdPrediction<>;
using TdLambda = TdPrediction<Traces>;
using TrueOnlineTdLambda = TdPrediction<TrueOnline>;

}  // namespace rl
