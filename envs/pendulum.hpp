#pragma once
/// \file
/// Swing a pendulum up and hold it there, with a motor too weak to lift it in one go.
///
///     theta_dot <- clip(theta_dot + (3 g / (2 l) sin theta + 3 u / (m l^2)) dt, -8, 8)
///     theta     <- theta + theta_dot dt                                  (with the new velocity)
///     reward     = -(norm(theta)^2 + 0.1 theta_dot^2 + 0.001 u^2)        (of the state before)
///
/// with g = 10, m = l = 1, dt = 0.05 s, and norm the same angle in [-pi, pi).
///
/// States      (theta, theta_dot), theta = 0 upright, growing anticlockwise.
/// Seen        (cos theta, sin theta, theta_dot): all of the state but full turns.
/// Actions     one number, the torque u, clipped to [-2, 2].
/// Terminal    none: episodes are truncated only.
/// Start       theta uniform in [-pi, pi), theta_dot in [-1, 1), drawn in this order.
/// Episode     200 steps.
/// Numbers     double; Gymnasium shows float32 of a state that is double inside. theta is not
///             wrapped, there and here.
/// Source      Gymnasium 1.4.0, Pendulum-v1 (which gives no discount).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/types.hpp"

namespace rl {

struct Scene;

struct PendulumOptions {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Pendulum {
 public:
  using Observation = Point;
  using ActionType = Point;
  using Options = PendulumOptions;
  static constexpr std::int64_t kEpisodeSteps = 200;
  static constexpr double kFastest = 8;    ///< radians a second
  static constexpr double kStrongest = 2;  ///< newton metres

  explicit Pendulum(const Options& = {}) {}

  static Space observation_space();
  static Space action_space() { return {{"torque", -kStrongest, kStrongest}}; }
  /// (theta, theta_dot)
  static Space state_space();

  Point reset(Rng& rng) {
    theta_ = rng.uniform(-std::numbers::pi, std::numbers::pi);
    theta_dot_ = rng.uniform(-1, 1);
    return seen();
  }
  /// Requires one finite number.
  Step<Point> step(const Point& action, Rng&) {
    const double u = std::clamp(action[0], -kStrongest, kStrongest);
    const double angle = from_upright(theta_);
    const double cost = angle * angle + 0.1 * theta_dot_ * theta_dot_ + 0.001 * u * u;
    theta_dot_ +=
        (3 * kGravity / (2 * kLength) * std::sin(theta_) + 3 / (kMass * kLength * kLength) * u) *
        kSeconds;
    theta_dot_ = std::clamp(theta_dot_, -kFastest, kFastest);
    theta_ += theta_dot_ * kSeconds;
    return {-cost, seen(), false};
  }

  Point full_state() const { return {theta_, theta_dot_}; }
  /// Puts it into a full state; returns what is seen. Throws std::invalid_argument outside of the
  /// space.
  Point place(const Point& full_state);
  /// The rod; the way of its tip.
  static Scene draw(const Point& seen, std::span<const Point> path = {});

  template <class Visitor>
  void state(Visitor& visit) {
    visit("pendulum.theta", theta_);
    visit("pendulum.theta_dot", theta_dot_);
    check_in_space(full_state(), state_space(), "saved state: pendulum");
  }

 private:
  static constexpr double kGravity = 10;
  static constexpr double kMass = 1;
  static constexpr double kLength = 1;
  static constexpr double kSeconds = 0.05;

  /// The same angle in [-pi, pi).
  static double from_upright(double theta) {
    constexpr double kTurn = 2 * std::numbers::pi;
    const double shifted = theta + std::numbers::pi;
    return shifted - kTurn * std::floor(shifted / kTurn) - std::numbers::pi;
  }
  Point seen() const { return {std::cos(theta_), std::sin(theta_), theta_dot_}; }

  double theta_ = std::numbers::pi;  // hangs down
  double theta_dot_ = 0;
};

}  // namespace rl
