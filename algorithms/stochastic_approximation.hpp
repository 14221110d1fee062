#pragma once
/// \file
/// Stochastic approximation (MFRL 6): finds where a mean is zero from noisy measurements of it.
///
///     w <- w + alpha_k d(w, x_k)
///
/// x_k is what is measured: the reward of an arm, which is pulled again and again. A world of one
/// arm is one random variable; several arms are several problems side by side, pulled at random.
/// The rules differ in the direction d, and in how many measurements an update uses:
///
///     MeanEquation   d = x - w                            mean estimation            MFRL 6.1
///     NoisyEquation  d = -[ g(w) + x ]                    Robbins-Monro              MFRL 6.2
///     NoisyContraction  w <- (1 - alpha) w + beta x       Dvoretzky's setting        MFRL 6.3
///     LossGradient   d = -(d/dw) loss(w, x)               gradient descent           MFRL 6.4
///
///     OneSample      each x is used once, alone           stochastic (SGD)
///     MiniBatch      the mean direction of m new ones     mini-batch (MBGD)
///     FullBatch      the first n are kept and all used    batch (BGD)
///
/// Steps that shrink as the Robbins-Monro conditions ask (rl/schedule.hpp) lead to the root where
/// d points towards it and grows at most linearly. Without that a run may diverge: MFRL's Figure
/// 6.3 does as it is printed. A number that is no longer finite stays as it is.
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/schedule.hpp"
#include "rl/values.hpp"

namespace rl {

// ---- directions ---------------------------------------------------------------------------------

/// E[x] - w = 0.
struct MeanEquation {
  struct Options {
    Schedule alpha = Schedule::one_over_visits();
    template <class Visitor>
    void visit(Visitor&) {}
  };
  explicit MeanEquation(const Options&) {}
  double operator()(double w, double x, double /*alpha*/, std::int64_t /*k*/) const {
    return x - w;
  }
  double root(const FiniteMdp& model, State s, Action a) const { return model.row(s, a).reward; }
  std::string note() const { return ""; }
};

/// g(w) + E[x] = 0.
struct NoisyEquation {
  enum class Function : int { linear, cubic, tanh };
  struct Options {
    Schedule alpha = Schedule::harmonic(1. / 3, 3).on(Schedule::Clock::visits);
    Function g = Function::cubic;
    double c = 5;
    template <class Visitor>
    void visit(Visitor& v) {
      v("g", g, "the function: w - c, w^3 - c or tanh(w - c)", {"linear", "cubic", "tanh"});
      v("c", c, "its constant", Range{-1e9, 1e9});
    }
  };
  explicit NoisyEquation(const Options& o) : g(o.g), c(o.c) {}
  double operator()(double w, double x, double /*alpha*/, std::int64_t /*k*/) const {
    return -(value(w) + x);
  }
  double root(const FiniteMdp& model, State s, Action a) const;
  std::string note() const;
  double value(double w) const;
  Function g;
  double c;
};

/// w tends to 0 where E[x] = 0, sum alpha_k = infinity, sum alpha_k^2 and sum beta_k^2 are finite.
struct NoisyContraction {
  struct Options {
    Schedule alpha = Schedule::one_over_visits();
    Schedule beta = Schedule::harmonic(1);
    template <class Visitor>
    void visit(Visitor& v) {
      v("beta", beta, "weight of the noise, by the updates of its number", Range{0, 1e9});
    }
  };
  /// Throws std::invalid_argument for an alpha that reaches 0, or a beta on another clock.
  explicit NoisyContraction(const Options& o);
  double operator()(double w, double x, double alpha, std::int64_t k) const {
    return beta(k) / alpha * x - w;
  }
  /// NaN where the noise has a mean: then only the ratio of the weights says where w goes.
  double root(const FiniteMdp& model, State s, Action a) const {
    return model.row(s, a).reward == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
  }
  std::string note() const;
  Schedule beta;
};

/// E[(d/dw) loss(w, x)] = 0: the mean for the squared loss (w - x)^2 / 2, a median for |w - x|.
struct LossGradient {
  enum class Loss : int { squared, absolute };
  struct Options {
    Schedule alpha = Schedule::one_over_visits();
    Loss loss = Loss::squared;
    template <class Visitor>
    void visit(Visitor& v) {
      v("loss", loss, "(w - x)^2 / 2 or |w - x|", {"squared", "absolute"});
    }
  };
  explicit LossGradient(const Options& o) : loss(o.loss) {}
  double operator()(double w, double x, double /*alpha*/, std::int64_t /*k*/) const {
    if (loss == Loss::squared) return x - w;
    return x > w ? 1 : x < w ? -1 : 0;
  }
  double root(const FiniteMdp& model, State s, Action a) const;
  std::string note() const { return ""; }
  Loss loss;
};

/// The smallest m with P(reward <= m) >= 1/2.
double reward_median(const FiniteMdp& model, State s, Action a);

// ---- measurements for an update -----------------------------------------------------------------

struct OneSample {
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  OneSample(const Options&, std::size_t /*arms*/) {}
  /// The direction of the update that this measurement makes due; `d(x)` is that of one.
  template <class Direction>
  bool operator()(std::size_t /*arm*/, double x, const Direction& d, double& direction) {
    direction = d(x);
    return true;
  }
  template <class Visitor>
  void state(Visitor&) {}
};

class MiniBatch {
 public:
  struct Options {
    int batch = 5;
    template <class Visitor>
    void visit(Visitor& v) {
      v("batch", batch, "new samples for each update", Range{1, 1e6});
    }
  };
  MiniBatch(const Options& o, std::size_t arms) : batch_(o.batch), sum_(arms, 0), n_(arms, 0) {}
  template <class Direction>
  bool operator()(std::size_t arm, double x, const Direction& d, double& direction) {
    sum_[arm] += d(x);
    if (++n_[arm] < batch_) return false;
    direction = sum_[arm] / static_cast<double>(batch_);
    sum_[arm] = 0;
    n_[arm] = 0;
    return true;
  }
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> sum = sum_;  // of lengths that a saved state cannot change
    std::span<std::int64_t> n = n_;
    visit("batch_sum", sum);
    visit("batch_size", n);
    for (const std::int64_t k : n) check_saved_index("batch_size", k, batch_);
  }

 private:
  std::int64_t batch_;
  std::vector<double> sum_;      // of the directions so far, [S x A]
  std::vector<std::int64_t> n_;  // how many, [S x A]
};

class FullBatch {
 public:
  struct Options {
    int samples = 20;
    template <class Visitor>
    void visit(Visitor& v) {
      v("samples", samples, "the first so many rewards of an arm are all that is learned from",
        Range{1, 1e5});
    }
  };
  FullBatch(const Options& o, std::size_t arms)
      : samples_(static_cast<std::size_t>(o.samples)), x_(arms * samples_, 0), n_(arms, 0) {}
  /// The first samples are collected; every measurement after them makes one update due.
  template <class Direction>
  bool operator()(std::size_t arm, double x, const Direction& d, double& direction) {
    const std::span<double> kept(x_.data() + arm * samples_, samples_);
    auto n = static_cast<std::size_t>(n_[arm]);
    if (n < samples_) {
      kept[n] = x;
      n_[arm] = static_cast<std::int64_t>(++n);
      if (n < samples_) return false;
    }
    direction = 0;
    for (const double y : kept) direction += d(y);
    direction /= static_cast<double>(samples_);
    return true;
  }
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> x = x_;  // of lengths that a saved state cannot change
    std::span<std::int64_t> n = n_;
    visit("samples", x);
    visit("num_samples", n);
    for (const std::int64_t k : n)
      check_saved_index("num_samples", k, static_cast<std::int64_t>(samples_) + 1);
  }

 private:
  std::size_t samples_;
  std::vector<double> x_;        // [S x A x samples]
  std::vector<std::int64_t> n_;  // collected so far, [S x A]
};

// ---- the learner --------------------------------------------------------------------------------

template <class Rule, class Sampling>
struct ApproximationOptions {
  typename Rule::Options rule = {};
  [[no_unique_address]] typename Sampling::Options sampling = {};
  double w1 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", rule.alpha, "step size", Range{0, 1e6});
    v("w1", w1, "first value of w", Range{-1e300, 1e300});
    rule.visit(v);
    sampling.visit(v);
  }
};

template <class Rule, class Sampling = OneSample>
class StochasticApproximation {
 public:
  using Options = ApproximationOptions<Rule, Sampling>;

  StochasticApproximation(const Problem& problem, const Options& options)
      : rule_(options.rule),
        sampling_(options.sampling, QTable(problem.model).parameters().size()),
        w_(problem.model, options.w1),
        root_(problem.model),
        alpha_(options.rule.alpha),
        updates_(w_.parameters().size(), 0) {
    if (alpha_.clock == Schedule::Clock::episodes)
      throw std::invalid_argument("option 'alpha': its clock is updates or visits, not episodes");
    for (State s = 0; s < w_.num_states(); ++s)
      for (Action a = 0; a < w_.num_actions(); ++a)
        if (w_(s, a) != kUnavailable) root_(s, a) = rule_.root(problem.model, s, a);
  }

  Action start(State s, Rng& rng) { return random_available(w_.row(s), rng); }

  Action step(const Transition<State>& t, Rng& rng) {
    learn(t);
    return t.terminated || t.truncated ? 0 : random_available(w_.row(t.next), rng);
  }

  /// One measurement.
  void learn(const Transition<State>& t) {
    const std::size_t arm = index(t.state) * index(w_.num_actions()) + index(t.action);
    double& w = w_(t.state, t.action);
    if (!std::isfinite(w)) return;  // diverged
    const double alpha = alpha_(alpha_.clock == Schedule::Clock::visits ? updates_[arm] : total_);
    double d = 0;
    const auto one = [&](double x) { return rule_(w, x, alpha, updates_[arm]); };
    if (!sampling_(arm, t.reward, one, d)) return;
    ++updates_[arm];
    ++total_;
    const double before = w;
    w += alpha * d;
    if (trace_.enabled())
      trace_.set({t.state, t.action, t.reward, t.next, 0, 0, before + d, d, alpha, before, w});
  }

  const QTable& w() const { return w_; }
  /// The solutions, [S x A].
  const QTable& root() const { return root_; }
  Estimates estimates() const {
    return {Quantity::roots, w_.parameters(), 0, nullptr, root_.parameters()};
  }
  /// Whether theory promises that w gets there.
  std::string note() const {
    return robbins_monro_text(alpha_) + (rule_.note().empty() ? "" : "; " + rule_.note());
  }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    w_.state(visit);
    sampling_.state(visit);
    visit("updates", total_);
    check_saved_index("updates", total_, kMostSaved);
    std::span<std::int64_t> updates = updates_;  // of a length that a saved state cannot change
    visit("updates_of", updates);
    for (const std::int64_t k : updates) check_saved_index("updates_of", k, kMostSaved);
  }

 private:
  Rule rule_;
  Sampling sampling_;
  QTable w_;
  QTable root_;
  Schedule alpha_;
  std::int64_t total_ = 0;             // updates of all arms
  std::vector<std::int64_t> updates_;  // [S x A]
  Trace trace_;
};

using MeanEstimation = StochasticApproximation<MeanEquation>;
using RobbinsMonro = StochasticApproximation<NoisyEquation>;
using Dvoretzky = StochasticApproximation<NoisyContraction>;
using StochasticGradientDescent = StochasticApproximation<LossGradient>;
using MiniBatchGradientDescent = StochasticApproximation<LossGradient, MiniBatch>;
using BatchGradientDescent = StochasticApproximation<LossGradient, FullBatch>;

}  // namespace rl
