#pragma once
/// \file
/// Monte Carlo methods: learning from whole episodes (MFRL 5, S&B 5).
///
///     G_t = r_{t+1} + gamma G_{t+1},   0 beyond the end
///     v(s) <- v(s) + alpha [ G - v(s) ]      prediction, for each visit of s or for the first
///     q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]      control
///
/// An episode that is cut by a limit of steps gives the return so far: nothing is bootstrapped.
/// The returns of an episode are computed from its end; then its visits are updated in their
/// order. The offline lambda-return (S&B 12.1) is the same with another return.
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/behavior.hpp"
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

enum class VisitRule : int { first, every };

// ---- returns ------------------------------------------------------------------------------------

/// Whole returns, from first visits or from all.
struct MonteCarloReturn : PlainReturn {
  struct Options {
    VisitRule visits = VisitRule::first;
    template <class Visitor>
    void visit(Visitor& v) {
      v("visits", visits, "learn from the first visit of a state in an episode, or from every one",
        {"first", "every"});
    }
  };
  explicit MonteCarloReturn(const Options& o) : visits(o.visits) {}
  VisitRule visits;
};

/// Whole returns from all visits, for functions in which states share parameters.
struct EveryVisitReturn : PlainReturn {
  static constexpr VisitRule visits = VisitRule::every;
  using PlainReturn::PlainReturn;
};

/// The lambda-return, by v as it was at the episode's start.
struct EpisodeLambdaReturn : LambdaReturn {
  static constexpr VisitRule visits = VisitRule::every;
  using LambdaReturn::LambdaReturn;
};

// ---- importance sampling ------------------------------------------------------------------------

/// How a return under the behaviour b counts for the policy pi, with rho_t = pi(A_t | S_t) /
/// b(A_t | S_t) and W_t = rho_t rho_{t+1} ... rho_{T-1} (S&B 5.5, 5.9):
///     none          b is pi
///     ordinary      v <- v + alpha [ W G - v ]
///     weighted      v <- v + (W / C) [ G - v ], C the sum of all W so far
///     per_decision  as ordinary, with G_t = rho_t [ r_{t+1} + gamma G_{t+1} ] for W G
enum class ImportanceSampling : std::uint8_t { none, ordinary, weighted, per_decision };

template <class Return, ImportanceSampling kSampling, class V = StateTable>
struct EpisodePredictionOptions {
  static constexpr bool kOffPolicy = kSampling != ImportanceSampling::none;
  static constexpr bool kHasAlpha = kSampling != ImportanceSampling::weighted;
  typename Return::Options returns = {};
  Schedule alpha = kApproximates<V> ? Schedule(0.01) : Schedule::one_over_visits();
  typename V::Options values = {};
  std::vector<double> policy = {};    ///< [S x A]; empty: uniform
  std::vector<double> behavior = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    returns.visit(v);
    if constexpr (kHasAlpha)
      v("alpha", alpha,
        kApproximates<V> ? "step size" : "step size; the default makes sample averages",
        Range{0, 1});
    values.visit(v);
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
    if constexpr (kOffPolicy)
      v("behavior", behavior, "what acts: S x A probabilities row by row; empty: uniform",
        Range{0, 1});
  }
};

// ---- prediction ---------------------------------------------------------------------------------

/// v_pi from episodes of pi, or of another policy.
template <class Return = MonteCarloReturn, ImportanceSampling kSampling = ImportanceSampling::none,
          class V = StateTable>
class EpisodePrediction : public PredictedValues<V> {
  using Base = PredictedValues<V>;

 public:
  using Options = EpisodePredictionOptions<Return, kSampling, V>;

  /// `rng` draws what values begin with at random.
  EpisodePrediction(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : Base(problem, V(problem, options.values, rng), options.policy),
        return_(options.returns),
        behavior_(kOffPolicy ? policy_or_uniform(problem.model, options.behavior, "behavior")
                             : policy_),
        alpha_(kApproximates<V> ? shared_step_size(options.alpha) : options.alpha,
               index(this->num_states())),
        weight_sum_(kWeighted ? index(this->num_states()) : 0, 0),
        first_(index(this->num_states())) {
    if (kOffPolicy) check_coverage(problem.model, policy_, behavior_);
  }

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    episode_.begin();
    return behavior_.sample(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    episode_.add(t, kOffPolicy ? behavior_.probability(t.state, t.action) : 1);
    if (!t.terminated && !t.truncated) return behavior_.sample(t.next, rng);
    learn();
    return 0;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    Base::state(visit);
    std::span<double> weight_sum = weight_sum_;  // of a length that a saved state cannot change
    visit("weight_sum", weight_sum);
    alpha_.state(visit);
    episode_.state(visit, this->num_states(), policy_.num_actions());
  }

 private:
  using Base::gamma_, Base::policy_, Base::v_, Base::trace_;
  static constexpr bool kOffPolicy = Options::kOffPolicy;
  static constexpr bool kWeighted = kSampling == ImportanceSampling::weighted;

  /// What a visit is worth.
  struct Target {
    double rest;    // what follows the reward
    double G;       // the return, or what stands for it
    double weight;  // of the return
  };

  /// The updates of an episode that has ended.
  void learn() {
    set_targets();
    for (std::size_t t = 0; t < episode_.size(); ++t)
      if (return_.visits == VisitRule::every || first_(index(episode_[t].s))) update(t);
    first_.forget();
  }

  void set_targets() {
    targets_.resize(episode_.size());
    double G = Return::bootstraps ? value_after(episode_.size() - 1) : 0;
    double W = 1;
    for (std::size_t t = episode_.size(); t-- > 0;) {
      const Visit<>& x = episode_[t];
      const double rest = return_.rest(value_after(t), G);
      const double rho = kOffPolicy ? policy_.probability(x.s, x.a) / x.b : 1;
      G = x.reward + gamma_ * rest;
      W *= rho;
      if (kSampling == ImportanceSampling::per_decision) G *= rho;
      targets_[t] = {rest, kSampling == ImportanceSampling::ordinary ? W * G : G, W};
    }
  }
  /// v(S_{t+1}); 0 where the episode has terminated.
  double value_after(std::size_t t) const {
    return t + 1 == episode_.size() && episode_.terminated() ? 0 : v_[episode_.next(t)];
  }

  void update(std::size_t t) {
    const State s = episode_[t].s;
    const Target& target = targets_[t];
    const double alpha = step_size(s, target.weight);
    const double before = v_[s];
    const double delta = target.G - before;
    this->add(s, alpha * delta);
    if (!trace_.enabled()) return;
    const bool plain = !kOffPolicy || kWeighted;  // the return itself is the target
    trace_.add({s, -1, plain ? episode_[t].reward : target.G, episode_.next(t), plain ? gamma_ : 0,
                plain ? target.rest : 0, target.G, delta, alpha, before, v_[s]});
  }
  double step_size(State s, double weight) {
    if constexpr (!kWeighted) return alpha_.next(index(s));
    weight_sum_[index(s)] += weight;
    return weight > 0 ? weight / weight_sum_[index(s)] : 0;
  }

  Return return_;
  TabularPolicy behavior_;
  StepSize alpha_;
  std::vector<double> weight_sum_;  // [S]; empty but for weighted importance sampling
  Episode<> episode_;
  // Scratch of learn().
  std::vector<Target> targets_;  // [T]
  FirstVisits first_;
};

// ---- control ------------------------------------------------------------------------------------

/// Greedy behaviour after a first action at random: every pair must be able to start an episode
/// (MFRL 5.3, S&B 5.3). Start the world uniformly.
struct ExploringStarts {
  static constexpr Quantity estimates = Quantity::q_star;
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  ExploringStarts(const Options&, State num_states, Action num_actions)
      : behavior(true, num_states, num_actions) {}
  void begin_episode() {}
  template <class Row>
  Action act(const Row& q, State s, bool first, Rng& rng) const {
    return first ? random_available(q, rng) : behavior.choose(q, s, 0, rng);
  }
  double epsilon() const { return 0; }
  template <class Visitor>
  void state(Visitor& visit) {
    behavior.state(visit);
  }
  EpsilonGreedyBehavior behavior;
};

/// Epsilon-greedy behaviour, on-policy (MFRL 5.4, S&B 5.4).
struct EpsilonGreedyEpisodes {
  static constexpr Quantity estimates = Quantity::q_soft;
  struct Options {
    Schedule epsilon = 0.1;
    bool stored_policy = false;
    template <class Visitor>
    void visit(Visitor& v) {
      v("epsilon", epsilon, "exploration rate of the epsilon-greedy behaviour", Range{0, 1});
      v("stored_policy", stored_policy,
        "keep the greedy action drawn at a state's last update (MFRL) instead of drawing afresh");
    }
  };
  EpsilonGreedyEpisodes(const Options& o, State num_states, Action num_actions)
      : behavior(o.stored_policy, num_states, num_actions), rate(exploration_rate(o.epsilon)) {}
  void begin_episode() { rate.begin_episode(); }
  template <class Row>
  Action act(const Row& q, State s, bool /*first*/, Rng& rng) {
    const Action a = behavior.choose(q, s, rate.now(), rng);
    rate.tick();
    return a;
  }
  double epsilon() const { return rate.now(); }
  template <class Visitor>
  void state(Visitor& visit) {
    behavior.state(visit);
    rate.state(visit);
  }
  EpsilonGreedyBehavior behavior;
  StepSize rate;
};

template <class Exploration>
struct MonteCarloControlOptions {
  Schedule alpha = Schedule::one_over_visits();
  [[no_unique_address]] typename Exploration::Options exploration = {};
  VisitRule visits = VisitRule::first;
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size; the default makes sample averages", Range{0, 1});
    exploration.visit(v);
    v("visits", visits, "learn from the first visit of a pair in an episode, or from every one",
      {"first", "every"});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

/// Evaluates by returns and acts greedily in the result, episode by episode.
template <class Exploration>
class MonteCarloControl {
 public:
  using Options = MonteCarloControlOptions<Exploration>;

  MonteCarloControl(const Problem& problem, const Options& options)
      : gamma_(problem.gamma),
        visits_(options.visits),
        q_(QTable(problem.model, options.q0)),
        exploration_(options.exploration, q_.num_states(), q_.num_actions()),
        alpha_(options.alpha, q_.parameters().size()),
        first_(q_.parameters().size()) {}

  Action start(State s, Rng& rng) {
    alpha_.begin_episode();
    exploration_.begin_episode();
    episode_.begin();
    return exploration_.act(q_.row(s), s, true, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    episode_.add(t);
    if (!t.terminated && !t.truncated) return exploration_.act(q_.row(t.next), t.next, false, rng);
    learn(rng);
    return 0;
  }

  const GreedyQTable& q() const { return q_; }
  double epsilon() const { return exploration_.epsilon(); }
  Estimates estimates() const { return {Exploration::estimates, q_.parameters(), epsilon()}; }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    exploration_.state(visit);
    alpha_.state(visit);
    episode_.state(visit, q_.num_states(), q_.num_actions());
  }

 private:
  std::size_t key(const Visit<>& x) const {
    return index(x.s) * index(q_.num_actions()) + index(x.a);
  }

  /// Evaluation and improvement by an episode that has ended.
  void learn(Rng& rng) {
    returns_.resize(episode_.size() + 1);
    returns_.back() = 0;
    for (std::size_t t = episode_.size(); t-- > 0;)
      returns_[t] = episode_[t].reward + gamma_ * returns_[t + 1];
    for (std::size_t t = 0; t < episode_.size(); ++t)
      if (visits_ == VisitRule::every || first_(key(episode_[t]))) update(t);
    first_.forget();
    for (const Visit<>& x : episode_.visits()) exploration_.behavior.update(q_.row(x.s), x.s, rng);
  }

  void update(std::size_t t) {
    const Visit<>& x = episode_[t];
    const double alpha = alpha_.next(key(x));
    const double before = q_.value(x.s, x.a);
    const double delta = returns_[t] - before;
    q_.add(x.s, x.a, alpha * delta);
    if (trace_.enabled())
      trace_.add({x.s, x.a, x.reward, episode_.next(t), gamma_, returns_[t + 1], returns_[t], delta,
                  alpha, before, q_.value(x.s, x.a)});
  }

  double gamma_;
  VisitRule visits_;
  GreedyQTable q_;
  Exploration exploration_;
  StepSize alpha_;
  Episode<> episode_;
  Trace trace_;
  // Scratch of learn().
  std::vector<double> returns_;  // [T + 1]
  FirstVisits first_;
};

struct OffPolicyControlOptions {
  Schedule epsilon = 0.1;
  double q0 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epsilon", epsilon, "exploration rate of the behaviour around the greedy policy",
      Range{0, 1});
    v("q0", q0, "initial action value", Range{-1e300, 1e300});
  }
};

/// Off-policy control by weighted importance sampling (S&B 5.7): the greedy policy learns from
/// episodes of a softer one, from their end back to the last action that was not greedy.
///
///     C <- C + W;   q(s, a) <- q(s, a) + (W / C) [ G - q(s, a) ];   W <- W / b(a | s)
class OffPolicyMonteCarloControl {
 public:
  using Options = OffPolicyControlOptions;

  OffPolicyMonteCarloControl(const Problem& problem, const Options& options)
      : gamma_(problem.gamma),
        q_(problem.model, options.q0),
        weight_sum_(q_.parameters().size(), 0),
        epsilon_(exploration_rate(options.epsilon)) {}

  Action start(State s, Rng& rng) {
    epsilon_.begin_episode();
    episode_.begin();
    return act(s, rng);
  }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    episode_.add(t, probability_);
    epsilon_.tick();
    if (!t.terminated && !t.truncated) return act(t.next, rng);
    learn();
    return 0;
  }

  const QTable& q() const { return q_; }
  double epsilon() const { return epsilon_.now(); }
  Estimates estimates() const { return {Quantity::q_star, q_.parameters()}; }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    std::span<double> weight_sum = weight_sum_;  // of a length that a saved state cannot change
    visit("weight_sum", weight_sum);
    epsilon_.state(visit);
    visit("probability", probability_);
    episode_.state(visit, q_.num_states(), q_.num_actions());
  }

 private:
  /// Of the greedy policy; ties by index, so that it is the same whenever it is asked.
  Action greedy(State s) const { return first_greedy(q_.row(s)); }

  Action act(State s, Rng& rng) {
    const double epsilon = epsilon_.now();
    const Action a = rng.uniform() < epsilon ? random_available(q_.row(s), rng) : greedy(s);
    probability_ = epsilon / count_available(q_.row(s)) + (a == greedy(s) ? 1 - epsilon : 0);
    return a;
  }

  void learn() {
    double G = 0;
    double W = 1;
    for (std::size_t t = episode_.size(); t-- > 0;) {
      const Visit<>& x = episode_[t];
      const double rest = std::exchange(G, x.reward + gamma_ * G);
      double& C = weight_sum_[index(x.s) * index(q_.num_actions()) + index(x.a)];
      C += W;
      const double before = q_(x.s, x.a);
      const double after = q_(x.s, x.a) = before + W / C * (G - before);
      if (trace_.enabled())
        trace_.add({x.s, x.a, x.reward, episode_.next(t), gamma_, rest, G, G - before, W / C,
                    before, after});
      if (x.a != greedy(x.s)) return;
      W /= x.b;
    }
  }

  double gamma_;
  QTable q_;
  std::vector<double> weight_sum_;  // C: [S x A]
  StepSize epsilon_;
  double probability_ = 1;  // of the action that was chosen last
  Episode<> episode_;
  Trace trace_;
};

using MonteCarloPrediction = EpisodePrediction<>;
using OrdinaryImportanceSampling =
    EpisodePrediction<MonteCarloReturn, ImportanceSampling::ordinary>;
using WeightedImportanceSampling =
    EpisodePrediction<MonteCarloReturn, ImportanceSampling::weighted>;
using PerDecisionImportanceSampling =
    EpisodePrediction<MonteCarloReturn, ImportanceSampling::per_decision>;
using OfflineLambdaReturn = EpisodePrediction<EpisodeLambdaReturn>;
using MonteCarloExploringStarts = MonteCarloControl<ExploringStarts>;
using MonteCarloEpsilonGreedy = MonteCarloControl<EpsilonGreedyEpisodes>;

}  // namespace rl
