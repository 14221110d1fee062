#include "envs/pendulum.hpp"

namespace rl {

Space Pendulum::observation_space() {
  return {{"cos", -1, 1}, {"sin", -1, 1}, {"theta_dot", -kFastest, kFastest}};
}

Space Pendulum::state_space() { return {{"theta"}, {"theta_dot", -kFastest, kFastest}}; }

Point Pendulum::place(const Point& full_state) {
  check_in_space(full_state, state_space(), "pendulum");
  theta_ = full_state[0];
  theta_dot_ = full_state[1];
  return seen();
}

}  // namespace rl
