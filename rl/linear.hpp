#pragma once
/// \file
/// Linear functions of features, as learners use them (S&B 9.4, MFRL 8.2, 8.3):
///
///     v(s; w) = w . phi(s)        q(s, a; w) = w . x(s, a)
///
/// x(s, a) is a block of weights for each action, of which that of a meets phi(s), or features of
/// the action's number joined to those of s. A table is the linear function of one feature a state.
/// Features of points lie between a coordinate's bounds; where it has none, between -2 and 2 of its
/// usual sizes. Where a feature's step is scaled (FeatureMap::step_scale), the feature is:
/// sqrt(scale) phi learns with alpha as phi does with scale * alpha.
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rl/coordinates.hpp"
#include "rl/features.hpp"
#include "rl/features/feature_table.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/values.hpp"

namespace rl {

/// What the features of states are, and how weights begin.
struct LinearOptions {
  static constexpr double kAlpha = 0.01;  ///< default step size of learners
  std::string features;                   ///< see make_features
  double w0 = 0;
  double w0_sd = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("features", features,
      "features of a state: 'fourier:order=3', JSON, or 'world' for those that the book gives; "
      "empty: one for each state, or where states are points 8 tilings of 8 bins a coordinate "
      "(fewer "
      "bins for more than 3 coordinates)");
    v("w0", w0, "initial weight", Range{-1e300, 1e300});
    v("w0_sd", w0_sd, "standard deviation of normal initial weights around w0", Range{0, 1e300});
  }
};

/// The states of a finite world as points, and features of them.
struct StateFeatures {
  StateCoordinates points;
  FeatureMap map;
};
/// What option `features` means: see LinearOptions. Throws std::invalid_argument with the place.
StateFeatures features_of_states(const Problem& problem, const std::string& features);

enum class ActionFeatures : int { blocks, joint };

struct LinearActionOptions : LinearOptions {
  ActionFeatures action_features = ActionFeatures::blocks;
  bool terminal_features = false;
  template <class Visitor>
  void visit(Visitor& v) {
    LinearOptions::visit(v);
    v("action_features", action_features,
      "each action has weights of its own, or its number is one more coordinate of the features",
      {"blocks", "joint"});
    v("terminal_features", terminal_features,
      "give terminal states features, too, and bootstrap from them (MFRL's figures 8.9 and 8.10)");
  }
};

// ---- features of states and pairs ---------------------------------------------------------------

/// phi of whatever is seen. A pair has features of its own where actions are joint; else they are
/// those of its state.
template <class S>
class FeatureSource;

/// Of the states of a finite world: computed once, shared by all copies of a run.
template <>
class FeatureSource<State> {
 public:
  FeatureSource(const Problem& problem, const LinearOptions& options, ActionFeatures actions,
                bool terminal_features = false);

  std::size_t size() const { return table_->num_features(); }
  double dot(State s, Action a, std::span<const double> w) const {
    return table_->dot(row(s, a), w);
  }
  /// q[a] <- phi(s) . block a of w
  void dot_blocks(State s, std::span<const double> w, std::span<double> q) const {
    for (std::size_t a = 0; a < q.size(); ++a) q[a] = table_->dot(s, w.subspan(a * size(), size()));
  }
  void add(State s, Action a, double x, std::span<double> w) const { table_->add(row(s, a), x, w); }
  template <class F>
  void for_each(State s, Action a, F&& f) const {
    table_->for_each(row(s, a), f);
  }

 private:
  State row(State s, Action a) const { return pair_width_ == 0 ? s : s * pair_width_ + a; }
  std::shared_ptr<const FeatureTable> table_;
  Action pair_width_;  // actions of a state's pairs in the table; 0: one row a state
};

/// Of points: computed when asked for. The last ones are kept, for a step asks several times for
/// those of the same two points.
template <>
class FeatureSource<Point> {
 public:
  FeatureSource(const Problem& problem, const LinearOptions& options, ActionFeatures actions,
                bool terminal_features = false);

  std::size_t size() const { return map_.size(); }
  double dot(const Point& s, Action a, std::span<const double> w) const {
    return dot(of(s, a), w.data());
  }
  void dot_blocks(const Point& s, std::span<const double> w, std::span<double> q) const {
    const std::span<const Feature> phi = of(s);
    for (std::size_t a = 0; a < q.size(); ++a) q[a] = dot(phi, w.data() + a * size());
  }
  void add(const Point& s, Action a, double x, std::span<double> w) const {
    if (binary_)
      for (const Feature& f : of(s, a)) w[f.index] += x;
    else
      for (const Feature& f : of(s, a)) w[f.index] += x * f.value;
  }
  template <class F>
  void for_each(const Point& s, Action a, F&& f) const {
    for (const Feature& phi : of(s, a)) f(phi.index, phi.value);
  }

 private:
  struct Kept {
    Point point;
    std::vector<Feature> features;
  };
  double dot(std::span<const Feature> phi, const double* w) const {
    double sum = 0;
    if (binary_)
#pragma GCC unroll 8
      for (const Feature& f : phi) sum += w[f.index];
    else
      for (const Feature& f : phi) sum += w[f.index] * f.value;
    return sum;
  }
  std::span<const Feature> of(const Point& s, Action a) const {
    if (!joint_) return of(s);
    Point pair = s;
    pair.append(static_cast<double>(a));
    return of(pair);
  }
  std::span<const Feature> of(const Point& x) const {
    for (const Kept& kept : kept_)
      if (kept.point == x) return kept.features;
    return compute(x);
  }
  std::span<const Feature> compute(const Point& x) const;

  FeatureMap map_;
  std::vector<double> factor_;  // of each feature; empty: 1
  bool binary_;                 // a feature that is not 0 is 1
  bool joint_;
  mutable std::vector<Kept> kept_;
  mutable std::size_t oldest_ = 0;
};

// ---- v(s; w) ------------------------------------------------------------------------------------

template <class S>
class LinearValues {
 public:
  using Observation = S;
  using Options = LinearOptions;

  LinearValues(const Problem& problem, const Options& options, Rng rng);

  double operator[](const S& s) const { return features_.dot(s, 0, w_); }
  template <class F>
  void gradient(const S& s, Action /*a*/, F&& f) const {
    features_.for_each(s, 0, f);
  }
  /// w <- w + x phi(s)
  void add(const S& s, Action /*a*/, double x) { features_.add(s, 0, x, w_); }
  void add_at(std::size_t i, double x) { w_[i] += x; }
  std::span<const double> parameters() const { return w_; }
  std::span<double> parameters() { return w_; }
  /// v of all states, [S]; the weights where states are points. Good until asked again.
  std::span<const double> shown() const;
  /// Phi: [S x features], row by row.
  std::vector<double> feature_matrix() const requires std::same_as<S, State>;

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> w = w_;  // of a length that a saved state cannot change
    visit("w", w);
  }

 private:
  FeatureSource<S> features_;
  std::vector<double> w_;
  State num_states_;  // 0: points
  mutable std::vector<double> shown_;
};

// ---- q(s, a; w) ---------------------------------------------------------------------------------

template <class S>
class LinearActionValues {
 public:
  using Observation = S;
  using Options = LinearActionOptions;

  LinearActionValues(const Problem& problem, const Options& options, Rng rng);

  State num_states() const requires std::same_as<S, State> { return model_.num_states(); }
  Action num_actions() const { return num_actions_; }
  /// Whether q of a terminal state is that of its features, and not 0.
  bool values_terminal() const { return terminal_features_; }
  double value(const S& s, Action a) const {
    return features_.dot(s, a, std::span(w_).subspan(block(a), features_.size()));
  }
  /// q(s, .); -infinity where an action is not available.
  std::span<const double> row(const S& s, std::span<double> scratch) const {
    const std::span<double> q = scratch.first(index(num_actions_));
    if (joint_)
      for (Action a = 0; a < num_actions_; ++a) q[index(a)] = value(s, a);
    else
      features_.dot_blocks(s, w_, q);
    if (!all_available_)
      for (Action a = 0; a < num_actions_; ++a)
        if (!available(s, a)) q[index(a)] = kUnavailable;
    return q;
  }
  template <class F>
  void gradient(const S& s, Action a, F&& f) const {
    const std::size_t begin = block(a);
    features_.for_each(s, a, [&](std::size_t i, double x) { f(begin + i, x); });
  }
  /// w <- w + x grad q(s, a)
  void add(const S& s, Action a, double x) {
    features_.add(s, a, x, std::span(w_).subspan(block(a), features_.size()));
  }
  void add_at(std::size_t i, double x) { w_[i] += x; }
  std::span<const double> parameters() const { return w_; }
  std::span<double> parameters() { return w_; }
  /// q of all pairs, [S x A]; the weights where states are points. Good until asked again.
  std::span<const double> shown() const;

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> w = w_;  // of a length that a saved state cannot change
    visit("w", w);
  }

 private:
  std::size_t block(Action a) const { return joint_ ? 0 : index(a) * features_.size(); }
  bool available(const S& s, Action a) const {
    if constexpr (std::same_as<S, State>)
      return all_available_ || model_.available(s, a) || (terminal_features_ && model_.terminal(s));
    else
      return true;
  }

  FeatureSource<S> features_;
  bool joint_;
  bool terminal_features_;
  Action num_actions_;
  std::vector<double> w_;
  FiniteMdp model_;  // without states: points
  bool all_available_;
  mutable std::vector<double> shown_;
};

}  // namespace rl
