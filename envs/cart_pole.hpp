#pragma once
/// \file
/// Balance a pole on a cart by pushing the cart left or right.
///
///     f       = (F + m l theta_dot^2 sin theta) / M
///     theta'' = (g sin theta - f cos theta) / (l (4/3 - m cos^2 theta / M))
///     x''     = f - m l theta'' cos theta / M
///
/// with g = 9.8, pole m = 0.1, cart 1.0, M = 1.1, l = 0.5 (half the pole), no friction; then one
/// Euler step of 0.02 s: positions move with the velocities from before the step.
///
/// States      (x, x_dot, theta, theta_dot), theta = 0 upright, growing to the right.
/// Actions     0 left, F = -10 N; 1 right, F = 10 N.
/// Reward      1 a step, the last one too; with sutton_barto_reward 0 a step and -1 for the last.
/// Terminal    |x| > 2.4 or |theta| > 12 degrees.
/// Start       four uniform numbers in [-0.05, 0.05).
/// Episode     500 steps (CartPole-v0: 200).
/// Numbers     double; Gymnasium shows float32 of a state that is double inside.
/// Source      Gymnasium 1.4.0, CartPole-v1 (which gives no discount), after Barto, Sutton and
///             Anderson 1983, whose cart and joint have friction.
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "rl/environment.hpp"
#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

struct Scene;

struct CartPoleOptions {
  bool sutton_barto_reward = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("sutton_barto_reward", sutton_barto_reward,
      "0 a step and -1 for the one that ends the episode, instead of 1 for each");
  }
};

class CartPole {
 public:
  using Observation = Point;
  using Options = CartPoleOptions;
  static constexpr std::int64_t kEpisodeSteps = 500;
  static constexpr double kFarthest = 2.4;                            ///< metres
  static constexpr double kSteepest = 12 * std::numbers::pi / 180.0;  ///< radians
  static constexpr double kHalfPole = 0.5;                            ///< metres

  explicit CartPole(const Options& options = {}) : options_(options) {}

  static std::vector<std::string> action_names() { return {"left", "right"}; }
  Action num_actions() const { return 2; }
  bool available(const Point&, Action) const { return true; }
  /// Twice as wide as what is not terminal, so that terminal states lie inside; velocities have no
  /// bounds.
  static Space observation_space();

  Point reset(Rng& rng) {
    for (double* number : {&x_, &x_dot_, &theta_, &theta_dot_}) *number = rng.uniform(-0.05, 0.05);
    return seen();
  }
  Step<Point> step(Action a, Rng&) {
    push(a == 1 ? kForce : -kForce);
    const bool fallen = std::abs(x_) > kFarthest || std::abs(theta_) > kSteepest;
    return {reward(fallen), seen(), fallen};
  }
  /// Puts cart and pole where an observation says. Throws std::invalid_argument outside of the
  /// space.
  Point place(const Point& s);
  /// Track, cart and pole; the limits of its angle; the way of its tip.
  static Scene draw(const Point& seen, std::span<const Point> path = {});

  template <class Visitor>
  void state(Visitor& visit) {
    visit("cart_pole.x", x_);
    visit("cart_pole.x_dot", x_dot_);
    visit("cart_pole.theta", theta_);
    visit("cart_pole.theta_dot", theta_dot_);
    check_in_space(seen(), observation_space(), "saved state: cart pole");
  }

 private:
  static constexpr double kGravity = 9.8;
  static constexpr double kPole = 0.1;  // kg
  static constexpr double kTotal = 1.1;
  static constexpr double kForce = 10;
  static constexpr double kSeconds = 0.02;

  void push(double F) {
    const double sine = std::sin(theta_);
    const double cosine = std::cos(theta_);
    const double f = (F + kPole * kHalfPole * theta_dot_ * theta_dot_ * sine) / kTotal;
    const double theta_acc =
        (kGravity * sine - cosine * f) / (kHalfPole * (4.0 / 3 - kPole * cosine * cosine / kTotal));
    const double x_acc = f - kPole * kHalfPole * theta_acc * cosine / kTotal;
    x_ += kSeconds * x_dot_;
    x_dot_ += kSeconds * x_acc;
    theta_ += kSeconds * theta_dot_;
    theta_dot_ += kSeconds * theta_acc;
  }
  double reward(bool fallen) const {
    if (options_.sutton_barto_reward) return fallen ? -1 : 0;
    return 1;
  }
  Point seen() const { return {x_, x_dot_, theta_, theta_dot_}; }

  Options options_;
  double x_ = 0, x_dot_ = 0, theta_ = 0, theta_dot_ = 0;
};
static_assert(Environment<CartPole>);

}  // namespace rl
