#pragma once
/// \file
/// Two links that hang from a bar; a motor at the joint between them. Swing the tip above a line
/// one link's length over the bar.
///
///     D1   = m l_c^2 + m (l^2 + l_c^2 + 2 l l_c cos theta2) + 2 I
///     D2   = m (l_c^2 + l l_c cos theta2) + I
///     phi2 = m l_c g sin(theta1 + theta2)
///     phi1 = -m l l_c theta2_dot (theta2_dot + 2 theta1_dot) sin theta2
///            + (m l_c + m l) g sin theta1 + phi2
///     theta2'' = (u + D2/D1 phi1 - m l l_c theta1_dot^2 sin theta2 - phi2)
///                / (m l_c^2 + I - D2^2/D1)
///     theta1'' = -(D2 theta2'' + phi1) / D1
///
/// with both links alike: m = l = I = 1, centre of mass l_c = 0.5, g = 9.8. (The books write
/// cos(x - pi/2) for sin x.) One Runge-Kutta step of 0.2 s with the torque held; then angles are
/// wrapped to [-pi, pi] and velocities clipped to 4 pi and 9 pi.
///
/// States      (theta1, theta2, theta1_dot, theta2_dot); theta1 = 0 hangs down, theta2 is relative
///             to the first link; both grow anticlockwise.
/// Seen        (cos theta1, sin theta1, cos theta2, sin theta2, theta1_dot, theta2_dot).
/// Actions     torque u = -1, 0, 1.
/// Reward      -1 a step, 0 for the last one.
/// Terminal    -cos theta1 - cos(theta1 + theta2) > 1.
/// Start       four uniform numbers in [-0.1, 0.1), rounded to float32 as in the source.
/// Episode     500 steps.
/// Numbers     double; Gymnasium shows float32 of a state that is double inside.
/// Source      Gymnasium 1.4.0, Acrobot-v1 (which gives no discount) in its form "book": S&B 1st
///             ed., 11.3. The paper of 1996 leaves the term with theta1_dot^2 out.
#include <array>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "envs/float32.hpp"
#include "rl/environment.hpp"
#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

struct Scene;

struct AcrobotOptions {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Acrobot {
 public:
  using Observation = Point;
  using Options = AcrobotOptions;
  static constexpr std::int64_t kEpisodeSteps = 500;
  static constexpr double kFastest1 = 4 * std::numbers::pi;
  static constexpr double kFastest2 = 9 * std::numbers::pi;

  explicit Acrobot(const Options& = {}) {}

  static std::vector<std::string> action_names() { return {"clockwise", "none", "anticlockwise"}; }
  Action num_actions() const { return 3; }
  bool available(const Point&, Action) const { return true; }
  static Space observation_space();
  /// (theta1, theta2, theta1_dot, theta2_dot)
  static Space state_space();

  Point reset(Rng& rng) {
    for (double& number : s_) number = as_float32(rng.uniform(-0.1, 0.1));
    return seen();
  }
  Step<Point> step(Action a, Rng&) {
    move(a - 1);
    const bool up = above_line();
    return {up ? 0.0 : -1.0, seen(), up};
  }

  Point full_state() const { return Point(s_); }
  /// Puts it into a full state; returns what is seen. Throws std::invalid_argument outside of the
  /// space.
  Point place(const Point& full_state);
  /// Both links, the line to cross, the way of the tip.
  static Scene draw(const Point& seen, std::span<const Point> path = {});

  template <class Visitor>
  void state(Visitor& visit) {
    visit("acrobot.state", s_);
    check_in_space(full_state(), state_space(), "saved state: acrobot");
  }

 private:
  void move(double torque);
  bool above_line() const;
  Point seen() const;

  std::array<double, 4> s_{};  // hangs at rest
};
static_assert(Environment<Acrobot>);

}  // namespace rl
