#pragma once
/// \file
/// Least-squares temporal differences: the fixed point of TD from what was seen, without a step
/// size (S&B 9.8; MFRL 8.2.5; Lagoudakis and Parr 2003 for control).
///
///     z <- gamma lambda z + x;   A <- A + z (x - gamma x')';   b <- b + z r;   w = A^-1 b
///
/// with x = phi(s), x' = phi(s'), 0 beyond the end. `recursive` keeps A^-1 instead of A
/// (Sherman-Morrison): O(n^2) a step instead of O(n^3) a solution.
///
///     A^-1 <- A^-1 - (A^-1 z) ((x - gamma x')' A^-1) / (1 + (x - gamma x')' A^-1 z)
///
/// LSPI and fitted Q iteration do the same for q* from all transitions so far, which a behaviour
/// brings that does not learn:
///
///     LSPI       A = sum x(s, a) (x(s, a) - gamma x(s', pi(s')))', pi greedy in the last w, until
///                w stands still
///     fitted Q   w <- argmin_w sum (r + gamma max_a' q(s', a'; w_old) - w . x(s, a))^2, K times
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algorithms/predicted_values.hpp"
#include "rl/learning.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/state.hpp"

namespace rl {

// ---- linear equations, row by row ---------------------------------------------------------------

/// A vector of features of which few differ from 0, by their numbers.
using SparseFeatures = std::vector<Feature>;

/// A w = b with A = ridge I + sum z y', b = sum z r. Solved when asked for, or at every row.
class LeastSquaresEquations {
 public:
  LeastSquaresEquations(std::size_t n, double ridge, bool recursive);

  std::size_t size() const { return n_; }
  /// A <- A + z y', b <- b + z r. z: [n]
  void add(std::span<const double> z, const SparseFeatures& y, double r);
  /// The same with few entries in z, where it is not recursive.
  void add(const SparseFeatures& z, const SparseFeatures& y, double r);
  /// w; of all that solve A w = b the smallest where A is singular.
  std::vector<double> solve() const;
  /// Directions that A leaves open: 0 where it can be inverted. Of rows that are kept.
  std::size_t missing_rank() const;
  void clear();

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> matrix(matrix_.data(),
                             n_ * n_);  // of lengths that a saved state cannot change
    std::span<double> b(b_.data(), n_);
    visit("A", matrix);
    visit("b", b);
  }

 private:
  void update_inverse(const Eigen::Map<const Eigen::VectorXd>& z, const SparseFeatures& y);

  std::size_t n_;
  double ridge_;
  bool recursive_;
  Eigen::MatrixXd matrix_;  // A, or A^-1 where recursive
  Eigen::VectorXd b_;
};

// ---- prediction ---------------------------------------------------------------------------------

struct LstdOptions {
  double lambda = 0;
  double ridge = 1e-3;
  bool recursive = true;
  std::int64_t solve_every = 100;
  LinearOptions values = {};
  std::vector<double> policy = {};  ///< [S x A]; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("lambda", lambda, "decay of traces: 0 looks one step ahead, 1 to the end", Range{0, 1});
    v("ridge", ridge,
      "A begins as ridge times the identity, so that it can be inverted; 0 only where it is not "
      "recursive",
      Range{0, 1e300});
    v("recursive", recursive, "keep the inverse, changed at every step, instead of A");
    v("solve_every", solve_every, "steps from one solution to the next", Range{1, 1e12});
    values.visit(v);
    v("policy", policy, "what is evaluated: S x A probabilities row by row; empty: uniform",
      Range{0, 1});
  }
};

/// LSTD(lambda): v_pi by features, from episodes of pi.
class Lstd : public PredictedValues<LinearValues<State>> {
 public:
  using Options = LstdOptions;

  Lstd(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  Action start(State s, Rng& rng);
  Action step(const Transition<State>& t, Rng& rng);
  /// Says where A is singular.
  std::string note() const;

  template <class Visitor>
  void state(Visitor& visit) {
    PredictedValues::state(visit);
    equations_.state(visit);
    std::span<double> z = z_;  // of a length that a saved state cannot change
    visit("traces", z);
    visit("steps", steps_);
    check_saved_index("steps", steps_, kMostSaved);
  }

 private:
  void solve();

  LstdOptions options_;
  LeastSquaresEquations equations_;
  std::vector<double> z_;
  std::int64_t steps_ = 0;
};

// ---- control from stored transitions ------------------------------------------------------------

/// How w follows from all transitions.
enum class BatchRule : int { lspi, fitted_q };

template <BatchRule kRule>
struct BatchControlOptions {
  std::int64_t solve_every = 1000;
  std::int64_t iterations = kRule == BatchRule::lspi ? 20 : 50;
  double ridge = 1e-3;
  std::int64_t capacity = 100'000;
  LinearActionOptions values = {};
  template <class Visitor>
  void visit(Visitor& v) {
    v("solve_every", solve_every, "steps from one solution to the next", Range{1, 1e12});
    v("iterations", iterations,
      kRule == BatchRule::lspi ? "policies that are evaluated at most" : "fits, one after another",
      Range{1, 1e6});
    v("ridge", ridge, "added to the diagonal of the equations, which may be singular",
      Range{0, 1e300});
    v("capacity", capacity, "transitions that are kept, the last ones", Range{1, 1e7});
    values.visit(v);
  }
};

/// q* by features, from all transitions of a uniformly random behaviour.
template <BatchRule kRule, class S>
class BatchControl {
 public:
  using Observation = S;
  using Options = BatchControlOptions<kRule>;

  BatchControl(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  Action start(const S& s, Rng& rng) { return act(s, rng); }
  Action step(const Transition<S>& t, Rng& rng);

  Estimates estimates() const {
    return {std::same_as<S, State> ? Quantity::q_star : Quantity::weights, q_.shown()};
  }
  Action greedy(const S& s, Rng& rng) { return random_greedy(q_.row(s, scratch_), rng); }
  Trace& trace() { return trace_; }
  std::string note() const;

  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
    auto size = static_cast<std::int64_t>(seen_.size());
    visit("transitions", size);
    check_saved_index("transitions", size, options_.capacity + 1);
    seen_.resize(static_cast<std::size_t>(size));
    for (Seen& x : seen_) x.state(visit, num_states_, q_.num_actions());
    visit("steps", steps_);
    check_saved_index("steps", steps_, kMostSaved);
  }

 private:
  /// What was seen: s, a, r, s' and whether that is the end.
  struct Seen {
    S s{};
    Action a = 0;
    double reward = 0;
    S next{};
    bool terminated = false;

    template <class Visitor>
    void state(Visitor& visit, State num_states, Action num_actions) {
      visit("seen.s", s);
      visit("seen.a", a);
      visit("seen.reward", reward);
      visit("seen.next", next);
      visit("seen.terminated", terminated);
      check_saved_index("seen.a", a, num_actions);
      if constexpr (std::same_as<S, State>) {
        check_saved_index("seen.s", s, num_states);
        check_saved_index("seen.next", next, num_states);
      }
    }
  };

  Action act(const S& s, Rng& rng) { return random_available(q_.row(s, scratch_), rng); }
  void solve();
  /// One more w; returns the largest change of a weight.
  double iterate();
  SparseFeatures features(const S& s, Action a) const;
  SparseFeatures less_next(SparseFeatures x, const S& next);

  double gamma_;
  State num_states_;
  Options options_;
  LinearActionValues<S> q_;
  LeastSquaresEquations equations_;
  std::vector<Seen> seen_;  // a ring of at most `capacity`
  std::int64_t steps_ = 0;
  Trace trace_;
  std::vector<double> scratch_;  // [A]
};

template <class S>
using Lspi = BatchControl<BatchRule::lspi, S>;
template <class S>
using FittedQIteration = BatchControl<BatchRule::fitted_q, S>;

}  // namespace rl
