#pragma once
/// \file
/// Bandits: which arm to pull, when a pull teaches only of its own arm (S&B 2).
///
/// Two skeletons. An IndexBandit pulls the arm of largest index, ties at random, and moves its
/// value towards the reward:
///
///     A_t = argmax_a index(q(a), N(a), t),   q(A_t) <- q(A_t) + alpha(N) [ r - q(A_t) ]
///
///     Ucb                 q + c sqrt(ln t / N)                        S&B 2.7
///     KlUcb               the largest mean that N rewards do not rule out at the level ln t + c ln
///                         ln t: max { m : N KL(q, m) <= ln t + c ln ln t }   Garivier & Cappe 2011
///     ThompsonSampling    a draw from the posterior of the arm's mean      Thompson 1933
///
/// with N(a) the pulls of a so far and t = 1, 2, ... the pull that is being chosen. The
/// GradientBandit learns preferences instead of values (S&B 2.8). Epsilon-greedy and optimistic
/// arms (S&B 2.4 - 2.6) are QLearning with gamma = 0.
///
/// All keep one set of arms a state: with gamma = 0 a world of many states is a contextual bandit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/step_size.hpp"
#include "rl/values.hpp"

namespace rl {

// ---- indices ------------------------------------------------------------------------------------

/// What is known of an arm when it is judged.
struct Arm {
  double q;        ///< its value: the mean of its rewards, however weighted
  std::int64_t n;  ///< its pulls so far
  std::int64_t t;  ///< number of the pull that is being chosen, from 1
};

/// Optimism in the face of uncertainty (S&B 2.7, equation 2.10). An arm never tried comes first.
struct Ucb {
  struct Options {
    double c = 2;
    Schedule alpha = Schedule::one_over_visits();
    double q0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("c", c, "degree of exploration", Range{0, 1e9});
      v("alpha", alpha, "step size; the default makes sample averages", Range{0, 1});
      v("q0", q0, "initial action value", Range{-1e300, 1e300});
    }
  };
  explicit Ucb(const Problem& /*problem*/, const Options& o) : c(o.c) {}
  double c;
  double operator()(const Arm& arm, Rng& /*rng*/) const {
    if (arm.n == 0) return std::numeric_limits<double>::infinity();
    return arm.q + c * std::sqrt(std::log(static_cast<double>(arm.t)) / static_cast<double>(arm.n));
  }
};

/// The largest mean m >= q of a Bernoulli arm with n KL(q, m) <= level, for rewards in [0, 1]:
/// KL(q, m) = q ln(q / m) + (1 - q) ln((1 - q) / (1 - m)).
double bernoulli_kl_bound(double q, std::int64_t n, double level);

/// Rewards in [0, 1]; the bound holds for any of those, not for Bernoulli ones alone.
struct KlUcb {
  struct Options {
    double c = 0;
    Schedule alpha = Schedule::one_over_visits();
    double q0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("c", c, "factor of ln ln t: 3 in the proof, 0 in practice", Range{0, 1e9});
      v("alpha", alpha, "step size; the default makes sample averages", Range{0, 1});
      v("q0", q0, "initial action value", Range{0, 1});
    }
  };
  /// Throws std::invalid_argument where rewards may lie outside [0, 1].
  KlUcb(const Problem& problem, const Options& o);
  double c;
  double operator()(const Arm& arm, Rng& /*rng*/) const {
    if (arm.n == 0) return std::numeric_limits<double>::infinity();
    const double log_t = std::log(static_cast<double>(arm.t));
    return bernoulli_kl_bound(arm.q, arm.n, log_t + c * std::log(std::max(log_t, 1.0)));
  }
};

/// Gaussian rewards of known deviation sd_reward, prior N(q0, sd_prior^2) of each mean. With
/// k = (sd_reward / sd_prior)^2 the posterior after n rewards is
///
///     N(q, sd_reward^2 / (n + k)),   q <- q + (r - q) / (n + 1 + k)   from q = q0
struct ThompsonSampling {
  struct Options {
    double sd_reward = 1;
    double sd_prior = 1;
    double q0 = 0;
    template <class Visitor>
    void visit(Visitor& v) {
      v("sd_reward", sd_reward, "standard deviation of an arm's reward, taken as known",
        Range{1e-9, 1e9});
      v("sd_prior", sd_prior, "standard deviation of the prior of an arm's mean", Range{1e-9, 1e9});
      v("q0", q0, "mean of that prior", Range{-1e300, 1e300});
    }
    /// What the prior weighs, in rewards.
    double k() const { return (sd_reward / sd_prior) * (sd_reward / sd_prior); }
    /// The posterior mean as a step size: 1 / (1 + k), 1 / (2 + k), ...
    Schedule alpha() const {
      return Schedule::harmonic(1 / (1 + k()), 1 + k()).on(Schedule::Clock::visits);
    }
  };
  ThompsonSampling(const Problem& /*problem*/, const Options& o)
      : sd_reward(o.sd_reward), k(o.k()) {}
  double sd_reward;
  double k;
  double operator()(const Arm& arm, Rng& rng) const {
    return arm.q + sd_reward / std::sqrt(static_cast<double>(arm.n) + k) * rng.normal();
  }
};

// ---- learners -----------------------------------------------------------------------------------

template <class Index>
class IndexBandit {
 public:
  using Options = typename Index::Options;

  IndexBandit(const Problem& problem, const Options& options)
      : index_(problem, options),
        q_(problem.model, options.q0),
        alpha_(alpha_of(options), q_.parameters().size()),
        pulls_(q_.parameters().size(), 0),
        indices_(static_cast<std::size_t>(q_.num_actions())) {
    if (alpha_of(options).clock == Schedule::Clock::episodes)
      throw std::invalid_argument("option 'alpha': a bandit's clock is updates or visits");
  }

  Action start(State s, Rng& rng) { return choose(s, rng); }

  Action step(const Transition<State>& t, Rng& rng) {
    const std::size_t arm = place(t.state, t.action);
    const double alpha = alpha_.next(arm);
    const double before = q_(t.state, t.action);
    const double after = q_(t.state, t.action) = before + alpha * (t.reward - before);
    ++pulls_[arm];
    if (trace_.enabled())
      trace_.set({t.state, t.action, t.reward, t.next, 0, 0, t.reward, t.reward - before, alpha,
                  before, after});
    return t.terminated || t.truncated ? 0 : choose(t.next, rng);
  }

  const QTable& q() const { return q_; }
  Estimates estimates() const { return {Quantity::q_star, q_.parameters()}; }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    alpha_.state(visit);
    std::span<std::int64_t> pulls = pulls_;  // of a length that a saved state cannot change
    visit("pulls", pulls);
    for (const std::int64_t n : pulls) check_saved_index("pulls", n, kMostSaved);
  }

 private:
  static Schedule alpha_of(const Options& options) {
    if constexpr (requires { options.alpha(); })
      return options.alpha();
    else
      return options.alpha;
  }
  std::size_t place(State s, Action a) const {
    return rl::index(s) * indices_.size() + rl::index(a);
  }
  Action choose(State s, Rng& rng) {
    const std::span<const std::int64_t> n(pulls_.data() + place(s, 0), indices_.size());
    const std::int64_t t = std::accumulate(n.begin(), n.end(), std::int64_t{1});
    const std::span<const double> q = q_.row(s);
    for (std::size_t a = 0; a < q.size(); ++a)
      indices_[a] = q[a] == kUnavailable ? kUnavailable : index_(Arm{q[a], n[a], t}, rng);
    return random_greedy(indices_, rng);
  }

  Index index_;
  QTable q_;
  StepSize alpha_;
  std::vector<std::int64_t> pulls_;  // [S x A]
  std::vector<double> indices_;      // [A], of the state where an arm is being chosen
  Trace trace_;
};

/// Stochastic gradient ascent on the expected reward of pi(a) = exp H(a) / sum_b exp H(b)
/// (S&B 2.8, equation 2.12), for every arm a:
///
///     H(a) <- H(a) + alpha (r - b) (1[a = A_t] - pi(a))
///
/// The baseline b is the mean of the rewards before this one, 0 at the first; without it b = 0.
class GradientBandit {
 public:
  struct Options {
    Schedule alpha = 0.1;
    bool baseline = true;
    template <class Visitor>
    void visit(Visitor& v) {
      v("alpha", alpha, "step size", Range{0, 1e6});
      v("baseline", baseline, "compare a reward with the mean of those before it");
    }
  };

  GradientBandit(const Problem& problem, const Options& options)
      : h_(problem.model),
        alpha_(options.alpha, 0),
        baseline_(options.baseline ? index(h_.num_states()) : 0, 0),
        pulls_(index(h_.num_states()), 0),
        pi_(index(h_.num_actions())) {
    if (options.alpha.clock != Schedule::Clock::updates)
      throw std::invalid_argument("option 'alpha': the clock of a gradient bandit is updates");
  }

  Action start(State s, Rng& rng) { return choose(s, rng); }

  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    const double alpha = alpha_.now();
    alpha_.tick();
    const std::size_t s = index(t.state);
    const double b = baseline_.empty() ? 0 : baseline_[s];
    set_softmax(t.state);
    for (Action a = 0; a < h_.num_actions(); ++a) {
      if (!available(t.state, a)) continue;
      const double gradient = (a == t.action ? 1 : 0) - pi_[index(a)];
      const double before = h_(t.state, a);
      const double after = h_(t.state, a) = before + alpha * (t.reward - b) * gradient;
      if (trace_.enabled())
        trace_.add({t.state, a, t.reward, t.next, 0, 0, t.reward, t.reward - b, alpha, before,
                    after, gradient});
    }
    ++pulls_[s];
    if (!baseline_.empty()) baseline_[s] += (t.reward - b) / static_cast<double>(pulls_[s]);
    return t.terminated || t.truncated ? 0 : choose(t.next, rng);
  }

  /// pi(. | s), [A].
  std::span<const double> policy(State s) {
    set_softmax(s);
    return pi_;
  }
  Estimates estimates() const { return {Quantity::preferences, h_.parameters()}; }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    h_.state(visit);
    alpha_.state(visit);
    std::span<double> baseline = baseline_;  // of lengths that a saved state cannot change
    std::span<std::int64_t> pulls = pulls_;
    visit("baseline", baseline);
    visit("pulls", pulls);
    for (const std::int64_t n : pulls) check_saved_index("pulls", n, kMostSaved);
  }

 private:
  bool available(State s, Action a) const { return h_(s, a) != kUnavailable; }
  void set_softmax(State s) {
    const std::span<const double> h = h_.row(s);
    const double largest = max_value(h);
    double sum = 0;
    for (std::size_t a = 0; a < h.size(); ++a) sum += pi_[a] = std::exp(h[a] - largest);
    for (double& p : pi_) p /= sum;
  }
  Action choose(State s, Rng& rng) {
    set_softmax(s);
    return static_cast<Action>(rng.categorical(pi_));
  }

  QTable h_;  // preferences
  StepSize alpha_;
  std::vector<double> baseline_;     // [S]; empty without one
  std::vector<std::int64_t> pulls_;  // [S]
  std::vector<double> pi_;           // [A], of the state looked at last
  Trace trace_;
};

using UcbBandit = IndexBandit<Ucb>;
using KlUcbBandit = IndexBandit<KlUcb>;
using ThompsonBandit = IndexBandit<ThompsonSampling>;

}  // namespace rl
