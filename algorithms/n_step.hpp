#pragma once
/// \file
/// n-step methods (S&B 7, MFRL 7.3): an estimate is changed when n rewards after it are known, or
/// the episode is over.
///
///     G_t = r_{t+1} + gamma r_{t+2} + ... + gamma^{n-1} r_{t+n} + gamma^n bootstrap(S_{t+n})
///     v(s) <- v(s) + alpha rho [ G - v(s) ],    q(s, a) <- q(s, a) + alpha rho [ G - q(s, a) ]
///
/// A return is built from its far end towards its beginning; what stands between two rewards is
/// the rule in which the methods differ:
///
///     Sarsa, Expected Sarsa   G'                                                  S&B 7.2
///     off-policy Sarsa        G', and rho = prod pi / b over the later actions    S&B 7.3
///     tree backup             sum_{a != A} pi(a) q(S, a) + pi(A) G'               S&B 7.5
///     Q(sigma)                v_pi(S) + (sigma rho + (1 - sigma) pi(A)) [ G' - q(S, A) ]   S&B 7.6
///
/// n = 1 is the one-step method, to the bit; n beyond an episode's length is constant-alpha Monte
/// Carlo. The next action is chosen before the update.
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/behavior.hpp"
#include "algorithms/credit.hpp"
#include "algorithms/episode.hpp"
#include "algorithms/predicted_values.hpp"
#include "algorithms/returns.hpp"
#include "rl/greedy_q_table.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"

namespace rl {

inline constexpr double kLargestN = 1e6;

// ---- prediction ---------------------------------------------------------------------------------

template <class Return, bool kOffPolicy, class V = StateTable>
struct NStepPredictionOptions {
  std::int64_t n = 4;
  Schedule alpha = kApproximates<V> ? 0.01 : 0.1;
  [[no_unique_address]] typename Return::Options returns = {};
  typename V::Options values = {};
  std::vector<double> policy = {};    ///< [S x A]; empty: uniform
  std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "rewards until an estimate is changed", Range{1, kLargestN});
    v("alpha", alpha, "step size", Range{0, 1});
    returns.visit(v);
    values.visit(v);
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
    if constexpr (kOffPolicy)
      v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
        Range{0, 1});
  }
};

/// n-step TD; with the lambda-return truncated TD(lambda) (S&B 12.3).
template <class Return = PlainReturn, bool kOffPolicy = false, class V = StateTable>
class NStepPrediction : public PredictedValues<V> {
  using Base = PredictedValues<V>;

 public:
  using Options = NStepPredictionOptions<Return, kOffPolicy, V>;

  /// `rng` draws what values begin with at random.
  NStepPrediction(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : Base(problem, V(problem, options.values, rng), options.policy),
        n_(static_cast<std::size_t>(options.n)),
        return_(options.returns),
        behavior_(kOffPolicy ? policy_or_uniform(problem.model, options.behavior, "behavior")
                             : policy_),
        alpha_(kApproximates<V> ? shared_step_size(options.alpha) : options.alpha,
               v_.parameters().size()) {
    if (kOffPolicy) check_coverage(problem.model, policy_, behavior_);
  }

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    window_.begin();
    return behavior_.sample(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    window_.add(t, kOffPolicy ? behavior_.probability(t.state, t.action) : 1);
    const bool ended = t.terminated || t.truncated;
    const Action a_next = ended ? 0 : behavior_.sample(t.next, rng);
    while (window_.size() >= n_ || (ended && window_.size() > 0)) {
      update();
      window_.drop_first();
    }
    return a_next;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    Base::state(visit);
    alpha_.state(visit);
    window_.state(visit, this->num_states(), policy_.num_actions());
  }

 private:
  using Base::gamma_, Base::policy_, Base::v_, Base::trace_;

  /// Of the first visit in the window, by all that follows it there.
  void update() {
    const std::size_t last = window_.size() - 1;
    double rest = window_.terminated() ? 0 : v_[window_.next(last)];
    double G = 0;
    double rho = 1;
    for (std::size_t k = last + 1; k-- > 0;) {
      const Visit<>& x = window_[k];
      if (k < last) rest = return_.rest(v_[window_.next(k)], G);
      G = x.reward + gamma_ * rest;
      if (kOffPolicy) rho *= policy_.probability(x.s, x.a) / x.b;
    }
    const Visit<>& x = window_[0];
    const double alpha = alpha_.next(kApproximates<V> ? 0 : index(x.s));
    const double before = v_[x.s];
    const double delta = G - before;
    this->add(x.s, alpha * rho * delta);
    if (trace_.enabled())
      trace_.add({x.s, -1, x.reward, window_.next(0), gamma_, rest, G, delta, alpha, before,
                  v_[x.s], rho});
  }

  std::size_t n_;
  Return return_;
  TabularPolicy behavior_;
  StepSize alpha_;
  Episode<> window_;  // the last n visits
};

// ---- control: what stands between two rewards ---------------------------------------------------

/// A state on the way, and the action that was taken there.
struct Passed {
  std::span<const double> q;  ///< q(S, .)
  Action a;
  double pi;    ///< pi(A | S)
  double b;     ///< b(A | S), when it was chosen
  double v_pi;  ///< sum_a pi(a | S) q(S, a)
};

/// A target policy that is the behaviour.
struct OnPolicyTarget {
  static constexpr bool off_policy = false;
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  explicit OnPolicyTarget(const Options&) {}
  double epsilon(double behavior) const { return behavior; }
};

/// A target policy that explores with a rate of its own: 0 is greedy.
struct OffPolicyTarget {
  static constexpr bool off_policy = true;
  struct Options {
    double target_epsilon = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("target_epsilon", target_epsilon,
        "exploration rate of the policy that is learned; 0: the greedy one", Range{0, 1});
    }
  };
  explicit OffPolicyTarget(const Options& o) : target_epsilon(o.target_epsilon) {}
  double epsilon(double /*behavior*/) const { return target_epsilon; }
  double target_epsilon;
};

struct NStepSarsaRule : OnPolicyTarget {
  using OnPolicyTarget::OnPolicyTarget;
  static constexpr bool weighs_actions = false;
  double end(const Passed& x) const { return x.q[index(x.a)]; }
  double rest(const Passed& /*x*/, double G) const { return G; }
};

struct NStepExpectedSarsaRule : OnPolicyTarget {
  using OnPolicyTarget::OnPolicyTarget;
  static constexpr bool weighs_actions = false;
  double end(const Passed& x) const { return x.v_pi; }
  double rest(const Passed& /*x*/, double G) const { return G; }
};

struct OffPolicySarsaRule : OffPolicyTarget {
  using OffPolicyTarget::OffPolicyTarget;
  static constexpr bool weighs_actions = true;
  double end(const Passed& x) const { return x.q[index(x.a)]; }
  double rest(const Passed& /*x*/, double G) const { return G; }
};

struct TreeBackupRule : OffPolicyTarget {
  using OffPolicyTarget::OffPolicyTarget;
  static constexpr bool weighs_actions = false;
  double end(const Passed& x) const { return x.v_pi; }
  double rest(const Passed& x, double G) const { return x.v_pi + x.pi * (G - x.q[index(x.a)]); }
};

struct QSigmaRule : OffPolicyTarget {
  struct Options : OffPolicyTarget::Options {
    double sigma = 0.5;
    template <class Visitor>
    void visit(Visitor& v) {
      v("sigma", sigma, "1 samples the next action as Sarsa, 0 expects over it as tree backup",
        Range{0, 1});
      OffPolicyTarget::Options::visit(v);
    }
  };
  static constexpr bool weighs_actions = false;
  explicit QSigmaRule(const Options& o) : OffPolicyTarget(o), sigma(o.sigma) {}
  double end(const Passed& x) const { return x.v_pi; }
  double rest(const Passed& x, double G) const {
    return x.v_pi + (sigma * x.pi / x.b + (1 - sigma) * x.pi) * (G - x.q[index(x.a)]);
  }
  double sigma;
};

// ---- control: the learner -----------------------------------------------------------------------

template <class Rule, class ValuesOptions = GreedyQTable::Options>
struct NStepControlOptions {
  std::int64_t n = 4;
  Schedule alpha = ValuesOptions::kAlpha;
  Schedule epsilon = 0.1;
  [[no_unique_address]] typename Rule::Options rule = {};
  ValuesOptions values = {};
  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "rewards until an estimate is changed", Range{1, kLargestN});
    v("alpha", alpha, "step size", Range{0, 1});
    v("epsilon", epsilon, "exploration rate of the epsilon-greedy behaviour", Range{0, 1});
    rule.visit(v);
    values.visit(v);
  }
};

template <class Rule, ActionValueFunction Q = GreedyQTable>
class NStepControl {
 public:
  using Observation = typename Q::Observation;
  using Options = NStepControlOptions<Rule, typename Q::Options>;

  /// `rng` draws what values begin with at random.
  NStepControl(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : gamma_(problem.gamma),
        n_(static_cast<std::size_t>(options.n)),
        rule_(options.rule),
        q_(problem, options.values, rng),
        behavior_(false, 0, q_.num_actions()),
        alpha_(kTable ? options.alpha : shared_step_size(options.alpha), q_.parameters().size()),
        epsilon_(exploration_rate(options.epsilon)),
        num_states_(problem.model.num_states()),
        scratch_(index(q_.num_actions())) {}

  Action start(const Observation& s, Rng& rng) {
    alpha_.begin_episode();
    epsilon_.begin_episode();
    window_.begin();
    return act(s, rng);
  }

  Action step(const Transition<Observation>& t, Rng& rng) {
    trace_.begin_step();
    window_.add(t, b_);
    // Where a limit cuts an episode, its last return still looks at an action that would follow.
    const Action a_next = t.terminated ? 0 : act(t.next, rng);
    const bool ended = t.terminated || t.truncated;
    while (window_.size() >= n_ || (ended && window_.size() > 0)) {
      update(a_next);
      window_.drop_first();
    }
    return a_next;
  }

  const Q& q() const { return q_; }
  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const {
    const double epsilon = rule_.epsilon(epsilon_.now());
    const bool greedy = Rule::off_policy && epsilon == 0;
    const Quantity what = greedy ? Quantity::q_star : Quantity::q_soft;
    return {kFinite ? what : Quantity::weights, q_.shown(), epsilon};
  }
  /// The greedy action in s, ties at random.
  Action greedy(const Observation& s, Rng& rng) { return random_greedy(q_.row(s, scratch_), rng); }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    alpha_.state(visit);
    epsilon_.state(visit);
    window_.state(visit, num_states_, q_.num_actions());
    visit("probability", b_);
  }

 private:
  /// Whether each pair has a parameter of its own.
  static constexpr bool kTable = !kApproximates<Q>;
  static constexpr bool kFinite = std::same_as<Observation, State>;

  Action act(const Observation& s, Rng& rng) {
    const double epsilon = epsilon_.now();
    const auto row = q_.row(s, scratch_);
    const Action a = behavior_.choose(row, s, epsilon, rng);
    if constexpr (Rule::off_policy) b_ = behavior_.probability(row, s, a, epsilon);
    return a;
  }

  /// What the target policy makes of a state now; good until the next is asked for.
  Passed passed(const Observation& s, Action a, double b) {
    const auto row = q_.row(s, scratch_);
    const double epsilon = rule_.epsilon(epsilon_.now());
    return {row, a, behavior_.probability(row, s, a, epsilon), b, behavior_.value(row, s, epsilon)};
  }

  /// Of the first pair in the window, by all that follows it there.
  void update(Action a_next) {
    const std::size_t last = window_.size() - 1;
    double rest = 0;
    double rho = 1;
    if (!window_.terminated()) {
      const Passed end = passed(window_.next(last), a_next, b_);
      rest = rule_.end(end);
      if (Rule::weighs_actions) rho *= end.pi / end.b;
    }
    double G = window_[last].reward + gamma_ * rest;
    for (std::size_t k = last; k-- > 0;) {
      const Visit<Observation>& next = window_[k + 1];
      if constexpr (Rule::off_policy) {
        const Passed x = passed(next.s, next.a, next.b);
        rest = rule_.rest(x, G);
        if (Rule::weighs_actions) rho *= x.pi / x.b;
      } else {
        rest = G;
      }
      G = window_[k].reward + gamma_ * rest;
    }
    const Visit<Observation>& x = window_[0];
    const double alpha = alpha_.next(key(x.s, x.a));
    const double before = q_.value(x.s, x.a);
    const double delta = G - before;
    if (!kTable && diverged(rho * delta)) throw Diverged("the error is beyond all bounds");
    q_.add(x.s, x.a, alpha * rho * delta);
    epsilon_.tick();
    if (trace_.enabled())
      add_to_trace(x, {-1, x.a, x.reward, -1, gamma_, rest, G, delta, alpha, before,
                       q_.value(x.s, x.a), rho});
  }

  /// The entry of (s, a) among the visit counts.
  std::size_t key(const Observation& s, Action a) const {
    if constexpr (kTable)
      return index(s) * index(q_.num_actions()) + index(a);
    else
      return 0;
  }
  void add_to_trace(const Visit<Observation>& x, Update u) {
    if constexpr (kFinite) {
      u.s = x.s;
      u.next = window_.next(0);
    }
    if constexpr (!kTable) u.weight = share_of(u.after - u.before, u.alpha * u.delta, u.weight);
    trace_.add(u);
  }

  double gamma_;
  std::size_t n_;
  Rule rule_;
  Q q_;
  EpsilonGreedyBehavior behavior_;
  StepSize alpha_;
  StepSize epsilon_;
  State num_states_;             // 0: points
  Episode<Observation> window_;  // the last n visits
  double b_ = 1;                 // b(a | s) of the action chosen last
  Trace trace_;
  std::vector<double> scratch_;  // [A]
};

using NStepTd = NStepPrediction<>;
using OffPolicyNStepTd = NStepPrediction<PlainReturn, true>;
using TruncatedTdLambda = NStepPrediction<LambdaReturn>;
using NStepSarsa = NStepControl<NStepSarsaRule>;
using NStepExpectedSarsa = NStepControl<NStepExpectedSarsaRule>;
using NStepOffPolicySarsa = NStepControl<OffPolicySarsaRule>;
using NStepTreeBackup = NStepControl<TreeBackupRule>;
using NStepQSigma = NStepControl<QSigmaRule>;

}  // namespace rl
