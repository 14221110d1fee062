#include "envs/mountain_car.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

namespace {

/// Throws std::invalid_argument unless x is in [low, high].
void check_car_option(const char* name, double x, double low, double high) {
  if (!(low <= x && x <= high))
    throw std::invalid_argument(
        fmt::format("mountain car: {} = {} is no number from {} to {}", name, x, low, high));
}

HillCar::Rules book_rules(const MountainCarOptions& options) {
  check_car_option("force", options.force, 0, 1);
  check_car_option("gravity", options.gravity, 0, 1);
  return {.force = options.force, .gravity = options.gravity};
}

/// Gymnasium's track goes on behind the goal.
HillCar::Rules gym_rules(const GymMountainCarOptions& options, double force, double goal_x) {
  check_car_option("goal_velocity", options.goal_velocity, 0, HillCar::kFastest);
  return {.force = force, .right_end = 0.6, .goal_x = goal_x, .goal_v = options.goal_velocity};
}

}  // namespace

MountainCar::MountainCar(const Options& options) : ThrottledCar(book_rules(options)) {}

GymMountainCar::GymMountainCar(const Options& options)
    : ThrottledCar(gym_rules(options, 0.001, 0.5)) {}

GymMountainCarContinuous::GymMountainCarContinuous(const Options& options)
    : car_(gym_rules(options, 0.0015, 0.45)) {}

Space GymMountainCarContinuous::observation_space() {
  Space space = HillCar::space(0.6);
  for (Coordinate& c : space) {
    c.low = as_float32(c.low);
    c.high = as_float32(c.high);
  }
  return space;
}

}  // namespace rl
