#include "envs/cart_pole.hpp"

namespace rl {

Space CartPole::observation_space() {
  return {{"x", -2 * kFarthest, 2 * kFarthest},
          {"x_dot"},
          {"theta", -2 * kSteepest, 2 * kSteepest},
          {"theta_dot"}};
}

Point CartPole::place(const Point& s) {
  check_in_space(s, observation_space(), "cart pole");
  x_ = s[0];
  x_dot_ = s[1];
  theta_ = s[2];
  theta_dot_ = s[3];
  return s;
}

}  // namespace rl
