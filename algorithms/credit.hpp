#pragma once
/// \file
/// Rules of credit: which parameters w a TD error changes, and by how much (S&B 12.2, 12.5, 12.7,
/// 12.10). With x = grad q(s, a), or grad v(s), and a trace z for each parameter:
///
///     OneStep         w <- w + alpha delta x
///     Traces          w <- w + delta z                        TD(lambda), Sarsa(lambda)
///       accumulating    z <- gamma lambda z + alpha x
///       replacing       z <- alpha x where x is not 0
///       dutch           z <- gamma lambda z + alpha (1 - gamma lambda z.x) x
///     TrueOnline      w <- w + (delta + V - V_old) z - alpha (V - V_old) x, z dutch:
///                     the online lambda-return algorithm at a fraction of its cost
///     WatkinsTraces   as Traces, z <- 0 after an action that was not greedy
///     TreeBackup      as Traces, z <- gamma lambda pi(a | s) z + alpha x
///
/// The book multiplies by alpha when w changes; here alpha stands in the trace. That is the same
/// where alpha is constant, and right where it is not: with a step size for each pair, the large
/// one of a rare pair would else drive the traces of frequent ones until they diverge.
/// Traces live on parameter numbers, so the rules serve tables and features alike. An episode
/// begins without traces.
#include <cmath>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// What a rule of credit is told of one TD error.
template <class S, class A = Action>
struct TdError {
  S s;
  A a;
  double alpha;
  double gamma;
  double delta;
  double value;             ///< q(s, a) or v(s) before the update
  double bootstrap;         ///< value given to the next state
  bool greedy_next = true;  ///< whether a' is greedy, for rules that ask
  double pi = 1;            ///< pi(a | s), for rules that ask
};

/// Whether a TD error is out of all bounds, before a change by it makes parameters infinite.
inline bool diverged(double delta) {
  constexpr double kLargest = 1e100;
  return !(std::abs(delta) < kLargest);  // nor is it a number
}

// ---- one step -----------------------------------------------------------------------------------

/// Only (s, a): w <- w + alpha * delta * grad q(s, a).
struct OneStep {
  static constexpr bool has_traces = false;
  static constexpr bool needs_next_action = false;
  static constexpr bool needs_probability = false;
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  OneStep(const Options&, std::size_t /*num_parameters*/) {}
  void begin_episode() {}
  template <class Values, class S, class A>
  void apply(Values& values, const TdError<S, A>& e) {
    values.add(e.s, e.a, e.alpha * e.delta);
  }
  template <class Visitor>
  void state(Visitor&) {}
};

// ---- traces -------------------------------------------------------------------------------------

/// z: a number for each parameter, of which few are not 0. Below kForgotten it is made 0.
class EligibilityTrace {
 public:
  explicit EligibilityTrace(std::size_t num_parameters) : z_(num_parameters, 0) {}

  double operator[](std::size_t i) const { return z_[i]; }
  /// The parameters whose trace is not 0.
  std::span<const std::size_t> active() const { return active_; }

  void clear() {
    for (const std::size_t i : active_) z_[i] = 0;
    active_.clear();
  }
  /// z <- factor z
  void decay(double factor) {
    std::size_t kept = 0;
    for (const std::size_t i : active_) {
      z_[i] *= factor;
      if (std::abs(z_[i]) < kForgotten)
        z_[i] = 0;
      else
        active_[kept++] = i;
    }
    active_.resize(kept);
  }
  /// z_i <- x
  void set(std::size_t i, double x) {
    if (z_[i] == 0 && x != 0) active_.push_back(i);
    z_[i] = x;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> z = z_;  // of a length that a saved state cannot change
    visit("traces", z);
    active_.clear();
    for (std::size_t i = 0; i < z_.size(); ++i)
      if (z_[i] != 0) active_.push_back(i);
  }

 private:
  static constexpr double kForgotten = 1e-12;
  std::vector<double> z_;
  std::vector<std::size_t> active_;
};

enum class TraceKind : int { accumulating, replacing, dutch };

struct LambdaOptions {
  double lambda = 0.9;
  template <class Visitor>
  void visit(Visitor& v) {
    v("lambda", lambda, "decay of traces: 0 is one step, 1 the whole episode", Range{0, 1});
  }
};

struct TraceOptions : LambdaOptions {
  TraceKind kind = TraceKind::accumulating;
  template <class Visitor>
  void visit(Visitor& v) {
    LambdaOptions::visit(v);
    v("traces", kind, "what a visit makes of its trace", {"accumulating", "replacing", "dutch"});
  }
};

/// What all rules with traces share.
class TraceRule {
 public:
  static constexpr bool has_traces = true;
  static constexpr bool needs_next_action = false;
  static constexpr bool needs_probability = false;
  void begin_episode() { z_.clear(); }
  const EligibilityTrace& trace() const { return z_; }
  template <class Visitor>
  void state(Visitor& visit) {
    z_.state(visit);
  }

 protected:
  explicit TraceRule(std::size_t num_parameters) : z_(num_parameters) {}

  /// z <- factor z, then a visit of (s, a).
  template <class Values, class S, class A>
  void visit(const Values& values, const TdError<S, A>& e, double factor, TraceKind kind) {
    z_.decay(factor);
    const double share = kind == TraceKind::dutch ? e.alpha * (1 - dot(values, e)) : e.alpha;
    values.gradient(e.s, e.a, [&](std::size_t i, double x) {
      z_.set(i, kind == TraceKind::replacing ? e.alpha * x : z_[i] + share * x);
    });
  }
  /// z.x
  template <class Values, class S, class A>
  double dot(const Values& values, const TdError<S, A>& e) const {
    double sum = 0;
    values.gradient(e.s, e.a, [&](std::size_t i, double x) { sum += z_[i] * x; });
    return sum;
  }
  /// w <- w + x z
  template <class Values>
  void add(Values& values, double x) const {
    for (const std::size_t i : z_.active()) values.add_at(i, x * z_[i]);
  }

 private:
  EligibilityTrace z_;
};

class Traces : public TraceRule {
 public:
  using Options = TraceOptions;
  Traces(const Options& options, std::size_t num_parameters)
      : TraceRule(num_parameters), options_(options) {}
  template <class Values, class S, class A>
  void apply(Values& values, const TdError<S, A>& e) {
    visit(values, e, e.gamma * options_.lambda, options_.kind);
    add(values, e.delta);
  }

 private:
  Options options_;
};

class TrueOnline : public TraceRule {
 public:
  using Options = LambdaOptions;
  TrueOnline(const Options& options, std::size_t num_parameters)
      : TraceRule(num_parameters), lambda_(options.lambda) {}
  void begin_episode() {
    TraceRule::begin_episode();
    old_ = 0;
  }
  template <class Values, class S>
  void apply(Values& values, const TdError<S>& e) {
    visit(values, e, e.gamma * lambda_, TraceKind::dutch);
    const double surplus = e.value - old_;  // V - V_old
    add(values, e.delta + surplus);
    values.add(e.s, e.a, -e.alpha * surplus);
    old_ = e.bootstrap;
  }
  template <class Visitor>
  void state(Visitor& visit) {
    TraceRule::state(visit);
    visit("v_old", old_);
  }

 private:
  double lambda_;
  double old_ = 0;  // the value of s as the last bootstrap
};

class WatkinsTraces : public TraceRule {
 public:
  static constexpr bool needs_next_action = true;
  using Options = TraceOptions;
  WatkinsTraces(const Options& options, std::size_t num_parameters)
      : TraceRule(num_parameters), options_(options) {}
  template <class Values, class S>
  void apply(Values& values, const TdError<S>& e) {
    visit(values, e, cut_ ? 0 : e.gamma * options_.lambda, options_.kind);
    add(values, e.delta);
    cut_ = !e.greedy_next;
  }
  template <class Visitor>
  void state(Visitor& visit) {
    TraceRule::state(visit);
    visit("cut", cut_);
  }

 private:
  Options options_;
  bool cut_ = false;  // the action now is not greedy
};

class TreeBackup : public TraceRule {
 public:
  static constexpr bool needs_probability = true;
  using Options = LambdaOptions;
  TreeBackup(const Options& options, std::size_t num_parameters)
      : TraceRule(num_parameters), lambda_(options.lambda) {}
  template <class Values, class S>
  void apply(Values& values, const TdError<S>& e) {
    visit(values, e, e.gamma * lambda_ * e.pi, TraceKind::accumulating);
    add(values, e.delta);
  }

 private:
  double lambda_;
};

// ---- watching -----------------------------------------------------------------------------------

/// What a change is of the whole that one visit of trace 1 would be: its trace, but for rules that
/// correct it. Rounding is taken off a share of 1.
inline double share_of(double change, double whole, double trace) {
  const double share = whole != 0 ? change / whole : trace;
  return std::abs(share - 1) < 1e-9 ? 1 : share;
}

/// Applies the rule and adds to `trace` what it changed: one update for each parameter, all with
/// the error of `update`, each with its share. `pair_of(i)` is the state and action of parameter i.
template <class Credit, class Values, class S, class PairOf>
void apply_traced(Trace& trace, Credit& credit, Values& values, const TdError<S>& e, Update update,
                  const PairOf& pair_of) {
  trace.begin_step();
  const std::vector<double> before(values.parameters().begin(), values.parameters().end());
  credit.apply(values, e);
  const auto add = [&](std::size_t i) {
    std::tie(update.s, update.a) = pair_of(i);
    update.before = before[i];
    update.after = values.parameters()[i];
    if constexpr (Credit::has_traces)
      update.weight = share_of(update.after - update.before, e.alpha * e.delta,
                               e.alpha > 0 ? credit.trace()[i] / e.alpha : 0);
    trace.add(update);
  };
  if constexpr (Credit::has_traces)
    for (const std::size_t i : credit.trace().active()) add(i);
  else
    values.gradient(e.s, e.a, [&](std::size_t i, double) { add(i); });
}

}  // namespace rl
