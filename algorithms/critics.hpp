#pragma once
/// \file
/// What judges a policy while it learns: values learned beside it (S&B 13.4, 13.5;
/// MFRL 10.1, 10.2).
///
///     StateCritic     w <- w + alpha_w delta grad v(s; w);      the advantage of (s, a) is delta
///     ActionCritic    w <- w + alpha_w delta grad q(s, a; w);   what counts of (s, a) is q(s, a;
///     w)
///
/// with delta = target - value. A state critic is also the baseline of REINFORCE, where the target
/// is the return. Features of both are one for each state, where none are given: a table.
#include <cstddef>
#include <stdexcept>
#include <string>

#include "algorithms/credit.hpp"
#include "rl/learning.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/step_size.hpp"

namespace rl {

struct CriticOptions {
  Schedule alpha_w = 0.1;
  std::string value_features = {};
  double w0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha_w", alpha_w, "step size of the values", Range{0, 1});
    v("value_features", value_features,
      "features of a state, for the values: 'fourier:order=3', JSON, 'bias' for one number, or "
      "'world'; empty: as for the policy's");
    v("w0", w0, "initial weight of the values", Range{-1e300, 1e300});
  }
};

/// Values and how they learn.
template <class Values, class Credit>
class Critic {
 public:
  using Observation = typename Values::Observation;
  using Options = CriticOptions;

  Critic(const Problem& problem, const Options& options, const typename Credit::Options& credit,
         const Rng& rng)
      : values_(problem, values_of(options), rng),
        alpha_w_(options.alpha_w, 0),
        credit_(credit, values_.parameters().size()) {
    if (options.alpha_w.clock == Schedule::Clock::visits)
      throw std::invalid_argument("option 'alpha_w': its clock is updates or episodes, not visits");
  }

  void begin_episode() {
    alpha_w_.begin_episode();
    credit_.begin_episode();
  }
  const Values& values() const { return values_; }
  /// Returns alpha_w.
  double learn(const Observation& s, Action a, double gamma, double delta) {
    const double alpha_w = alpha_w_.next(0);
    credit_.apply(values_, TdError<Observation>{s, a, alpha_w, gamma, delta, 0, 0});
    return alpha_w;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    values_.state(visit);
    alpha_w_.state(visit);
    credit_.state(visit);
  }

 private:
  static typename Values::Options values_of(const CriticOptions& options) {
    typename Values::Options values;
    values.features = options.value_features;
    values.w0 = options.w0;
    return values;
  }

  Values values_;
  StepSize alpha_w_;
  [[no_unique_address]] Credit credit_;
};

/// v(s; w), whatever the action.
template <class S, class Credit = OneStep>
class StateCritic : public Critic<LinearValues<S>, Credit> {
 public:
  static constexpr bool kNeedsNextAction = false;
  using Critic<LinearValues<S>, Credit>::Critic;

  template <class A>
  double value(const S& s, const A& /*a*/) const {
    return this->values()[s];
  }
  template <class A>
  double learn(const S& s, const A& /*a*/, double gamma, double delta) {
    return Critic<LinearValues<S>, Credit>::learn(s, -1, gamma, delta);
  }
};

/// q(s, a; w), learned as Sarsa does.
template <class S, class Credit = OneStep>
class ActionCritic : public Critic<LinearActionValues<S>, Credit> {
 public:
  static constexpr bool kNeedsNextAction = true;
  using Critic<LinearActionValues<S>, Credit>::Critic;

  double value(const S& s, Action a) const { return this->values().value(s, a); }
};

}  // namespace rl
