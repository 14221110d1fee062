#pragma once
/// \file
/// TD control: Sarsa, Expected Sarsa and Q-learning as one update (MFRL 7.2-7.4, S&B 6.4-6.6).
///
///     delta = r + gamma * bootstrap(s') - q(s, a)
///     q(s, a) <- q(s, a) + alpha * delta
///
/// q(s, a; w) is a table or any other function with parameters (rl/linear.hpp): then
///
///     w <- w + alpha * delta * grad q(s, a; w)    semi-gradient control (S&B 10.1, MFRL 8.3)
///
/// The methods differ in `bootstrap`, the value they give the next state, and in the order of
/// choosing and updating: Sarsa chooses a' before its update, the others after it, as both books
/// write them. A rule of credit (credit.hpp) says which parameters the error changes: those of
/// (s, a), or with traces those of the pairs before it too (S&B 12.7-12.10). Q-learning for many
/// seeds at once: lanes/q_learning_lanes.hpp.
#include <cmath>
#include <concepts>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/behavior.hpp"
#include "algorithms/credit.hpp"
#include "algorithms/targets.hpp"
#include "rl/greedy_q_table.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"
#include "rl/values.hpp"

namespace rl {

// ---- bootstraps: the value given to the next state ----------------------------------------------

/// What a bootstrap may look at.
template <class S, class Row>
struct NextState {
  S s;
  Row q;  ///< q(s', .)
  double epsilon;
  const EpsilonGreedyBehavior& behavior;
};

/// q(s', a') of the action that will be taken: on-policy. It looks at no other action.
struct SarsaBootstrap {
  static constexpr bool acts_first = true;
  static constexpr bool acts_first_if_stored = true;
  static constexpr Quantity estimates = Quantity::q_soft;
};

/// sum_a pi(a | s') q(s', a) under the behaviour.
struct ExpectedSarsaBootstrap {
  static constexpr bool acts_first = false;
  static constexpr bool acts_first_if_stored = true;  // MFRL draws a' from the row that it averages
  static constexpr Quantity estimates = Quantity::q_soft;
  template <class S, class Row>
  double operator()(const NextState<S, Row>& next) const {
    return next.behavior.value(next.q, next.s, next.epsilon);
  }
};

/// max_a q(s', a): off-policy, learns q* whatever the behaviour.
struct QLearningBootstrap {
  static constexpr bool acts_first = false;
  static constexpr bool acts_first_if_stored = false;
  static constexpr Quantity estimates = Quantity::q_star;
  template <class S, class Row>
  double operator()(const NextState<S, Row>& next) const {
    return max_value(next.q);
  }
};

// ---- the learner --------------------------------------------------------------------------------

/// An option exists only where it acts: a rule of credit brings its own, as do target and values.
template <class Credit = OneStep, class ValuesOptions = GreedyQTable::Options,
          class TargetOptions = DiscountedTarget::Options>
struct TdOptions {
  Schedule alpha = ValuesOptions::kAlpha;
  Schedule epsilon = 0.1;
  ValuesOptions values = {};
  bool stored_policy = false;
  [[no_unique_address]] typename Credit::Options credit = {};
  [[no_unique_address]] TargetOptions target = {};

  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size", Range{0, 1});
    v("epsilon", epsilon, "exploration rate of the epsilon-greedy behaviour", Range{0, 1});
    values.visit(v);
    v("stored_policy", stored_policy,
      "keep the greedy action drawn at a state's last update (MFRL) instead of drawing afresh");
    credit.visit(v);
    target.visit(v);
  }
};

template <class Bootstrap, class Credit = OneStep, ActionValueFunction Q = GreedyQTable,
          class Target = DiscountedTarget>
class TdControl {
 public:
  using Observation = typename Q::Observation;
  using Options = TdOptions<Credit, typename Q::Options, typename Target::Options>;

  /// `rng` draws what values begin with at random.
  TdControl(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : TdControl(Q(problem, options.values, rng), Target(problem, options.target), options) {}
  TdControl(Q q, Target target, const Options& options)
      : q_(std::move(q)),
        target_(std::move(target)),
        credit_(options.credit, q_.parameters().size()),
        behavior_(options.stored_policy, num_states(), q_.num_actions()),
        alpha_(kTable ? options.alpha : shared_step_size(options.alpha), q_.parameters().size()),
        epsilon_(exploration_rate(options.epsilon)),
        scratch_(static_cast<std::size_t>(q_.num_actions())) {
    if (!kFinite && options.stored_policy)
      throw std::invalid_argument("option 'stored_policy': a stored policy needs a list of states");
  }

  Action start(const Observation& s, Rng& rng) {
    begin_episode();
    return act(s, rng);
  }
  /// For those who choose the actions themselves.
  void begin_episode() {
    alpha_.begin_episode();
    epsilon_.begin_episode();
    credit_.begin_episode();
  }

  Action step(const Transition<Observation>& t, Rng& rng) {
    Action a_next = 0;
    if (acts_first() && !is_end(t)) a_next = act(t.next, rng);
    learn(t, a_next, rng);
    if (!acts_first() && !t.terminated && !t.truncated) a_next = act(t.next, rng);
    return a_next;
  }

  /// The action of the behaviour in s.
  Action act(const Observation& s, Rng& rng) {
    return behavior_.choose(q_.row(s, scratch_), s, epsilon_.now(), rng);
  }

  /// One update; a_next is looked at by methods that act first. `rng` breaks ties of a stored
  /// policy.
  void learn(const Transition<Observation>& t, Action a_next, Rng& rng) {
    const double alpha = alpha_.next(key(t.state, t.action));
    const double bootstrap = is_end(t) ? 0.0 : value_of_next(t.next, a_next);
    const double q_sa = q_.value(t.state, t.action);
    const double target = target_(t.reward, bootstrap);
    const double r_bar = target_.subtracted();
    const double delta = target - q_sa;
    if (!kTable && diverged(delta)) throw_diverged();
    TdError<Observation> e{t.state, t.action, alpha, target_.gamma, delta, q_sa, bootstrap};
    if constexpr (Credit::needs_next_action)
      e.greedy_next = t.terminated || is_greedy(t.next, a_next);
    if constexpr (Credit::needs_probability)
      e.pi = behavior_.probability(q_.row(t.state, scratch_), t.state, t.action, epsilon_.now());
    if (Credit::has_traces && trace_.enabled())
      apply_watched(t, e, target, r_bar);
    else
      credit_.apply(q_, e);
    target_.learn(delta);
    epsilon_.tick();
    if constexpr (kFinite)
      if (behavior_.stored()) behavior_.update(q_.row(t.state, scratch_), t.state, rng);
    if (!Credit::has_traces && trace_.enabled()) {
      trace_.set(update_of(t, e, target, r_bar));
      if constexpr (kShares) trace_others(trace_.updates().front());
    }
  }

  const Q& q() const { return q_; }
  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const {
    return {kFinite ? target_.estimates(Bootstrap::estimates) : Quantity::weights, q_.shown(),
            epsilon_.now()};
  }
  /// The greedy action in s, ties at random.
  Action greedy(const Observation& s, Rng& rng) { return random_greedy(q_.row(s, scratch_), rng); }
  std::string note() const { return target_.note(); }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    target_.state(visit);
    credit_.state(visit);
    behavior_.state(visit);
    alpha_.state(visit);
    epsilon_.state(visit);
  }

 private:
  /// Whether several pairs share a parameter (afterstates).
  static constexpr bool kShares = requires(const Q q, State s, Action a) { q.pairs_like(s, a); };
  /// The same update as other pairs see it, with the reward that they would have had.
  void trace_others(Update u) {
    for (const auto& [s, a] : q_.pairs_like(u.s, u.a)) {
      if (s == u.s && a == u.a) continue;
      Update other = u;
      other.s = s;
      other.a = a;
      const double more = q_.certain_reward(s, a) - q_.certain_reward(u.s, u.a);
      for (double* x : {&other.reward, &other.target, &other.before, &other.after}) *x += more;
      trace_.add(other);
    }
  }
  /// Whether each pair has a parameter of its own.
  static constexpr bool kTable = !kApproximates<Q>;
  /// Whether states have numbers, and something can be kept for each.
  static constexpr bool kFinite = std::same_as<Observation, State>;
  State num_states() const {
    if constexpr (kFinite)
      return q_.num_states();
    else
      return 0;
  }
  /// Whether nothing follows: a terminal state is worth 0, unless the function says otherwise.
  bool is_end(const Transition<Observation>& t) const {
    if constexpr (requires(const Q q) { q.values_terminal(); })
      return t.terminated && !q_.values_terminal();
    else
      return t.terminated;
  }
  /// Whether a' is chosen before the update.
  bool acts_first() const {
    if constexpr (Bootstrap::acts_first || Credit::needs_next_action)
      return true;
    else
      return Bootstrap::acts_first_if_stored && behavior_.stored();
  }
  /// The entry of (s, a) among the visit counts.
  std::size_t key(const Observation& s, Action a) const {
    std::size_t entry = 0;
    if constexpr (kTable) q_.gradient(s, a, [&](std::size_t i, double) { entry = i; });
    return entry;
  }
  bool is_greedy(const Observation& s, Action a) {
    return q_.value(s, a) >= max_value(q_.row(s, scratch_));
  }
  [[noreturn, gnu::noinline]] static void throw_diverged() {
    throw Diverged("the TD error is beyond all bounds");
  }
  /// What one step did to q(s, a), after it.
  Update update_of(const Transition<Observation>& t, const TdError<Observation>& e, double target,
                   double r_bar) const {
    Update u{-1,
             t.action,
             t.reward,
             -1,
             e.gamma,
             e.bootstrap,
             target,
             e.delta,
             e.alpha,
             e.value,
             q_.value(t.state, t.action)};
    u.average_reward = r_bar;
    if constexpr (kFinite) {
      u.s = t.state;
      u.next = t.next;
    }
    if constexpr (!kTable) u.weight = share_of(u.after - u.before, e.alpha * e.delta, 1);
    return u;
  }
  /// Out of line: a loop without a trace is faster without it.
  [[gnu::noinline]] void apply_watched(const Transition<Observation>& t,
                                       const TdError<Observation>& e, double target, double r_bar) {
    if constexpr (kTable) {
      const auto actions = static_cast<std::size_t>(q_.num_actions());
      apply_traced(
          trace_, credit_, q_, e, update_of(t, e, target, r_bar), [actions](std::size_t i) {
            return std::pair(static_cast<State>(i / actions), static_cast<Action>(i % actions));
          });
    } else {
      credit_.apply(q_, e);
      trace_.set(update_of(t, e, target, r_bar));
    }
  }
  double value_of_next(const Observation& next, [[maybe_unused]] Action a_next) {
    if constexpr (std::same_as<Bootstrap, SarsaBootstrap>) {
      return q_.value(next, a_next);
    } else {
      using Row = decltype(q_.row(next, scratch_));
      return bootstrap_(
          NextState<Observation, Row>{next, q_.row(next, scratch_), epsilon_.now(), behavior_});
    }
  }

  Q q_;
  Target target_;
  [[no_unique_address]] Bootstrap bootstrap_;
  [[no_unique_address]] Credit credit_;
  EpsilonGreedyBehavior behavior_;
  StepSize alpha_;
  StepSize epsilon_;
  Trace trace_;
  std::vector<double> scratch_;
};

using Sarsa = TdControl<SarsaBootstrap>;
using ExpectedSarsa = TdControl<ExpectedSarsaBootstrap>;
using QLearning = TdControl<QLearningBootstrap>;
using SarsaLambda = TdControl<SarsaBootstrap, Traces>;
using TrueOnlineSarsaLambda = TdControl<SarsaBootstrap, TrueOnline>;
using WatkinsQLambda = TdControl<QLearningBootstrap, WatkinsTraces>;
using TreeBackupLambda = TdControl<ExpectedSarsaBootstrap, TreeBackup>;

}  // namespace rl
