#pragma once
/// \file
/// The mountain car, too weak for the hill: it has to go back to gain speed. Three worlds, one car.
///
///     v <- clip(v + force u - gravity cos(3x), -0.07, 0.07)
///     x <- clip(x + v, -1.2, right end);  at x = -1.2 a car that moves left stops: v = 0
///
///                 mountain_car        gym_mountain_car     gym_mountain_car_continuous
/// States          x to 0.5            x to 0.6             x to 0.6
/// Actions         left, none, right: u = -1, 0, 1          u, one number, clipped to [-1, 1]
/// Force           0.001               0.001                0.0015
/// Terminal        x = 0.5             x >= 0.5, v >= goal  x >= 0.45, v >= goal
/// Reward          -1 a step           -1 a step            -0.1 u^2 with u as given, not clipped;
///                                                          100 more for the last step
/// Episode         no limit            200 steps            999 steps
/// Start           x uniform in [-0.6, -0.4), v = 0: one number drawn
/// Numbers         double              double               float32 after each step, as in the
/// source
///
/// goal is 0 unless the options say more. Gymnasium shows float32 of a state that is double inside;
/// here the double itself is seen. Within a step of the continuous car it computes in float32 or
/// double as its version of numpy promotes; here in double. The book gives no limit; cases that
/// reproduce its figures end an episode after 20,000 steps.
///
/// Source: S&B Example 10.1; Gymnasium 1.4.0, MountainCar-v0 and MountainCarContinuous-v0 (which
/// give no discount).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/float32.hpp"
#include "rl/environment.hpp"
#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

struct Scene;

/// The car on its hill, whose height is sin(3x): what the three worlds share.
class HillCar {
 public:
  static constexpr double kLeft = -1.2;
  static constexpr double kFastest = 0.07;
  struct Rules {
    double force = 0.001;
    double gravity = 0.0025;
    double right_end = 0.5;
    double goal_x = 0.5;
    double goal_v = -kFastest;  ///< as fast as this, at least
  };

  explicit HillCar(const Rules& rules) : rules_(rules) {}
  static Space space(double right_end) {
    return {{"x", kLeft, right_end}, {"v", -kFastest, kFastest}};
  }

  void start(Rng& rng) {
    x_ = rng.uniform(-0.6, -0.4);
    v_ = 0;
  }
  void move(double u) {
    v_ += rules_.force * u - rules_.gravity * std::cos(3 * x_);
    v_ = std::clamp(v_, -kFastest, kFastest);
    x_ = std::clamp(x_ + v_, kLeft, rules_.right_end);
    if (x_ == kLeft && v_ < 0) v_ = 0;
  }
  bool at_goal() const { return x_ >= rules_.goal_x && v_ >= rules_.goal_v; }
  void round_to_float32() {
    x_ = as_float32(x_);
    v_ = as_float32(v_);
  }
  Point seen() const { return {x_, v_}; }
  /// The hill to its right end with the flag, the car and, above the hill along `path`, how high
  /// the car's speed would carry it (at the usual gravity).
  Scene draw(const Point& seen, std::span<const Point> path) const;
  void place(const Point& s) {
    x_ = s[0];
    v_ = s[1];
  }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("mountain_car.x", x_);
    visit("mountain_car.v", v_);
  }

 private:
  Rules rules_;
  double x_ = -0.5;
  double v_ = 0;
};

/// A car with three throttles that pays -1 a step.
class ThrottledCar {
 public:
  using Observation = Point;

  static std::vector<std::string> action_names() { return {"left", "none", "right"}; }
  Action num_actions() const { return 3; }
  bool available(const Point&, Action) const { return true; }
  Space observation_space() const { return HillCar::space(right_end_); }

  Point reset(Rng& rng) {
    car_.start(rng);
    return car_.seen();
  }
  Step<Point> step(Action a, Rng&) {
    car_.move(a - 1);
    return {-1, car_.seen(), car_.at_goal()};
  }
  /// Puts the car where an observation says. Throws std::invalid_argument outside of the space.
  Point place(const Point& s) {
    check_in_space(s, observation_space(), "mountain car");
    car_.place(s);
    return s;
  }
  Scene draw(const Point& seen, std::span<const Point> path = {}) const;

  template <class Visitor>
  void state(Visitor& visit) {
    car_.state(visit);
    check_in_space(car_.seen(), observation_space(), "saved state: mountain car");
  }

 protected:
  explicit ThrottledCar(const HillCar::Rules& rules) : car_(rules), right_end_(rules.right_end) {}

 private:
  HillCar car_;
  double right_end_;
};

struct MountainCarOptions {
  double force = 0.001;
  double gravity = 0.0025;
  template <class Visitor>
  void visit(Visitor& v) {
    v("force", force, "speed that full throttle gives in a step", Range{0, 1});
    v("gravity", gravity, "speed that the steepest slope gives in a step", Range{0, 1});
  }
};

/// S&B Example 10.1.
class MountainCar : public ThrottledCar {
 public:
  using Options = MountainCarOptions;
  explicit MountainCar(const Options& options = {});
};
static_assert(Environment<MountainCar>);

struct GymMountainCarOptions {
  double goal_velocity = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("goal_velocity", goal_velocity, "least speed with which the car must arrive",
      Range{0, HillCar::kFastest});
  }
};

/// Gymnasium's MountainCar-v0.
class GymMountainCar : public ThrottledCar {
 public:
  using Options = GymMountainCarOptions;
  static constexpr std::int64_t kEpisodeSteps = 200;
  explicit GymMountainCar(const Options& options = {});
};
static_assert(Environment<GymMountainCar>);

/// Gymnasium's MountainCarContinuous-v0.
class GymMountainCarContinuous {
 public:
  using Observation = Point;
  using ActionType = Point;
  using Options = GymMountainCarOptions;
  static constexpr std::int64_t kEpisodeSteps = 999;
  explicit GymMountainCarContinuous(const Options& options = {});

  /// Its bounds are float32, too: -1.2 as float32 lies below -1.2.
  static Space observation_space();
  static Space action_space() { return {{"throttle", -1, 1}}; }

  Point reset(Rng& rng) {
    car_.start(rng);
    return car_.seen();
  }
  /// Requires one finite number.
  Step<Point> step(const Point& u, Rng&) {
    car_.move(std::clamp(u[0], -1.0, 1.0));
    const bool terminated = car_.at_goal();
    car_.round_to_float32();
    return {(terminated ? 100 : 0) - 0.1 * u[0] * u[0], car_.seen(), terminated};
  }
  /// Puts the car where an observation says. Throws std::invalid_argument outside of the space.
  Point place(const Point& s) {
    check_in_space(s, observation_space(), "mountain car");
    car_.place(s);
    return s;
  }
  Scene draw(const Point& seen, std::span<const Point> path = {}) const;

  template <class Visitor>
  void state(Visitor& visit) {
    car_.state(visit);
    check_in_space(car_.seen(), observation_space(), "saved state: mountain car");
  }

 private:
  HillCar car_;
};

}  // namespace rl
