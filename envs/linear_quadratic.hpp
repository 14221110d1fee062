#pragma once
/// \file
/// The linear-quadratic regulator: a linear world with quadratic costs, whose optimum is known
/// exactly (linear_quadratic_optimum.hpp).
///
///     x' = A x + B u + w,  w ~ N(0, noise_sd^2 I),     reward = -(x'Q x + u'R u), on leaving x
///
/// (where x'Q x is the transpose of x times Q x).
///
/// States      x: 1 to 4 numbers without bounds.
/// Actions     u: 1 or 2 numbers without bounds.
/// Terminal    none. A policy that is too strong or too weak lets x grow for ever, in the end
/// beyond
///             what a double holds: limit such episodes.
/// Start       uniform in the box from start_low to start_high, coordinate by coordinate.
/// Noise       drawn only where noise_sd > 0.
/// Source      the defaults (A = 0.9, B = 0.5, Q = 1, R = 0.1, no noise; gamma = 0.9) are an
/// example
///             for deterministic actor-critic (MFRL Algorithm 10.4), with K = 1.324623514668 and
///             P = 1.23843223264.
#include <Eigen/Core>
#include <span>
#include <vector>

#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/types.hpp"

namespace rl {

struct Scene;

/// Matrices are lists, row by row; Q says how many numbers a state has, R how many an action.
struct LinearQuadraticOptions {
  std::vector<double> a = {0.9};
  std::vector<double> b = {0.5};
  std::vector<double> q = {1};
  std::vector<double> r = {0.1};
  double noise_sd = 0;
  std::vector<double> start_low = {-1};
  std::vector<double> start_high = {1};
  template <class Visitor>
  void visit(Visitor& v) {
    v("a", a, "A of x' = A x + B u, row by row: as many rows and columns as Q");
    v("b", b, "B, row by row: as many rows as Q, as many columns as R");
    v("q", q, "costs of states, row by row: 1 to 4 rows, symmetric, positive definite");
    v("r", r, "costs of actions, row by row: 1 or 2 rows, symmetric, positive definite");
    v("noise_sd", noise_sd, "standard deviation of the noise on each number of x'", Range{0, 1e6});
    v("start_low", start_low, "least start: one number for all of x, or one for each");
    v("start_high", start_high, "largest start: one number for all of x, or one for each");
  }
};

/// The options as matrices that fit one another.
struct LinearQuadraticModel {
  static constexpr int kMostStates = 4;
  static constexpr int kMostActions = 2;
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor, kMostStates,
                               kMostStates>;
  using Vector = Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, kMostStates, 1>;

  /// Throws std::invalid_argument for what the options do not allow.
  explicit LinearQuadraticModel(const LinearQuadraticOptions& options);

  Matrix A, B, Q, R;
  double noise_sd;
  Vector start_low, start_high;
};

class LinearQuadratic {
 public:
  using Observation = Point;
  using ActionType = Point;
  using Options = LinearQuadraticOptions;

  explicit LinearQuadratic(const Options& options = {});

  const LinearQuadraticModel& model() const { return model_; }
  Space observation_space() const;
  Space action_space() const;

  Point reset(Rng& rng) {
    for (Eigen::Index i = 0; i < x_.size(); ++i)
      x_[i] = rng.uniform(model_.start_low[i], model_.start_high[i]);
    return seen();
  }
  /// Requires as many finite numbers as the action space has.
  Step<Point> step(const Point& action, Rng& rng) {
    const auto& [A, B, Q, R, noise_sd, low, high] = model_;
    const Vector u = vector_of(action);
    const double cost = x_.dot(Q.lazyProduct(x_)) + u.dot(R.lazyProduct(u));
    x_ = (A.lazyProduct(x_) + B.lazyProduct(u)).eval();
    if (noise_sd > 0)
      for (double& number : x_) number += noise_sd * rng.normal();
    return {-cost, seen(), false};
  }
  /// Puts it into a state. Throws std::invalid_argument for another size or an infinite number.
  Point place(const Point& x);
  /// A number line, or the plane of the first two numbers, with the box of starts and the way.
  Scene draw(const Point& seen, std::span<const Point> path = {}) const;

  template <class Visitor>
  void state(Visitor& visit) {
    Point x = seen();
    visit("linear_quadratic.x", x);
    place(x);
  }

 private:
  using Vector = LinearQuadraticModel::Vector;

  static Vector vector_of(const Point& x) {
    return Eigen::Map<const Eigen::VectorXd>(x.numbers().data(),
                                             static_cast<Eigen::Index>(x.size()));
  }
  Point seen() const { return Point({x_.data(), static_cast<std::size_t>(x_.size())}); }

  LinearQuadraticModel model_;
  Vector x_;
};

}  // namespace rl
